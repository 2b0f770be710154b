package host

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/google/gopacket"
	"golang.org/x/net/bpf"
)

// What a read of /dev/bpf gives: frames, each behind a struct bpf_hdr (net/bpf.h)
// and filled up to four bytes.
const (
	bpfHeader   = 18 // what of the header is said; its own length says where the frame begins
	nullHeader  = 4  // before a packet of a tunnel: the family, in the machine's own order
	linkNull    = 0  // DLT_NULL
	linkEther   = 1  // DLT_EN10MB
	taggedType  = 16 // where a frame of a VLAN has its type
	twiceTagged = 20 // where one of a VLAN in a VLAN has it
	jumpIfEqual = 0x15
	loadXValue  = 0x01 // into the register X, a number

	typeIPv4, typeIPv6 = 0x0800, 0x86dd
	nullIPv4, nullIPv6 = macIPv4 << 8, macIPv6 << 8 // as half a word of the family's bytes
)

var errFrames = errors.New("frames are cut")

// A macFrame is a frame, with an Ethernet header whatever it came with.
type macFrame struct {
	content []byte
	capture gopacket.CaptureInfo
}

// parseBPF reads the frames of one read. What is no IP packet on a tunnel is left out.
func parseBPF(read []byte, link, number int) ([]macFrame, error) {
	var frames []macFrame
	for len(read) > 0 {
		if len(read) < bpfHeader {
			return frames, errFrames
		}
		kept, whole, begin := int(binary.LittleEndian.Uint32(read[8:])), int(binary.LittleEndian.Uint32(read[12:])), int(binary.LittleEndian.Uint16(read[16:]))
		if begin < bpfHeader || kept < 0 || begin+kept > len(read) || kept > maxFrame {
			return frames, errFrames
		}
		f := macFrame{capture: gopacket.CaptureInfo{
			Timestamp:     time.Unix(int64(binary.LittleEndian.Uint32(read)), int64(binary.LittleEndian.Uint32(read[4:])%1_000_000)*1000),
			CaptureLength: kept, Length: whole, InterfaceIndex: number,
		}}
		if f.unwrap(read[begin:begin+kept], link) {
			frames = append(frames, f)
		}
		read = read[min((begin+kept+3)&^3, len(read)):]
	}
	return frames, nil
}

func (f *macFrame) unwrap(content []byte, link int) bool {
	if link != linkNull {
		f.content = append([]byte(nil), content...)
		return true
	}
	if len(content) < nullHeader {
		return false
	}
	var ok bool
	f.content, ok = asEthernet(content[nullHeader:])
	f.capture.CaptureLength = len(f.content)
	f.capture.Length += etherHeader - nullHeader
	return ok
}

// forTunnel rewrites a filter for Ethernet frames into one for macOS' tunnels and
// its loopback, whose packets have a family of four bytes before the IP header in
// place of an Ethernet header. macOS refuses negative offsets, so it is the
// register that moves from which a filter counts. It says false for a filter that
// looks at what such packets do not have, or that asks the kernel, which only
// Linux answers.
func forTunnel(filter []bpf.RawInstruction) ([]bpf.RawInstruction, bool) {
	moved := make([]bpf.RawInstruction, len(filter))
	holds := make([]typeHeld, len(filter)+1)
	holds[0] = other
	for i, in := range filter {
		var ok bool
		if moved[i], ok = inTunnel(in, holds[i]); !ok {
			return nil, false
		}
		held := holds[i]
		const computes, fromX = 0x04, 0x87
		switch class := in.Op & classMask; {
		case class == classLoad && loadsType(in):
			held = etherType
		case class == classLoad, class == computes, in.Op == fromX:
			held = other
		}
		for _, next := range after(i, in) {
			if next >= len(holds) {
				return nil, false
			}
			holds[next] |= held
		}
	}
	return moved, true
}

// typeHeld says what the accumulator may hold before an instruction, by all ways there.
type typeHeld uint8

const (
	etherType typeHeld = 1 << iota
	other
)

// after are the instructions that may follow one: there are no loops.
func after(at int, in bpf.RawInstruction) []int {
	const jumps, ends, always = 0x05, 0x06, 0x05
	switch {
	case in.Op&classMask == ends:
		return nil
	case in.Op == always:
		return []int{at + 1 + int(min(in.K, 1<<16))}
	case in.Op&classMask == jumps:
		return []int{at + 1 + int(in.Jt), at + 1 + int(in.Jf)}
	}
	return []int{at + 1}
}

func loadsType(in bpf.RawInstruction) bool {
	return in.Op&modeMask == modeAbsolute && in.Op&sizeMask == sizeHalf && (in.K == etherHeader-2 || in.K == taggedType || in.K == twiceTagged)
}

// inTunnel moves one instruction.
func inTunnel(in bpf.RawInstruction, held typeHeld) (bpf.RawInstruction, bool) {
	const moves = etherHeader - nullHeader
	switch class, mode := in.Op&classMask, in.Op&modeMask; {
	case class == classLoad && loadsType(in):
		in.K = 0
	case class == classLoad && mode == modeAbsolute, class == classLoadX && mode == modeShift:
		if in.K < etherHeader || in.K >= ancillary {
			return in, false
		}
		in.K -= moves
	case mode == modeLength && (class == classLoad || class == classLoadX):
		return in, false
	case in.Op == loadXValue && (in.K == etherHeader || in.K == taggedType+2 || in.K == twiceTagged+2):
		in.K -= moves
	case in.Op == jumpIfEqual && held&etherType != 0 && (in.K == typeIPv4 || in.K == typeIPv6):
		if held&other != 0 {
			return in, false // it may be about something else
		}
		in.K = map[uint32]uint32{typeIPv4: nullIPv4, typeIPv6: nullIPv6}[in.K]
	}
	return in, true
}

// forMac says whether macOS takes a filter for Ethernet frames as it is: it
// answers nothing that is not in the frame.
func forMac(filter []bpf.RawInstruction) bool {
	for _, in := range filter {
		if in.Op&classMask == classLoad && in.Op&modeMask == modeAbsolute && in.K >= ancillary {
			return false
		}
	}
	return true
}
