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
	// drawingsKept is how many bytes of drawings stay in memory: about a thousand
	// tickets in every form.
	drawingsKept = 32 << 20
	// drawingsWaiting is how many drawings one user may wait for. A browser
	// requests all codes of a page at once.
	drawingsWaiting = 64
	// drawingPatience is the longest wait for a free slot. It is less than the
	// server's time-out for an answer.
	drawingPatience = 20 * time.Second
)

// drawings renders tickets and caches the results: a QR code costs about ten
// milliseconds, a PDF several times as much. Safe for concurrent use.
type drawings struct {
	work *workQueue
	qr   func(code string) (ticket.QR, error) // tests count the calls
	pdf  func([]paper.Ticket) ([]byte, error)

	mu    sync.Mutex
	kept  *simplelru.LRU[drawingKey, drawing]
	bytes int // of kept
	most  int
}

// drawingKey is a hash of everything that a drawing shows, and of its form.
type drawingKey [sha256.Size]byte

// drawing is one cached result: the modules of a code, or the bytes of a file.
type drawing struct {
	qr   ticket.QR
	file []byte
}

// size estimates how many bytes of memory a drawing takes.
func (d drawing) size() int {
	return 256 + len(d.file) + len(d.qr)*(len(d.qr)+32)
}

func newDrawings() *drawings {
	d := &drawings{
		work: newWorkQueue("drawings", max(1, runtime.GOMAXPROCS(0)/2), drawingsWaiting, drawingPatience),
		qr:   ticket.Draw, pdf: paper.PDF, most: drawingsKept,
	}
	var err error
	// keep bounds the bytes; the count is not bounded.
	d.kept, err = simplelru.NewLRU(math.MaxInt, func(_ drawingKey, gone drawing) { d.bytes -= gone.size() })
	if err != nil {
		panic("web: a positive size is always valid: " + err.Error())
	}
	return d
}

// keyOf returns the key of the drawing of a value in one form.
func keyOf(form string, what any) (drawingKey, error) {
	text, err := json.Marshal(what)
	return sha256.Sum256(append([]byte(form+"\n"), text...)), err
}

// tag returns the key as an ETag, which is known before anything is drawn.
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

// once returns the drawing of a key: the cached one, or else a new one. The caller
// has acquired the user's slot, so one user's drawing is never made twice at once.
func (d *drawings) once(ctx context.Context, key drawingKey, draw func() (drawing, error)) (drawing, error) {
	drawn, ok := d.look(key)
	if ok {
		return drawn, nil
	}
	err := d.work.do(ctx, func() (err error) {
		drawn, err = draw()
		return err
	})
	if err == nil {
		d.keep(key, drawn)
	}
	return drawn, err
}

// modules returns the modules of a code. The caller has acquired the user's slot.
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

// image returns a code in a form.
func (d *drawings) image(ctx context.Context, user string, form qrForm, code string) ([]byte, error) {
	key, err := keyOf(form.media, code)
	if err != nil {
		return nil, err
	}
	var qr ticket.QR
	prepare := func() (err error) {
		qr, err = d.modules(ctx, code)
		return err
	}
	return d.file(ctx, user, key, prepare, func() ([]byte, error) { return form.draw(qr) })
}

// document returns tickets as a PDF. codes are the codes of the tickets, in order.
func (d *drawings) document(ctx context.Context, user string, key drawingKey, tickets []paper.Ticket, codes []string) ([]byte, error) {
	prepare := func() (err error) {
		for i, code := range codes {
			if tickets[i].Code, err = d.modules(ctx, code); err != nil {
				return err
			}
		}
		return nil
	}
	return d.file(ctx, user, key, prepare, func() ([]byte, error) { return d.pdf(tickets) })
}

// file returns the cached file of a key. If there is none, it acquires the user's
// slot, calls prepare, and draws the file.
func (d *drawings) file(ctx context.Context, user string, key drawingKey, prepare func() error, draw func() ([]byte, error)) ([]byte, error) {
	if drawn, ok := d.look(key); ok {
		return drawn.file, nil
	}
	release, err := d.work.acquire(ctx, user)
	if err != nil {
		return nil, err
	}
	defer release()
	if err := prepare(); err != nil {
		return nil, err
	}
	drawn, err := d.once(ctx, key, func() (drawing, error) {
		file, err := draw()
		return drawing{file: file}, err
	})
	return drawn.file, err
}

// unchanged answers 304 when the caller has the drawing of a key. The caller's
// browser may cache the drawing but must ask each time, so that it shows no
// refunded ticket, and nothing after the session has ended.
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
