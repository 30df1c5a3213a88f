package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// patience is how long a server may take to start.
const patience = 60 * time.Second

// process is a server under measurement, or a store.
type process struct {
	cmd  *exec.Cmd
	done chan struct{}
}

// start starts a program, copies its output into a file, and waits for a line
// that ready takes.
func start(ctx context.Context, logFile string, ready func(line string) bool, program string, args ...string) (*process, error) {
	cmd := exec.Command(program, args...)
	reader, writer := io.Pipe()
	cmd.Stdout, cmd.Stderr = writer, writer
	log, err := os.Create(logFile)
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		_ = log.Close()
		return nil, err
	}
	p := &process{cmd: cmd, done: make(chan struct{})}
	go func() {
		_ = cmd.Wait()
		_ = writer.Close()
	}()
	found := make(chan struct{}, 1)
	go func() {
		defer close(p.done)
		defer func() { _ = log.Close() }()
		lines := bufio.NewReader(reader)
		for {
			line, err := lines.ReadString('\n')
			_, _ = log.WriteString(line)
			if ready(strings.TrimSpace(line)) {
				select {
				case found <- struct{}{}:
				default:
				}
			}
			if err != nil {
				return
			}
		}
	}()
	select {
	case <-found:
		return p, nil
	case <-p.done:
		return nil, fmt.Errorf("%s ended at once: see %s", filepath.Base(program), logFile)
	case <-ctx.Done():
		p.stop()
		return nil, ctx.Err()
	case <-time.After(patience):
		p.stop()
		return nil, fmt.Errorf("%s is not ready after %v: see %s", filepath.Base(program), patience, logFile)
	}
}

// stop ends the process, politely first.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(10 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

// clockTick is the unit of /proc's times on every Linux (USER_HZ).
const clockTick = 10 * time.Millisecond

// cpu is the processor time the process has used.
func (p *process) cpu() (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	if len(fields) < 13 {
		return 0, errors.New("/proc/PID/stat is too short")
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * clockTick, nil
}

// resident is the process' memory in bytes.
func (p *process) resident() (int64, error) {
	return residentOf(strconv.Itoa(p.cmd.Process.Pid))
}

func residentOf(pid string) (int64, error) {
	status, err := os.ReadFile("/proc/" + pid + "/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if rest, found := strings.CutPrefix(line, "VmRSS:"); found {
			kib, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kib << 10, err
		}
	}
	return 0, errors.New("no VmRSS")
}

// ownCPU is the processor time of this process, which is the crowd.
func ownCPU() time.Duration {
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// redisCPU is the processor time a Redis says it has used; 0 when it does not say.
func redisCPU(address string) time.Duration {
	text, err := redisInfo(address, "cpu")
	if err != nil {
		return 0
	}
	var total float64
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		if name == "used_cpu_user" || name == "used_cpu_sys" {
			seconds, _ := strconv.ParseFloat(value, 64)
			total += seconds
		}
	}
	return time.Duration(total * float64(time.Second))
}

// redisInfo returns a section of Redis' INFO.
func redisInfo(address, section string) (string, error) {
	conn, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := io.WriteString(conn, "INFO "+section+"\r\nQUIT\r\n"); err != nil {
		return "", err
	}
	text, err := io.ReadAll(conn)
	return string(text), err
}
