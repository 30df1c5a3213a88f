package web

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"regexp"
	"strconv"
	"strings"
	"sync"

	lru "github.com/hashicorp/golang-lru/v2"

	"usher/clients/js"
	"usher/internal/fault"
	"usher/web/bundle"
	"usher/web/language"
	"usher/web/look"
)

// appFiles is the browser app, without its tests and TypeScript's settings.
//
//go:embed app/index.html app/embed.html app/*.css app/favicon.svg app/*.js app/texts/*.js app/views/*.js
var appFiles embed.FS

// appWorker is the page's service worker. Its path is at the root, because the path
// decides its scope, so it has no hash.
//
//go:embed app/service/worker.js
var appWorker []byte

const (
	assetsPath = "/assets/"
	// The folders of the app and of the client have the same places below the hash as
	// in the repository, so that a relative import means the same file in a browser, in
	// node and for the TypeScript checker.
	appFolder    = "web/app"
	clientFolder = "clients/js"
	appStart     = appFolder + "/start.js"
	workerPath   = "/worker.js"

	embedPath  = "/embed"
	embedStart = appFolder + "/embed.js"
	embedTexts = "_embed.js" // the end of the names of its texts

	// appPolicy lets the page run its own modules and nothing else. 'self' covers
	// its socket, which goes to the same host.
	appPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
		"connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

	// embedPolicy is that of the page in a frame, without its pictures from addresses and
	// its forms. The origins that may hold the frame are added at its end.
	embedPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; " +
		"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors "

	// workerPolicy lets the worker pass a request on to the server.
	workerPolicy = "default-src 'none'; connect-src 'self'"

	permanent  = "public, max-age=31536000, immutable"
	revalidate = "no-cache"
)

// asset is one file of the app, ready to be served.
type asset struct {
	contentType string
	plain       []byte
	packed      []byte // gzip
}

// browserApp serves the page and its files. Safe for concurrent use.
type browserApp struct {
	challenge        challengeWidget
	challenged       func(ctx context.Context, season string) bool // whether a season asks for a challenge
	season, payments string
	signIns          string           // of signInsOf
	returnOrigins    string           // separated by spaces
	embedOrigins     string           // separated by spaces; "": no page may hold the frame
	prefix           string           // as in assets
	assets           map[string]asset // as assets.byName
	modules, frame   bundle.Files     // as assets.modules and assets.frame
	critical         template.CSS     // the style of what is shown before anything else is loaded
	policy           string           // of the page
	framed           string           // the policy of the page in a frame, up to the origins
	worker           asset
	moments          map[string]string // as assets.moments
	session          string            // the name of the session's cookie
	languages        *language.Chooser
	shape, inFrame   *template.Template
	look             func(ctx context.Context, season string) look.Page
	pages            *lru.Cache[appForm, appPage] // a form is made when it is asked for
	miss             http.HandlerFunc
}

// appForm names one form of the app's HTML.
type appForm struct {
	language  language.Language
	challenge bool      // whether those who join the season solve a challenge, whose widget the page may load
	session   bool      // whether the browser has a session cookie, which scripts cannot read
	frame     bool      // whether it is the page in a frame
	work      bool      // whether the page needs the texts for work and for checking
	look      look.Page // of the season, so that the page is never drawn without it
}

// cachedPages is how many forms of the page a node keeps.
const cachedPages = 256

// appPage is the app's HTML in one form.
type appPage struct {
	asset
	etag      string
	challenge bool // as in its form
}

// app serves the browser app: its page at /, /gate, /desk, /admin and /draw, the one for frames
// of listed origins at /embed, and its files
// below a path that contains their hash, so that browsers cache them permanently.
// All files share one hash, because they import each other by relative paths.
func (s *Server) app() http.Handler {
	app := newBrowserApp(s.o.Season, s.o.Payments, s.cookieName(sessionCookie), s.languages, s.look.Page, func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, fault.New(fault.NotFound, "there is no such page"))
	})
	app.signIns = s.signInsOf()
	app.returnOrigins = strings.Join(s.o.ReturnOrigins, " ")
	app.embedOrigins = strings.Join(s.o.EmbedOrigins, " ")
	app.challenge = challengeWidget{SiteKey: s.o.ChallengeSiteKey, Script: s.o.ChallengeScript}
	app.challenged = func(ctx context.Context, season string) bool {
		found, known := s.o.Booking.KnownSeason(ctx, season)
		return known && found.Challenge
	}
	return app
}

func newBrowserApp(season, payments, session string, languages *language.Chooser, lookOf func(context.Context, string) look.Page, miss http.HandlerFunc) *browserApp {
	files := appAssets()
	critical := template.CSS(files.byName[appFolder+"/first.css"].plain) //nolint:gosec // our own file, embedded
	withStyle := func(policy string) string {
		return strings.Replace(policy, "style-src 'self'", "style-src 'self' "+hashSource(string(critical)), 1)
	}
	pages, err := lru.New[appForm, appPage](cachedPages)
	if err != nil {
		panic(err) // the size is a constant
	}
	return &browserApp{
		season: season, payments: payments, session: session, languages: languages, look: lookOf, pages: pages, miss: miss,
		prefix: files.prefix, assets: files.byName, modules: files.modules, frame: files.frame, worker: newAsset(workerPath, appWorker),
		critical: critical, policy: withStyle(appPolicy), framed: withStyle(embedPolicy),
		moments: files.moments,
		shape:   template.Must(template.ParseFS(appFiles, "app/index.html")),
		inFrame: template.Must(template.ParseFS(appFiles, "app/embed.html")),
	}
}

// pageFor returns the form of the page that suits a request. Without a session
// cookie the page need not ask who is signed in.
func (a *browserApp) pageFor(r *http.Request) appPage {
	_, from := tokenOf(r, a.session)
	form := appForm{language: a.languages.Of(r), session: from != fromNowhere, frame: r.URL.Path == embedPath}
	form.work = r.URL.Path != "/" && !form.frame
	form.look = a.look(r.Context(), cmp.Or(r.URL.Query().Get("season"), a.season))
	form.challenge = a.challenge != (challengeWidget{}) && r.URL.Path == "/" && a.challenged(r.Context(), cmp.Or(r.URL.Query().Get("season"), a.season))
	made, is := a.pages.Get(form)
	if !is {
		made = a.page(form)
		a.pages.Add(form, made)
	}
	return made
}

func (a *browserApp) page(form appForm) appPage {
	var text bytes.Buffer
	var widget *challengeWidget
	if form.challenge {
		widget = &a.challenge
	}
	shape := a.shape
	if form.frame {
		shape = a.inFrame
	}
	err := shape.Execute(&text, map[string]any{
		"Season":    a.season,
		"Payments":  a.payments,
		"Returns":   a.returnOrigins,
		"SignIns":   a.signIns,
		"Embeds":    a.embedOrigins,
		"Challenge": widget,
		"Session":   form.session,
		"Language":  form.language,
		"T":         form.language.Texts(),
		"Look":      form.look,
		"Assets":    a.prefix + "/" + appFolder,
		"Modules":   a.modulesOf(form),
		"Critical":  a.critical,
		"Moment":    cmp.Or(a.moments[form.language.Tag], a.moments["en"]),
	})
	if err != nil {
		panic(err) // the template is constant, and so is the shape of its data
	}
	sum := sha256.Sum256(text.Bytes())
	// Weak, because the plain and the gzip form are the same content.
	return appPage{newAsset("index.html", text.Bytes()), `W/"` + hex.EncodeToString(sum[:8]) + `"`, form.challenge}
}

// modulesOf returns the paths of the files that a form of the page loads at once: the
// app, the texts of its language, and those for work only where they are shown.
func (a *browserApp) modulesOf(form appForm) []string {
	texts := appFolder + "/texts/" + form.language.Tag
	modules := []string{appStart, appFolder + "/main.js", texts + ".js"}
	if form.work {
		modules = append(modules, texts+"_work.js")
	}
	names := a.modules.Loads(modules...)
	if form.frame {
		names = a.frame.Loads(embedStart, texts+embedTexts)
	}
	for i := range names {
		names[i] = a.prefix + "/" + names[i]
	}
	return names
}

// assets are the app's files except its page. They are immutable.
type assets struct {
	prefix  string // of every asset's path; contains the hash of all files, the page's too
	byName  map[string]asset
	modules bundle.Files
	frame   bundle.Files      // the modules of the page in a frame, which loads none of the others
	moments map[string]string // by language: the words while the page starts
}

// appAssets compresses the embedded files once per process. Compressing takes
// longer than everything else in starting a server, and tests start many.
var appAssets = sync.OnceValue(func() assets {
	found := assets{byName: map[string]asset{}, moments: map[string]string{}}
	app, err := fs.Sub(appFiles, "app")
	if err != nil {
		panic(err) // the name is a constant
	}
	hash := sha256.New()
	sources := map[string][]byte{}
	entries, ofFrame := []string{appStart}, []string{embedStart}
	add := func(files fs.FS, folder string) {
		err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			text, err := fs.ReadFile(files, name)
			if err != nil {
				return err
			}
			name = path.Join(folder, name)
			hash.Write([]byte(name + "\x00" + strconv.Itoa(len(text)) + "\x00"))
			hash.Write(text)
			switch path.Ext(name) {
			case ".html":
			case ".js":
				sources[name] = text
				// start.js loads one language, by a name that it computes.
				switch {
				case path.Dir(name) != appFolder+"/texts" || strings.HasPrefix(path.Base(name), "chosen"):
				case strings.HasSuffix(name, embedTexts):
					ofFrame = append(ofFrame, name)
				default:
					entries = append(entries, name)
				}
			case ".css":
				if text, err = bundle.Style(text); err != nil {
					return err
				}
				found.byName[name] = newAsset(name, text)
			default:
				found.byName[name] = newAsset(name, text)
			}
			return nil
		})
		if err != nil {
			panic(err) // embedded files can be read
		}
	}
	add(app, appFolder)
	add(js.Files, clientFolder)
	if found.modules, err = bundle.Build(sources, appFolder, []string{appStart, appFolder + "/main.js"}, entries...); err != nil {
		panic(err) // tests bundle the same files
	}
	if found.frame, err = bundle.Build(sources, appFolder, nil, ofFrame...); err != nil {
		panic(err) // as above
	}
	for _, files := range []bundle.Files{found.modules, found.frame} {
		for name, text := range files.ByName {
			found.byName[name] = newAsset(name, text) // names contain hashes of texts, but for the entries
		}
	}
	// The text that the page shows before anything else is loaded.
	momentText := regexp.MustCompile(`(?m)^  moment: "([^"]+)",$`)
	for name, text := range sources {
		if language, ok := strings.CutPrefix(name, appFolder+"/texts/"); ok {
			if words := momentText.FindSubmatch(text); words != nil {
				found.moments[strings.TrimSuffix(language, ".js")] = string(words[1])
			}
		}
	}
	found.prefix = assetsPath + hex.EncodeToString(hash.Sum(nil)[:8])
	return found
})

// contentTypes of the app's files. The machine's own table of types is not used.
var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".svg":  "image/svg+xml",
}

func newAsset(name string, text []byte) asset {
	contentType := contentTypes[path.Ext(name)]
	if contentType == "" {
		contentType = "application/octet-stream"
	}
	var packed bytes.Buffer
	// Writing to memory does not fail.
	z, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	_, _ = z.Write(text)
	_ = z.Close()
	return asset{contentType, text, packed.Bytes()}
}

func (a *browserApp) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	switch r.URL.Path {
	case "/", "/gate", "/desk", "/admin", "/draw", embedPath:
		policy, shown := a.policy, a.pageFor(r)
		if shown.challenge {
			policy = a.challenge.allowedBy(policy)
		}
		if r.URL.Path == embedPath {
			if a.embedOrigins == "" {
				a.miss(w, r)
				return
			}
			// X-Frame-Options cannot name origins, and browsers that know the policy's
			// frame-ancestors need no other header.
			h.Del("X-Frame-Options")
			policy = a.framed + a.embedOrigins
		}
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cache-Control", revalidate)
		h.Set("Content-Security-Policy", policy)
		h.Add("Vary", language.Vary)
		h.Set("ETag", shown.etag)
		if matches(r.Header.Values("If-None-Match"), shown.etag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		shown.serve(w, r)
		return
	case workerPath:
		h.Set("Content-Security-Policy", workerPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", revalidate)
		a.worker.serve(w, r)
		return
	}
	name, below := strings.CutPrefix(r.URL.Path, a.prefix+"/")
	file, known := a.assets[name]
	if !below || !known {
		// An asset of another version is not found here. Serving this node's own
		// instead would mix two versions in one page.
		a.miss(w, r)
		return
	}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", permanent)
	file.serve(w, r)
}

func (f asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Add("Vary", "Accept-Encoding")
	body := f.plain
	if len(f.packed) < len(f.plain) && acceptsGzip(r) {
		h.Set("Content-Encoding", "gzip")
		body = f.packed
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client has closed the connection
	}
}
