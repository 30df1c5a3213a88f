package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// host stands in for a test: what tests and this program share takes a testing.TB. It
// has the methods that those parts call; any other one panics, as the embedded
// interface is nil.
type host struct {
	testing.TB
	name string
	ctx  context.Context
	end  context.CancelFunc

	mu       sync.Mutex
	failed   bool
	skipped  string // why
	messages []string
	cleanups []func()
	dir      string
	dirs     int
}

func newHost(ctx context.Context, name string) *host {
	h := &host{name: name}
	h.ctx, h.end = context.WithCancel(ctx)
	return h
}

// run calls do in a goroutine, which FailNow ends, and cleans up after it as a test
// does.
func (h *host) run(do func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	<-done
	h.end()
	for {
		h.mu.Lock()
		if len(h.cleanups) == 0 {
			h.mu.Unlock()
			break
		}
		last := h.cleanups[len(h.cleanups)-1]
		h.cleanups = h.cleanups[:len(h.cleanups)-1]
		h.mu.Unlock()
		cleaned := make(chan struct{})
		go func() {
			defer close(cleaned)
			last()
		}()
		<-cleaned
	}
	if h.dir != "" {
		_ = os.RemoveAll(h.dir)
	}
}

// failures are the messages of a run that failed, nil if it did not.
func (h *host) failures() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.failed {
		return nil
	}
	return append([]string{"failed"}, h.messages...)
}

func (h *host) Name() string             { return h.name }
func (h *host) Helper()                  {}
func (h *host) Context() context.Context { return h.ctx }

func (h *host) Cleanup(do func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.cleanups = append(h.cleanups, do)
}

func (h *host) TempDir() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var err error
	if h.dir == "" {
		h.dir, err = os.MkdirTemp("", "usher-chaos-")
	}
	h.dirs++
	dir := filepath.Join(h.dir, fmt.Sprint(h.dirs))
	if err == nil {
		err = os.Mkdir(dir, 0o700)
	}
	if err != nil {
		panic(err) // as a test without a disk
	}
	return dir
}

func (h *host) Failed() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.failed
}

func (h *host) Fail() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failed = true
}

func (h *host) FailNow() {
	h.Fail()
	runtime.Goexit()
}

func (h *host) keep(message string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.messages = append(h.messages, strings.TrimSpace(message))
}

func (h *host) Log(args ...any)                 { h.keep(fmt.Sprintln(args...)) }
func (h *host) Logf(format string, args ...any) { h.keep(fmt.Sprintf(format, args...)) }
func (h *host) Error(args ...any)               { h.Log(args...); h.Fail() }
func (h *host) Errorf(format string, args ...any) {
	h.Logf(format, args...)
	h.Fail()
}
func (h *host) Fatal(args ...any)                 { h.Log(args...); h.FailNow() }
func (h *host) Fatalf(format string, args ...any) { h.Logf(format, args...); h.FailNow() }

func (h *host) Skip(args ...any)                 { h.skip(fmt.Sprint(args...)) }
func (h *host) Skipf(format string, args ...any) { h.skip(fmt.Sprintf(format, args...)) }

func (h *host) skip(why string) {
	h.skipped = why
	runtime.Goexit()
}
