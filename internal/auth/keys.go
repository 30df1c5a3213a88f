package auth

import (
	"fmt"
	"hash/fnv"
)

// revocations is the channel of revoked sessions; a message is a session's id.
const revocations = "revocations"

// cutoffsChannel is the channel of cutoffs; a message is a user's id, empty for all users.
const cutoffsChannel = "session_cutoffs"

// revocationSlots is how many slots of a cluster the revocations are spread over.
// Each slot has a mark that it holds all its revocations. When the mark is missing,
// Redis has lost data, and revocations with it.
const revocationSlots = 16

func revocationSlot(session string) int {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(session))
	return int(sum.Sum32() % revocationSlots)
}

// revokedKey marks a revoked session until its token expires.
func revokedKey(session string) string {
	return completeKey(revocationSlot(session)) + ":" + session
}

// completeKey is a slot's mark that all its revocations are there.
func completeKey(slot int) string {
	return "revoked:{" + string([]byte{'0' + byte(slot/10), '0' + byte(slot%10)}) + "}"
}

// cutoffKey is the time in ms before which a user's sessions are over, in a slot. Every slot
// has each cutoff, so that one question about a session reads one slot only. everyUser: of all
// users.
func cutoffKey(slot int, user string) string {
	key := fmt.Sprintf("before:{%02d}", slot)
	if user == everyUser {
		return key
	}
	return key + ":" + user
}

// restoringKey exists while an attempt restores a slot's revocations. When it is
// missing at the end, Redis has lost data during the attempt.
func restoringKey(slot int, attempt string) string {
	return fmt.Sprintf("restoring:{%02d}:%s", slot, attempt)
}

// sessionsKey is the hash of a user's live sessions.
func sessionsKey(user string) string { return "sessions:{" + user + "}" }

// usedKey counts how often an ID token has signed in.
func usedKey(hash string) string { return "credential:" + hash }

// spentKey marks a redirect sign-in that has finished.
func spentKey(state string) string { return "signin:" + state }

// RedisNeeds returns every kind of key and channel that auth uses, for a check of
// access rights.
func RedisNeeds(probe string) (keys, channels []string) {
	return []string{
		revokedKey(probe), completeKey(0), restoringKey(0, probe), cutoffKey(0, everyUser), cutoffKey(0, probe),
		sessionsKey(probe), usedKey(probe), spentKey(probe),
	}, []string{revocations, cutoffsChannel}
}
