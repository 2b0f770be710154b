package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// liveFlows looks at the connections of a running machine. It has no goroutine
// of its own: who calls Next does the waiting.
type liveFlows struct {
	*flowPace
	reading sync.Mutex // held by Next, and to the end by Close
	host    *LiveHost
	diag    *diagSocket
	asking  []byte
	follow  []FlowID // those of TCP
	other   []FlowID // those of UDP

	datagrams datagramCounts
	ring      *datagramRing // nil where no port is looked at
	ports     []uint16
	chosen    time.Duration // when ports were chosen
	refused   error         // why none are
}

var _ FlowHost = (*LiveHost)(nil)

// Flows asks the kernel for its own counts of each connection of TCP, for which
// no packet is looked at and no right is needed. For UDP, of which the kernel
// counts nothing, it looks at the headers of the datagrams of a few ports.
func (h *LiveHost) Flows(ctx context.Context) (FlowSource, error) {
	if h.diskOnly() {
		return nil, fmt.Errorf("a disk has no connections: %w", ErrAbsent)
	}
	diag, err := dialDiag()
	if err != nil {
		return nil, err
	}
	return &liveFlows{flowPace: newFlowPace(ctx, FlowEvery, monotonic), host: h, diag: diag, datagrams: newDatagramCounts()}, nil
}

// Follow names those that are looked at more often.
func (l *liveFlows) Follow(flows []FlowID) {
	l.follow, l.other = l.follow[:0], l.other[:0]
	for _, f := range flows[:min(len(flows), FlowMost)] {
		if f.Protocol == "tcp" {
			l.follow = append(l.follow, f)
		} else {
			l.other = append(l.other, f)
		}
	}
}

// Next waits until a look is due, and takes it.
func (l *liveFlows) Next(take func(FlowLook, Flow)) (FlowLook, error) {
	l.reading.Lock()
	defer l.reading.Unlock()
	for {
		most := FlowEvery
		if l.ring != nil {
			most = ringDrain
		}
		switch due := l.next(len(l.follow)+len(l.other) > 0, most); due {
		case dueEnd:
			l.letGo()
			return FlowLook{}, io.EOF
		case dueWhole, dueFollowed:
			return l.look(due == dueWhole, take), nil
		case dueNothing:
			l.refused = errors.Join(l.refused, l.drain())
		}
	}
}

// Close ends it, and lets go of what is open.
func (l *liveFlows) Close() error {
	l.stop()
	l.reading.Lock()
	defer l.reading.Unlock()
	l.letGo()
	return nil
}

// look asks for all connections, or for those that are followed.
func (l *liveFlows) look(whole bool, take func(FlowLook, Flow)) FlowLook {
	look := FlowLook{At: monotonic(), Whole: whole}
	var err error
	if l.diag == nil {
		l.diag, err = dialDiag()
	}
	if err == nil {
		err = l.ask(whole, func(f Flow) { take(look, f) })
	}
	if err != nil && l.diag != nil {
		l.diag.close() // the next question starts on a clean socket
		l.diag = nil
	}
	if whole {
		l.choosePorts(look.At)
	}
	look.Partial = errors.Join(err, l.drain(), l.refused)
	l.tellDatagrams(look, take)
	return look
}

// ask asks the kernel about TCP: about all connections in one question, about
// those that are followed in one datagram with a question for each.
func (l *liveFlows) ask(whole bool, take func(Flow)) error {
	d := l.diag
	first, wanted := d.sequence+1, len(l.follow)
	switch l.asking = l.asking[:0]; {
	case whole:
		d.sequence++
		l.asking = append(l.asking, flowQuestion(d.sequence)...)
	case wanted == 0:
		return nil
	default:
		for _, id := range l.follow {
			d.sequence++
			l.asking = appendExactQuestion(l.asking, id, d.sequence)
		}
	}
	if err := unix.Sendto(d.fd, l.asking, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return fmt.Errorf("ask what passed through connections: %w", err)
	}
	for answered, bare := 0, 0; whole || answered < wanted; {
		n, err := unix.Read(d.fd, d.buffer[:])
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read what passed through connections: %w", err)
		}
		a, err := parseFlows(d.buffer[:n], first, d.sequence, monotonic(), take)
		answered, bare = answered+a.answered, bare+a.bare
		switch {
		case err != nil:
			return fmt.Errorf("read what passed through connections: %w", err)
		case a.last && bare > 0:
			return fmt.Errorf("this kernel is older than 4.6 and does not count what passes through connections: %w", ErrUnsupported)
		case a.last:
			return nil
		}
	}
	return nil
}
