package app

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// LogOptions are the format and the level of a program's log.
type LogOptions struct {
	Format string // text or json
	Level  string // debug, info, warn or error
}

func (o LogOptions) check() error {
	var problems []error
	if o.Format != "text" && o.Format != "json" {
		problems = append(problems, fmt.Errorf("--log-format %q is neither text nor json", o.Format))
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(o.Level)); err != nil {
		problems = append(problems, fmt.Errorf("--log-level %q is none of debug, info, warn, error", o.Level))
	}
	return errors.Join(problems...)
}

// New makes the logger. Values that check refuses mean text and info.
func (o LogOptions) New(w io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(o.Level))
	options := &slog.HandlerOptions{Level: level}
	if o.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
