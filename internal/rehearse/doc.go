// Package rehearse plays a season's sale with a crowd of simulated fans, on the nodes that
// will carry the real one. [Run] copies the season to a shadow season, sends the crowd of
// internal/crowd to the site's public URL, audits the shadow, keeps the report and removes
// the shadow. [Remove] removes the shadows of runs that were killed.
//
// It never writes to the season itself. That a shadow takes sandbox payments, and is no
// matter of the feed or of GET /seasons, is decided by its id (booking.IsShadow).
package rehearse
