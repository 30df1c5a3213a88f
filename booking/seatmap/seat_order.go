package seatmap

import (
	"cmp"
	"strings"
)

// BySeat compares seat numbers in natural order. Different numbers are never equal.
func BySeat(a, b string) int { return cmp.Or(naturally(a, b), strings.Compare(a, b)) }

// naturally compares names in natural order: A-2 before A-10, Z before AA. Numbers that
// differ only in leading zeros are equal.
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

// The kinds of characters in a name, in sort order.
const (
	others = iota
	digits
	letters
)

// kindOf returns the kind of a character.
func kindOf(c byte) int {
	switch lower := c | 0x20; {
	case c >= '0' && c <= '9':
		return digits
	case lower >= 'a' && lower <= 'z':
		return letters
	}
	return others
}

// cutChunk splits s after its leading run of characters of one kind. s is not empty.
func cutChunk(s string) (chunk, rest string, kind int) {
	kind = kindOf(s[0])
	end := 1
	for end < len(s) && kindOf(s[end]) == kind {
		end++
	}
	return s[:end], s[end:], kind
}
