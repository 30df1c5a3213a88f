package simulate

import (
	"container/heap"
	"time"
)

// agenda is what is still to happen, in order of time; what falls on the same
// moment is ordered by who does it, so that no order depends on a map's.
type agenda struct {
	entries entries
	added   int
}

type entry struct {
	at    time.Time
	who   int // fans by index; the house and its nodes below zero
	added int
	do    func()
}

func (a *agenda) add(at time.Time, who int, do func()) {
	a.added++
	heap.Push(&a.entries, entry{at, who, a.added, do})
}

// next takes the earliest entry, and false when there is none.
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
