package queue

import (
	"errors"
	"sync"

	"github.com/golang-jwt/jwt/v5"

	"usher/internal/keys"
)

// placeType is the typ header of a signed place.
const placeType = "usher-place"

// placeClaims say that a user drew a number in an epoch. They contain no time of
// signing, so one place has one signature.
type placeClaims struct {
	Season string `json:"season"`
	Epoch  int64  `json:"epoch"`
	Number int64  `json:"number"`
	Joined int64  `json:"joined"` // µs
	jwt.RegisteredClaims
}

// placeBook signs places and caches recent signatures, because signing takes as
// long as the rest of a status.
type placeBook struct {
	ring *keys.Ring

	mu           sync.Mutex
	newer, older map[placeKey]string // older is dropped when newer is full
}

type placeKey struct {
	season, user string
	number       int64
}

const placesRemembered = 20_000

func newPlaceBook(ring *keys.Ring) *placeBook {
	return &placeBook{ring: ring, newer: map[placeKey]string{}}
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
	key := placeKey{season, r.User, r.Number}
	b.mu.Lock()
	place, known := b.newer[key]
	if !known {
		place, known = b.older[key]
	}
	b.mu.Unlock()
	if !known {
		var err error
		place, err = b.ring.Sign(placeType, placeClaims{
			Season: season, Epoch: r.Origin, Number: r.Number, Joined: r.Joined,
			RegisteredClaims: jwt.RegisteredClaims{Issuer: "usher", Subject: r.User},
		})
		if err != nil {
			return "", err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.newer) >= placesRemembered {
		b.newer, b.older = map[placeKey]string{}, b.newer
	}
	b.newer[key] = place
	return place, nil
}

// verify checks a signed place of this user in this season, and returns what it
// says.
func (b *placeBook) verify(season, user, place string) (userState, error) {
	var c placeClaims
	if err := b.ring.Verify(placeType, place, &c, jwt.WithIssuer("usher"), jwt.WithSubject(user)); err != nil {
		return userState{}, err
	}
	if c.Season != season || c.Epoch < 1 || c.Number < 1 || c.Joined < 1 {
		return userState{}, errors.New("queue: the place is of another season or incomplete")
	}
	return userState{User: user, Number: c.Number, Joined: c.Joined, Origin: c.Epoch}, nil
}
