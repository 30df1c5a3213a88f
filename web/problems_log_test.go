package web

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"usher/internal/fault"
)

// TestAStoreThatIsAwayFillsNoLog: whoever asks while a store is away must not write
// a line each time. Bugs are logged one by one.
func TestAStoreThatIsAwayFillsNoLog(t *testing.T) {
	var log bytes.Buffer
	s := &Server{log: slog.New(slog.NewTextHandler(&log, nil))}
	for range 200 {
		if f := s.faultOf(context.Background(), fault.New(fault.Unavailable, "away")); f.Code != fault.Unavailable {
			t.Fatal(f)
		}
	}
	if lines := strings.Count(log.String(), "\n"); lines != 1 {
		t.Errorf("200 requests without a store wrote %d lines, want 1", lines)
	}
	log.Reset()
	for range 3 {
		s.faultOf(context.Background(), errors.New("a bug"))
	}
	if lines := strings.Count(log.String(), "\n"); lines != 3 {
		t.Errorf("3 bugs wrote %d lines", lines)
	}
}
