// Package bundle turns the browser app's modules into the few files that a page loads.
// The modules stay plain ES modules, which editors, tests and the TypeScript checker
// read as they are; there is nothing to build before a program starts. It decides
// nothing about the page and serves nothing.
//
// Entry points are [Build], [Files.Loads] and [Style].
package bundle

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// Files are the modules of an app as a browser loads them. They are immutable.
type Files struct {
	ByName map[string][]byte // by the path of an entry, or of a part that entries share
	known  map[string]output // by name
	of     map[string]string // a module that is loaded on demand → the name of its file
}

// output is what is known of one file.
type output struct {
	Entry   string   `json:"entryPoint"`
	Exports []string `json:"exports"`
	Imports []struct {
		Path string `json:"path"`
		Kind string `json:"kind"`
	} `json:"imports"`
}

const (
	// target is the oldest language that the files are written in: docs/browsers.md
	// says which browsers are meant.
	target = api.ES2020

	namespace = "app"
)

// Build bundles modules. sources are the texts of all modules by their paths; entries
// are paths in it, and keep theirs. What entries share, and what is imported by
// import("…") with a constant, becomes a file in folder. An import whose path is
// computed stays as it is, so it must name an entry. import.meta.url means the
// module's own path, wherever its file is. Errors: a module that cannot be read, or an
// import of a module that is not there.
//
// What first loads, besides entries, is one file: a page loads it in any case.
func Build(sources map[string][]byte, folder string, first []string, entries ...string) (Files, error) {
	points := make([]api.EntryPoint, len(entries))
	for i, entry := range entries {
		points[i] = api.EntryPoint{InputPath: entry, OutputPath: strings.TrimSuffix(entry, ".js")}
	}
	files, err := build(points, reader(sources, folder), folder)
	if err != nil {
		return Files{}, err
	}
	return files.merged(folder, first)
}

func build(points []api.EntryPoint, from api.Plugin, folder string) (Files, error) {
	built := api.Build(api.BuildOptions{
		EntryPointsAdvanced: points, Plugins: []api.Plugin{from},
		Bundle: true, Splitting: true, Format: api.FormatESModule, Target: target, Charset: api.CharsetUTF8,
		MinifyWhitespace: true, MinifySyntax: true, MinifyIdentifiers: true, LegalComments: api.LegalCommentsNone,
		Outdir: "/", AbsWorkingDir: "/", ChunkNames: folder + "/[name]-[hash]", Metafile: true, LogLevel: api.LogLevelSilent,
	})
	if len(built.Errors) > 0 {
		return Files{}, problems(built.Errors)
	}
	var meta struct {
		Outputs map[string]output `json:"outputs"`
	}
	if err := json.Unmarshal([]byte(built.Metafile), &meta); err != nil {
		return Files{}, fmt.Errorf("bundle: reading the list of files: %w", err)
	}
	files := Files{ByName: map[string][]byte{}, known: map[string]output{}, of: map[string]string{}}
	for _, file := range built.OutputFiles {
		files.ByName[strings.TrimPrefix(file.Path, "/")] = file.Contents
	}
	for name, known := range meta.Outputs {
		files.known[name] = known
		if _, module, ok := strings.Cut(known.Entry, namespace+":"); ok {
			files.of[module] = name
		}
	}
	return files, nil
}

// merged puts the parts that some modules load at once into one file. Every module that
// is loaded on demand makes parts of its own of what it shares with others, a dozen
// small files for the first view.
func (f Files) merged(folder string, modules []string) (Files, error) {
	own := folder + "/first.js"
	parts := map[string]string{} // its name → what its exports begin with in the merged file
	var all strings.Builder
	for _, name := range f.Loads(modules...) {
		if f.known[name].Entry != "" {
			continue // it runs when it is imported, not before
		}
		parts[name] = fmt.Sprintf("p%d_", len(parts))
		names := make([]string, len(f.known[name].Exports))
		for i, export := range f.known[name].Exports {
			names[i] = export + " as " + parts[name] + export
		}
		fmt.Fprintf(&all, "export {%s} from \"./%s\";\n", strings.Join(names, ", "), strings.TrimPrefix(name, folder+"/"))
	}
	if len(parts) == 0 {
		return f, nil
	}
	sources := map[string][]byte{own: []byte(all.String())}
	for name := range parts {
		sources[name] = f.ByName[name]
	}
	one, err := build([]api.EntryPoint{{InputPath: own, OutputPath: strings.TrimSuffix(own, ".js")}}, reader(sources, ""), folder)
	if err != nil {
		return Files{}, err
	}
	if len(one.ByName) != 1 {
		return Files{}, fmt.Errorf("bundle: the first parts became %d files, not one", len(one.ByName))
	}
	merged := Files{ByName: map[string][]byte{own: one.ByName[own]}, known: map[string]output{own: {}}, of: f.of}
	for name, text := range f.ByName {
		if parts[name] != "" {
			continue
		}
		known := output{Entry: f.known[name].Entry, Exports: f.known[name].Exports}
		for _, imported := range f.known[name].Imports {
			if parts[imported.Path] != "" {
				imported.Path = own
			}
			known.Imports = append(known.Imports, imported)
		}
		merged.known[name] = known
		merged.ByName[name] = redirect(name, text, parts, own)
	}
	return merged, nil
}

// redirect lets a file import from the merged file what it imports from its parts. The
// imports are read as the bundler writes them: import{a as b,c}from"./part.js".
func redirect(name string, text []byte, parts map[string]string, own string) []byte {
	imports := regexp.MustCompile(`import(?:\{([^{}]*)\}from)?"(\.\.?/[^"]+)"`)
	return imports.ReplaceAllFunc(text, func(found []byte) []byte {
		match := imports.FindSubmatch(found)
		begin := parts[path.Join(path.Dir(name), string(match[2]))]
		if begin == "" {
			return found
		}
		to := "./" + strings.TrimPrefix(own, path.Dir(own)+"/")
		for at := path.Dir(name); at != path.Dir(own); at = path.Dir(at) {
			to = "../" + strings.TrimPrefix(to, "./")
		}
		if len(match[1]) == 0 {
			return []byte(`import"` + to + `"`)
		}
		names := strings.Split(string(match[1]), ",")
		for i, each := range names {
			if outside, inside, renamed := strings.Cut(each, " as "); renamed {
				names[i] = begin + outside + " as " + inside
			} else {
				names[i] = begin + each + " as " + each
			}
		}
		return []byte("import{" + strings.Join(names, ",") + `}from"` + to + `"`)
	})
}

// reader reads the modules from memory. Without a folder import.meta.url stays as it is.
func reader(sources map[string][]byte, folder string) api.Plugin {
	return api.Plugin{Name: "modules", Setup: func(build api.PluginBuild) {
		build.OnResolve(api.OnResolveOptions{Filter: ".*"}, func(asked api.OnResolveArgs) (api.OnResolveResult, error) {
			name := asked.Path
			if asked.Kind != api.ResolveEntryPoint {
				name = path.Join(path.Dir(asked.Importer), asked.Path)
			}
			if _, ok := sources[name]; !ok {
				return api.OnResolveResult{}, fmt.Errorf("%s imports %s, which is not there", asked.Importer, asked.Path)
			}
			return api.OnResolveResult{Path: name, Namespace: namespace}, nil
		})
		build.OnLoad(api.OnLoadOptions{Filter: ".*", Namespace: namespace}, func(asked api.OnLoadArgs) (api.OnLoadResult, error) {
			text := string(sources[asked.Path])
			if folder != "" && strings.Contains(text, "import.meta.url") {
				own, err := relative(folder, asked.Path)
				if err != nil {
					return api.OnLoadResult{}, err
				}
				text = strings.ReplaceAll(text, "import.meta.url", `new URL("`+own+`", import.meta.url).href`)
			}
			return api.OnLoadResult{Contents: &text, Loader: api.LoaderJS}, nil
		})
	}}
}

// relative returns a path as it is written in a file of folder.
func relative(folder, name string) (string, error) {
	below, ok := strings.CutPrefix(name, folder+"/")
	if !ok {
		return "", fmt.Errorf("%s uses import.meta.url, which only modules below %s may", name, folder)
	}
	return "./" + below, nil
}

func problems(found []api.Message) error {
	var all []error
	for _, problem := range found {
		where := ""
		if at := problem.Location; at != nil {
			where = fmt.Sprintf("%s:%d: ", at.File, at.Line)
		}
		all = append(all, errors.New("bundle: "+where+problem.Text))
	}
	return errors.Join(all...)
}

// Loads returns the names of the files that a browser loads for some modules, entries or
// modules imported by import("…"): their own and all that these import at once, sorted.
func (f Files) Loads(modules ...string) []string {
	var names []string
	var add func(name string)
	add = func(name string) {
		if slices.Contains(names, name) {
			return
		}
		names = append(names, name)
		for _, imported := range f.known[name].Imports {
			if imported.Kind == "import-statement" {
				add(imported.Path)
			}
		}
	}
	for _, module := range modules {
		if name, ok := f.of[module]; ok {
			add(name)
		}
	}
	slices.Sort(names)
	return names
}

// Style returns a style sheet without comments and space.
func Style(text []byte) ([]byte, error) {
	made := api.Transform(string(text), api.TransformOptions{
		Loader: api.LoaderCSS, MinifyWhitespace: true, Charset: api.CharsetUTF8, LegalComments: api.LegalCommentsNone, LogLevel: api.LogLevelSilent,
	})
	if len(made.Errors) > 0 {
		return nil, problems(made.Errors)
	}
	return made.Code, nil
}
