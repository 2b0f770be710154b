package host

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Requests to an input device (linux/input.h), by the macros of ioctl.h.
const (
	evSetClock = 0x400445a0 // EVIOCSCLOCKID
	evSetMask  = 0x40104593 // EVIOCSMASK, Linux 4.4
	evGetAxis  = 0x80184540 // EVIOCGABS(0)
)

// A listener reads one device. It never grabs it: everybody else goes on to
// receive all of its inputs.
type listener struct {
	inputReader
	node string
	fd   int
}

// listen opens a device. One that has keys and buttons is opened twice, behind
// masks that pass one of the two, so that the kernel tells them apart and no
// code of a key has to be looked at.
func listen(path string, n inputNode) ([]*listener, error) {
	keys := slices.Contains(n.Can, CanType)
	var open []*listener
	for _, buttons := range []bool{false, true} {
		if buttons && keys && !n.buttons {
			continue
		}
		if !buttons && !keys {
			continue // a mouse, a pad or a lid has no keys that matter
		}
		l, err := listenTo(path, n, buttons, buttons || !n.buttons)
		if err != nil {
			hangUp(open)
			return nil, err
		}
		open = append(open, l)
	}
	return open, nil
}

func hangUp(open []*listener) {
	for _, l := range open {
		closeFD(l.fd)
	}
}

func listenTo(path string, n inputNode, buttons, pointer bool) (*listener, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	l := &listener{node: n.node, fd: fd}
	l.device, l.buttons, l.injected = n.ID, buttons, n.Place == InputVirtual
	l.touch = slices.ContainsFunc(n.Can, func(can string) bool { return can == CanTouchPad || can == CanTouch || can == CanDraw })
	if err := l.prepare(pointer); err != nil {
		closeFD(fd)
		return nil, fmt.Errorf("prepare %s: %w", path, err)
	}
	return l, nil
}

// prepare has the kernel stamp with the clock that never jumps and pass only
// what is asked for. Without masks (before Linux 4.4) more comes and is dropped.
func (l *listener) prepare(pointer bool) error {
	if err := unix.IoctlSetPointerInt(l.fd, evSetClock, unix.CLOCK_MONOTONIC); err != nil {
		return err
	}
	keys := codes(0, btnMisc-1)
	if l.buttons {
		keys = codes(btnLeft, btnTask)
	}
	types := codes(evSyn, evKey)
	if pointer {
		types = codes(evSyn, evSw)
		types[0] &^= 1 << evMsc // scan codes
	}
	relative := codes(relX, relY)
	relative[0] |= 1 << relHWheel
	relative[1] |= 1 << (relWheel - 8)
	for kind, passed := range map[uint32][]byte{evSyn: types, evKey: keys, evRel: relative, evAbs: codes(absX, absY), evSw: codes(swLid, swLid)} {
		if err := setMask(l.fd, kind, passed); err != nil && !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOTTY) {
			return err
		}
	}
	for i := range l.axes {
		var about struct{ value, low, high, fuzz, flat, resolution int32 }
		if err := request(l.fd, evGetAxis+uintptr(i), unsafe.Pointer(&about)); err == nil { //nolint:gosec // the kernel fills a struct of its own layout
			l.axes[i] = axis{int(about.low), int(about.high)}
		}
	}
	return nil
}

// codes is a mask that passes the codes from first to last. The kernel takes
// whole words only.
func codes(first, last int) []byte {
	mask := make([]byte, (last/64+1)*8)
	for code := first; code <= last; code++ {
		mask[code/8] |= 1 << (code % 8)
	}
	return mask
}

func setMask(fd int, kind uint32, mask []byte) error {
	about := struct {
		kind, size uint32
		codes      uint64
	}{kind, uint32(len(mask)), uint64(uintptr(unsafe.Pointer(&mask[0])))} //nolint:gosec // the kernel wants the address
	err := request(fd, evSetMask, unsafe.Pointer(&about)) //nolint:gosec // likewise
	runtime.KeepAlive(mask)
	return err
}

func request(fd int, number uintptr, about unsafe.Pointer) error {
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), number, uintptr(about)); errno != 0 {
		return errno
	}
	return nil
}

// drain reads all there is, a buffer at a time, and closes nothing.
func (l *listener) drain(buffer []byte, to []Input) ([]Input, error) {
	for {
		n, err := unix.Read(l.fd, buffer)
		switch {
		case errors.Is(err, unix.EAGAIN):
			return to, nil
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return to, err
		case n == 0:
			return to, unix.ENODEV
		}
		to = l.read(buffer[:n], to)
		if n < len(buffer) {
			return to, nil
		}
	}
}
