package seatmap

import (
	"cmp"
	"strings"
)

// BySeat orders seat numbers as people do, and no two as the same.
func BySeat(a, b string) int { return cmp.Or(naturally(a, b), strings.Compare(a, b)) }

// naturally orders names as people do: A-2 before A-10, Z before AA.
func naturally(a, b string) int {
	for a != "" && b != "" {
		x, restA, kindA := cutChunk(a)
		y, restB, kindB := cutChunk(b)
		if kindA != kindB {
			return cmp.Compare(kindA, kindB)
		}
		if kindA == digits {
			x, y = strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
		}
		if kindA != others && len(x) != len(y) {
			return cmp.Compare(len(x), len(y))
		}
		if c := cmp.Compare(x, y); c != 0 {
			return c
		}
		a, b = restA, restB
	}
	return cmp.Compare(len(a), len(b))
}

// The kinds of characters a name is cut into, in the order they sort.
const (
	others = iota
	digits
	letters
)

func kindOf(c byte) int {
	switch lower := c | 0x20; {
	case c >= '0' && c <= '9':
		return digits
	case lower >= 'a' && lower <= 'z':
		return letters
	}
	return others
}

// cutChunk cuts the leading run of characters of one kind off s.
func cutChunk(s string) (chunk, rest string, kind int) {
	kind = kindOf(s[0])
	end := 1
	for end < len(s) && kindOf(s[end]) == kind {
		end++
	}
	return s[:end], s[end:], kind
}
