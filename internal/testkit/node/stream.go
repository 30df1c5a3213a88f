package node

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
)

// Stream is a fan's live stream of events. Its messages wait in order until read, and
// its comments are answered unless Mute is set.
type Stream struct {
	inbox
	fan      *Fan
	body     io.ReadCloser
	cancel   context.CancelFunc
	Header   http.Header
	Mute     atomic.Bool
	comments chan struct{}
}

// OpenStream opens the fan's stream and reads its welcome. It closes with the test.
func (f *Fan) OpenStream() *Stream {
	f.t.Helper()
	s, err := f.DialStream()
	if err != nil {
		f.t.Fatalf("%s: opening the stream: %v", f.Name, err)
	}
	s.Welcome = s.Want("welcome")
	return s
}

// DialStream opens the fan's stream. headers are pairs of names and values.
func (f *Fan) DialStream(headers ...string) (*Stream, error) {
	ctx, cancel := context.WithCancel(context.Background())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, f.URL+"/events?season="+f.Season, nil)
	if err != nil {
		cancel()
		return nil, err
	}
	if f.Token != "" {
		request.Header.Set("Authorization", "Bearer "+f.Token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		cancel()
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		cancel()
		return nil, fmt.Errorf("%s: %s", response.Status, text)
	}
	s := &Stream{
		inbox: newInbox(f), fan: f, body: response.Body, cancel: cancel, Header: response.Header,
		comments: make(chan struct{}, 64),
	}
	go s.read()
	f.t.Cleanup(s.Close)
	return s, nil
}

func (s *Stream) read() {
	defer close(s.closed)
	defer close(s.frames)
	lines := bufio.NewScanner(s.body)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		line := lines.Bytes()
		if message, is := bytes.CutPrefix(line, []byte("data: ")); is {
			if !s.take(message) {
				return
			}
		} else if bytes.Equal(line, []byte(":")) {
			select {
			case s.comments <- struct{}{}:
			default:
			}
			if !s.Mute.Load() {
				_, _, _ = s.fan.Request("POST", "/events/answer", nil) // the next comment is answered again
			}
		}
	}
	s.err = lines.Err()
}

// Comments has a token for each comment.
func (s *Stream) Comments() <-chan struct{} { return s.comments }

// Close ends the stream from the fan's side.
func (s *Stream) Close() {
	s.cancel()
	_ = s.body.Close()
	<-s.closed
}
