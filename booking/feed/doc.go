// Package feed is the transactional outbox: Record an event, and shops get the event
// by webhook or by Pull. Undelivered, Retry and Resume are for operators.
//
// The node that settles a purchase or a refund records the event before the entry
// leaves pending, so recovery makes good a crash in between. Every node moves the
// outbox into one log and, for each webhook, follows the log. An insert decides
// each step; there is no leader.
//
// The package knows nothing of orders and seats but the shape of an event.
package feed
