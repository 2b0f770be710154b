package host

import (
	"encoding/binary"
	"fmt"
)

// Windows counts what passes through a connection of TCP once it is told to
// (iphlpapi.h, tcpestats.h): what it is told with and what it answers.
const (
	estatsKind   = 1  // TcpConnectionEstatsData
	estatsLength = 96 // TCP_ESTATS_DATA_ROD_v0
	mibTCPRow    = 20 // MIB_TCPROW
	mibTCP6Row   = 52 // MIB_TCP6ROW
)

// estatsRow is how Windows names a connection: its row in the table of either
// version of IP. Ports stand as on the wire.
func estatsRow(id FlowID) []byte {
	local, remote := id.Local.Addr().Unmap(), id.Remote.Addr().Unmap()
	if local.Is4() {
		row := make([]byte, mibTCPRow)
		binary.LittleEndian.PutUint32(row, mibEstablished)
		copy(row[4:], local.AsSlice())
		binary.BigEndian.PutUint16(row[8:], id.Local.Port())
		copy(row[12:], remote.AsSlice())
		binary.BigEndian.PutUint16(row[16:], id.Remote.Port())
		return row
	}
	row := make([]byte, mibTCP6Row)
	binary.LittleEndian.PutUint32(row, mibEstablished)
	copy(row[4:], local.AsSlice())
	binary.BigEndian.PutUint16(row[24:], id.Local.Port())
	copy(row[28:], remote.AsSlice())
	binary.BigEndian.PutUint16(row[48:], id.Remote.Port())
	return row
}

// parseEstats reads a TCP_ESTATS_DATA_ROD_v0.
func parseEstats(answer []byte) (in, out FlowCount, err error) {
	if len(answer) < estatsLength {
		return in, out, fmt.Errorf("counts of a connection in %d bytes, want %d", len(answer), estatsLength)
	}
	at := func(n int) uint64 { return binary.LittleEndian.Uint64(answer[8*n:]) }
	return FlowCount{Bytes: at(2), Segments: at(3)}, FlowCount{Bytes: at(0), Segments: at(1)}, nil
}
