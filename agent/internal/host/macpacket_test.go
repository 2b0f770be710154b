package host

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"

	"golang.org/x/net/bpf"
)

// portFilter keeps the IPv4 and IPv6 packets to UDP port 53, counted from the
// register as the agent's own filters do.
func portFilter(t *testing.T) []bpf.RawInstruction {
	t.Helper()
	return assembled(
		bpf.LoadAbsolute{Off: 12, Size: 2},
		bpf.LoadConstant{Dst: bpf.RegX, Val: 14},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 0x0800, SkipFalse: 6},
		bpf.LoadIndirect{Off: 9, Size: 1},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 17, SkipFalse: 9},
		bpf.LoadIndirect{Off: 22, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 53, SkipFalse: 7},
		bpf.TXA{}, bpf.Jump{Skip: 3},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 0x86dd, SkipFalse: 4},
		bpf.LoadIndirect{Off: 42, Size: 2},
		bpf.JumpIf{Cond: bpf.JumpEqual, Val: 53, SkipFalse: 2},
		bpf.TXA{}, bpf.RetConstant{Val: 99},
		bpf.RetConstant{Val: 0},
	)
}

func verdictOf(t *testing.T, filter []bpf.RawInstruction, packet []byte) int {
	t.Helper()
	instructions, ok := bpf.Disassemble(filter)
	if !ok {
		t.Fatalf("%v cannot be read", filter)
	}
	machine, err := bpf.NewVM(instructions)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := machine.Run(packet)
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

func udp(version byte, port uint16) []byte {
	p := make([]byte, 60)
	at := 22
	p[0] = 0x45
	p[9] = 17
	if version == 6 {
		p[0], p[6], at = 0x60, 17, 42
		p[9] = 0
	}
	binary.BigEndian.PutUint16(p[at:], port)
	return p
}

func TestAFilterKeepsTheSameOnATunnelOfAMac(t *testing.T) {
	filter := portFilter(t)
	moved, ok := forTunnel(filter)
	if !ok || !forMac(filter) {
		t.Fatal("the filter is refused")
	}
	for _, in := range moved {
		if in.K > 1<<16 {
			t.Errorf("macOS refuses the offset %#x", in.K)
		}
	}
	for _, c := range []struct {
		version byte
		family  byte
		port    uint16
		kept    bool
	}{{4, 2, 53, true}, {4, 2, 80, false}, {6, 30, 53, true}, {6, 30, 443, false}} {
		packet := udp(c.version, c.port)
		frame, _ := asEthernet(packet)
		onWire, inTunnel := verdictOf(t, filter, frame), verdictOf(t, moved, append([]byte{c.family, 0, 0, 0}, packet...))
		if onWire > 0 != c.kept || inTunnel != onWire {
			t.Errorf("IPv%d to port %d: %d on a wire, %d in a tunnel", c.version, c.port, onWire, inTunnel)
		}
	}
	for name, in := range map[string]bpf.Instruction{"a hardware address": bpf.LoadAbsolute{Off: 0, Size: 4}, "the kernel": bpf.LoadExtension{Num: bpf.ExtType}, "the length": bpf.LoadExtension{Num: bpf.ExtLen}} {
		if _, ok := forTunnel(assembled(in)); ok {
			t.Errorf("a filter on %s was taken", name)
		}
	}
	if forMac(assembled(bpf.LoadExtension{Num: bpf.ExtType})) {
		t.Error("macOS is asked what only Linux answers")
	}
}

func bpfRecord(seconds uint32, content []byte, whole int) []byte {
	r := make([]byte, 20)
	binary.LittleEndian.PutUint32(r, seconds)
	binary.LittleEndian.PutUint32(r[4:], 250_000)
	binary.LittleEndian.PutUint32(r[8:], uint32(len(content)))
	binary.LittleEndian.PutUint32(r[12:], uint32(whole))
	binary.LittleEndian.PutUint16(r[16:], 20)
	r = append(r, content...)
	return append(r, make([]byte, (4-len(r)%4)%4)...)
}

func TestFramesOfAMac(t *testing.T) {
	frame, _ := asEthernet(udp(4, 53))
	frames, err := parseBPF(slices.Concat(bpfRecord(7, frame[:61], 300), bpfRecord(8, frame, len(frame))), linkEther, 4)
	if err != nil || len(frames) != 2 || len(frames[0].content) != 61 || frames[0].capture.Length != 300 || frames[0].capture.InterfaceIndex != 4 ||
		frames[1].capture.Timestamp.UnixMilli() != 8250 || !bytes.Equal(frames[1].content, frame) {
		t.Errorf("%+v, %v", frames, err)
	}
	tunnel := append([]byte{30, 0, 0, 0}, udp(6, 53)...)
	frames, err = parseBPF(slices.Concat(bpfRecord(7, tunnel, len(tunnel)), bpfRecord(7, []byte{2, 0, 0, 0, 0xff}, 5), bpfRecord(7, []byte{2}, 1)), linkNull, 9)
	if err != nil || len(frames) != 1 || frames[0].content[12] != 0x86 || frames[0].capture.CaptureLength != len(frames[0].content) || frames[0].capture.Length != 74 {
		t.Errorf("%+v, %v", frames, err)
	}
	if _, err := parseBPF(bpfRecord(7, frame, 1)[:40], linkEther, 4); err == nil {
		t.Error("a cut frame was read as a whole one")
	}
}

func FuzzMacFrames(f *testing.F) {
	f.Add(bpfRecord(7, append([]byte{2, 0, 0, 0}, udp(4, 53)...), 99))
	f.Fuzz(func(t *testing.T, read []byte) {
		for _, link := range []int{linkEther, linkNull} {
			frames, _ := parseBPF(read, link, 1)
			for _, one := range frames {
				if len(one.content) != one.capture.CaptureLength {
					t.Errorf("%d bytes, said to be %d", len(one.content), one.capture.CaptureLength)
				}
			}
		}
	})
}
