package wire

// Session is one of a user's live sessions.
type Session struct {
	ID         string `json:"id"`
	CreatedAt  Time   `json:"createdAt"`
	LastSeenAt Time   `json:"lastSeenAt"`
	Current    bool   `json:"current"`
}

// Sessions is the answer of GET /auth/sessions.
type Sessions struct {
	Sessions []Session `json:"sessions"`
}
