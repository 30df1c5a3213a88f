package wire

// Pass is an admission pass for a shop behind the line.
type Pass struct {
	Pass      string `json:"pass"` // a JWS of typ usher-pass
	ExpiresAt Time   `json:"expiresAt"`
}

// Redemption is the answer to a pass that a shop redeems. Season and User are null for a
// pass that is not genuine; RedeemedAt is null for a pass that was never redeemed.
type Redemption struct {
	Result     string  `json:"result"` // redeemed, already_redeemed, expired, invalid, ended
	Season     *string `json:"season"`
	User       *string `json:"user"`
	RedeemedAt *Time   `json:"redeemedAt"`
}
