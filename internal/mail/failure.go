package mail

import (
	"context"
	"errors"
	"net"
	"net/textproto"
	"strconv"
	"strings"
	"time"
)

// Failure says why a mail was not accepted.
type Failure struct {
	Code int // of the server's reply; 0: there was none
	// Permanent: the server refuses this mail, and would refuse it again.
	Permanent bool
	// Mail: the failure concerns this mail only. Other failures concern the server, such as
	// a lost connection or wrong credentials.
	Mail bool
	text string
}

func (f *Failure) Error() string { return f.text }

// failure makes a Failure of an error while doing something, without the texts that must
// not be shown. mail says that a reply to it concerns this mail only.
func (s *session) failure(doing string, err error, mail bool) *Failure {
	f := &Failure{text: doing + ": " + err.Error()}
	var reply *textproto.Error
	switch {
	case errors.As(err, &reply):
		f.Code = reply.Code
		f.text = doing + ": the server answered " + strconv.Itoa(reply.Code) + " " + reply.Msg
		// 421: the server closes the connection. 530: it wants credentials.
		f.Mail = mail && reply.Code != 421 && reply.Code != 530
		f.Permanent = f.Mail && reply.Code >= 500
	case isTimeout(err):
		f.text = doing + ": the server did not answer in time"
	}
	for _, secret := range s.hidden {
		if secret != "" {
			f.text = strings.ReplaceAll(f.text, secret, "***")
		}
	}
	return f
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout() || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// never is a failure that no repetition would change.
func never(text string) *Failure { return &Failure{Permanent: true, Mail: true, text: text} }

const (
	// idleTime is how long a connection may wait for the next mail. Servers close idle
	// connections after minutes.
	idleTime = 10 * time.Second
	// mostMails is how many mails go over one connection. Servers limit them.
	mostMails = 50
)
