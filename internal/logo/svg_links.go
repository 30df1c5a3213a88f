package logo

import "fmt"

// node is one element of the cleaned picture.
type node struct {
	name     string
	names    []string // of the attributes, in the order of the file
	values   map[string]string
	children []*node
	text     string // of a node without a name
}

const (
	// maxDrawn is how many elements one picture may draw. An element that is drawn again
	// through another counts again, so that ten elements cannot draw ten million.
	maxDrawn = 20_000
	// maxChain bounds how deep elements are drawn through others.
	maxChain = 64
)

// links are the elements of a picture by their ids, and how many elements each draws.
type links struct {
	byID  map[string]*node
	drawn map[*node]int
	open  map[*node]bool // being counted: an element that draws itself is found again
	used  map[string]bool
}

// checkLinks refuses links that lead nowhere or in a circle, and a picture that draws too
// much. It returns the ids that are needed.
func checkLinks(root *node) (map[string]bool, error) {
	l := &links{byID: map[string]*node{}, drawn: map[*node]int{}, open: map[*node]bool{}, used: map[string]bool{}}
	if err := l.collect(root); err != nil {
		return nil, err
	}
	drawn, err := l.count(root, 0)
	if err == nil && drawn > maxDrawn {
		err = fmt.Errorf("it draws more than %d elements", maxDrawn)
	}
	return l.used, err
}

func (l *links) collect(n *node) error {
	if id, has := n.values["id"]; has {
		if l.byID[id] != nil {
			return fmt.Errorf("the id %q is given twice", clip(id))
		}
		l.byID[id] = n
	}
	for _, child := range n.children {
		if err := l.collect(child); err != nil {
			return err
		}
	}
	return nil
}

// count returns how many elements n draws with its children and what it links to, at most
// maxDrawn+1.
func (l *links) count(n *node, chain int) (int, error) {
	if known, is := l.drawn[n]; is {
		return known, nil
	}
	if l.open[n] {
		return 0, fmt.Errorf("a %s draws itself through its links", n.name)
	}
	if chain > maxChain {
		return 0, fmt.Errorf("elements are linked more than %d deep", maxChain)
	}
	l.open[n] = true
	defer delete(l.open, n)
	total := 1
	add := func(other *node) error {
		more, err := l.count(other, chain+1)
		total = min(total+more, maxDrawn+1)
		return err
	}
	for _, child := range n.children {
		if err := add(child); err != nil {
			return 0, err
		}
	}
	for _, id := range linked(n) {
		target := l.byID[id]
		if target == nil {
			return 0, fmt.Errorf("a %s links to the element %q, which is not in the picture", n.name, clip(id))
		}
		l.used[id] = true
		if err := add(target); err != nil {
			return 0, err
		}
	}
	l.drawn[n] = total
	return total, nil
}

// linked returns the ids to which an element links.
func linked(n *node) (ids []string) {
	for _, name := range n.names {
		value := n.values[name]
		switch {
		case name == "href":
			ids = append(ids, value[1:]) // begins with #
		case len(value) > 6 && value[:5] == "url(#":
			ids = append(ids, value[5:len(value)-1])
		}
	}
	return ids
}
