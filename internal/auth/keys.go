package auth

import (
	"fmt"
	"hash/fnv"
)

// revocations is the channel on which nodes tell each other of revoked
// sessions; a message is the session's id.
const revocations = "revocations"

// Revocations are spread over this many slots of a cluster. Each slot has a mark
// that says it holds all of its revocations: with the mark gone, Redis has lost
// them too.
const revocationSlots = 16

func revocationSlot(session string) int {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(session))
	return int(sum.Sum32() % revocationSlots)
}

// revokedKey marks a revoked session until its token has run out.
func revokedKey(session string) string {
	return completeKey(revocationSlot(session)) + ":" + session
}

// completeKey is a slot's mark that its revocations are all there.
func completeKey(slot int) string {
	return "revoked:{" + string([]byte{'0' + byte(slot/10), '0' + byte(slot%10)}) + "}"
}

// restoringKey is there while one attempt lays a slot's revocations into Redis, if
// Redis loses nothing meanwhile.
func restoringKey(slot int, attempt string) string {
	return fmt.Sprintf("restoring:{%02d}:%s", slot, attempt)
}

// sessionsKey is the hash of a user's live sessions.
func sessionsKey(user string) string { return "sessions:{" + user + "}" }

// usedKey counts how often an ID token has signed in.
func usedKey(hash string) string { return "credential:" + hash }

// spentKey marks a redirect sign-in that came back.
func spentKey(state string) string { return "signin:" + state }

// RedisNeeds returns every kind of key and channel that auth uses, for trying
// rights.
func RedisNeeds(probe string) (keys, channels []string) {
	return []string{revokedKey(probe), completeKey(0), restoringKey(0, probe), sessionsKey(probe), usedKey(probe), spentKey(probe)}, []string{revocations}
}
