package host

import (
	"encoding/binary"
	"errors"
	"syscall"
	"time"

	"github.com/google/gopacket"
	"golang.org/x/sys/unix"
)

// Where frames come one soon after another, the reader lets some gather before it
// is woken: waking costs more than reading. A single one is read at once, since
// whose socket sent it is best asked while it is open.
const (
	gatherFor   = 10 * time.Millisecond
	gatherAfter = 16 // frames, each within gatherFor of the one before
)

// So many frames of one interface are read in a time: hundreds of times as many as
// pass the filter of a laptop at work, and a twentieth of a processor core. Of more,
// as somebody on the network may send, the kernel drops what its buffer has no room
// for, and counts it.
const (
	paceFrames = 500
	paceWindow = 100 * time.Millisecond
)

// A frameReader reads one packet socket.
type frameReader struct {
	index       int
	bare        bool // whether packets come without an Ethernet header
	loopback    bool
	unpaced     bool
	buffer, oob []byte
	last        time.Time // when the last frame came
	dense       int       // how many came one soon after another
	window      time.Time // when the time began in which frames are counted
	count       int
}

// gather waits for more frames where they are many.
func (r *frameReader) gather() {
	if r.dense >= gatherAfter {
		time.Sleep(gatherFor)
	}
}

// met takes in when a frame came.
func (r *frameReader) met(at time.Time) {
	if since := at.Sub(r.last); since >= 0 && since < gatherFor {
		r.dense++
	} else {
		r.dense = 0
	}
	r.last = at
	if since := at.Sub(r.window); since < 0 || since >= paceWindow {
		r.window, r.count = at, 0
	}
	if r.count++; r.count >= paceFrames && !r.unpaced {
		time.Sleep(paceWindow - at.Sub(r.window))
		r.window = time.Time{} // what waited meanwhile is of the next
	}
}

// next waits for a frame. It is stamped by the kernel. One without data is to be
// passed over.
func (r *frameReader) next(raw syscall.RawConn) (frame, error) {
	var n, oobn int
	var from unix.Sockaddr
	var readErr error
	waitErr := raw.Read(func(fd uintptr) bool {
		n, oobn, _, from, readErr = unix.Recvmsg(int(fd), r.buffer, r.oob, unix.MSG_TRUNC)
		if errors.Is(readErr, unix.EAGAIN) {
			r.gather()
			return false
		}
		return !errors.Is(readErr, unix.EINTR)
	})
	if waitErr != nil || readErr != nil {
		return frame{}, errors.Join(waitErr, readErr)
	}
	kept := min(n, len(r.buffer))
	f := frame{content: append([]byte(nil), r.buffer[:kept]...), capture: gopacket.CaptureInfo{CaptureLength: kept, Length: n, InterfaceIndex: r.index}}
	f.capture.Timestamp = stamp(r.oob[:oobn])
	if link, ok := from.(*unix.SockaddrLinklayer); ok && !r.loopback {
		f.capture.AncillaryData = wayIn
		if link.Pkttype == unix.PACKET_OUTGOING {
			f.capture.AncillaryData = wayOut
		}
	}
	r.met(f.capture.Timestamp)
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
