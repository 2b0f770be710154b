//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	patience = time.Minute
	noticing = time.Second // what the agent takes, amply, to notice a device or to ask what it asks
)

// await polls, since the kernel tells of half of what is waited for in no other way.
func await(what string, there func() bool) error {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if there() {
			return nil
		}
	}
	return fmt.Errorf("%s did not come within %v", what, patience)
}

func names(pattern string) []string {
	found, _ := filepath.Glob(pattern)
	return found
}

// text is what a kernel's file says, or nothing.
func text(path string) string { return strings.TrimSpace(string(content(path))) }

func content(path string) []byte {
	bytes, _ := os.ReadFile(path)
	return bytes
}

// uptime is how long the laptop has been running.
func uptime() time.Duration {
	var now unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_BOOTTIME, &now)
	return time.Duration(now.Nano())
}

// ioctl hands a buffer to a device.
func ioctl(file *os.File, request uint, buffer []byte) error {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, file.Fd(), uintptr(request), uintptr(unsafe.Pointer(&buffer[0])))
	if errno != 0 {
		return errno
	}
	return nil
}
