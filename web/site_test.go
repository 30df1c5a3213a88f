package web

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/booking"
	"usher/booking/payment"
	"usher/hub"
	"usher/internal/auth"
	"usher/internal/fault"
	"usher/internal/keys"
	"usher/internal/pass"
	"usher/internal/presale"
	"usher/internal/store"
	"usher/internal/testkit"
	"usher/internal/testkit/conform"
	"usher/internal/wire"
	"usher/queue"
)

// site is a server with a real queue and booking on embedded stores, and the parts
// that tests look at directly.
type site struct {
	*Server
	url    string
	season string
	stores *store.Stores
	log    *logged
}

const adminEmail = "admin@example.com"

// soon bounds waiting: a busy machine may need this long for a short task.
const soon = 30 * time.Second

// setup are the parts of a site that a test may choose. Zero values: a new season and
// new stores.
type setup struct {
	season  string
	stores  *store.Stores
	ring    *keys.Ring
	node    string
	auth    func(*auth.Options)
	options func(*Options)
}

// open starts a site with a new season. Its packages run until the test ends. change
// may adjust the options first.
func open(t testing.TB, change func(*Options)) *site {
	t.Helper()
	return build(t, setup{options: change}).run(t)
}

// openIdle is open with HTTP alone: queue and booking do not run. For requests that
// never reach the line or the seats.
func openIdle(t *testing.T, change func(*Options)) *site {
	t.Helper()
	return build(t, setup{options: change})
}

// another starts a second node of the same site.
func (s *site) another(t *testing.T) *site {
	t.Helper()
	public := func(o *Options) { o.PublicURL = s.o.PublicURL }
	return build(t, setup{season: s.season, stores: s.stores, ring: s.o.Keys, node: "node-2", options: public}).run(t)
}

// run runs queue, booking and auth until the test ends.
func (s *site) run(t testing.TB) *site {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	for name, run := range map[string]func(context.Context) error{"queue": s.o.Queue.Run, "booking": s.o.Booking.Run, "auth": s.o.Auth.Run} {
		running.Go(func() {
			if err := run(ctx); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	t.Cleanup(func() { stop(); running.Wait() })
	return s
}

func build(t testing.TB, c setup) *site {
	t.Helper()
	var err error
	if c.season == "" {
		c.season = testkit.SeasonID()
	}
	if c.stores == nil {
		c.stores = testkit.Open(t, "")
	}
	if c.ring == nil {
		c.ring, err = keys.Generate()
		must(t, err)
	}
	if c.node == "" {
		c.node = "node-1"
	}
	s := &site{season: c.season, stores: c.stores, log: &logged{}}
	o := Options{Keys: c.ring, Season: s.season, ServeAuth: true, ServeTicket: true, DevSignIn: true, Logger: slog.New(s.log)}
	o.Sandbox = payment.NewSandbox(s.stores.Mongo)
	o.Sandbox.URL = "https://tickets.example"
	o.Booking, err = booking.New(booking.Options{
		Redis: s.stores.Redis, Mongo: s.stores.Mongo, Keys: c.ring, Node: c.node,
		Provider: o.Sandbox, PublicURL: "https://tickets.example",
	})
	must(t, err)
	o.Queue, err = queue.New(queue.Options{
		Redis: s.stores.Redis, Mongo: s.stores.Mongo, Keys: c.ring, Node: c.node, Gather: time.Millisecond,
		Settings: func(ctx context.Context, season string) (queue.Settings, error) {
			found, err := o.Booking.Season(ctx, season)
			return LineSettings(found), err
		},
		BeforeEpoch: o.Booking.Rebuild,
		Notify:      func([]queue.Event) {},
	})
	must(t, err)
	who := auth.Options{
		Redis: s.stores.Redis, Mongo: s.stores.Mongo, Keys: c.ring,
		Realm:       s.stores.Mongo.Name(), // tests share a Redis, and must not share users
		AdminEmails: []string{adminEmail}, StaffEmails: []string{"staff@example.com"}, DeskEmails: []string{"desk@example.com"},
	}
	if c.auth != nil {
		c.auth(&who)
	}
	o.Auth, err = auth.New(who)
	must(t, err)
	o.Hub = hub.New(hub.Options{})
	o.Codes = presale.New(presale.Options{Mongo: s.stores.Mongo, Keys: c.ring})
	o.Passes = pass.New(pass.Options{Keys: c.ring, Mongo: s.stores.Mongo, Active: func(ctx context.Context, season, user string) (time.Time, bool, error) {
		status, err := o.Queue.Status(ctx, season, user)
		return status.SessionEndsAt, status.State == queue.Active, err
	}})
	o.SeasonChanged = func(ctx context.Context, season booking.Season) error {
		o.Queue.Watch(season.ID)
		return o.Queue.Configure(ctx, season.ID, LineSettings(season))
	}
	if c.options != nil {
		c.options(&o)
	}
	s.Server, err = New(o)
	must(t, err)
	server := httptest.NewServer(s.Handler())
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// plan is a small seat plan: are VIP, B-1 to B-4 Regular, and B-4 is not
// for sale.
const plan = `seatNumber,category,price,section,row,x,y,status
A-1,VIP,4500,Stalls,A,1,1,available
A-2,VIP,4500,Stalls,A,2,1,available
A-3,VIP,4500,Stalls,A,3,1,available
A-4,VIP,4500,Stalls,A,4,1,available
B-1,Regular,2500,Stalls,B,1,2,available
B-2,Regular,2500,Stalls,B,2,2,available
B-3,Regular,2500,Stalls,B,3,2,available
B-4,Regular,2500,Stalls,B,4,2,unavailable
`

// openSale is open with the small plan on sale, created by the admin's routes. It
// waits until the line and the seats are served.
func openSale(t testing.TB, settings string, change func(*Options)) *site {
	t.Helper()
	return openSaleOf(t, setup{options: change}, settings)
}

func openSaleOf(t testing.TB, c setup, settings string) *site {
	t.Helper()
	s := build(t, c).run(t)
	admin := s.signIn(t, adminEmail)
	admin.put(t, "/admin/seasons/"+s.season, settings).wants(t, http.StatusOK)
	admin.send(t, "POST", "/admin/seasons/"+s.season+"/seats", "text/csv", plan).wants(t, http.StatusOK)
	testkit.Eventually(t, soon, "the line is open and the seats are read", func() bool {
		snapshot, err := s.o.Booking.Snapshot(context.Background(), s.season)
		return err == nil && snapshot.Plan != nil && len(snapshot.Plan.Seats) == 8 &&
			admin.get(t, "/auth/status").status == http.StatusOK && admin.get(t, "/holds").status == http.StatusOK
	})
	return s
}

// caller sends requests, with or without a session.
type caller struct {
	url    string
	token  string // "": no session
	user   wire.User
	header http.Header // sent with every request
}

// anonymous returns a caller without a session.
func (s *site) anonymous() *caller { return &caller{url: s.url, header: http.Header{}} }

// signIn signs a user in by the development route, as a program without cookies.
func (s *site) signIn(t testing.TB, email string) *caller {
	t.Helper()
	c := s.anonymous()
	var in wire.SignIn
	c.post(t, "/auth/dev", `{"email":"`+email+`","name":"Fan `+email+`"}`).wants(t, http.StatusOK).into(t, &in)
	c.token, c.user = in.Token, in.User
	return c
}

// session signs a user in without joining the line: auth alone issues the token.
func (s *site) session(t testing.TB, email string) *caller {
	t.Helper()
	user, err := s.o.Auth.SignInDev(context.Background(), email, "Fan "+email)
	must(t, err)
	_, token, err := s.o.Auth.Issue(user)
	must(t, err)
	c := s.anonymous()
	c.token, c.user = token, toUser(user)
	return c
}

func (c *caller) with(name, value string) *caller {
	other := *c
	other.header = c.header.Clone()
	other.header.Set(name, value)
	return &other
}

func (c *caller) get(t testing.TB, path string) *reply {
	t.Helper()
	return c.send(t, "GET", path, "", "")
}

func (c *caller) delete(t testing.TB, path string) *reply {
	t.Helper()
	return c.send(t, "DELETE", path, "", "")
}

func (c *caller) post(t testing.TB, path, body string) *reply {
	t.Helper()
	return c.send(t, "POST", path, "application/json", body)
}

func (c *caller) put(t testing.TB, path, body string) *reply {
	t.Helper()
	return c.send(t, "PUT", path, "application/json", body)
}

func (c *caller) send(t testing.TB, method, path, media, body string) *reply {
	t.Helper()
	r, err := http.NewRequest(method, c.url+path, strings.NewReader(body))
	must(t, err)
	r.Header = c.header.Clone()
	if media != "" {
		r.Header.Set("Content-Type", media)
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	if host := r.Header.Get("Host"); host != "" {
		r.Host = host
	}
	// Only a test's own header asks for compression. Redirects are returned, not
	// followed.
	transport := conform.Through(&http.Transport{DisableCompression: true, DisableKeepAlives: true})
	answer, err := transport.RoundTrip(r)
	must(t, err)
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	must(t, err)
	return &reply{what: method + " " + path, status: answer.StatusCode, header: answer.Header, cookies: answer.Cookies(), body: text}
}

// reply is an answer with its body read.
type reply struct {
	what    string
	status  int
	header  http.Header
	cookies []*http.Cookie
	body    []byte
}

func (r *reply) wants(t testing.TB, status int) *reply {
	t.Helper()
	if r.status != status {
		t.Fatalf("%s: got %d %s, want %d", r.what, r.status, r.body, status)
	}
	return r
}

// wantsProblem checks a problem's status, code and form.
func (r *reply) wantsProblem(t testing.TB, status int, code fault.Code) wire.Problem {
	t.Helper()
	r.wants(t, status)
	var problem wire.Problem
	if got := r.header.Get("Content-Type"); got != "application/problem+json" {
		t.Fatalf("%s: a problem came as %q", r.what, got)
	}
	r.into(t, &problem)
	if problem.Code != string(code) || problem.Status != status || problem.Title == "" || problem.Type == "" || problem.Detail == "" {
		t.Fatalf("%s: got %s, want code %s, status %d, and a type, title and detail", r.what, r.body, code, status)
	}
	return problem
}

func (r *reply) into(t testing.TB, v any) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(r.body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil {
		t.Fatalf("%s: %v in %s", r.what, err, r.body)
	}
}

func (r *reply) cookie(name string) *http.Cookie {
	for _, c := range r.cookies {
		if c.Name == name {
			return c
		}
	}
	return nil
}

// logged counts what is logged at warn and above.
type logged struct {
	mu      sync.Mutex
	records []slog.Record
}

func (l *logged) Enabled(context.Context, slog.Level) bool { return true }
func (l *logged) WithAttrs([]slog.Attr) slog.Handler       { return l }
func (l *logged) WithGroup(string) slog.Handler            { return l }

func (l *logged) Handle(_ context.Context, r slog.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r.Level >= slog.LevelWarn {
		l.records = append(l.records, r)
	}
	return nil
}

func (l *logged) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.records)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
