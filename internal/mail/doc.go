// Package mail builds mails and hands them to an SMTP server (RFC 5321). Entry points are
// [ParseRelay], [Message.Bytes] and [Sender.Send]; [Sender.Try] checks a server without
// sending anything.
//
// The package does not decide what is sent to whom, and keeps no queue: a caller repeats a
// mail that was not accepted. No error contains the password or the recipient's address.
package mail
