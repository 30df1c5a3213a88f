// Package letter writes the mails to buyers, in their language: a confirmed order with
// its tickets as PDF and the event as a calendar file, and a refund. Entry points are [New]
// and [Letters.Send].
//
// The package keeps no queue and reads no store: booking hands it what a mail tells, and
// repeats a mail that was not accepted.
package letter
