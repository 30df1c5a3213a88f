package testkit

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

// embeddedStores are the embedded stores in a process of their own, built
// without the race detector: inside a test binary the detector would slow them
// down many times, and each binary would have to link a whole database.
type embeddedStores struct {
	redisURL, mongoURL string

	cmd    *exec.Cmd
	input  io.WriteCloser // the process ends when this closes, or when this process dies
	exited chan struct{}
}

var storesListen = regexp.MustCompile(`redis=(\S+) mongo=(\S+)`)

// startEmbedded starts usher-dev stores on free ports.
func startEmbedded() (*embeddedStores, error) {
	path, err := program("usher-dev")
	if err != nil {
		return nil, err
	}
	s := &embeddedStores{exited: make(chan struct{})}
	s.cmd = exec.Command(path, "stores", "--redis-listen", "127.0.0.1:0", "--mongo-listen", "127.0.0.1:0", "--until-input-ends")
	if s.input, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	log, err := s.cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the embedded stores: %w", err)
	}
	listening := make(chan bool, 1)
	var said strings.Builder
	go func() {
		defer close(s.exited)
		lines := bufio.NewScanner(log)
		for lines.Scan() {
			if found := storesListen.FindStringSubmatch(lines.Text()); found != nil && s.redisURL == "" {
				s.redisURL, s.mongoURL = found[1], found[2]
				listening <- true
			} else if s.redisURL == "" {
				said.WriteString(lines.Text() + "\n")
			}
		}
		_ = s.cmd.Wait() // how it ended is in its log
	}()
	select {
	case <-listening:
		return s, nil
	case <-s.exited:
		return nil, fmt.Errorf("the embedded stores ended at once:\n%s", said.String())
	case <-time.After(time.Minute):
		s.stop()
		return nil, errors.New("the embedded stores do not say where they listen")
	}
}

// stop ends the process and waits for it.
func (s *embeddedStores) stop() {
	_ = s.input.Close()
	select {
	case <-s.exited:
	case <-time.After(10 * time.Second):
		_ = s.cmd.Process.Kill()
		<-s.exited
	}
}
