package main

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"time"
)

// screen shows on a terminal what happens now in one line that changes, and elsewhere
// one line for each step.
type screen struct {
	mu       sync.Mutex
	file     *os.File
	terminal bool
	began    time.Time
}

func newScreen(file *os.File) *screen {
	info, err := file.Stat()
	return &screen{file: file, terminal: err == nil && info.Mode()&os.ModeCharDevice != 0, began: time.Now()}
}

func (s *screen) title(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.began = time.Now()
	s.clear()
	fmt.Fprintln(s.file, text)
}

func (s *screen) step(text string) { s.line(text, true) }

func (s *screen) result(text string) { s.line("= "+text, true) }

// progress is shown on a terminal only.
func (s *screen) progress(text string) {
	if s.terminal {
		s.line(text, false)
	}
}

func (s *screen) line(text string, stays bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
	fmt.Fprintf(s.file, "  %5.1f s  %s", time.Since(s.began).Seconds(), text)
	if stays {
		fmt.Fprintln(s.file)
	}
}

func (s *screen) clear() {
	if s.terminal {
		fmt.Fprint(s.file, "\r"+strings.Repeat(" ", 110)+"\r")
	}
}
