//go:build linux

package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// batch is how many frames one call sends.
const batch = 64

// send sends mixed traffic at a steady rate, and the hidden handshakes at equal
// distances in it.
func send(s settings) error {
	device, err := net.InterfaceByName(s.device)
	if err != nil {
		return err
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open a packet socket: %w", err)
	}
	defer func() { _ = unix.Close(fd) }()
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: 8, Ifindex: device.Index}); err != nil {
		return fmt.Errorf("bind a packet socket: %w", err)
	}
	usual, hidden := mixed(), handshakes(s.hidden)
	total := int(float64(s.rate) * s.window.Seconds())
	every := total / max(len(hidden), 1)
	var out sender
	began, sent := time.Now(), 0
	for sent < total && time.Since(began) < s.window+s.window/4 {
		due := min(total, int(time.Since(began).Seconds()*float64(s.rate)))
		if due-sent < batch && due < total {
			time.Sleep(500 * time.Microsecond)
			continue
		}
		frames := make([][]byte, 0, batch+4)
		for range min(batch, due-sent) {
			if n := sent / every; sent%every == every/2 && n < len(hidden) {
				frames = append(frames, hidden[n]...)
			}
			frames = append(frames, usual[sent%len(usual)])
			sent++
		}
		if err := out.send(fd, frames); err != nil {
			return err
		}
	}
	var usage unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &usage); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(turn{Sent: sent, Sender: float64(usage.Utime.Nano()+usage.Stime.Nano()) / 1e6})
}

// A sender gives the kernel many frames at once, which costs less than one by one.
type sender struct {
	messages []message
	vectors  []unix.Iovec
}

// message is a struct mmsghdr.
type message struct {
	header unix.Msghdr
	length uint32
}

func (o *sender) send(fd int, frames [][]byte) error {
	o.messages, o.vectors = make([]message, len(frames)), make([]unix.Iovec, len(frames))
	for i, f := range frames {
		o.vectors[i].Base = &f[0]
		o.vectors[i].SetLen(len(f))
		o.messages[i].header.Iov = &o.vectors[i]
		o.messages[i].header.SetIovlen(1)
	}
	for done := 0; done < len(frames); {
		n, _, errno := unix.Syscall6(unix.SYS_SENDMMSG, uintptr(fd), uintptr(unsafe.Pointer(&o.messages[done])), uintptr(len(frames)-done), 0, 0, 0)
		switch {
		case errno == unix.EINTR, errno == unix.ENOBUFS, errno == unix.EAGAIN:
			time.Sleep(100 * time.Microsecond)
		case errno != 0:
			return fmt.Errorf("send frames: %w", errno)
		}
		if errno == 0 {
			done += int(n)
		}
	}
	return nil
}

// checksum is IPv4's, over a header whose own field is zero.
func checksum(header []byte) uint16 {
	var sum uint32
	for i := 0; i+1 < len(header); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(header[i:]))
	}
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	return ^uint16(sum)
}
