package calendar

import (
	"cmp"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Entry is one ticket's entry of a calendar.
type Entry struct {
	Event
	UID       string // never changes, so that a calendar replaces what it has
	Sequence  int64  // grows with every change of the entry
	Stamp     time.Time
	Cancelled bool     // the ticket is not valid any more
	URL       string   // of the fan's tickets; "": none
	Details   []string // lines about the ticket
	// StartsLabel and DoorsLabel stand before the times in the description; "": in English.
	StartsLabel, DoorsLabel string
}

// ErrNoStart is the error of an event whose start is not known: no calendar has a day for
// the event.
var ErrNoStart = errors.New("calendar: the start of the event is not known")

const (
	utcForm = "20060102T150405Z"
	octets  = 75 // of a line, without its end
	most    = 1<<31 - 1
)

// Write returns a calendar with one entry, in UTF-8. The start is in UTC, which every
// calendar understands without rules for the time zone; the description has the time in
// the event's own zone. There is no end, because it is not known. Errors: ErrNoStart.
func Write(e Entry) ([]byte, error) {
	if e.StartsAt == nil {
		return nil, ErrNoStart
	}
	var out []byte
	line := func(name, value string) { out = fold(out, name+":"+value) }
	words := func(name, value string) {
		if value != "" {
			line(name, escape(value))
		}
	}
	_, zone := e.zone()
	line("BEGIN", "VCALENDAR")
	line("VERSION", "2.0")
	line("PRODID", "-//Usher//Tickets//EN")
	line("CALSCALE", "GREGORIAN")
	words("X-WR-TIMEZONE", zone)
	line("BEGIN", "VEVENT")
	words("UID", e.UID)
	line("DTSTAMP", e.Stamp.UTC().Format(utcForm))
	line("SEQUENCE", strconv.FormatInt(min(max(e.Sequence, 0), most), 10))
	line("DTSTART", e.StartsAt.UTC().Format(utcForm))
	words("SUMMARY", e.Name)
	words("LOCATION", e.Place())
	description := []string{cmp.Or(e.StartsLabel, "Starts") + ": " + e.Starts()}
	if doors := e.Doors(); doors != "" {
		description = append(description, cmp.Or(e.DoorsLabel, "Doors")+": "+doors)
	}
	words("DESCRIPTION", strings.Join(append(description, e.Details...), "\n"))
	if e.URL != "" {
		line("URL", strings.Map(printed, e.URL)) // a URI is not escaped
	}
	if e.Cancelled {
		line("STATUS", "CANCELLED")
		line("TRANSP", "TRANSPARENT")
	} else {
		line("STATUS", "CONFIRMED")
	}
	line("END", "VEVENT")
	line("END", "VCALENDAR")
	return out, nil
}

// escape returns a text as RFC 5545, 3.3.11 writes it. Control characters, which a text
// must not have, are left out.
func escape(text string) string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	text = strings.Map(func(r rune) rune {
		if r == '\n' {
			return r
		}
		return printed(r)
	}, strings.ToValidUTF8(text, "\uFFFD"))
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`).Replace(text)
}

// printed leaves out a control character.
func printed(r rune) rune {
	if r < ' ' || r == 0x7f {
		return -1
	}
	return r
}

// fold appends a line of content in pieces of at most 75 octets (RFC 5545, 3.1). No
// piece ends inside a character.
func fold(out []byte, line string) []byte {
	for room := octets; len(line) > room; room = octets - 1 { // a later piece begins with a space
		at := room
		for at > 0 && !utf8.RuneStart(line[at]) {
			at--
		}
		out = append(append(out, line[:at]...), "\r\n "...)
		line = line[at:]
	}
	return append(append(out, line...), "\r\n"...)
}
