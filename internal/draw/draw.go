package draw

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"sort"
)

// SeedSize is how many bytes a seed has.
const SeedSize = 32

// Rule describes the arithmetic in words, for those who check a draw.
const Rule = "commitment = SHA-256(seed); with phases SHA-256 over the seed and, for each phase, its opensAt, closesAt (or -), access and name, with a tab between them and a newline at the end; for a draw with a number above 1 then draw, a tab, the number and a newline. Gathered is SHA-256 over the user ids of all who had gathered, in ascending order, each followed by a newline. " +
	"The beacon's round is the first one published 5 seconds or more after the gathered were recorded. " +
	"key = HMAC-SHA-256(seed, beacon value), or the seed itself without a beacon. The mark of a user is HMAC-SHA-256(key, user id as text). " +
	"The order is that of the marks, ascending as bytes; rank 1 is first."

// NewSeed draws a secret seed.
func NewSeed() []byte {
	seed := make([]byte, SeedSize)
	_, _ = rand.Read(seed) // never fails
	return seed
}

// Phase is a phase of the sale, as the commitment covers it. Times are written like
// "2027-03-01T10:00:00.000Z".
type Phase struct {
	Name     string `json:"name" bson:"name"`
	OpensAt  string `json:"opensAt" bson:"opensAt"`
	ClosesAt string `json:"closesAt,omitempty" bson:"closesAt,omitempty"` // "": does not close
	Access   string `json:"access" bson:"access"`                         // "open" or "code"
}

// Commit is the commitment to a seed and to the phases of the sale. It reveals
// nothing about the seed, and no other seed and no other phases fit it. Without
// phases it is the hash of the seed alone, as it was before seasons had phases.
func Commit(seed []byte, phases ...Phase) string { return CommitTo(seed, 1, phases) }

// CommitTo is the commitment to the seed of one of a season's draws, by its number from
// 1, and to the phases. That of the first draw is [Commit]; a later one contains its
// number, so that the commitments of two draws cannot be exchanged.
func CommitTo(seed []byte, number int, phases []Phase) string {
	sum := sha256.New()
	sum.Write(seed)
	for _, p := range phases {
		closes := p.ClosesAt
		if closes == "" {
			closes = "-"
		}
		_, _ = io.WriteString(sum, p.OpensAt+"\t"+closes+"\t"+p.Access+"\t"+p.Name+"\n")
	}
	if number > 1 {
		_, _ = fmt.Fprintf(sum, "draw\t%d\n", number)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// Key mixes the seed with the value of a beacon; nil: no beacon.
func Key(seed, beacon []byte) []byte {
	if len(beacon) == 0 {
		return seed
	}
	mac := hmac.New(sha256.New, seed)
	mac.Write(beacon)
	return mac.Sum(nil)
}

// Mark is a user's mark: the order of the marks is the order of the draw.
type Mark [sha256.Size]byte

func (m Mark) String() string { return hex.EncodeToString(m[:]) }

// MarkOf is a user's mark.
func MarkOf(key []byte, user string) Mark {
	mac := hmac.New(sha256.New, key)
	_, _ = io.WriteString(mac, user)
	return Mark(mac.Sum(nil))
}

// Hash is the hash of a set of users, in any order.
func Hash(users []string) string {
	sorted := slices.Clone(users)
	slices.Sort(sorted)
	sum := sha256.New()
	for _, user := range sorted {
		_, _ = io.WriteString(sum, user+"\n")
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// Order returns the users in the order of their marks, and the marks.
func Order(key []byte, users []string) ([]string, []Mark) {
	drawn := drawnUsers{slices.Clone(users), make([]Mark, len(users))}
	mac := hmac.New(sha256.New, key)
	for i, user := range drawn.users {
		mac.Reset()
		_, _ = io.WriteString(mac, user)
		mac.Sum(drawn.marks[i][:0])
	}
	sort.Sort(drawn)
	return drawn.users, drawn.marks
}

// Rank is the place of a mark in a sorted list of marks, from 1; 0 when the list
// does not contain it.
func Rank(marks []Mark, mark Mark) int {
	i, found := slices.BinarySearchFunc(marks, mark, func(a, b Mark) int { return bytes.Compare(a[:], b[:]) })
	if !found {
		return 0
	}
	return i + 1
}

// drawnUsers sorts users and marks together.
type drawnUsers struct {
	users []string
	marks []Mark
}

func (d drawnUsers) Len() int           { return len(d.users) }
func (d drawnUsers) Less(i, j int) bool { return bytes.Compare(d.marks[i][:], d.marks[j][:]) < 0 }
func (d drawnUsers) Swap(i, j int) {
	d.users[i], d.users[j] = d.users[j], d.users[i]
	d.marks[i], d.marks[j] = d.marks[j], d.marks[i]
}
