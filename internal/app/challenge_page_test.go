package app_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"usher/internal/app"
	"usher/internal/dev"
	"usher/internal/testkit/node"
)

// widget is the script of a challenge: one button that solves it and one that fails.
const widget = `window.turnstile = { render(element, options) {
	window.solved = (window.solved ?? 0) + 1;
	const press = (words, act) => {
		const button = document.createElement("button");
		button.type = "button"; button.textContent = words; button.onclick = act;
		element.append(button);
	};
	press("I am a person", () => options.callback(window.token + "-" + options.sitekey + "-" + window.solved));
	press("Break", () => options["error-callback"]());
} };`

// TestAChallengeInTheBrowser: a fan with a wrong code solves the challenge, is told at the
// field, and joins with the right code without a second challenge. Another is refused by
// the verifier, and asked again. A widget that fails or does not load can be tried again.
func TestAChallengeInTheBrowser(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	var mu sync.Mutex
	accepted := map[string]bool{}
	var away atomic.Bool
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/widget.js" {
			if away.Load() {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = io.WriteString(w, widget)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		token := r.PostFormValue("response")
		_, _ = fmt.Fprintf(w, `{"success":%t}`, strings.HasPrefix(token, "right-key-") && !accepted[token] && r.PostFormValue("secret") == "s")
		accepted[token] = true
	}))
	t.Cleanup(provider.Close)
	n := node.Start(t, node.Options{
		Demo: func(d *dev.Demo) { d.Seats, d.ActiveLimit = 40, 1 },
		Change: func(o *app.Options) {
			o.ChallengeVerifyURL, o.ChallengeSecret = provider.URL+"/verify", "s"
			o.ChallengeSiteKey, o.ChallengeScriptURL = "key", provider.URL+"/widget.js"
		},
	})
	office := n.SignIn(t, dev.AdminEmail[:strings.Index(dev.AdminEmail, "@")])
	office.Do("POST", "/waitingList/leave", nil, 200)
	phases := []map[string]any{{"name": "Presale", "access": "code", "opensAt": time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)}}
	office.Do("PUT", "/admin/seasons/"+n.Season, map[string]any{"challenge": true, "phases": phases}, 200)
	if status, err := postCSV(n, office.Token, "code,uses\nGOLDEN-1,5\n"); err != nil || status != 200 {
		t.Fatalf("codes: %d %v", status, err)
	}

	ann := window(t, browser, "Ann")
	ann.sized(390, 844)
	ann.prepares(`window.token = "right"`)
	ann.opens(n.URL + "/")
	ann.clicks("link", "Continue with Google")
	ann.clicks("button", "Fan 1")
	ann.clicks("textbox", "Your code")
	ann.types("wrong-code")
	ann.presses("\r")
	ann.sees("heading", "One more step")
	ann.picture("challenge")
	ann.clicks("button", "I am a person")
	ann.says("This code is not valid here")
	ann.sized(390, 844)
	ann.picture("challenge-code")
	ann.types("golden-1") // what was typed is selected
	ann.presses("\r")
	ann.isInside()

	away.Store(true)
	bob := window(t, browser, "Bob")
	bob.prepares(`window.token ??= "wrong"`)
	bob.opens(n.URL + "/")
	bob.clicks("link", "Continue with Google")
	bob.clicks("button", "Fan 2")
	bob.clicks("textbox", "Your code")
	bob.types("golden-1")
	bob.presses("\r")
	bob.says("The check does not work just now")
	bob.picture("challenge-failed")
	away.Store(false)
	bob.clicks("button", "Try again")
	bob.clicks("button", "I am a person")
	bob.says("That answer was not accepted")
	bob.picture("challenge-again")
	bob.clicks("button", "Break")
	bob.says("The check does not work just now")
	bob.runs(`window.token = "right"`)
	bob.clicks("button", "Try again")
	bob.clicks("button", "I am a person")
	bob.reads("region", "Your place in line", "1")
}

// postCSV stores codes for a season.
func postCSV(n *node.Node, token, sheet string) (int, error) {
	request, err := http.NewRequest("POST", n.URL+"/admin/seasons/"+n.Season+"/codes", strings.NewReader(sheet))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "text/csv")
	request.Header.Set("Authorization", "Bearer "+token)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	return answer.StatusCode, answer.Body.Close()
}
