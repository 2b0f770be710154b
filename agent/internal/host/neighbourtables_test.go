package host

import (
	"encoding/binary"
	"encoding/hex"
	"slices"
	"testing"
)

// kernelRow is one message of the kernel about a neighbour.
func kernelRow(index uint32, state uint16, hardware string) []byte {
	address, _ := hex.DecodeString(hardware)
	m := make([]byte, netlinkHeader+neighbourFixed, 64)
	binary.LittleEndian.PutUint16(m[4:], netlinkNeighbour)
	m[netlinkHeader] = 2 // AF_INET
	binary.LittleEndian.PutUint32(m[netlinkHeader+4:], index)
	binary.LittleEndian.PutUint16(m[netlinkHeader+8:], state)
	m = append(m, 8, 0, 1, 0, 192, 0, 2, 7) // NDA_DST
	m = binary.LittleEndian.AppendUint16(m, uint16(4+len(address)))
	m = append(append(m, linkLayerAddress, 0), address...)
	for len(m)%4 != 0 {
		m = append(m, 0)
	}
	binary.LittleEndian.PutUint32(m, uint32(len(m)))
	return m
}

func TestKernelNeighbours(t *testing.T) {
	names := map[int]string{2: "eth0"}
	table := slices.Concat(
		kernelRow(2, 0x04, "001b21000001"), kernelRow(2, 0x20, "001b21000002"), kernelRow(2, 0x40, "333300000001"),
		kernelRow(9, 0x02, "001b21000003"), kernelRow(2, 0x02, "001b2100"), kernelRow(2, 0x02, "001b21000004"))
	want := []Neighbour{{Interface: "eth0", Hardware: "00:1b:21:00:00:01"}, {Interface: "eth0", Hardware: "00:1b:21:00:00:04"}}
	if got := kernelNeighboursIn(table, names); !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	for cut := range table {
		_ = kernelNeighboursIn(table[:cut], names)
	}
}

func TestAdapterNeighbours(t *testing.T) {
	row := func(index, length, state uint32) []byte {
		b := make([]byte, neighbourRowSize)
		binary.LittleEndian.PutUint32(b[adapterNeighbourAt:], index)
		copy(b[neighbourHardwareAt:], []byte{0, 0x1b, 0x21, 0, 0, 7})
		binary.LittleEndian.PutUint32(b[neighbourLengthAt:], length)
		binary.LittleEndian.PutUint32(b[neighbourStateAt:], state)
		return b
	}
	got := adapterNeighboursIn(slices.Concat(row(3, 6, 4), row(3, 6, 0), row(3, 6, 1), row(3, 0, 5), row(4, 6, 5), row(3, 6, 5)[:40]), map[int]string{3: "Wi-Fi"})
	if want := []Neighbour{{Interface: "Wi-Fi", Hardware: "00:1b:21:00:00:07"}}; !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func FuzzKernelNeighbours(f *testing.F) {
	f.Add(kernelRow(2, 4, "001b21000001"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if found := kernelNeighboursIn(b, map[int]string{2: "eth0"}); len(found) > len(b)/netlinkHeader {
			t.Errorf("%d neighbours in %d bytes", len(found), len(b))
		}
	})
}
