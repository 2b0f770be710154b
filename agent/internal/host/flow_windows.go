package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	getEstats  = calls("iphlpapi.dll")("GetPerTcpConnectionEStats")
	getEstats6 = calls("iphlpapi.dll")("GetPerTcp6ConnectionEStats")
	setEstats  = calls("iphlpapi.dll")("SetPerTcpConnectionEStats")
	setEstats6 = calls("iphlpapi.dll")("SetPerTcp6ConnectionEStats")
)

// mostEstats bounds how many connections Windows is told to count: each is asked
// for by a call of its own.
const mostEstats = 2048

// liveFlows looks at the connections of a running machine. It has no goroutine
// of its own: who calls Next does the waiting.
type liveFlows struct {
	*flowPace
	host    *LiveHost
	counted map[FlowID]bool // those Windows was told to count
	follow  []FlowID
}

var _ FlowHost = (*LiveHost)(nil)

// Flows has Windows count what passes through each connection of TCP, which only
// an administrator can. The counting ends with the connection. Wine counts nothing.
func (h *LiveHost) Flows(ctx context.Context) (FlowSource, error) {
	if underWine() {
		return nil, fmt.Errorf("here Windows does not count what passes through connections: %w", ErrUnsupported)
	}
	for _, c := range []call{getEstats, setEstats, getEstats6, setEstats6} {
		if err := c.there(); err != nil {
			return nil, err
		}
	}
	return &liveFlows{flowPace: newFlowPace(ctx, FlowEvery, monotonic), host: h, counted: map[FlowID]bool{}}, nil
}

// Follow names those that are looked at more often.
func (l *liveFlows) Follow(flows []FlowID) {
	l.follow = append(l.follow[:0], flows[:min(len(flows), FlowMost)]...)
}

// Next waits until a look is due, and takes it.
func (l *liveFlows) Next(take func(FlowLook, Flow)) (FlowLook, error) {
	for {
		switch l.next(len(l.follow) > 0, FlowEvery) {
		case dueEnd:
			return FlowLook{}, io.EOF
		case dueWhole:
			return l.all(FlowLook{At: monotonic(), Whole: true}, take), nil
		case dueFollowed:
			look := FlowLook{At: monotonic()}
			for _, id := range l.follow {
				_ = l.one(look, id, take) // a connection that ended is no trouble
			}
			return look, nil
		case dueNothing:
		}
	}
}

// all looks at every connection, and has those counted that are new.
func (l *liveFlows) all(look FlowLook, take func(FlowLook, Flow)) FlowLook {
	sockets, err := l.host.Sockets(l.ctx)
	if err != nil && len(sockets) == 0 {
		look.Partial = err
		return look
	}
	there, left := map[FlowID]bool{}, 0
	for _, s := range sockets {
		id := FlowID{Protocol: s.Protocol, Local: s.Local, Remote: s.Remote}
		if s.Protocol != "tcp" || s.State != stateEstablished || !s.Remote.IsValid() || s.Remote.Addr().IsLoopback() || s.Local.Addr().IsLinkLocalUnicast() {
			continue
		}
		if len(there) >= mostEstats {
			left++
			continue
		}
		there[id] = l.counted[id]
		if !there[id] {
			err := count(id)
			there[id] = err == nil
			if errors.Is(err, ErrDenied) || errors.Is(err, ErrUnsupported) {
				look.Partial = err
				break
			}
		}
		if there[id] {
			_ = l.one(look, id, take) // a connection that ended is no trouble
		}
	}
	l.counted = there
	if left > 0 && look.Partial == nil {
		look.Partial = fmt.Errorf("count what passes through connections: %d of %d are too many", left, left+len(there))
	}
	return look
}

// count tells Windows to count what passes through a connection.
func count(id FlowID) error {
	row, on := estatsRow(id), [1]byte{1}
	set := setEstats
	if len(row) == mibTCP6Row {
		set = setEstats6
	}
	status, _, err := set.do(uintptr(unsafe.Pointer(&row[0])), estatsKind, uintptr(unsafe.Pointer(&on[0])), 0, uintptr(len(on)), 0)
	return estatsStatus("have Windows count what passes through connections", status, err)
}

func estatsStatus(doing string, status uintptr, err error) error {
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", doing, err)
	case status == 0:
		return nil
	case syscall.Errno(status) == windows.ERROR_NOT_SUPPORTED, syscall.Errno(status) == windows.ERROR_CALL_NOT_IMPLEMENTED:
		return fmt.Errorf("%s: %w", doing, ErrUnsupported)
	}
	return failed(doing, syscall.Errno(status))
}

// one asks for the counts of a connection.
func (l *liveFlows) one(look FlowLook, id FlowID, take func(FlowLook, Flow)) error {
	const doing = "ask what passed through a connection"
	row, answer := estatsRow(id), room(estatsLength)
	get := getEstats
	if len(row) == mibTCP6Row {
		get = getEstats6
	}
	status, _, err := get.do(uintptr(unsafe.Pointer(&row[0])), estatsKind, 0, 0, 0, 0, 0, 0, uintptr(unsafe.Pointer(&answer[0])), 0, uintptr(len(answer)))
	if err := estatsStatus(doing, status, err); err != nil {
		return err
	}
	f := Flow{FlowID: id}
	if f.In, f.Out, err = parseEstats(answer); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if f.carries() {
		take(look, f)
	}
	return nil
}
