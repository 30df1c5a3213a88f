package wire

// Close is a close code of the protocol, and what a client should do.
type Close struct {
	Code   int
	Reason string // in the bye before the close, and in the close frame
	Why    string
	Back   string // whether to reconnect
}

// Closes returns all close codes of the protocol.
func Closes() []Close {
	return []Close{
		{4001, "replaced", "a newer socket of the same user took over", "no"},
		{4002, "logged_out", "the session was logged out", "no"},
		{4003, "expired", "the token ran out", "after signing in"},
		{4008, "too_slow", "the client did not read", "yes, with jitter"},
		{4009, "flooding", "over 20 messages a second sustained, or ten invalid ones in a row", "yes, after 30 s"},
		{1009, "too_large", "a frame longer than 8 KiB", "yes"},
		{1012, "restarting", "this node is restarting", "yes, after reconnectAfterMs"},
		{1013, "busy", "too many connections here", "yes, with jitter"},
	}
}
