package host

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"testing"
)

// socketBytes lays out a table of sockets.
func socketBytes(layout socketLayout, rows ...Socket) []byte {
	raw := binary.LittleEndian.AppendUint32(nil, uint32(len(rows)))
	for _, s := range rows {
		row := make([]byte, layout.size)
		put := func(end netip.AddrPort, at, port int) {
			if end.IsValid() {
				copy(row[at:], end.Addr().AsSlice())
				binary.BigEndian.PutUint16(row[port:], end.Port())
			}
		}
		put(s.Local, layout.local, layout.localPort)
		binary.LittleEndian.PutUint32(row[layout.pid:], uint32(s.PID))
		if layout.state >= 0 {
			put(s.Remote, layout.remote, layout.remotePort)
			binary.LittleEndian.PutUint32(row[layout.state:], map[string]uint32{stateListen: mibListen, stateEstablished: mibEstablished, stateOther: 11}[s.State])
		}
		raw = append(raw, row...)
	}
	return raw
}

func TestNTSockets(t *testing.T) {
	at := netip.MustParseAddrPort
	for _, table := range []struct {
		layout socketLayout
		rows   []Socket
	}{
		{tcp4Layout(), []Socket{
			{Protocol: "tcp", State: stateListen, Local: at("0.0.0.0:3389"), PID: 1200, UID: -1},
			{Protocol: "tcp", State: stateEstablished, Local: at("192.168.1.5:3389"), Remote: at("192.168.1.9:50123"), PID: 1200, UID: -1},
			{Protocol: "tcp", State: stateOther, Local: at("192.168.1.5:443"), Remote: at("1.2.3.4:1"), UID: -1},
		}},
		{tcp6Layout(), []Socket{
			{Protocol: "tcp", State: stateListen, Local: at("[::]:445"), PID: 4, UID: -1},
			{Protocol: "tcp", State: stateEstablished, Local: at("[fe80::1]:445"), Remote: at("[fe80::2]:50000"), PID: 4, UID: -1},
		}},
		{udp4Layout(), []Socket{{Protocol: "udp", State: stateListen, Local: at("0.0.0.0:5353"), PID: 99, UID: -1}}},
		{udp6Layout(), []Socket{{Protocol: "udp", State: stateListen, Local: at("[::]:3389"), PID: 1200, UID: -1}}},
	} {
		raw := socketBytes(table.layout, table.rows...)
		got, err := parseSockets(raw, table.layout)
		if err != nil || !slices.Equal(got, table.rows) {
			t.Errorf("%+v, %v; want %+v", got, err, table.rows)
		}
		if _, err := parseSockets(raw[:len(raw)-1], table.layout); err == nil {
			t.Error("a cut table was taken")
		}
	}
}

func FuzzNTSockets(f *testing.F) {
	f.Add(socketBytes(tcp6Layout(), Socket{State: stateListen, Local: netip.MustParseAddrPort("[::1]:1")}))
	f.Fuzz(func(_ *testing.T, raw []byte) {
		for _, layout := range []socketLayout{tcp4Layout(), tcp6Layout(), udp4Layout(), udp6Layout()} {
			rows, _ := parseSockets(raw, layout)
			markInbound(rows)
		}
	})
}
