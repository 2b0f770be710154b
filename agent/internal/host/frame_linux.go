package host

import (
	"encoding/binary"
	"errors"
	"syscall"
	"time"

	"github.com/google/gopacket"
	"golang.org/x/sys/unix"
)

// A frameReader reads one packet socket.
type frameReader struct {
	index       int
	bare        bool // whether packets come without an Ethernet header
	buffer, oob []byte
}

// next waits for a frame. It is stamped by the kernel. One without data is to be
// passed over.
func (r *frameReader) next(raw syscall.RawConn) (frame, error) {
	var n, oobn int
	var readErr error
	waitErr := raw.Read(func(fd uintptr) bool {
		n, oobn, _, _, readErr = unix.Recvmsg(int(fd), r.buffer, r.oob, unix.MSG_TRUNC)
		return !errors.Is(readErr, unix.EAGAIN) && !errors.Is(readErr, unix.EINTR)
	})
	if waitErr != nil || readErr != nil {
		return frame{}, errors.Join(waitErr, readErr)
	}
	kept := min(n, len(r.buffer))
	f := frame{content: append([]byte(nil), r.buffer[:kept]...), capture: gopacket.CaptureInfo{CaptureLength: kept, Length: n, InterfaceIndex: r.index}}
	f.capture.Timestamp = stamp(r.oob[:oobn])
	if r.bare {
		var ok bool
		if f.content, ok = asEthernet(f.content); ok {
			f.capture.CaptureLength += etherHeader
			f.capture.Length += etherHeader
		}
	}
	return f, nil
}

// stamp finds the kernel's time of arrival.
func stamp(oob []byte) time.Time {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil {
		return time.Time{}
	}
	for _, m := range messages {
		if m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SO_TIMESTAMPNS && len(m.Data) >= 16 {
			return time.Unix(int64(binary.NativeEndian.Uint64(m.Data)), int64(binary.NativeEndian.Uint64(m.Data[8:])))
		}
	}
	return time.Time{}
}
