package web

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"strings"
	"testing"

	"usher/internal/fault"
	"usher/internal/testkit"
	"usher/internal/wire"
)

const (
	logoSVG = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 10"><!-- drawn by hand --><circle cx="5" cy="5" r="4" style="fill:#0a5c36"/></svg>`
	green   = "#0a5c36"
)

func (r *reply) look(t testing.TB) wire.AdminLook {
	t.Helper()
	var got wire.AdminLook
	r.wants(t, 200).into(t, &got)
	return got
}

// TestAnOrganizerGivesASeasonALook changes the look on one node: another node serves it,
// and a node that starts later too.
func TestAnOrganizerGivesASeasonALook(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"name":"Gala"}`, nil)
	admin, base := s.session(t, adminEmail), "/admin/seasons/"+s.season+"/look"
	if got := admin.get(t, base).look(t); got.Look != (wire.Look{}) || got.Colors != nil {
		t.Fatalf("a new season has the look %+v", got)
	}
	got := admin.put(t, base, `{"accent":"#0A5C36","waitingText":"Welcome.\r\nThe bar is open.","logoAlt":"Opera House"}`).look(t)
	if *got.Look.Accent != green || *got.Look.Text != "Welcome.\nThe bar is open." || got.Colors.Light.Accent != green || got.Colors.Dark.Contrast < 4.5 {
		t.Fatalf("got %+v", got)
	}
	got = admin.send(t, "PUT", base+"/logo", "image/svg+xml", logoSVG).look(t)
	if got.Look.Logo == nil || got.Look.Logo.Alt != "Opera House" || got.Look.Logo.Width != 64 || strings.Join(got.Removed, " ") != "comments" {
		t.Fatalf("got %+v", got)
	}
	later := func(at *site, what string, want wire.Look) {
		t.Helper()
		testkit.Eventually(t, soon, what, func() bool {
			var season wire.Season
			answer := at.anonymous().get(t, "/seasons/"+s.season)
			return answer.status == 200 && json.Unmarshal(answer.body, &season) == nil && jsonOf(t, season.Look) == jsonOf(t, want)
		})
	}
	other := s.another(t)
	later(other, "a node that starts later has the look", got.Look)

	// Each node serves the files, without a session.
	for _, at := range []*site{s, other} {
		logo := at.anonymous().get(t, got.Look.Logo.URL).wants(t, 200)
		for name, want := range map[string]string{
			"Content-Type": "image/svg+xml", "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'",
			"X-Content-Type-Options": "nosniff", "Cache-Control": "public, max-age=31536000, immutable",
		} {
			if logo.header.Get(name) != want {
				t.Errorf("the logo's %s is %q, want %q", name, logo.header.Get(name), want)
			}
		}
		if text := string(logo.body); text != `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 10" width="64" height="21"><circle cx="5" cy="5" r="4" fill="#0a5c36"/></svg>` {
			t.Errorf("the logo is served as %s", text)
		}
		sheet := at.anonymous().get(t, *got.Look.Stylesheet).wants(t, 200)
		if !strings.Contains(string(sheet.body), "--accent: #0a5c36;") || !strings.Contains(sheet.header.Get("Cache-Control"), "immutable") || !strings.HasPrefix(sheet.header.Get("Content-Type"), "text/css") {
			t.Errorf("the style sheet is %v: %s", sheet.header, sheet.body)
		}
		page := string(at.anonymous().get(t, "/?season="+s.season).wants(t, 200).body)
		if !strings.Contains(page, `<link rel="stylesheet" href="`+*got.Look.Stylesheet+`">`) || !strings.Contains(page, got.Look.Logo.URL) || !strings.Contains(page, "The bar is open.") {
			t.Errorf("the page has no look: %s", page)
		}
	}

	// A change on the other node arrives here, and a page of an older version of the
	// colors is served, but not kept.
	changed := s.caller(other, admin).put(t, base, `{"accent":""}`).look(t)
	if changed.Look.Accent != nil || changed.Look.Stylesheet != nil || changed.Look.Logo == nil {
		t.Fatalf("got %+v", changed)
	}
	later(s, "the change of another node arrives", changed.Look)
	if old := s.anonymous().get(t, "/accents/0a5c36-00000000.css").wants(t, 200); old.header.Get("Cache-Control") != "no-cache" {
		t.Errorf("the style sheet of another version is kept: %v", old.header)
	}

	removed := admin.delete(t, base+"/logo").look(t)
	if removed.Look.Logo != nil {
		t.Errorf("got %+v", removed)
	}
	later(other, "the logo is gone on the other node", removed.Look)

	// Who changed what stands in the audit log.
	var log struct {
		Changes []map[string]any
		Next    any
	}
	admin.get(t, "/admin/audit-log?season="+s.season).wants(t, 200).into(t, &log)
	actions := ""
	for _, change := range log.Changes[:4] {
		actions = change["by"].(string) + " " + change["action"].(string) + "; " + actions
	}
	if want := strings.NewReplacer("ADMIN", adminEmail).Replace("ADMIN settings; ADMIN logo; ADMIN settings; ADMIN logo; "); actions != want {
		t.Errorf("the audit log has %q", actions)
	}
}

// caller is the same user at another node.
func (s *site) caller(at *site, c *caller) *caller {
	other := *c
	other.url = at.url
	return &other
}

func jsonOf(t testing.TB, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	must(t, err)
	return string(text)
}

func TestALookThatIsNotGoodIsRefused(t *testing.T) {
	t.Parallel()
	s := openSale(t, `{"name":"Gala"}`, nil)
	admin, base := s.session(t, adminEmail), "/admin/seasons/"+s.season+"/look"
	for body, says := range map[string]string{
		`{"accent":"#ffcc00"}`:                                 "contrast of 1.41 on the background #faf7f2",
		`{"accent":"red"}`:                                     "a color like #5b3fa8",
		`{"accent":null}`:                                      "accent cannot be null",
		`{"waitingText":"a\u0007b"}`:                           "U+0007",
		`{"waitingText":"a\u202eb"}`:                           "U+202E",
		`{"waitingText":"` + strings.Repeat(`a\n`, 20) + `b"}`: "20 lines",
		`{"waitingText":"` + strings.Repeat(`ä`, 1001) + `"}`:  "1000 characters",
		`{"logoAlt":"a\nb"}`:                                   "U+000A",
		`{"name":"Another"}`:                                   `"name"`,
		`[]`:                                                   "JSON object",
		`{"accent":"#0a5c36","accent":"#0a5c37"}`:              "twice",
		`{"accent":"#ffffff","waitingText":"a\u0007b"}`:        "1.00",
		`{"accent":"#0a5c36"} {"accent":"#0a5c36"}`:            "JSON object",
	} {
		if problem := admin.put(t, base, body).wantsProblem(t, 400, fault.InvalidRequest); !strings.Contains(problem.Detail, says) {
			t.Errorf("%s: %q does not say %q", body, problem.Detail, says)
		}
	}
	if problem := admin.get(t, base+"?accent=%23ffcc00").wantsProblem(t, 400, fault.InvalidRequest); !strings.Contains(problem.Detail, "1.41") {
		t.Errorf("the preview says %q", problem.Detail)
	}
	if got := admin.get(t, base+"?accent=%230A5C36").look(t); *got.Look.Accent != green || got.Colors == nil {
		t.Errorf("the preview is %+v", got)
	}
	var pixels bytes.Buffer
	must(t, png.Encode(&pixels, image.NewGray(image.Rect(0, 0, 2000, 2000))))
	for name, c := range map[string]struct {
		media, body string
		status      int
		code        fault.Code
		says        string
	}{
		"a script":       {"image/svg+xml", strings.Replace(logoSVG, "<circle", "<script/><circle", 1), 400, fault.InvalidRequest, "script"},
		"a large PNG":    {"image/png", pixels.String(), 400, fault.InvalidRequest, "2000 × 2000"},
		"a JPEG":         {"image/jpeg", "\xff\xd8", 415, fault.UnsupportedMedia, "image/svg+xml or image/png"},
		"HTML as an SVG": {"image/svg+xml", "<html/>", 400, fault.InvalidRequest, "outermost"},
		"too many bytes": {"image/png", strings.Repeat("x", 513<<10), 413, fault.TooLarge, "524288"},
	} {
		if problem := admin.send(t, "PUT", base+"/logo", c.media, c.body).wantsProblem(t, c.status, c.code); !strings.Contains(problem.Detail, c.says) {
			t.Errorf("%s: %q does not say %q", name, problem.Detail, c.says)
		}
	}
	if got := admin.get(t, base).look(t); got.Look != (wire.Look{}) {
		t.Errorf("a refused change left %+v", got)
	}
	for _, path := range []string{"/admin/seasons/none/look", "/admin/seasons/none/look/logo"} {
		media, body := "application/json", "{}"
		if strings.HasSuffix(path, "logo") {
			media, body = "image/svg+xml", logoSVG
		}
		admin.send(t, "PUT", path, media, body).wantsProblem(t, 404, fault.NotFound)
	}
	for _, path := range []string{"/seasons/" + s.season + "/logo/0", "/seasons/" + s.season + "/logo/", "/seasons/none/logo/0", "/accents/ffcc00-0a1b2c3d.css", "/accents/0A5C36-0a1b2c3d.css", "/accents/0a5c36.css", "/accents/x"} {
		if got := s.anonymous().get(t, path).status; got != 404 {
			t.Errorf("%s answers %d", path, got)
		}
	}
	// The same settings in the season's own route, as a settings file has them.
	admin.put(t, "/admin/seasons/"+s.season, `{"accent":"#0a5c36","waitingText":"Hello"}`).wants(t, 200)
	admin.put(t, "/admin/seasons/"+s.season, `{"accent":"#ffcc00"}`).wantsProblem(t, 400, fault.InvalidRequest)
	if got := admin.get(t, base).look(t); *got.Look.Accent != green || *got.Look.Text != "Hello" {
		t.Errorf("got %+v", got)
	}
}
