package calendar

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func gala() Event {
	starts, doors := time.Date(2027, 5, 7, 18, 0, 0, 0, time.UTC), time.Date(2027, 5, 7, 17, 0, 0, 0, time.UTC)
	return Event{Name: "Gala; night, \\one", StartsAt: &starts, DoorsAt: &doors, TimeZone: "Europe/Berlin", Venue: "Opera", Address: "1 Main Street, Berlin"}
}

func TestTheWordsAreInTheEventsOwnTimeZone(t *testing.T) {
	t.Parallel()
	e := gala()
	for got, want := range map[string]string{
		e.Starts(): "Friday, 7 May 2027, 20:00 (Europe/Berlin)",
		e.Doors():  "19:00 (Europe/Berlin)",
		e.Place():  "Opera, 1 Main Street, Berlin",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	e.TimeZone = "Pacific/Kiritimati" // UTC+14: there the event is on the next day
	if got := e.Starts(); got != "Saturday, 8 May 2027, 08:00 (Pacific/Kiritimati)" {
		t.Error(got)
	}
	late := e.StartsAt.Add(-20 * time.Hour)
	e.DoorsAt = &late
	if got := e.Doors(); got != "Friday, 7 May 2027, 12:00 (Pacific/Kiritimati)" {
		t.Error("doors of another day:", got)
	}
	if none := (Event{Name: "Gala", TimeZone: "no such zone"}); none.Starts()+none.Doors()+none.Place() != "" {
		t.Error("an event without time and place has words for them")
	}
	e.StartsAt = nil
	if got := e.Doors(); got != "Friday, 7 May 2027, 12:00 (Pacific/Kiritimati)" {
		t.Error("doors of an event whose start is not known:", got)
	}
	e = gala()
	e.TimeZone = "Local" // of the server: it says nothing about the event
	if got := e.Starts(); !strings.HasSuffix(got, "18:00 (UTC)") {
		t.Error(got)
	}
	e.TimeZone = "no such zone"
	if got := e.Starts(); !strings.HasSuffix(got, "18:00 (UTC)") {
		t.Error(got)
	}
}

func TestTheFileSaysTheEvent(t *testing.T) {
	t.Parallel()
	entry := Entry{
		Event: gala(), UID: "0123@tickets.usher", Sequence: 4, Stamp: time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC),
		URL: "https://tickets.example/?season=gala#tickets", Details: []string{"Seat A-1"},
	}
	file, err := Write(entry)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Usher//Tickets//EN", "CALSCALE:GREGORIAN", "X-WR-TIMEZONE:Europe/Berlin",
		"BEGIN:VEVENT", "UID:0123@tickets.usher", "DTSTAMP:20270301T090000Z", "SEQUENCE:4", "DTSTART:20270507T180000Z",
		`SUMMARY:Gala\; night\, \\one`, `LOCATION:Opera\, 1 Main Street\, Berlin`,
		`DESCRIPTION:Starts: Friday\, 7 May 2027\, 20:00 (Europe/Berlin)\nDoors: 19:`, ` 00 (Europe/Berlin)\nSeat A-1`,
		"URL:https://tickets.example/?season=gala#tickets", "STATUS:CONFIRMED", "END:VEVENT", "END:VCALENDAR", "",
	}, "\r\n")
	if string(file) != want {
		t.Errorf("the file is\n%s\nwant\n%s", file, want)
	}
	entry.Cancelled = true
	if file, err = Write(entry); err != nil || !strings.Contains(string(file), "\r\nSTATUS:CANCELLED\r\nTRANSP:TRANSPARENT\r\n") {
		t.Errorf("a cancelled ticket: %v\n%s", err, file)
	}
	entry.StartsAt = nil
	if _, err := Write(entry); !errors.Is(err, ErrNoStart) {
		t.Errorf("without a start: %v", err)
	}
}

// TestAnyNameIsOneLineOfTheFile: whatever an organiser writes, lines are at most 75
// octets of whole characters, and unfolding and unescaping give the text back.
func TestAnyNameIsOneLineOfTheFile(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		e := gala()
		e.Name = rapid.String().Draw(t, "name")
		file, err := Write(Entry{Event: e, UID: "1@tickets.usher"})
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.SplitSeq(strings.TrimSuffix(string(file), "\r\n"), "\r\n") {
			if len(line) > octets || !utf8.ValidString(line) || strings.ContainsAny(line, "\r\n") {
				t.Fatalf("the line %q has %d octets", line, len(line))
			}
		}
		found := ""
		for line := range strings.SplitSeq(strings.ReplaceAll(string(file), "\r\n ", ""), "\r\n") {
			if value, ok := strings.CutPrefix(line, "SUMMARY:"); ok {
				found = strings.NewReplacer(`\\`, `\`, `\;`, ";", `\,`, ",", `\n`, "\n").Replace(value)
			}
		}
		clean := strings.Map(func(r rune) rune {
			if r != '\n' && (r < ' ' || r == 0x7f) {
				return -1
			}
			return r
		}, strings.ReplaceAll(strings.ReplaceAll(e.Name, "\r\n", "\n"), "\r", "\n"))
		if found != clean {
			t.Fatalf("%q came back as %q", clean, found)
		}
	})
}

// TestTheFileStaysWholeWithHostileValues: line breaks begin no property, long lines are
// folded inside no character, and the sequence is a number of RFC 5545.
func TestTheFileStaysWholeWithHostileValues(t *testing.T) {
	t.Parallel()
	e := gala()
	const hostile = "x\r\nATTENDEE:mailto:eve@evil.example\nBEGIN:VALARM\rEND:VEVENT\x00"
	e.Name, e.Venue, e.Address = hostile, hostile, strings.Repeat("\U0001F3AB", 40)+strings.Repeat("é", 150)
	for _, sequence := range []int64{-3, 1 << 40} {
		file, err := Write(Entry{
			Event: e, UID: hostile, Sequence: sequence, URL: "https://tickets.example/" + hostile, Details: []string{hostile},
		})
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(string(file), "\r\n"), "\r\n")
		for _, line := range lines {
			if len(line) > octets || !utf8.ValidString(line) || strings.ContainsAny(line, "\r\n\x00") {
				t.Errorf("the line %q has %d octets", line, len(line))
			}
		}
		names := ""
		for line := range strings.SplitSeq(strings.ReplaceAll(strings.Join(lines, "\n"), "\n ", ""), "\n") {
			name, value, _ := strings.Cut(line, ":")
			names += name + " "
			if name == "SEQUENCE" && value != "0" && value != "2147483647" {
				t.Errorf("the sequence %d is written as %s", sequence, value)
			}
		}
		if names != "BEGIN VERSION PRODID CALSCALE X-WR-TIMEZONE BEGIN UID DTSTAMP SEQUENCE DTSTART SUMMARY LOCATION DESCRIPTION URL STATUS END END " {
			t.Errorf("the file has the properties %s", names)
		}
	}
}
