package booking

import (
	"strings"

	"usher/internal/accent"
	"usher/internal/fault"
	"usher/internal/text"
)

// Limits of the texts of a look.
const (
	maxWaitingText  = 1000 // characters
	maxWaitingLines = 20
	maxLogoAlt      = 120
)

// cleanLook brings the settings of the look into the form in which they are stored.
func (s *Settings) cleanLook() {
	s.Accent = strings.ToLower(s.Accent)
	s.WaitingText = strings.TrimSpace(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s.WaitingText))
	s.LogoAlt = strings.TrimSpace(s.LogoAlt)
}

// lookProblems lists what is wrong with the settings of the look.
func (s Settings) lookProblems() []fault.Field {
	var out []fault.Field
	if s.Accent != "" {
		c, err := accent.Parse(s.Accent)
		if err == nil {
			_, err = accent.Derive(c)
		}
		if err != nil {
			out = append(out, fault.OfField("accent", fault.FieldFormat, "accent %v", err))
		}
	}
	if err := text.CheckLines(s.WaitingText, maxWaitingText, maxWaitingLines); err != nil {
		out = append(out, fault.OfField("waitingText", fault.FieldText, "waitingText %v; it is plain text of at most %d characters on at most %d lines", err, maxWaitingText, maxWaitingLines))
	}
	if err := text.CheckLabel(s.LogoAlt, maxLogoAlt); err != nil {
		out = append(out, fault.OfField("logoAlt", fault.FieldText, "logoAlt %v; it is plain text on one line, at most %d characters", err, maxLogoAlt))
	}
	return out
}
