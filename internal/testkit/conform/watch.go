package conform

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"
)

// maxBody is the largest body that is checked each time, in bytes. A larger one is
// checked once for each operation, so that tests of large houses stay fast.
const maxBody = 64 << 10

// watcher checks what the tests of this binary receive.
type watcher struct {
	spec *Spec

	mu       sync.Mutex
	large    map[string]bool // operations with a large body that was checked
	failures []string
	answers  int
	frames   int
	spent    time.Duration
}

// shared is the binary's watcher, as the stores of testkit are the binary's.
var shared = sync.OnceValue(func() *watcher {
	spec, err := Load()
	if err != nil {
		panic(err) // the tests of web/docs say what is wrong
	}
	return &watcher{spec: spec, large: map[string]bool{}}
})

// Watch checks every answer and every frame that comes through http.DefaultClient, and
// so through websocket.Dial. It returns what testkit.Main calls at the end: it reports
// what did not fit.
func Watch() func() bool {
	w := shared()
	http.DefaultClient.Transport = w.through(http.DefaultTransport)
	return w.report
}

// Through returns a transport that checks the answers of another one.
func Through(transport http.RoundTripper) http.RoundTripper { return shared().through(transport) }

func (w *watcher) through(transport http.RoundTripper) http.RoundTripper {
	return &checked{transport, w}
}

// report prints what did not fit, and returns whether everything did.
func (w *watcher) report() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if os.Getenv("USHER_TEST_CONFORM") != "" {
		fmt.Fprintf(os.Stderr, "conform: %d answers and %d frames were checked in %v\n", w.answers, w.frames, w.spent.Round(time.Millisecond))
	}
	for _, failure := range w.failures {
		fmt.Fprintln(os.Stderr, failure)
	}
	return len(w.failures) == 0
}

// fail records that something did not fit, with the lines of the test that received it.
func (w *watcher) fail(what string, err error, text []byte) {
	failure := fmt.Sprintf("--- FAIL: %s does not fit its description in web/docs: %v\n    %.600s\n    received at %s", what, err, text, strings.Join(testLines(), ", "))
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.failures) < 20 {
		w.failures = append(w.failures, failure)
	}
}

// testLines are the lines of test files on the stack.
func testLines() []string {
	callers := make([]uintptr, 40)
	frames := runtime.CallersFrames(callers[:runtime.Callers(2, callers)])
	var lines []string
	for {
		frame, more := frames.Next()
		if strings.HasSuffix(frame.File, "_test.go") || strings.Contains(frame.File, "/testkit/node/") {
			lines = append(lines, fmt.Sprintf("%s:%d", frame.File[strings.LastIndex(frame.File, "/")+1:], frame.Line))
		}
		if !more {
			return lines
		}
	}
}

// checked is a transport whose answers are checked when their bodies have been read.
type checked struct {
	http.RoundTripper
	w *watcher
}

// CloseIdleConnections lets http.Client reach the transport below.
func (c *checked) CloseIdleConnections() {
	if below, can := c.RoundTripper.(interface{ CloseIdleConnections() }); can {
		below.CloseIdleConnections()
	}
}

func (c *checked) RoundTrip(r *http.Request) (*http.Response, error) {
	var request []byte
	if r.GetBody != nil {
		if body, err := r.GetBody(); err == nil {
			request, _ = io.ReadAll(body)
		}
	}
	answer, err := c.RoundTripper.RoundTrip(r)
	if err != nil || !IsUsher(answer) {
		return answer, err
	}
	if stream, upgraded := answer.Body.(io.ReadWriteCloser); upgraded {
		c.w.answer(r, request, answer, nil, 0)
		answer.Body = &socket{ReadWriteCloser: stream, w: c.w}
		return answer, nil
	}
	if strings.HasPrefix(answer.Header.Get("Content-Type"), "text/event-stream") {
		c.w.answer(r, request, answer, nil, 0)
		answer.Body = &stream{ReadCloser: answer.Body, w: c.w}
		return answer, nil
	}
	answer.Body = &body{ReadCloser: answer.Body, w: c.w, r: r, request: request, answer: answer}
	return answer, nil
}

// answer checks an answer; text is its body as far as it is known.
func (w *watcher) answer(r *http.Request, request []byte, answer *http.Response, text []byte, size int) {
	began := time.Now()
	what := fmt.Sprintf("%s %s: %d", r.Method, r.URL.RequestURI(), answer.StatusCode)
	if size > maxBody {
		operation, _ := w.spec.Find(r)
		w.mu.Lock()
		if operation == nil || w.large[operation.at] {
			text = nil
		} else {
			w.large[operation.at] = true
		}
		w.mu.Unlock()
	}
	if err := w.spec.Answer(r, request, answer, text); err != nil {
		w.fail(what, err, text)
	}
	w.count(&w.answers, began)
}

func (w *watcher) count(what *int, began time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	*what++
	w.spent += time.Since(began)
}

// body is the body of an answer. It is checked when it was read to its end.
type body struct {
	io.ReadCloser
	w       *watcher
	r       *http.Request
	request []byte
	answer  *http.Response
	text    bytes.Buffer
	done    bool
}

func (b *body) Read(into []byte) (int, error) {
	n, err := b.ReadCloser.Read(into)
	b.text.Write(into[:n])
	if err == io.EOF && !b.done {
		b.done = true
		text := b.text.Bytes()
		if text == nil {
			text = []byte{}
		}
		b.w.answer(b.r, b.request, b.answer, text, len(text))
	}
	return n, err
}

// Close checks the head of an answer whose body was not read.
func (b *body) Close() error {
	if !b.done {
		b.done = true
		b.w.answer(b.r, b.request, b.answer, nil, 0)
	}
	return b.ReadCloser.Close()
}
