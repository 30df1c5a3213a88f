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

// voidsAge is how long a void list is answered again, at the least: everybody may
// ask for it, and MongoDB must not feel it.
const voidsAge = 2 * time.Second

// voidsTime bounds the making of one list, which outlives the request that began
// it: whoever asks and leaves must not have kept the others waiting for nothing.
const voidsTime = 50 * time.Second

// voidsKept is how long a list is good that took so long to make: where many
// tickets were given back it takes long, and then it is made the more rarely, so
// that making it never takes more than a fifth of the time.
func voidsKept(took time.Duration) time.Duration { return max(voidsAge, 4*took) }

// voidLists keeps each season's void list for a moment. Seasons are few, and only
// those that there are get here.
type voidLists struct {
	mu    sync.Mutex
	lists map[string]*voidList
}

// voidList is one season's list as it was last made.
type voidList struct {
	mu     sync.Mutex // held while it is made, so that one request makes it for all
	until  time.Time
	failed error  // why there is none until then
	zipped []byte // the only form that is kept: slow readers of older lists keep it too
	tag    string
}

// of returns the place of a season's list.
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

// getVoids answers with the tickets that were given back, for gates that have no
// network later. Ids name nobody, so anybody may have them.
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
		panic(http.ErrAbortHandler) // half a list must not look like a whole one
	}
	return nil
}

// voidsOf returns a season's list, encoded, made a moment ago. While MongoDB does
// not answer, one request asks it for all that wait: one after another they would
// wait for ever longer.
func (s *Server) voidsOf(ctx context.Context, season string) (zipped []byte, tag string, err error) {
	list := s.voids.of(season)
	list.mu.Lock()
	defer list.mu.Unlock()
	// The list says of when it is, and that is before it was read: it lacks
	// nothing older.
	asOf := time.Now()
	if asOf.Before(list.until) {
		return list.zipped, list.tag, list.failed
	}
	if ctx.Err() != nil {
		return nil, "", ctx.Err() // it has gone while it waited
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
	_, _ = z.Write(plain) // a bytes.Buffer takes everything
	if err := z.Close(); err != nil {
		return nil, "", err
	}
	// The tag is of the tickets alone: a list that has not changed need not be
	// sent again because it was read again, and nodes must agree.
	sum := sha256.Sum256([]byte(season + "\n" + strings.Join(signed.Voids, "\n")))
	list.zipped, list.failed = packed.Bytes(), nil
	now := time.Now()
	list.until = now.Add(voidsKept(now.Sub(asOf)))
	list.tag = `W/"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
	return list.zipped, list.tag, nil
}
