package warn_test

import (
	"bytes"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"usher/internal/warn"
)

func TestAWarningIsLoggedOnceAndListedWhileItHolds(t *testing.T) {
	var log bytes.Buffer
	board := warn.New(slog.New(slog.NewTextHandler(&log, nil)))

	board.Set("redis", "no append-only file")
	board.Set("proxy", "10.0.0.1 is not trusted")
	board.Set("redis", "no append-only file")
	if got, want := board.All(), []string{"no append-only file", "10.0.0.1 is not trusted"}; !slices.Equal(got, want) {
		t.Errorf("warnings are %q, want %q", got, want)
	}
	if n := strings.Count(log.String(), "append-only"); n != 1 {
		t.Errorf("the warning was logged %d times, want once", n)
	}

	board.Set("redis")
	if got, want := board.All(), []string{"10.0.0.1 is not trusted"}; !slices.Equal(got, want) {
		t.Errorf("after the fault was mended, warnings are %q, want %q", got, want)
	}
	board.Set("redis", "no append-only file")
	if n := strings.Count(log.String(), "append-only"); n != 2 {
		t.Errorf("a warning that came back was logged %d times in all, want 2", n)
	}
}
