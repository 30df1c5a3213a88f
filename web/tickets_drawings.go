package web

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math"
	"net/http"
	"runtime"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"usher/internal/paper"
	"usher/internal/ticket"
)

const (
	// drawingsKept bounds the drawings in memory, in bytes: a thousand tickets or
	// so in every form.
	drawingsKept = 32 << 20
	// drawingsWaiting is how many drawings a user may wait for: a browser asks for
	// all the codes on a page at once.
	drawingsWaiting = 64
	// drawingPatience is less than the server's deadline for an answer.
	drawingPatience = 20 * time.Second
)

// drawings draws what is on a ticket, once, and keeps it: a QR code costs about
// ten milliseconds, a PDF some tens. Safe for concurrent use.
type drawings struct {
	turns *turns
	qr    func(code string) (ticket.QR, error) // tests count them
	pdf   func([]paper.Ticket) ([]byte, error)

	mu    sync.Mutex
	kept  *simplelru.LRU[drawingKey, drawing]
	bytes int // of kept
	most  int
}

// drawingKey is a hash of all that a drawing shows and of its form.
type drawingKey [sha256.Size]byte

// drawing is one drawing kept: the modules of a code, or the bytes of a file.
type drawing struct {
	qr   ticket.QR
	file []byte
}

// size is what a drawing takes in memory, more or less.
func (d drawing) size() int {
	return 256 + len(d.file) + len(d.qr)*(len(d.qr)+32)
}

func newDrawings() *drawings {
	d := &drawings{
		turns: newTurns("drawings", max(1, runtime.GOMAXPROCS(0)/2), drawingsWaiting, drawingPatience),
		qr:    ticket.Draw, pdf: paper.PDF, most: drawingsKept,
	}
	var err error
	// Bounded by bytes in keep; the count never bounds it.
	d.kept, err = simplelru.NewLRU(math.MaxInt, func(_ drawingKey, gone drawing) { d.bytes -= gone.size() })
	if err != nil {
		panic("web: a size above nought is always taken: " + err.Error())
	}
	return d
}

// keyOf is the key of a drawing of what, in one form.
func keyOf(form string, what any) (drawingKey, error) {
	text, err := json.Marshal(what)
	return sha256.Sum256(append([]byte(form+"\n"), text...)), err
}

// tag is a key as an ETag: it is known without drawing anything.
func (k drawingKey) tag() string {
	return `"` + base64.RawURLEncoding.EncodeToString(k[:16]) + `"`
}

func (d *drawings) look(key drawingKey) (drawing, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.kept.Get(key)
}

func (d *drawings) keep(key drawingKey, drawn drawing) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.kept.Contains(key) || drawn.size() > d.most/2 {
		return
	}
	d.bytes += drawn.size()
	d.kept.Add(key, drawn)
	for d.bytes > d.most {
		d.kept.RemoveOldest()
	}
}

// once returns the drawing of a key, drawn now unless it is kept. The caller has
// the user's turn, so a user's drawing is never made twice at once.
func (d *drawings) once(ctx context.Context, key drawingKey, draw func() (drawing, error)) (drawing, error) {
	drawn, ok := d.look(key)
	if ok {
		return drawn, nil
	}
	err := d.turns.work(ctx, func() (err error) {
		drawn, err = draw()
		return err
	})
	if err == nil {
		d.keep(key, drawn)
	}
	return drawn, err
}

// modules returns the modules of a code. The caller has the user's turn.
func (d *drawings) modules(ctx context.Context, code string) (ticket.QR, error) {
	key, err := keyOf("modules", code)
	if err != nil {
		return nil, err
	}
	drawn, err := d.once(ctx, key, func() (drawing, error) {
		qr, err := d.qr(code)
		return drawing{qr: qr}, err
	})
	return drawn.qr, err
}

// picture returns a code in a form, drawn in the user's turn unless it is kept.
func (d *drawings) picture(ctx context.Context, user string, form qrForm, code string) ([]byte, error) {
	key, err := keyOf(form.media, code)
	if err != nil {
		return nil, err
	}
	if drawn, ok := d.look(key); ok {
		return drawn.file, nil
	}
	release, err := d.turns.take(ctx, user)
	if err != nil {
		return nil, err
	}
	defer release()
	qr, err := d.modules(ctx, code)
	if err != nil {
		return nil, err
	}
	drawn, err := d.once(ctx, key, func() (drawing, error) {
		file, err := form.draw(qr)
		return drawing{file: file}, err
	})
	return drawn.file, err
}

// document returns tickets as a PDF, drawn in the user's turn unless it is kept
// under the key. codes are those of the tickets.
func (d *drawings) document(ctx context.Context, user string, key drawingKey, tickets []paper.Ticket, codes []string) ([]byte, error) {
	if drawn, ok := d.look(key); ok {
		return drawn.file, nil
	}
	release, err := d.turns.take(ctx, user)
	if err != nil {
		return nil, err
	}
	defer release()
	for i, code := range codes {
		if tickets[i].Code, err = d.modules(ctx, code); err != nil {
			return nil, err
		}
	}
	drawn, err := d.once(ctx, key, func() (drawing, error) {
		file, err := d.pdf(tickets)
		return drawing{file: file}, err
	})
	return drawn.file, err
}

// unchanged answers 304 when the caller has the drawing of a key already. Its own
// browser may keep it, and asks each time: a ticket that was given back, or a
// session that has ended, shows nothing.
func unchanged(w http.ResponseWriter, r *http.Request, key drawingKey) bool {
	h := w.Header()
	h.Set("Cache-Control", "private, no-cache")
	h.Set("ETag", key.tag())
	if !matches(r.Header.Values("If-None-Match"), key.tag()) {
		return false
	}
	w.WriteHeader(http.StatusNotModified)
	return true
}
