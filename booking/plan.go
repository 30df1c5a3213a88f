package booking

import (
	"crypto/sha256"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// seatID is a seat's _id: it follows from season and seat number, so that
// importing twice makes the same documents.
func seatID(season, number string) bson.ObjectID {
	sum := sha256.Sum256([]byte("seat\x00" + season + "\x00" + number))
	return bson.ObjectID(sum[:12])
}

// newPlan makes the plan of these seats, which it keeps: their order becomes
// their index.
func newPlan(season string, version int64, seats []Seat) *Plan {
	p := &Plan{Season: season, Version: version, Seats: seats, ByName: make(map[string]int, len(seats))}
	for i := range p.Seats {
		p.Seats[i].Index = i
		p.Seats[i].ID = seatID(season, p.Seats[i].Number).Hex()
		p.ByName[p.Seats[i].Number] = i
	}
	p.house = newHouse(p)
	return p
}
