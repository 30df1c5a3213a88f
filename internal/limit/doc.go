// Package limit limits how often one caller may do something, counted over all
// nodes by Redis. While Redis does not answer, each node counts alone.
//
// Entry points: [New], [Limiter.Spend], and [Limiter.Here] with [Limiter.Ask] for
// a caller that sends other commands to Redis in the same round trip.
package limit
