package host

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	getExtendedTCPTable = calls("iphlpapi.dll")("GetExtendedTcpTable")
	getExtendedUDPTable = calls("iphlpapi.dll")("GetExtendedUdpTable")
)

// listSockets asks for the four tables of sockets with their owners. What one of
// them does not tell, the others do.
func (h *LiveHost) listSockets(ctx context.Context) ([]Socket, error) {
	const tcpOwners, udpOwners = 5, 1 // TCP_TABLE_OWNER_PID_ALL, UDP_TABLE_OWNER_PID
	var rows []Socket
	var problems []error
	for _, table := range []struct {
		ask           call
		family, class uintptr
		layout        socketLayout
	}{
		{getExtendedTCPTable, windows.AF_INET, tcpOwners, tcp4Layout()},
		{getExtendedTCPTable, windows.AF_INET6, tcpOwners, tcp6Layout()},
		{getExtendedUDPTable, windows.AF_INET, udpOwners, udp4Layout()},
		{getExtendedUDPTable, windows.AF_INET6, udpOwners, udp6Layout()},
	} {
		if ctx.Err() != nil {
			return rows, fmt.Errorf("list sockets: %w", ctx.Err())
		}
		raw, err := ownerTable(table.ask, table.family, table.class)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		found, err := parseSockets(raw, table.layout)
		if err != nil {
			problems = append(problems, fmt.Errorf("list sockets: %w", err))
		}
		rows = append(rows, found...)
	}
	markInbound(rows)
	return rows, errors.Join(problems...)
}

// ownerTable asks for one table, with more room as long as it grows.
func ownerTable(ask call, family, class uintptr) ([]byte, error) {
	const doing, tries = "list sockets", 5
	raw := room(32 << 10)
	for range tries {
		size := uint32(len(raw))
		status, _, err := ask.do(uintptr(unsafe.Pointer(&raw[0])), uintptr(unsafe.Pointer(&size)), 0, family, class, 0)
		switch {
		case err != nil:
			return nil, fmt.Errorf("%s: %w", doing, err)
		case status == 0:
			return raw, nil
		case syscall.Errno(status) != windows.ERROR_INSUFFICIENT_BUFFER || size > maxAnswer:
			return nil, failed(doing, syscall.Errno(status))
		}
		raw = room(int(size) + 4<<10) // others are opened meanwhile
	}
	return nil, fmt.Errorf("%s: there are more at each look", doing)
}
