// Package warn keeps warnings that the operator can resolve: settings that endanger
// data, a proxy that is not trusted, a public URL without TLS. Each warning is
// logged once when it begins, and the admin page shows it until it ends.
package warn

import (
	"log/slog"
	"slices"
	"sync"
)

// Board holds the warnings of one node. Safe for concurrent use.
type Board struct {
	log *slog.Logger

	mu      sync.Mutex
	sources []string            // in the order of their first warning
	texts   map[string][]string // by source
}

// New makes an empty board that logs to log.
func New(log *slog.Logger) *Board {
	return &Board{log: log, texts: map[string][]string{}}
}

// Set replaces the warnings of one source; no texts clear them. A new text is
// logged. Each text says what is wrong and what to do.
func (b *Board) Set(source string, texts ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, text := range texts {
		if !slices.Contains(b.texts[source], text) {
			b.log.Warn(text, "source", source)
		}
	}
	if !slices.Contains(b.sources, source) {
		b.sources = append(b.sources, source)
	}
	b.texts[source] = slices.Clone(texts)
}

// All returns every current warning.
func (b *Board) All() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []string
	for _, source := range b.sources {
		all = append(all, b.texts[source]...)
	}
	return all
}
