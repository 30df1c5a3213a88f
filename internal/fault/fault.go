// Package fault has the one error type of the domain: a stable code for clients, a
// sentence for people, and the seats concerned. Every package of the domain returns
// faults; web/problems.go translates them to HTTP and socket errors. web answers any
// other error as "internal" and logs it once.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Code is a stable error code, listed in docs/protocol.md. Clients branch on it.
type Code string

// The codes, with the HTTP status web gives each.
const (
	InvalidRequest    Code = "invalid_request"        // 400
	Unauthenticated   Code = "unauthenticated"        // 401
	InvalidCredential Code = "invalid_credential"     // 401
	PaymentDeclined   Code = "payment_declined"       // 402
	NotAdmitted       Code = "not_admitted"           // 403
	ChallengeRequired Code = "challenge_required"     // 403
	Forbidden         Code = "forbidden"              // 403
	CodeRequired      Code = "code_required"          // 403
	CodeInvalid       Code = "code_invalid"           // 403
	BadOrigin         Code = "bad_origin"             // 403
	NotFound          Code = "not_found"              // 404
	SeatTaken         Code = "seat_taken"             // 409
	Conflict          Code = "conflict"               // 409
	SeasonClosed      Code = "season_closed"          // 409
	SoldOut           Code = "sold_out"               // 409
	HoldExpired       Code = "hold_expired"           // 410
	TooLarge          Code = "too_large"              // 413
	UnsupportedMedia  Code = "unsupported_media_type" // 415
	SeatLimit         Code = "seat_limit"             // 422
	KeyReused         Code = "key_reused"             // 422
	UnknownSeat       Code = "unknown_seat"           // 422
	NoAdjacentSeats   Code = "no_adjacent_seats"      // 422
	RateLimited       Code = "rate_limited"           // 429
	Internal          Code = "internal"               // 500
	Unavailable       Code = "unavailable"            // 503
	Draining          Code = "draining"               // 503
)

// Error is a failure that a client may see. The request changed nothing, unless the
// documentation of the code says otherwise.
type Error struct {
	Code   Code
	Detail string        // one sentence for people
	Seats  []string      // the seat numbers concerned, if the code is about seats
	After  time.Duration // for rate_limited and unavailable: when to try again; 0: soon
	Rows   []Row         // the wrong lines of an imported file
	Fields []Field       // the wrong fields of a form
	Err    error         // the cause, for the log; clients never see it
}

// Row is one problem in an imported file. Line and Column count from 1.
type Row struct {
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Problem string `json:"problem"`
}

// New makes a fault. Format and args make the detail, as in fmt.Sprintf.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Detail: fmt.Sprintf(format, args...)}
}

// Seats makes a fault about named seats.
func Seats(code Code, seats []string, format string, args ...any) *Error {
	e := New(code, format, args...)
	e.Seats = seats
	return e
}

// Later makes a fault whose request may be tried again after a time.
func Later(code Code, after time.Duration, format string, args ...any) *Error {
	e := New(code, format, args...)
	e.After = after
	return e
}

// Wrap makes a fault that keeps its cause for the log.
func Wrap(code Code, err error, format string, args ...any) *Error {
	e := New(code, format, args...)
	e.Err = err
	return e
}

func (e *Error) Error() string {
	text := string(e.Code)
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

func (e *Error) Unwrap() error { return e.Err }

// CodeOf returns the code of the fault in err's chain: "" for nil, Internal for an
// error without a fault.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return Internal
}

// Is reports whether err's chain has a fault with one of the codes.
func Is(err error, codes ...Code) bool {
	code := CodeOf(err)
	for _, c := range codes {
		if code == c {
			return true
		}
	}
	return false
}
