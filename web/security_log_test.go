package web

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"

	"usher/internal/auth"
	"usher/internal/fault"
	"usher/internal/wire"
)

// lines is a log that a test can read while the server writes.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

// take returns the lines since the last call.
func (l *lines) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.text.Reset()
	return l.text.String()
}

// TestSecurityEventsAreLogged: each event that docs/operating.md names is logged
// with the prefix "security: ". No line shows a token or a whole address.
func TestSecurityEventsAreLogged(t *testing.T) {
	t.Parallel()
	var log lines
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	s := openSaleOf(t, setup{
		options: func(o *Options) {
			o.Logger, o.LimitUpgrades = logger, 1
			o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
		},
		auth: func(o *auth.Options) { o.Logger = logger },
	}, oneAtATime)
	const addresses, network = "203.0.113.77", "203.0.113.0/24"
	at := func(c *caller) *caller { return c.with("X-Forwarded-For", addresses) }
	var all strings.Builder
	var secrets []string
	// wants expects one line with the prefix after an action, and returns the line.
	wants := func(did, message string, parts ...string) {
		t.Helper()
		said := log.take()
		all.WriteString(said)
		var found []string
		for line := range strings.Lines(said) {
			_, event, _ := strings.Cut(line, "level=")
			// A node may find at two places at once that a user has too many sessions.
			again := slices.ContainsFunc(found, func(earlier string) bool { return strings.HasSuffix(earlier, event) })
			if strings.Contains(line, `msg="security: `+message) && !again {
				found = append(found, line)
			}
		}
		if len(found) != 1 {
			t.Errorf("%s: %d lines begin with %q:\n%s", did, len(found), "security: "+message, said)
			return
		}
		for _, part := range append(parts, "level=INFO") {
			if !strings.Contains(found[0], part) {
				t.Errorf("%s: the line has no %s: %s", did, part, found[0])
			}
		}
	}
	signIn := func(email string) *caller {
		t.Helper()
		c := at(s.anonymous())
		var in wire.SignIn
		c.post(t, "/auth/dev", `{"email":"`+email+`","name":"Ann"}`).wants(t, http.StatusOK).into(t, &in)
		c.token, c.user = in.Token, in.User
		secrets = append(secrets, in.Token, in.Token[strings.LastIndexByte(in.Token, '.')+1:])
		return c
	}

	log.take()
	admin := signIn(adminEmail)
	wants("an admin signs in", "signed in with a role", "user="+admin.user.ID, "admin", "network="+network, "request=")
	staff := signIn("staff@example.com")
	wants("staff sign in", "signed in with a role", "user="+staff.user.ID, "staff", "network="+network)
	fan := signIn("fan@example.com")
	if said := log.take(); strings.Contains(said, "security: ") {
		t.Errorf("a fan's sign-in is logged: %s", said)
	}
	fan.get(t, "/admin/seasons/"+s.season).wantsProblem(t, http.StatusForbidden, fault.Forbidden)
	wants("a fan asks for an admin's page", "refused for lack of a role", "user="+fan.user.ID, "wanted=admin", "method=GET", "network="+network)

	for range 5 { // the log gets at most one line in ten seconds
		fan.get(t, "/ws?season=none")
	}
	wants("a limit is hit", "limit hit", "network="+network, "more=0", "route=")

	var mine wire.Sessions
	second := signIn("fan@example.com")
	second.get(t, "/auth/sessions").wants(t, http.StatusOK).into(t, &mine)
	for _, each := range mine.Sessions {
		if !each.Current {
			log.take()
			second.delete(t, "/auth/sessions/"+each.ID).wants(t, http.StatusNoContent)
			wants("a session is ended", "session ended", "user="+fan.user.ID, "session="+each.ID)
		}
	}
	for range 9 {
		signIn("fan@example.com")
	}
	log.take()
	signIn("fan@example.com")
	wants("an eleventh session ends the oldest", "session ended: its user has too many sessions", "user="+fan.user.ID, "session=")

	admin.delete(t, "/admin/seasons/"+s.season+"/users/"+fan.user.ID).wants(t, http.StatusNoContent)
	wants("a user is put out", "user removed by an admin", "user="+fan.user.ID, "by="+admin.user.ID)

	second.post(t, "/auth/logout", "").wants(t, http.StatusUnauthorized) // the eleventh session ended this one
	last := signIn("fan@example.com")
	log.take()
	last.post(t, "/auth/logout", "").wants(t, http.StatusNoContent)
	wants("a user signs out", "signed out", "user="+fan.user.ID)

	for _, secret := range append(secrets, addresses) {
		if strings.Contains(all.String(), secret) {
			t.Errorf("the log shows %s", secret)
		}
	}
}
