package logo

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// CSS of an SVG is turned into attributes, so that what is served has none. Editors write
// two forms: the attribute style, and an element style with rules for classes.

type declaration struct{ name, value string }

// rule is the declarations of one selector, ".name" or the name of an element.
type rule struct {
	selector     string
	declarations []declaration
}

var (
	simpleSelector = regexp.MustCompile(`^(?:\.[A-Za-z_][\w-]{0,79}|[a-zA-Z]{1,20})$`)
	cssComment     = regexp.MustCompile(`(?s)/\*.*?\*/`)
)

const maxRules = 500

// parseRules reads an element style.
func parseRules(text string) ([]rule, error) {
	text = cssComment.ReplaceAllString(text, " ")
	if strings.ContainsAny(text, `@\<`) {
		return nil, fmt.Errorf("its style sheet has rules like @import or escapes; only rules like .a{fill:#123456} are allowed")
	}
	var rules []rule
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		selectors, rest, opened := strings.Cut(text, "{")
		block, after, closed := strings.Cut(rest, "}")
		if !opened || !closed || strings.Contains(block, "{") {
			return nil, fmt.Errorf("its style sheet is not well-formed near %q", clip(text))
		}
		declarations, err := parseDeclarations(block)
		if err != nil {
			return nil, err
		}
		for selector := range strings.SplitSeq(selectors, ",") {
			selector = strings.TrimSpace(selector)
			if !simpleSelector.MatchString(selector) {
				return nil, fmt.Errorf("its style sheet has the selector %q; only classes like .a and names of elements are allowed", clip(selector))
			}
			if rules = append(rules, rule{selector, declarations}); len(rules) > maxRules {
				return nil, fmt.Errorf("its style sheet has more than %d rules", maxRules)
			}
		}
		text = after
	}
	// A class counts more than the name of an element; of two alike the later counts.
	slices.SortStableFunc(rules, func(a, b rule) int { return boolean(a.selector[0] == '.') - boolean(b.selector[0] == '.') })
	return rules, nil
}

func boolean(is bool) int {
	if is {
		return 1
	}
	return 0
}

// parseDeclarations reads the text of an attribute style, or of a block.
func parseDeclarations(text string) ([]declaration, error) {
	text = cssComment.ReplaceAllString(text, " ")
	if strings.ContainsAny(text, `@\<{}`) {
		return nil, fmt.Errorf("its style %q has characters that are not allowed", clip(text))
	}
	var list []declaration
	for part := range strings.SplitSeq(text, ";") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		name, value, found := strings.Cut(part, ":")
		if !found {
			return nil, fmt.Errorf("its style %q is not well-formed", clip(part))
		}
		value = strings.TrimSpace(value)
		value = strings.TrimSpace(strings.TrimSuffix(value, "!important"))
		list = append(list, declaration{strings.ToLower(strings.TrimSpace(name)), value})
	}
	return list, nil
}

// styled returns the declarations for an element, the ones that count less first.
func styled(rules []rule, element, classes, style string) ([]declaration, error) {
	var list []declaration
	names := strings.Fields(classes)
	for _, r := range rules {
		if r.selector == element || r.selector[0] == '.' && slices.Contains(names, r.selector[1:]) {
			list = append(list, r.declarations...)
		}
	}
	own, err := parseDeclarations(style)
	return append(list, own...), err
}

// clip shortens a text for a message.
func clip(text string) string {
	runes := []rune(strings.ToValidUTF8(strings.TrimSpace(text), "?"))
	if len(runes) > 60 {
		return string(runes[:60]) + "…"
	}
	return string(runes)
}
