package hub_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// crowdVar makes this binary a crowd of clients instead of a run of tests, so
// that benchmarks measure the server's memory and CPU alone. It holds the
// server's address, with streamMark behind it for a crowd that reads streams.
const crowdVar = "USHER_HUB_TEST_CROWD"

const streamMark = "/events"

const crowdSize = 10_000

// crowd opens crowdSize sockets, says so, and reads and drops what comes until
// its standard input ends.
func crowd(address string) {
	address, streams := strings.CutSuffix(address, streamMark)
	request, want := "GET /ws?user=%d HTTP/1.1\r\nHost: usher\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", http.StatusSwitchingProtocols
	if streams {
		request, want = "GET "+streamMark+"?user=%d HTTP/1.1\r\nHost: usher\r\n\r\n", http.StatusOK
	}
	var wanted atomic.Int64
	fail := func(err error) { fmt.Println(err); os.Exit(1) }
	for i := range crowdSize {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			fail(err)
		}
		if _, err = fmt.Fprintf(conn, request, i); err != nil {
			fail(err)
		}
		wanted.Add(1)
		go func() {
			in := bufio.NewReaderSize(conn, 512)
			response, err := http.ReadResponse(in, nil)
			if err != nil || response.StatusCode != want {
				fail(fmt.Errorf("handshake: %v, %w", response, err))
			}
			if streams {
				_, err = in.ReadString('\n')
			} else {
				_, _, err = (&rawClient{in: in}).read()
			}
			if err != nil {
				fail(err)
			}
			wanted.Add(-1)
			_, _ = io.Copy(io.Discard, in)
		}()
		for wanted.Load() > 500 {
			time.Sleep(time.Millisecond)
		}
	}
	for wanted.Load() > 0 {
		time.Sleep(time.Millisecond)
	}
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// letIn has a crowd connect to a server, until the benchmark ends, and returns
// the connects a second.
func letIn(b *testing.B, address string) float64 {
	b.Helper()
	clients := exec.Command(os.Args[0])
	clients.Env = append(os.Environ(), crowdVar+"="+address)
	in, err := clients.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := clients.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	began := time.Now()
	if err := clients.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = in.Close()
		_ = clients.Process.Kill()
		_ = clients.Wait()
	})
	if line, _ := bufio.NewReader(out).ReadString('\n'); strings.TrimSpace(line) != "ready" {
		b.Fatalf("the crowd says %q", line)
	}
	return crowdSize / time.Since(began).Seconds()
}
