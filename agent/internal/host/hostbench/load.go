package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
)

// A load is what the benchmark adds to the machine.
type load struct {
	sleepers []*exec.Cmd
	listener net.Listener
	held     []net.Conn
	fresh    []net.Conn
}

// fill starts sleeping processes up to the wanted number and opens connections.
func fill(ctx context.Context, s settings) (*load, error) {
	l := &load{}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("count processes: %w", err)
	}
	present := 0
	for _, entry := range entries {
		if _, err := strconv.Atoi(entry.Name()); err != nil {
			continue
		}
		// A thread of the kernel has no command line and is none of ours.
		if text, err := os.ReadFile("/proc/" + entry.Name() + "/cmdline"); err == nil && len(text) > 0 {
			present++
		}
	}
	for range max(0, s.processes-present) {
		sleeper := exec.CommandContext(ctx, "sleep", "3600")
		if err := sleeper.Start(); err != nil {
			l.close()
			return nil, fmt.Errorf("start a sleeping process: %w", err)
		}
		l.sleepers = append(l.sleepers, sleeper)
	}
	if l.listener, err = new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0"); err != nil {
		l.close()
		return nil, fmt.Errorf("listen: %w", err)
	}
	if l.held, err = l.connect(ctx, s.connections); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

// connect opens n connections and keeps both of their ends.
func (l *load) connect(ctx context.Context, n int) ([]net.Conn, error) {
	var ends []net.Conn
	for range n {
		near, err := new(net.Dialer).DialContext(ctx, "tcp", l.listener.Addr().String())
		if err != nil {
			return ends, fmt.Errorf("connect: %w", err)
		}
		far, err := l.listener.Accept()
		if err != nil {
			return append(ends, near), fmt.Errorf("accept: %w", err)
		}
		ends = append(ends, near, far)
	}
	return ends, nil
}

// renew replaces the connections that are new in each turn.
func (l *load) renew(ctx context.Context, n int) error {
	closeAll(l.fresh)
	fresh, err := l.connect(ctx, n)
	l.fresh = fresh
	return err
}

func closeAll(ends []net.Conn) {
	for _, end := range ends {
		_ = end.Close() // nothing was written to it
	}
}

// close ends what fill started.
func (l *load) close() {
	closeAll(l.held)
	closeAll(l.fresh)
	if l.listener != nil {
		_ = l.listener.Close() // the benchmark is over
	}
	for _, sleeper := range l.sleepers {
		err := sleeper.Process.Kill()
		if err == nil || errors.Is(err, os.ErrProcessDone) {
			_ = sleeper.Wait() // it was killed, so it did not end well
		}
	}
}
