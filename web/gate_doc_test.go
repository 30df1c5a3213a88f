package web

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"usher/internal/gate"
	"usher/internal/testkit"
	"usher/internal/ticket"
)

// TestTheExampleOfTheGatesDocumentRuns runs the example of docs/gate.md with real
// tickets, the real keys and the real void list.
func TestTheExampleOfTheGatesDocumentRuns(t *testing.T) {
	testkit.Once(t)
	t.Parallel()
	node, err := exec.LookPath("node")
	if err != nil {
		if testkit.Required("node") {
			t.Fatal("node is required here but is not in the PATH")
		}
		t.Skip("no node in the PATH: the example of docs/gate.md is not tested")
	}
	text, err := os.ReadFile("../docs/gate.md")
	must(t, err)
	example := regexp.MustCompile("(?s)```js\n(.*?)```").FindSubmatch(text)
	if example == nil {
		t.Fatal("docs/gate.md has no example")
	}
	s := openSale(t, `{"name":"Gala","activeLimit":5}`, nil)
	ann, bought := s.bought(t, "ann@example.com", "A-1", "A-2")
	back, good := bought.Tickets[0], bought.Tickets[1]
	_, err = s.o.Booking.Refund(context.Background(), ann.user.ID, bought.ID, []string{back.SeatNumber})
	must(t, err)
	voids := s.anonymous().get(t, "/checkins/voids").body
	jwks := s.anonymous().get(t, "/.well-known/jwks.json").body
	claims := &ticket.Claims{Issuer: ticket.Issuer, Audience: ticket.Audience, ID: good.ID, Season: s.season, Seat: good.SeatNumber, IssuedAt: 1}
	older, err := s.o.TicketKeys.Sign(ticket.Type, claims)
	must(t, err)
	claims.Seat = "A-9"
	other, err := s.o.TicketKeys.Sign(ticket.Type, claims)
	must(t, err)
	parts := strings.Split(older, ".")
	half := len(good.QRCode) / 2
	half -= half % 3
	codes := map[string]struct {
		code, says string
	}{
		"a ticket":             {good.QRCode, "valid: " + s.season + " A-2 " + good.ID},
		"a refunded one":       {back.QRCode, "given back"},
		"two halves":           {good.QRCode[:half] + back.QRCode[half:], "changed or forged"},
		"a cut one":            {good.QRCode[:len(good.QRCode)-3], "Error"}, // by its last characters it is no base45, or it is changed
		"a longer one":         {good.QRCode + "000", "changed or forged"},
		"small letters":        {strings.ToLower(good.QRCode), "Error"},
		"no base45":            {good.QRCode[:half] + ":::" + good.QRCode[half+3:], "no code of this site's"},
		"an older one":         {older, "valid: " + s.season + " A-2 " + good.ID},
		"an older one changed": {parts[0] + "." + strings.Split(other, ".")[1] + "." + parts[2], "changed or forged"},
		"no signature":         {parts[0] + "." + parts[1] + ".", "changed or forged"},
		"a session":            {ann.token, "no code of this site's"},
		"alg none":             {"eyJhbGciOiJub25lIiwidHlwIjoidXNoZXItdGlja2V0In0." + parts[1] + ".", "no code of this site's"},
		"something else":       {"hello", "Error"},
		"more than three ones": {older + ".x", "no code of this site's"},
	}
	folder := t.TempDir()
	for name, content := range map[string][]byte{"verify.mjs": example[1], "jwks.json": jwks, "voids.json": voids} {
		must(t, os.WriteFile(filepath.Join(folder, name), content, 0o600))
	}
	for name, c := range codes {
		command := exec.Command(node, "verify.mjs", c.code)
		command.Dir = folder
		said, err := command.CombinedOutput()
		if (err == nil) != strings.HasPrefix(c.says, "valid") || !strings.Contains(string(said), c.says) {
			t.Errorf("%s: the example prints %q (%v), want %q", name, said, err, c.says)
		}
	}

	// usher tickets verify reads the keys and the list from the site's URLs.
	checker, err := gate.Load(t.Context(), gate.Sources{JWKS: s.url + "/.well-known/jwks.json", Voids: s.url + "/checkins/voids?season=" + s.season})
	must(t, err)
	for code, want := range map[string]gate.Result{good.QRCode: gate.Valid, older: gate.Valid, back.QRCode: gate.Void, ann.token: gate.Invalid} {
		if got := checker.Check(code); got.Result != want {
			t.Errorf("%s: %+v, want %s", code, got, want)
		}
	}
}
