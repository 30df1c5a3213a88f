package web

import (
	"bytes"
	"compress/flate"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"sync"
	"sync/atomic"
	"time"

	"usher/booking"
	"usher/internal/fault"
)

const (
	// blockSeats is how many seats are encoded and compressed together. When one of
	// them changes, this part of a page is made again. A multiple of 8.
	blockSeats = 256
	// pageRest limits the work: after a page is made, no page is made for four
	// times as long. Thus a plan of 50,000 seats in a rush, requested under every
	// filter, costs at most a fifth of a core. Exception: a page that lacks a
	// change made on this node is made at once, because that client must read its
	// own write.
	pageRest = 4
	// mostOld is how many bytes of replaced pages may stay in memory because
	// clients still read them.
	mostOld = 64 << 20
	// slowReader is how long a client may read a replaced page while new pages are
	// refused for lack of memory.
	slowReader = 10 * time.Second
)

// seatFilter narrows a list of seats; empty fields narrow nothing.
type seatFilter struct{ season, category, status string }

// seatPages caches each list of seats, compressed once for all clients. A season
// has at most five lists for each category, and five for all. A page consists of blocks; a new page shares the
// unchanged blocks of the page before, so they cost neither work nor memory.
type seatPages struct {
	building chan struct{} // has a token while a page is made: one at a time
	rest     time.Time     // guarded by building: until then no page is made
	packer   *flate.Writer // guarded by building
	powers   [32]uint32    // see combine
	encoded  atomic.Int64  // blocks so far

	mu      sync.Mutex
	pages   map[seatFilter]*seatPage
	read    map[*seatPage]bool // pages that are being read
	old     int                // bytes of blocks in no current page that are still being read
	resting time.Time          // a copy of rest
}

func newSeatPages() *seatPages {
	p := &seatPages{building: make(chan struct{}, 1), pages: map[seatFilter]*seatPage{}, read: map[*seatPage]bool{}}
	p.packer, _ = flate.NewWriter(nil, flate.BestSpeed) // the level is valid
	p.powers = newPowers()
	return p
}

// seatPage is one list of seats at one snapshot. Immutable except readers and cut.
type seatPage struct {
	snapshot *booking.Snapshot
	made     time.Time
	blocks   []*seatBlock // the beginning of the object, the seats, its end
	size     int          // of the whole page, compressed, with gzip's header and trailer
	plain    int          // of the whole page, not compressed
	crc      uint32
	tag      string // weak, because the plain and the compressed form are the same content

	readers int         // guarded by seatPages.mu
	cut     atomic.Bool // readers must stop: they are too slow, and the memory is needed
}

// seatBlock is a part of a page: a deflate stream that ends on a byte boundary and
// does not refer to earlier data, so that blocks can be joined in any order.
type seatBlock struct {
	zipped []byte
	plain  int // bytes
	crc    uint32
	sum    [sha256.Size]byte
	first  bool // no seat comes before this block

	pins    int  // pages with readers that contain the block; guarded by seatPages.mu
	dropped bool // the block is in no current page any more; guarded by seatPages.mu
}

// at returns the page of a snapshot or of a newer one, for reading; the caller
// calls done afterwards. During a rest an older page is returned, if it contains
// every change of this node. Errors: unavailable while slow readers of replaced
// pages use too much memory.
func (p *seatPages) at(ctx context.Context, filter seatFilter, snapshot *booking.Snapshot) (*seatPage, error) {
	if page := p.ready(filter, snapshot); page != nil {
		return page, nil
	}
	select {
	case p.building <- struct{}{}:
	case <-ctx.Done():
		return nil, late(ctx)
	}
	defer func() { <-p.building }()
	if page := p.ready(filter, snapshot); page != nil {
		return page, nil // made while this call waited
	}
	if wait := time.Until(p.rest); wait > 0 {
		pause := time.NewTimer(wait)
		defer pause.Stop()
		select {
		case <-pause.C:
		case <-ctx.Done():
			return nil, late(ctx)
		}
	}
	if err := p.room(); err != nil {
		return nil, err
	}
	p.mu.Lock()
	last := p.pages[filter]
	p.mu.Unlock()
	began := time.Now()
	page, err := p.make(filter, snapshot, last)
	if err != nil {
		return nil, err
	}
	p.rest = time.Now().Add(pageRest * time.Since(began))
	p.replace(filter, last, page)
	return page, nil
}

func late(ctx context.Context) error {
	return fault.Wrap(fault.Unavailable, ctx.Err(), "the list of seats was not ready in time; try again")
}

// ready returns the current page for reading, if it is new enough.
func (p *seatPages) ready(filter seatFilter, snapshot *booking.Snapshot) *seatPage {
	p.mu.Lock()
	defer p.mu.Unlock()
	page := p.pages[filter]
	if page == nil || page.snapshot.Version < snapshot.Version &&
		(page.snapshot.Acts < snapshot.Acts || !time.Now().Before(p.resting)) {
		return nil
	}
	p.pinLocked(page)
	return page
}

// replace makes a page the current one and pins it for the caller.
func (p *seatPages) replace(filter seatFilter, last, page *seatPage) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pages[filter], p.resting = page, p.rest
	p.pinLocked(page)
	if last == nil {
		return
	}
	stays := map[*seatBlock]bool{}
	for _, block := range page.blocks {
		stays[block] = true
	}
	for _, block := range last.blocks {
		if !stays[block] {
			block.dropped = true
			if block.pins > 0 {
				p.old += len(block.zipped)
			}
		}
	}
}

func (p *seatPages) pinLocked(page *seatPage) {
	if page.readers++; page.readers > 1 {
		return
	}
	p.read[page] = true
	for _, block := range page.blocks {
		block.pins++ // only a current page gets a first reader, so none of its blocks is dropped
	}
}

// done ends what at began.
func (p *seatPages) done(page *seatPage) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if page.readers--; page.readers > 0 {
		return
	}
	delete(p.read, page)
	for _, block := range page.blocks {
		if block.pins--; block.pins == 0 && block.dropped {
			p.old -= len(block.zipped)
		}
	}
}

// room refuses a new page while replaced pages use too much memory, and then cuts
// the pages that have been read for long.
func (p *seatPages) room() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.old <= mostOld {
		return nil
	}
	for page := range p.read {
		if time.Since(page.made) > slowReader {
			page.cut.Store(true)
		}
	}
	return fault.New(fault.Unavailable, "too many slow clients are reading older lists of seats; try again in a second")
}

// make encodes a page in the shape of wire.Seats, and takes unchanged blocks from
// the last page.
func (p *seatPages) make(filter seatFilter, snapshot *booking.Snapshot, last *seatPage) (*seatPage, error) {
	season, err := json.Marshal(filter.season)
	if err != nil {
		return nil, err
	}
	page := &seatPage{snapshot: snapshot, made: time.Now()}
	var text bytes.Buffer
	add := func(block *seatBlock) {
		page.blocks = append(page.blocks, block)
		page.crc = p.combine(page.crc, block.crc, block.plain)
		page.plain += block.plain
		page.size += len(block.zipped)
	}
	fmt.Fprintf(&text, `{"season":%s,"version":%d,"seats":[`, season, snapshot.Version)
	add(p.pack(text.Bytes()))
	seats := snapshot.Plan.Seats
	first := true // no seat was written yet
	for from := 0; from < len(seats); from += blockSeats {
		if block := page.unchanged(last, from, first); block != nil {
			add(block)
			first = first && block.plain == 0
			continue
		}
		text.Reset()
		none := first
		for i := from; i < min(from+blockSeats, len(seats)); i++ {
			status := snapshot.Status(i)
			if seats[i].AreaLen > 0 {
				continue // its area is listed
			}
			if (filter.category != "" && filter.category != string(seats[i].Category)) || (filter.status != "" && filter.status != status) {
				continue
			}
			seat, err := json.Marshal(toSeat(seats[i], status))
			if err != nil {
				return nil, err
			}
			if !none {
				text.WriteByte(',')
			}
			none = false
			text.Write(seat)
		}
		block := p.pack(text.Bytes())
		block.first = first
		first = none
		add(block)
	}
	areas, err := json.Marshal(toAreas(filter.areas(snapshot)))
	if err != nil {
		return nil, err
	}
	add(p.pack(fmt.Appendf(nil, `],"areas":%s,"count":%d}`, areas, len(seats))))
	page.size += len(gzipHeader) + len(gzipEnd) + 8
	// The tag is a hash of the content, so that all nodes agree on it.
	whole := sha256.New()
	for _, block := range page.blocks {
		whole.Write(block.sum[:])
	}
	page.tag = `W/"` + base64.RawURLEncoding.EncodeToString(whole.Sum(nil)[:12]) + `"`
	return page, nil
}

// unchanged returns the last page's block of the seats from an index on, or nil
// when the block must be made.
func (page *seatPage) unchanged(last *seatPage, from int, first bool) *seatBlock {
	if last == nil || last.snapshot.Plan != page.snapshot.Plan {
		return nil
	}
	block := last.blocks[1+from/blockSeats]
	is, was := page.snapshot, last.snapshot
	low, high := from/8, min((from+blockSeats)/8, len(is.Booked))
	for _, bits := range [][2][]byte{{is.Booked, was.Booked}, {is.InTransaction, was.InTransaction}, {is.Unavailable, was.Unavailable}} {
		if !bytes.Equal(bits[0][low:high], bits[1][low:high]) {
			return nil
		}
	}
	if block.first != first {
		return nil
	}
	return block
}

// pack compresses a block.
func (p *seatPages) pack(text []byte) *seatBlock {
	p.encoded.Add(1)
	var zipped bytes.Buffer
	if len(text) > 0 {
		p.packer.Reset(&zipped)
		// Writing to a bytes.Buffer does not fail.
		_, _ = p.packer.Write(text)
		_ = p.packer.Flush()
	}
	return &seatBlock{zipped: bytes.Clone(zipped.Bytes()), plain: len(text), crc: crc32.ChecksumIEEE(text), sum: sha256.Sum256(text)}
}

var (
	gzipHeader = []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 4, 255} // RFC 1952: deflate, no name, no time
	gzipEnd    = []byte{1, 0, 0, 0xff, 0xff}                  // RFC 1951: an empty last block
)

// parts returns the page's bytes in order: a gzip file, or else a deflate stream.
func (page *seatPage) parts(gzip bool) [][]byte {
	parts := make([][]byte, 0, len(page.blocks)+3)
	if gzip {
		parts = append(parts, gzipHeader)
	}
	for _, block := range page.blocks {
		parts = append(parts, block.zipped)
	}
	parts = append(parts, gzipEnd)
	if gzip {
		trailer := binary.LittleEndian.AppendUint32(nil, page.crc)
		parts = append(parts, binary.LittleEndian.AppendUint32(trailer, uint32(page.plain)))
	}
	return parts
}

// newPowers returns x^(2^n) modulo the polynomial of CRC-32, for n from 0.
func newPowers() (powers [32]uint32) {
	powers[0] = 1 << 30
	for n := 1; n < len(powers); n++ {
		powers[n] = multiply(powers[n-1], powers[n-1])
	}
	return powers
}

// multiply multiplies two polynomials modulo the polynomial of CRC-32; a must not
// be 0.
func multiply(a, b uint32) (product uint32) {
	for m := uint32(1) << 31; ; m >>= 1 {
		if a&m != 0 {
			product ^= b
			if a&(m-1) == 0 {
				return product
			}
		}
		if b&1 != 0 {
			b = (b >> 1) ^ crc32.IEEE
		} else {
			b >>= 1
		}
	}
}

// combine returns the CRC-32 of two texts in a row from the CRC-32 of each; length
// is the second's, in bytes. As zlib's crc32_combine.
func (p *seatPages) combine(first, second uint32, length int) uint32 {
	shift := uint32(1) << 31
	for n, k := length, 3; n > 0; n, k = n>>1, k+1 {
		if n&1 != 0 {
			shift = multiply(p.powers[k&31], shift)
		}
	}
	return multiply(shift, first) ^ second
}

// areas returns the areas of a category that have a place with the status.
func (f seatFilter) areas(snapshot *booking.Snapshot) (listed []booking.AreaStock) {
	for _, a := range snapshot.AreaStocks() {
		has := map[string]bool{
			"": true, booking.Available: a.Available > 0, booking.InTransaction: a.Held > 0,
			booking.Booked: a.Capacity > a.Available+a.Held, booking.Unavailable: a.Capacity == 0,
		}[f.status]
		if has && (f.category == "" || f.category == string(a.Offer.Category)) {
			listed = append(listed, a)
		}
	}
	return listed
}

// check refuses values that no seat of the plan can have, which also bounds the number of
// pages.
func (f seatFilter) check(plan *booking.Plan) error {
	if f.category != "" && !plan.HasCategory(booking.Category(f.category)) {
		return fault.New(fault.InvalidRequest, "the seat plan has no category %.40q; it has: %s", f.category, plan.CategoryNames())
	}
	switch f.status {
	case "", booking.Available, booking.Unavailable, booking.InTransaction, booking.Booked:
		return nil
	}
	return fault.New(fault.InvalidRequest, "status must be available, unavailable, inTransaction or booked")
}
