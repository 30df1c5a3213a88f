package dev_test

import (
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"

	"usher/internal/dev"
)

const verifier = "a-verifier-of-at-least-forty-three-characters"

// newProvider serves a provider and returns it with its issuer and a client that
// follows no redirect.
func newProvider(t *testing.T, now func() time.Time) (issuer string, client *http.Client) {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	issuer = server.URL + dev.ProviderPath
	provider, err := dev.NewProvider(dev.ProviderOptions{Issuer: issuer, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle(dev.ProviderPath+"/", provider)
	client = server.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return issuer, client
}

// request is a sound authorization request's query, changed by pairs of name
// and value.
func request(issuer string, changes ...string) url.Values {
	query := url.Values{
		"client_id": {dev.ClientID}, "response_type": {"code"}, "scope": {"openid email profile"}, "state": {`s "<1>&`}, "nonce": {"n1"},
		"redirect_uri":   {strings.TrimSuffix(issuer, dev.ProviderPath) + "/auth/google/callback"},
		"code_challenge": {oauth2.S256ChallengeFromVerifier(verifier)}, "code_challenge_method": {"S256"},
	}
	for i := 0; i < len(changes); i += 2 {
		query.Set(changes[i], changes[i+1])
	}
	return query
}

func body(t *testing.T, response *http.Response, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// control is what a person meets on the page, by role and accessible name.
type control struct{ role, name string }

// controls reads the page's form controls, and the action of each form.
func controls(t *testing.T, page string) (found []control, actions []string) {
	t.Helper()
	decoder := xml.NewDecoder(strings.NewReader(page))
	decoder.Strict, decoder.AutoClose, decoder.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	labels := map[string]string{} // by the id of what they label
	var inside, labelled, text string
	type field struct{ id string }
	var fields []field
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			attribute := map[string]string{}
			for _, a := range token.Attr {
				attribute[a.Name.Local] = a.Value
			}
			switch token.Name.Local {
			case "button", "label":
				inside, labelled, text = token.Name.Local, attribute["for"], ""
			case "input":
				if attribute["type"] == "text" {
					fields = append(fields, field{attribute["id"]})
				}
			case "form":
				actions = append(actions, attribute["action"])
			case "script", "style", "img", "iframe":
				t.Errorf("the page holds a %s", token.Name.Local)
			}
		case xml.CharData:
			text += string(token)
		case xml.EndElement:
			switch {
			case token.Name.Local != inside:
			case inside == "button":
				found = append(found, control{"button", strings.TrimSpace(text)})
			case inside == "label":
				labels[labelled] = strings.TrimSpace(text)
			}
		}
	}
	for _, f := range fields {
		found = append(found, control{"textbox", labels[f.id]})
	}
	return found, actions
}

func TestTheSignInPageHasTheContractsControls(t *testing.T) {
	issuer, client := newProvider(t, nil)
	query := request(issuer)
	response, err := client.Get(issuer + "/authorize?" + query.Encode())
	page := body(t, response, err)
	found, actions := controls(t, page)
	want := []control{
		{"button", "Fan 1"},
		{"button", "Fan 2"},
		{"button", "Fan 3"},
		{"button", "Fan 4"},
		{"button", "Admin"},
		{"button", "Staff"},
		{"button", "Desk"},
		{"button", "Sign in"},
		{"textbox", "Name"},
	}
	if !slices.Equal(found, want) {
		t.Errorf("the page has %v, want %v", found, want)
	}
	if !strings.Contains(page, "local sign-in of usher-dev, not Google") {
		t.Error("the page does not say what it is")
	}
	for _, action := range actions {
		u, err := url.Parse(html.UnescapeString(action))
		if err != nil || u.Query().Get("state") != query.Get("state") {
			t.Errorf("action %q has lost the state: %v", action, err)
		}
	}
	policy := response.Header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "style-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("%q is not in the policy %q", want, policy)
		}
	}
	style, err := client.Get(issuer + "/style.css")
	if text := body(t, style, err); style.Header.Get("Content-Type") != "text/css; charset=utf-8" || !strings.Contains(text, ":focus-visible") {
		t.Errorf("the style sheet is %s: %.40s", style.Header.Get("Content-Type"), text)
	}
}

func TestEveryButtonSignsInItsPerson(t *testing.T) {
	issuer, client := newProvider(t, nil)
	tests := []struct{ form, name, email string }{
		{"person=fan1", "Fan 1", "fan1@usher.test"},
		{"person=fan4", "Fan 4", "fan4@usher.test"},
		{"person=admin", "Admin", dev.AdminEmail},
		{"person=staff", "Staff", dev.StaffEmail},
		{"name=Ada+Lovelace", "Ada Lovelace", "ada-lovelace@usher.test"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			query := request(issuer)
			response, err := client.Post(issuer+"/authorize?"+query.Encode(), "application/x-www-form-urlencoded", strings.NewReader(test.form))
			body(t, response, err)
			back, err := response.Location()
			if err != nil {
				t.Fatal(response.Status, err)
			}
			if !strings.HasPrefix(back.String(), query.Get("redirect_uri")+"?") || back.Query().Get("state") != query.Get("state") {
				t.Fatalf("sent to %s", back)
			}
			status, answer := exchange(t, client, issuer, query, back.Query().Get("code"), true)
			if status != http.StatusOK {
				t.Fatal(answer)
			}
			claims := claimsOf(t, answer["id_token"])
			if claims["name"] != test.name || claims["email"] != test.email || claims["email_verified"] != true ||
				claims["nonce"] != "n1" || claims["aud"] != dev.ClientID || claims["iss"] != issuer {
				t.Errorf("claims %v", claims)
			}
		})
	}
}

// exchange turns a code in, with client authentication in the header or in the
// form; changes override form fields.
func exchange(t *testing.T, client *http.Client, issuer string, query url.Values, code string, basic bool, changes ...string) (int, map[string]any) {
	t.Helper()
	form := url.Values{
		"grant_type": {"authorization_code"}, "code": {code},
		"redirect_uri": query["redirect_uri"], "code_verifier": {verifier},
	}
	if !basic {
		form.Set("client_id", dev.ClientID)
		form.Set("client_secret", dev.ClientSecret)
	}
	for i := 0; i < len(changes); i += 2 {
		form.Set(changes[i], changes[i+1])
	}
	r, err := http.NewRequest(http.MethodPost, issuer+"/token", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if basic {
		r.SetBasicAuth(dev.ClientID, dev.ClientSecret)
	}
	response, err := client.Do(r)
	var answer map[string]any
	if err := json.Unmarshal([]byte(body(t, response, err)), &answer); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, answer
}

func claimsOf(t *testing.T, token any) (claims map[string]any) {
	t.Helper()
	parts := strings.Split(fmt.Sprint(token), ".")
	if len(parts) != 3 {
		t.Fatalf("no token: %v", token)
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

func TestTheTokenEndpointGivesOneTokenForOneCode(t *testing.T) {
	var ahead time.Duration // moved between requests only
	issuer, client := newProvider(t, func() time.Time { return time.Now().Add(ahead) })
	query := request(issuer)
	code := func() string {
		response, err := client.Post(issuer+"/authorize?"+query.Encode(), "application/x-www-form-urlencoded", strings.NewReader("person=fan1"))
		body(t, response, err)
		back, err := response.Location()
		if err != nil {
			t.Fatal(err)
		}
		return back.Query().Get("code")
	}
	tests := []struct {
		name    string
		basic   bool
		changes []string
		want    string
	}{
		{"secret in the header", true, nil, ""},
		{"secret in the form", false, nil, ""},
		{"wrong secret", false, []string{"client_secret", "x"}, "invalid_client"},
		{"wrong client", false, []string{"client_id", "x"}, "invalid_client"},
		{"wrong verifier", true, []string{"code_verifier", verifier + "x"}, "invalid_grant"},
		{"the challenge itself", true, []string{"code_verifier", query.Get("code_challenge")}, "invalid_grant"},
		{"another redirect", true, []string{"redirect_uri", issuer}, "invalid_grant"},
		{"unknown code", true, []string{"code", "x"}, "invalid_grant"},
		{"another grant", true, []string{"grant_type", "password"}, "unsupported_grant_type"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, answer := exchange(t, client, issuer, query, code(), test.basic, test.changes...)
			if got, _ := answer["error"].(string); got != test.want || (status == http.StatusOK) != (test.want == "") {
				t.Errorf("%d %v, want %q", status, answer, test.want)
			}
		})
	}
	used := code()
	exchange(t, client, issuer, query, used, true)
	if _, answer := exchange(t, client, issuer, query, used, true); answer["error"] != "invalid_grant" {
		t.Errorf("a code was good twice: %v", answer)
	}
	old := code()
	ahead = 61 * time.Second
	if _, answer := exchange(t, client, issuer, query, old, true); answer["error"] != "invalid_grant" {
		t.Errorf("a code was good for over a minute: %v", answer)
	}
}

func TestAuthorizeSendsNobodyToAnotherSite(t *testing.T) {
	issuer, client := newProvider(t, nil)
	for name, change := range map[string][2]string{
		"another host":             {"redirect_uri", "https://evil.example/callback"},
		"another port":             {"redirect_uri", "http://127.0.0.1:1/callback"},
		"a user before the host":   {"redirect_uri", strings.Replace(issuer, "http://", "http://evil@", 1)},
		"no host":                  {"redirect_uri", "/callback"},
		"a script":                 {"redirect_uri", "javascript:alert(1)"},
		"none":                     {"redirect_uri", ""},
		"another client":           {"client_id", "another"},
		"a host that begins alike": {"redirect_uri", strings.TrimSuffix(issuer, dev.ProviderPath) + ".evil.example/"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, method := range []string{http.MethodGet, http.MethodPost} {
				r, err := http.NewRequest(method, issuer+"/authorize?"+request(issuer, change[0], change[1]).Encode(), strings.NewReader("person=fan1"))
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				response, err := client.Do(r)
				body(t, response, err)
				if response.StatusCode != http.StatusBadRequest || response.Header.Get("Location") != "" {
					t.Errorf("%s: %s to %s", method, response.Status, response.Header.Get("Location"))
				}
			}
		})
	}
}

func TestAuthorizeTellsTheClientWhatIsWrong(t *testing.T) {
	issuer, client := newProvider(t, nil)
	for _, test := range []struct{ name, value, want string }{
		{"response_type", "token", "unsupported_response_type"},
		{"scope", "email", "invalid_scope"},
		{"code_challenge_method", "plain", "invalid_request"},
		{"code_challenge", "", "invalid_request"},
	} {
		response, err := client.Get(issuer + "/authorize?" + request(issuer, test.name, test.value).Encode())
		body(t, response, err)
		back, err := response.Location()
		if err != nil {
			t.Errorf("%s %q: %s", test.name, test.value, response.Status)
			continue
		}
		if got := back.Query(); got.Get("error") != test.want || got.Get("state") == "" || got.Get("code") != "" {
			t.Errorf("%s %q: %v, want %s", test.name, test.value, got, test.want)
		}
	}
}

func TestAPageWithoutAChoiceIsShownAgain(t *testing.T) {
	issuer, client := newProvider(t, nil)
	response, err := client.Post(issuer+"/authorize?"+request(issuer).Encode(), "application/x-www-form-urlencoded", strings.NewReader("name=+++"))
	page := body(t, response, err)
	if response.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, `role="alert"`) {
		t.Errorf("%s: %.100s", response.Status, page)
	}
}

func TestAProviderNeedsAnAddress(t *testing.T) {
	for _, issuer := range []string{"", "/dev/openid", "ftp://x/y", "http://"} {
		if _, err := dev.NewProvider(dev.ProviderOptions{Issuer: issuer}); err == nil {
			t.Errorf("%q was taken", issuer)
		}
	}
}
