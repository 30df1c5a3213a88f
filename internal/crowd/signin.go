package crowd

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"usher/internal/wire"
)

const (
	signInsAtOnce = 16
	requestTime   = 30 * time.Second
	sessionLife   = 12 * time.Hour
	// The type of a session token; internal/auth/session.go checks the same.
	tokenType  = "JWT"
	tokenParty = "usher"
)

// Mint makes a session for a fan, as any program that has the signing key can.
func (o *Options) Mint(i int, now time.Time) (string, error) {
	sum := fanSum(o.Seed, i)
	email, name := o.person(i)
	return o.Keys.Sign(tokenType, jwt.MapClaims{
		"iss": tokenParty, "aud": tokenParty,
		"sub": UserID(o.Seed, i), "sid": hex.EncodeToString(sum[12:28]),
		"email": email, "name": name, "roles": []string{},
		"iat": now.Unix(), "exp": now.Add(sessionLife).Unix(),
	})
}

// fanMark begins every id of a fan whose session is minted: it reads "crowd".
const fanMark = "63726f7764"

// UserID is the user's id of a fan whose session is minted, 24 hex digits that begin with
// 63726f7764, which is "crowd".
func UserID(seed uint64, i int) string {
	sum := fanSum(seed, i)
	return fanMark + hex.EncodeToString(sum[:7])
}

func fanSum(seed uint64, i int) [32]byte {
	var text [16]byte
	binary.BigEndian.PutUint64(text[:], seed)
	binary.BigEndian.PutUint64(text[8:], uint64(i))
	return sha256.Sum256(append([]byte("usher-crowd "), text[:]...))
}

// door signs fans in by HTTP, in goroutines of its own and a few at a time.
type door struct {
	base, season string
	client       *http.Client
	wake         func()
	ask          chan knock
	running      sync.WaitGroup

	mu     sync.Mutex
	opened []signedIn
}

// knock is a request for a session.
type knock struct {
	fan         int
	email, name string
}

// signedIn is a session, or the error of a sign-in.
type signedIn struct {
	fan   int
	token string
	err   error
}

func newDoor(ctx context.Context, o *Options, wake func()) *door {
	base, season := o.server()
	d := &door{base: base, season: season, wake: wake, ask: make(chan knock, o.Fans)}
	transport := &http.Transport{MaxIdleConnsPerHost: signInsAtOnce, MaxConnsPerHost: signInsAtOnce}
	if len(o.LocalAddrs) > 0 {
		transport.DialContext = (&net.Dialer{LocalAddr: &net.TCPAddr{IP: o.LocalAddrs[0].AsSlice()}}).DialContext
	}
	d.client = &http.Client{Transport: transport, Timeout: requestTime}
	for range min(signInsAtOnce, o.Fans) {
		d.running.Go(func() {
			for k := range d.ask {
				if ctx.Err() == nil {
					d.tell(d.signIn(ctx, k))
				}
			}
		})
	}
	return d
}

func (d *door) tell(s signedIn) {
	d.mu.Lock()
	d.opened = append(d.opened, s)
	d.mu.Unlock()
	d.wake()
}

// take returns the sign-ins that finished since the last call.
func (d *door) take() []signedIn {
	d.mu.Lock()
	defer d.mu.Unlock()
	opened := d.opened
	d.opened = nil
	return opened
}

// stop waits for the requests in flight, which the context ends.
func (d *door) stop() {
	close(d.ask)
	d.running.Wait()
	d.client.CloseIdleConnections()
}

func (d *door) signIn(ctx context.Context, k knock) signedIn {
	var answer wire.SignIn
	_, err := d.do(ctx, http.MethodPost, "/auth/dev", "", map[string]string{"email": k.email, "name": k.name}, &answer)
	return signedIn{k.fan, answer.Token, err}
}

// do makes a request and decodes its answer. If the status is not 2xx, the error is a
// *refusal.
func (d *door) do(ctx context.Context, method, path, token string, body, answer any) (int, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return 0, err
	}
	where := d.base + path
	if d.season != "" {
		where += "?season=" + url.QueryEscape(d.season)
	}
	request, err := http.NewRequestWithContext(ctx, method, where, bytes.NewReader(text))
	if err != nil {
		return 0, err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := d.client.Do(request)
	if err != nil {
		return 0, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err = io.ReadAll(io.LimitReader(response.Body, maxMessage))
	if err != nil {
		return response.StatusCode, err
	}
	if response.StatusCode/100 != 2 {
		r := &refusal{status: response.StatusCode}
		var problem wire.Problem
		if json.Unmarshal(text, &problem) == nil {
			r.code, r.detail = problem.Code, problem.Detail
		}
		return response.StatusCode, r
	}
	return response.StatusCode, json.Unmarshal(text, answer)
}

// try checks that there is a server, that it has the season and that fans can sign in,
// so that a wrong option is one error and not one for each fan.
func (d *door) try(ctx context.Context, o *Options) error {
	var status wire.Status
	code, err := d.do(ctx, http.MethodGet, "/waitingList/status", "", nil, &status)
	refused := (*refusal)(nil)
	switch {
	case err == nil:
	case !errors.As(err, &refused):
		return fmt.Errorf("no usher answers at %s: %w", d.base, err)
	case code == http.StatusNotFound && refused.code != "":
		return fmt.Errorf("%s has no season %q: %s", d.base, d.season, refused.detail)
	default:
		return fmt.Errorf("%s is not ready: %d %s", d.base, code, refused.detail)
	}
	if o.Keys == nil {
		code, err = d.do(ctx, http.MethodPost, "/auth/dev", "", struct{}{}, &status)
		switch {
		case code == http.StatusNotFound || code == http.StatusMethodNotAllowed:
			return fmt.Errorf("%s has no development sign-in: give the server's --signing-key, with which the fans' sessions are made", d.base)
		case code == http.StatusTooManyRequests:
			return fmt.Errorf("%s limits sign-ins: start it with --limit-sign-in 0", d.base)
		case code == 0:
			return err
		}
		return nil
	}
	token, err := o.Mint(0, time.Now())
	if err != nil {
		return err
	}
	var user wire.User
	code, err = d.do(ctx, http.MethodGet, "/auth/me", token, nil, &user)
	switch {
	case code == http.StatusUnauthorized:
		return fmt.Errorf("%s does not accept sessions signed by this --signing-key: give the key of its --signing-key", d.base)
	case err != nil:
		return fmt.Errorf("%s: %w", d.base, err)
	}
	return nil
}
