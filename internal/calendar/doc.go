// Package calendar writes the time and the place of an event: in words, for tickets and
// pages, and as an iCalendar file (RFC 5545), for calendars.
//
// Entry points are [Event.Starts], [Event.Doors] and [Event.Place] for the words, and
// [Write] for the file. A time is always given in the event's own time zone with its
// name, because a fan may be in another one.
package calendar
