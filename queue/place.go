package queue

import (
	"crypto/ed25519"
	"errors"
	"hash/maphash"
	"strconv"
	"sync"

	"github.com/golang-jwt/jwt/v5"

	"usher/internal/keys"
)

// placeType is the typ header of a signed place.
const placeType = "usher-place"

const issuer = "usher"

// placeClaims say that a user drew a number in an epoch. They contain no time of
// signing, so one place has one signature.
type placeClaims struct {
	Season string `json:"season"`
	Epoch  int64  `json:"epoch"`
	Number int64  `json:"number"`
	Joined int64  `json:"joined"` // µs
	Wish   string `json:"wish,omitempty"`
	jwt.RegisteredClaims
}

// placeBook signs places and caches recent signatures, because signing takes as
// long as the rest of a status.
type placeBook struct {
	ring *keys.Ring

	seeds [2]maphash.Seed

	mu           sync.Mutex
	newer, older map[placeHash]placeSignature // older is dropped when newer is full
}

// placeKey is everything that a place's text depends on.
type placeKey struct {
	season, user, wish    string
	number, epoch, joined int64
}

// placeHash stands for a placeKey, which is four times as long. No client knows the
// seeds, and two of a billion places share 128 bits with a chance of 1 in 10^20.
type placeHash [2]uint64

func (b *placeBook) hash(k placeKey) placeHash {
	return placeHash{maphash.Comparable(b.seeds[0], k), maphash.Comparable(b.seeds[1], k)}
}

// placeSignature is kept without the text it signs, which is six times as long.
type placeSignature = [ed25519.SignatureSize]byte

const placesRemembered = 20_000

func newPlaceBook(ring *keys.Ring) *placeBook {
	return &placeBook{
		ring: ring, seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, newer: map[placeHash]placeSignature{},
	}
}

// proof is a place in line that is signed when its text is asked for.
type proof struct {
	season *season
	state  userState
}

// String returns the signed place, "" when signing fails.
func (p *proof) String() string {
	place, err := p.season.q.places.sign(p.season.id, p.state)
	if err != nil {
		p.season.q.log.Error("signing a place failed: the user gets none", "season", p.season.id, "error", err)
	}
	return place
}

// sign returns the signed place of a user in line.
func (b *placeBook) sign(season string, r userState) (string, error) {
	text, err := b.text(season, r)
	if err != nil {
		return "", err
	}
	key := b.hash(placeKey{season, r.User, r.Wish, r.Number, r.Origin, r.Joined})
	b.mu.Lock()
	signature, known := b.newer[key]
	if !known {
		signature, known = b.older[key]
	}
	b.mu.Unlock()
	if !known {
		signature = b.ring.Signature(text)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.newer) >= placesRemembered {
		b.newer, b.older = map[placeHash]placeSignature{}, b.newer
	}
	b.newer[key] = signature
	return keys.Join(text, signature), nil
}

// text returns the part of a place that is signed. Each fan who joins is sent one,
// so the claims are written by hand where no character needs escaping.
func (b *placeBook) text(season string, r userState) (string, error) {
	if !unescaped(season) || !unescaped(r.User) || r.Wish != "" {
		return b.ring.Text(placeType, placeClaims{
			Season: season, Epoch: r.Origin, Number: r.Number, Joined: r.Joined, Wish: r.Wish,
			RegisteredClaims: jwt.RegisteredClaims{Issuer: issuer, Subject: r.User},
		})
	}
	claims := make([]byte, 0, 192)
	claims = append(append(claims, `{"season":"`...), season...)
	claims = strconv.AppendInt(append(claims, `","epoch":`...), r.Origin, 10)
	claims = strconv.AppendInt(append(claims, `,"number":`...), r.Number, 10)
	claims = strconv.AppendInt(append(claims, `,"joined":`...), r.Joined, 10)
	claims = append(append(claims, `,"iss":"`+issuer+`","sub":"`...), r.User...)
	return b.ring.TextOf(placeType, append(claims, `"}`...)), nil
}

// unescaped reports whether text stands in JSON as it is, and is not left out as empty.
func unescaped(text string) bool {
	for _, c := range []byte(text) {
		if c <= ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			return false
		}
	}
	return text != ""
}

// verify checks a signed place of this user in this season, and returns what it
// says.
func (b *placeBook) verify(season, user, place string) (userState, error) {
	var c placeClaims
	if err := b.ring.Verify(placeType, place, &c, jwt.WithIssuer(issuer), jwt.WithSubject(user)); err != nil {
		return userState{}, err
	}
	if c.Season != season || c.Epoch < 1 || c.Number < 1 || c.Joined < 1 {
		return userState{}, errors.New("queue: the place is of another season or incomplete")
	}
	return userState{User: user, Number: c.Number, Joined: c.Joined, Origin: c.Epoch, Wish: c.Wish}, nil
}
