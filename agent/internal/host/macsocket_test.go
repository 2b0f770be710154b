package host

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"slices"
	"testing"
)

// pcb builds the records of one socket as macOS 13 and later order them.
type pcb struct {
	version   byte
	near, far string
	pid, uid  int32
	state     uint32
	udp       bool
	longer    int // what a newer system appends
}

func pcbRecord(kind uint32, length int) []byte {
	b := make([]byte, (length+7)&^7)
	binary.LittleEndian.PutUint32(b, uint32(length))
	binary.LittleEndian.PutUint32(b[4:], kind)
	return b
}

func (p pcb) bytes() []byte {
	ends := pcbRecord(0x10, 104+p.longer)
	place := func(text string, port, at int) {
		if text == "" {
			return
		}
		end := netip.MustParseAddrPort(text)
		binary.BigEndian.PutUint16(ends[port:], end.Port())
		if end.Addr().Is4() {
			copy(ends[at+12:], end.Addr().AsSlice())
		} else {
			copy(ends[at:], end.Addr().AsSlice())
		}
	}
	place(p.near, 18, 64)
	place(p.far, 16, 48)
	ends[44] = p.version
	owner := pcbRecord(0x1, 76+p.longer)
	binary.LittleEndian.PutUint32(owner[64:], uint32(p.uid))
	binary.LittleEndian.PutUint32(owner[68:], uint32(p.pid))
	parts := [][]byte{ends, owner, pcbRecord(0x2, 36), pcbRecord(0x4, 36), pcbRecord(0x8, 136)}
	if !p.udp {
		tcp := pcbRecord(0x20, 204+p.longer)
		binary.LittleEndian.PutUint32(tcp[36:], p.state)
		parts = append(parts, tcp)
	}
	return slices.Concat(parts...)
}

func pcbList(sockets ...pcb) []byte {
	header := make([]byte, pcbHeader)
	binary.LittleEndian.PutUint32(header, pcbHeader)
	list := slices.Clone(header)
	for _, s := range sockets {
		list = append(list, s.bytes()...)
	}
	return append(list, header...)
}

func TestMacSocketsAreReadFromTheKernelsList(t *testing.T) {
	for _, longer := range []int{0, 4, 24} {
		list := pcbList(
			pcb{version: 1, near: "192.0.2.7:5900", far: "198.51.100.9:60123", pid: 412, uid: 501, state: 4, longer: longer},
			pcb{version: 3, near: "[::]:22", pid: 1, state: 1, longer: longer},
			pcb{version: 2, near: "[fe80:4::1]:49152", far: "[fe80:4::2]:443", pid: 9, uid: -2, state: 2, longer: longer},
			pcb{version: 2, near: "[::ffff:192.0.2.7]:5900", far: "[::ffff:198.51.100.9]:60124", pid: 413, state: 4, longer: longer},
			pcb{version: 1, pid: 77, state: 0, longer: longer},
		)
		rows, err := parsePCB(list, "tcp")
		if err != nil || len(rows) != 4 {
			t.Fatalf("%+v, %v, want four sockets", rows, err)
		}
		for i, want := range []Socket{
			{Protocol: "tcp", State: stateEstablished, Local: netip.MustParseAddrPort("192.0.2.7:5900"), Remote: netip.MustParseAddrPort("198.51.100.9:60123"), PID: 412, UID: 501},
			{Protocol: "tcp", State: stateListen, Local: netip.MustParseAddrPort("[::]:22"), PID: 1},
			{Protocol: "tcp", State: stateOther, Local: netip.MustParseAddrPort("[fe80::1]:49152"), Remote: netip.MustParseAddrPort("[fe80::2]:443"), PID: 9, UID: -2},
			{Protocol: "tcp", State: stateEstablished, Local: netip.MustParseAddrPort("192.0.2.7:5900"), Remote: netip.MustParseAddrPort("198.51.100.9:60124"), PID: 413},
		} {
			if rows[i] != want {
				t.Errorf("%d bytes longer: read %+v, want %+v", longer, rows[i], want)
			}
		}
	}
}

func TestMacUDPSocketsAreReadFromTheKernelsList(t *testing.T) {
	rows, err := parsePCB(pcbList(
		pcb{version: 3, near: "[::]:5353", pid: 200, uid: 65, udp: true},
		pcb{version: 1, near: "192.0.2.7:50000", far: "203.0.113.5:3478", pid: 300, udp: true}), "udp")
	if err != nil || len(rows) != 2 || rows[0].State != stateListen || rows[0].PID != 200 || rows[1].State != stateEstablished || rows[1].Remote.Port() != 3478 {
		t.Errorf("%+v, %v", rows, err)
	}
}

func TestACutListOfSocketsIsAnError(t *testing.T) {
	list := pcbList(pcb{version: 1, near: "192.0.2.7:1", pid: 1, state: 4})
	if _, err := parsePCB(list[:100], "tcp"); err == nil {
		t.Error("a cut list was read as a whole one")
	}
	if rows, err := parsePCB(nil, "tcp"); err != nil || rows != nil {
		t.Errorf("%v, %v of nothing", rows, err)
	}
}

func FuzzMacSockets(f *testing.F) {
	f.Add(pcbList(pcb{version: 1, near: "192.0.2.7:5900", far: "198.51.100.9:60123", pid: 412, state: 4}))
	f.Add(pcbList(pcb{version: 3, near: "[::]:5353", udp: true}))
	f.Fuzz(func(t *testing.T, answer []byte) {
		before := bytes.Clone(answer)
		rows, err := parsePCB(answer, "tcp")
		if !bytes.Equal(before, answer) {
			t.Error("reading changed what was read")
		}
		for _, row := range rows {
			if !row.Local.IsValid() || row.PID < 0 {
				t.Errorf("%+v of %v", row, err)
			}
		}
	})
}
