package seats

// Booking's data in Redis, S being the season. The braces make all of a
// season's keys share a cluster slot, so that one script may touch them all.
//
//	epoch:{S}            string     queue's: the life of the season's data. Missing: nothing may run yet.
//	sale:{S}             hash       revision, maxSeats, hold (ms), closesAt (ms, 0: never), rest (ms, in tests only): a copy of the settings; the higher revision wins. moving, movingSeats: a proposed version of the plan, and a bitmap of the seats it changes, which are not held until it is decided
//	plan:{S}             string     version of the seat plan the bits below are about
//	held:{S}             bitmap     by seat index (bit 7 of byte 0 is index 0): somebody's hold lies on it, pinned or not
//	taken:{S}            bitmap     a purchase has claimed it, decided or not
//	booked:{S}           bitmap     that purchase is captured: the seat is sold. Part of taken
//	takenby:{S}          hash       index → "<transaction> <user>", exactly for the bits of taken
//	bought:{S}           hash       user → how many bits of taken are the user's; maxSeats counts held and bought
//	holder:{S}           hash       index → user, exactly for the bits of held
//	carts:{S}            sorted set user → ms when the sweep must look at the cart next: its deadline, or a little later if that comes first
//	cartnews:{S}         sorted set user, or "<user> expired" → seatver of the last change of the user's cart; how a node that lost a message hears of it
//	seatver:{S}          string     grows with every change; starts at epoch·2^32, so that it grows over a lost Redis too
//	active_users:{S}     set        queue's: who has a place
//	leases:{S}           sorted set queue's: user → ms when the lease lapses
//	sessions:{S}         sorted set queue's: user → ms of the hard end
//	seattick:{S}         string     ms of the last sweep, so that many nodes' ticks make one
//	seats:{S}            channel    every change, announced in the script that made it (see announce in lib.lua)
//	hold:{S}:<seat>      string     PX; "<user>", or pinned by a purchase "<user> <transaction>". It alone decides who holds the seat
//	cart:{S}:<user>      hash       seat number → index; "!until" → the cart's deadline in ms, which pinning does not move; "!best" → the last best-available request served
//	ended:{S}            sorted set transaction → ms when it was cancelled, "<transaction> <index>" → ms when it gave that seat back: no script that comes late may pin or mark for it any more
//	clock:{S}:<user>     hash       of the user's carts, one after the other: start and until in ms; "grace" → until was put off after a declined payment, which happens once; "declined" → how many payments were. A cart begun before until inherits it
//	past:{S}:<user>      sorted set index → ms when that seat last left the user's cart, for a minute
//	declined:{S}:<user>  sorted set transaction → ms when its payment was declined, for an hour
//	repaired:{S}         string     PX; the node that last looked whether the sales show what was decided
//	refunds:{S}:<user>   sorted set refund → ms when the user asked for it, for an hour
//
// How a seat shows: booked → booked; else taken or held → inTransaction; else
// what the plan says.
//
// Every script gets all of them as KEYS, in this order, and the caller's epoch
// as ARGV[1]; lib.lua, which stands before every script, gives them names.
func KeysOf(season string) []string {
	tag := ":{" + season + "}"
	return []string{
		"epoch" + tag,
		"sale" + tag,
		"plan" + tag,
		"held" + tag,
		"taken" + tag,
		"booked" + tag,
		"takenby" + tag,
		"bought" + tag,
		"holder" + tag,
		"carts" + tag,
		"cartnews" + tag,
		"seatver" + tag,
		"active_users" + tag,
		"leases" + tag,
		"sessions" + tag,
		"seattick" + tag,
		ChannelOf(season),
		"hold" + tag + ":",
		"cart" + tag + ":",
		"ended" + tag,
		"clock" + tag + ":",
		"past" + tag + ":",
		"declined" + tag + ":",
		"refunds" + tag + ":",
	}
}

// BeatChannel carries a node's own heartbeat back to it.
func BeatChannel(node string) string { return "booking-beat:" + node }

func EpochKey(season string) string { return "epoch:{" + season + "}" }

// ChannelOf names the channel on which a season's seat changes are announced.
func ChannelOf(season string) string { return "seats:{" + season + "}" }

// TakenByKey names the hash of who has claimed which seat.
func TakenByKey(season string) string { return "takenby:{" + season + "}" }

// bookedKey names the bitmap of what is sold.
func bookedKey(season string) string { return "booked:{" + season + "}" }

// BoughtKey names the hash of how many seats are each user's.
func BoughtKey(season string) string { return "bought:{" + season + "}" }

// cartsKey names the sorted set of carts.
func cartsKey(season string) string { return "carts:{" + season + "}" }
