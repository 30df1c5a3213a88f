//go:build linux && (amd64 || arm64)

package hub_test

import (
	"bufio"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// BenchmarkBroadcastFloor is what the kernel alone costs: one bare send a
// message. BenchmarkBroadcast's figures are read as a ratio to these, taken on
// the same machine in the same minute.
func BenchmarkBroadcastFloor(b *testing.B) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	var fds []uintptr
	accepted := make(chan []net.Conn)
	go func() {
		var conns []net.Conn
		for range crowdSize {
			conn, err := listener.Accept()
			if err != nil {
				break
			}
			_, _ = http.ReadRequest(bufio.NewReader(conn))
			_, _ = conn.Write([]byte("HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x02hi"))
			_ = conn.(*net.TCPConn).SetWriteBuffer(32 << 10)
			raw, err := conn.(*net.TCPConn).SyscallConn()
			if err == nil {
				_ = raw.Control(func(fd uintptr) { fds = append(fds, fd) })
			}
			conns = append(conns, conn)
		}
		accepted <- conns
	}()
	letIn(b, listener.Addr().String())
	conns := <-accepted
	b.Cleanup(func() {
		for _, conn := range conns {
			_ = conn.Close()
		}
		_ = listener.Close()
	})
	frame := append([]byte{0x81, 126, 0, 150}, strings.Repeat("x", 150)...)
	began := cpu()
	for b.Loop() {
		for _, fd := range fds {
			_, _, _ = syscall.RawSyscall6(syscall.SYS_SENDTO, fd, uintptr(unsafe.Pointer(&frame[0])), uintptr(len(frame)),
				syscall.MSG_DONTWAIT|syscall.MSG_NOSIGNAL, 0, 0)
		}
	}
	messages := float64(b.N) * crowdSize
	b.ReportMetric(float64((cpu()-began).Microseconds())/messages, "cpu-µs/message")
	b.ReportMetric(messages/b.Elapsed().Seconds(), "messages/s")
}
