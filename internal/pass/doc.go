// Package pass issues admission passes and redeems each of them once. A pass tells the
// shop behind the line that a fan is active: a JWS that a shop verifies by itself with the
// key set, and that the server redeems once over all nodes.
//
// Entry points: [New], [Desk.Issue], [Desk.Redeem], [Desk.Run] deletes old records.
package pass
