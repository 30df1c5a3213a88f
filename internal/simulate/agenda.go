package simulate

import (
	"container/heap"
	"time"
)

// agenda holds future events in the order of time. Events of the same moment are
// ordered by who they belong to, so that no order depends on a map.
type agenda struct {
	entries entries
	added   int
}

type entry struct {
	at    time.Time
	who   int // fans by index; -1: the simulation; nodes below -1
	added int
	do    func()
}

func (a *agenda) add(at time.Time, who int, do func()) {
	a.added++
	heap.Push(&a.entries, entry{at, who, a.added, do})
}

// next removes and returns the earliest entry, and false when there is none.
func (a *agenda) next() (entry, bool) {
	if len(a.entries) == 0 {
		return entry{}, false
	}
	return heap.Pop(&a.entries).(entry), true
}

type entries []entry

func (e entries) Len() int      { return len(e) }
func (e entries) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e entries) Less(i, j int) bool {
	switch a, b := e[i], e[j]; {
	case !a.at.Equal(b.at):
		return a.at.Before(b.at)
	case a.who != b.who:
		return a.who < b.who
	default:
		return a.added < b.added
	}
}
func (e *entries) Push(x any) { *e = append(*e, x.(entry)) }
func (e *entries) Pop() any {
	old := *e
	last := old[len(old)-1]
	old[len(old)-1] = entry{}
	*e = old[:len(old)-1]
	return last
}
