package auth

// revocations is the channel on which nodes tell each other of revoked
// sessions; a message is the session's id.
const revocations = "revocations"

// revokedKey marks a revoked session until its token has run out. It has no
// hash tag, so that the keys spread over a cluster.
func revokedKey(session string) string { return "revoked:" + session }
