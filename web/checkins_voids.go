package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"usher/internal/gate"
)

// voidsAge is the shortest time for which a void list is cached. The route needs no
// sign-in, and MongoDB must not be loaded by it.
const voidsAge = 2 * time.Second

// voidsTime is the most time for making a list. Making it continues when the
// request that started it ends, because other requests wait for the result.
const voidsTime = 50 * time.Second

// voidsKept is how long a list is cached that took this long to make: four times as
// long, so that at most a fifth of the time is spent making lists.
func voidsKept(took time.Duration) time.Duration { return max(voidsAge, 4*took) }

// voidLists caches one void list per season. Only existing seasons get here, so
// there are few.
type voidLists struct {
	mu    sync.Mutex
	lists map[string]*voidList
}

// voidList is the newest list of one season.
type voidList struct {
	mu     sync.Mutex // held while the list is made, so that one request makes it for all
	until  time.Time
	failed error  // why there is no list until then
	zipped []byte // the only form in memory, because slow readers keep older lists too
	tag    string
}

// of returns the entry of a season.
func (v *voidLists) of(season string) *voidList {
	v.mu.Lock()
	defer v.mu.Unlock()
	list := v.lists[season]
	if list == nil {
		list = &voidList{}
		if v.lists == nil {
			v.lists = map[string]*voidList{}
		}
		v.lists[season] = list
	}
	return list
}

// getVoids lists the ids of refunded tickets, for gates that will have no network.
// Ids identify no person, so the route needs no sign-in.
func (s *Server) getVoids(w http.ResponseWriter, r *http.Request) error {
	season, err := s.seasonOf(r)
	if err != nil {
		return err
	}
	zipped, tag, err := s.voidsOf(r.Context(), season.ID)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Add("Vary", "Accept-Encoding")
	h.Set("ETag", tag)
	h.Set("Cache-Control", "public, max-age=10")
	if matches(r.Header.Values("If-None-Match"), tag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", "application/json")
	if acceptsGzip(r) {
		h.Set("Content-Encoding", "gzip")
		_, _ = w.Write(zipped)
		return nil
	}
	plain, err := gzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		return err
	}
	if _, err := io.CopyBuffer(w, plain, make([]byte, 32<<10)); err != nil {
		panic(http.ErrAbortHandler) // a part of the list must not look like the whole
	}
	return nil
}

// voidsOf returns a season's encoded list, at most voidsKept old. While MongoDB
// does not answer, one request waits for it on behalf of all.
func (s *Server) voidsOf(ctx context.Context, season string) (zipped []byte, tag string, err error) {
	list := s.voids.of(season)
	list.mu.Lock()
	defer list.mu.Unlock()
	// The time in the list is taken before the list is read, so no earlier refund
	// is missing.
	asOf := time.Now()
	if asOf.Before(list.until) {
		return list.zipped, list.tag, list.failed
	}
	if ctx.Err() != nil {
		return nil, "", ctx.Err() // the caller hung up while it waited
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), voidsTime)
	defer cancel()
	ids, err := s.o.Booking.Voids(ctx, season)
	if err != nil {
		list.failed, list.until = err, time.Now().Add(voidsAge)
		return nil, "", err
	}
	signed, err := gate.SignVoids(s.o.TicketKeys, season, asOf, ids)
	if err != nil {
		return nil, "", err
	}
	plain, err := json.Marshal(signed)
	if err != nil {
		return nil, "", err
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(plain) // writing to a bytes.Buffer does not fail
	if err := z.Close(); err != nil {
		return nil, "", err
	}
	// The tag covers the tickets only. Thus reading an unchanged list again keeps
	// the tag, and all nodes agree on it.
	sum := sha256.Sum256([]byte(season + "\n" + strings.Join(signed.Voids, "\n")))
	list.zipped, list.failed = packed.Bytes(), nil
	now := time.Now()
	list.until = now.Add(voidsKept(now.Sub(asOf)))
	list.tag = `W/"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	return list.zipped, list.tag, nil
}
