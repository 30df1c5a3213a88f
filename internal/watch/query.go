package watch

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Query is what an expression of PromQL names. ParseQuery reads names only; whether the
// expression is right is for promtool.
type Query struct {
	Selectors []Selector
	Grouping  []string // labels in by (…), on (…) and the like
}

// Selector is one metric in a query.
type Selector struct {
	Metric   string
	Matchers []Matcher
}

// Matcher is one condition on a label.
type Matcher struct {
	Label, Op, Value string // Op is =, !=, =~ or !~
}

var (
	groupingWords = []string{"by", "without", "on", "ignoring", "group_left", "group_right"}
	operatorWords = []string{"and", "or", "unless", "bool", "offset", "inf", "nan"}
)

// ParseQuery reads an expression of PromQL.
func ParseQuery(text string) (Query, error) {
	p := &parser{rest: text}
	for p.skipSpace(); p.rest != ""; p.skipSpace() {
		if err := p.next(); err != nil {
			return Query{}, fmt.Errorf("%w in %q", err, text)
		}
	}
	return p.query, nil
}

type parser struct {
	rest  string
	query Query
}

func (p *parser) skipSpace() { p.rest = strings.TrimLeft(p.rest, " \t\n") }

func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == ':'
}

// word takes the word at the front, "" when there is none.
func (p *parser) word() string {
	n := 0
	for n < len(p.rest) && isWordByte(p.rest[n]) {
		n++
	}
	word := p.rest[:n]
	p.rest = p.rest[n:]
	return word
}

// until takes the text up to a closing byte, and that byte.
func (p *parser) until(end byte) (string, error) {
	i := strings.IndexByte(p.rest, end)
	if i < 0 {
		return "", fmt.Errorf("a %q is missing", end)
	}
	inside := p.rest[:i]
	p.rest = p.rest[i+1:]
	return inside, nil
}

// next reads one word with what belongs to it, or one other sign.
func (p *parser) next() error {
	switch c := p.rest[0]; {
	case c == '"':
		return p.text(nil)
	case c == '[':
		_, err := p.until(']')
		return err
	case c >= '0' && c <= '9' || c == '.':
		for p.rest != "" && (isWordByte(p.rest[0]) || p.rest[0] == '.') { // a number, a duration
			p.rest = p.rest[1:]
		}
		return nil
	case !isWordByte(c):
		p.rest = p.rest[1:]
		return nil
	}
	word := p.word()
	p.skipSpace()
	switch {
	case slices.Contains(groupingWords, word):
		return p.grouping()
	case slices.Contains(operatorWords, strings.ToLower(word)), strings.HasPrefix(p.rest, "("):
		return nil // an operator, or a function
	}
	ahead := *p
	if slices.Contains(groupingWords, ahead.word()) && isAggregation(word) {
		return nil
	}
	return p.selector(word)
}

func isAggregation(word string) bool {
	return slices.Contains([]string{"sum", "max", "min", "avg", "count", "topk", "bottomk", "quantile"}, word)
}

func (p *parser) grouping() error {
	if !strings.HasPrefix(p.rest, "(") {
		return nil
	}
	p.rest = p.rest[1:]
	inside, err := p.until(')')
	for _, label := range strings.Split(inside, ",") {
		if label = strings.TrimSpace(label); label != "" {
			p.query.Grouping = append(p.query.Grouping, label)
		}
	}
	return err
}

func (p *parser) selector(metric string) error {
	s := Selector{Metric: metric}
	if strings.HasPrefix(p.rest, "{") {
		p.rest = p.rest[1:]
		for {
			p.rest = strings.TrimLeft(p.rest, " ,")
			if strings.HasPrefix(p.rest, "}") {
				p.rest = p.rest[1:]
				break
			}
			m := Matcher{Label: p.word()}
			p.skipSpace()
			for p.rest != "" && strings.IndexByte("=!~", p.rest[0]) >= 0 {
				m.Op += p.rest[:1]
				p.rest = p.rest[1:]
			}
			p.skipSpace()
			if m.Label == "" || m.Op == "" {
				return fmt.Errorf("%s has a condition that cannot be read", metric)
			}
			if err := p.text(&m.Value); err != nil {
				return err
			}
			s.Matchers = append(s.Matchers, m)
		}
	}
	p.query.Selectors = append(p.query.Selectors, s)
	return nil
}

// text takes a quoted text.
func (p *parser) text(to *string) error {
	quoted, err := strconv.QuotedPrefix(p.rest)
	if err != nil {
		return fmt.Errorf("a text in quotes is missing before %.20q", p.rest)
	}
	p.rest = p.rest[len(quoted):]
	if to != nil {
		*to, err = strconv.Unquote(quoted)
	}
	return err
}
