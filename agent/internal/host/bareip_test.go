package host

import (
	"testing"

	"golang.org/x/net/bpf"
)

func TestForBareIP(t *testing.T) {
	moved, ok := forBareIP(assembled(
		bpf.LoadAbsolute{Off: 12, Size: 2}, bpf.LoadAbsolute{Off: 23, Size: 1}, bpf.LoadMemShift{Off: 14},
		bpf.LoadIndirect{Off: 16, Size: 2}, bpf.LoadIndirect{Off: 2, Size: 2}, bpf.LoadConstant{Dst: bpf.RegX, Val: 14},
		bpf.LoadExtension{Num: bpf.ExtType}, bpf.RetConstant{Val: 9},
		bpf.ALUOpConstant{Op: bpf.ALUOpAdd, Val: 16}, bpf.RetA{},
	))
	want := []uint32{ancillaryType, 9, 0, 2, 0xfffffff4, 14, ancillary + uint32(bpf.ExtType), 9, 2, 0}
	if !ok || len(moved) != len(want) {
		t.Fatalf("%v, %t", moved, ok)
	}
	for i, in := range moved {
		if in.K != want[i] {
			t.Errorf("instruction %d: %#x, want %#x", i, in.K, want[i])
		}
	}
	for name, in := range map[string]bpf.Instruction{
		"a hardware address": bpf.LoadAbsolute{Off: 0, Size: 4}, "half the type": bpf.LoadAbsolute{Off: 12, Size: 1},
		"the header": bpf.LoadMemShift{Off: 2}, "the length": bpf.LoadExtension{Num: bpf.ExtLen}, "a count of its own": bpf.RetA{},
	} {
		if _, ok := forBareIP(assembled(in)); ok {
			t.Errorf("a filter on %s was taken", name)
		}
	}
}

func TestAsEthernet(t *testing.T) {
	for first, kind := range map[byte][2]byte{0x45: {0x08, 0x00}, 0x60: {0x86, 0xdd}} {
		frame, ok := asEthernet([]byte{first, 1})
		if !ok || len(frame) != 16 || [2]byte(frame[12:14]) != kind || frame[14] != first {
			t.Errorf("% x, %t", frame, ok)
		}
	}
	for _, packet := range [][]byte{nil, {0x00}, {0xff, 1}} {
		if _, ok := asEthernet(packet); ok {
			t.Errorf("% x was taken for IP", packet)
		}
	}
}
