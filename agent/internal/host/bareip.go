package host

import "golang.org/x/net/bpf"

// etherHeader is the length of an Ethernet header: two addresses and a type.
const etherHeader = 14

// The parts of a filter instruction that matter here, as in linux/bpf_common.h
// and linux/filter.h.
const (
	classMask     = 0x07
	classLoad     = 0x00
	classLoadX    = 0x01
	modeMask      = 0xe0
	modeAbsolute  = 0x20
	modeIndirect  = 0x40
	modeLength    = 0x80
	modeShift     = 0xa0
	sizeMask      = 0x18
	sizeHalf      = 0x08
	addConstant   = 0x04       // to the accumulator
	keepCount     = 0x16       // ends with as many bytes as the accumulator says
	ancillary     = 0xfffff000 // offsets from here on ask the kernel, not the packet
	ancillaryType = ancillary  // the packet's EtherType
)

// forBareIP rewrites a filter for Ethernet frames into one for interfaces whose
// packets begin with the IP header, as those of VPNs do: every offset moves by
// the header that is not there, and the EtherType is asked of the kernel. It
// says false for a filter that looks at what such packets do not have.
func forBareIP(filter []bpf.RawInstruction) ([]bpf.RawInstruction, bool) {
	moved := make([]bpf.RawInstruction, len(filter))
	for i, in := range filter {
		switch class, mode := in.Op&classMask, in.Op&modeMask; {
		case class == classLoad && mode == modeAbsolute:
			switch {
			case in.K >= ancillary:
			case in.K == etherHeader-2 && in.Op&sizeMask == sizeHalf:
				in.K = ancillaryType
			case in.K >= etherHeader:
				in.K -= etherHeader
			default:
				return nil, false
			}
		case class == classLoad && mode == modeIndirect:
			in.K -= etherHeader // the kernel adds it to the register as a signed number
		case class == classLoadX && mode == modeShift:
			if in.K < etherHeader {
				return nil, false
			}
			in.K -= etherHeader
		case mode == modeLength && (class == classLoad || class == classLoadX):
			return nil, false
		case in.Op == keepCount:
			if i == 0 || moved[i-1].Op != addConstant {
				return nil, false
			}
			moved[i-1].K -= etherHeader // what is counted from the frame's beginning
		}
		moved[i] = in
	}
	return moved, true
}

// asEthernet puts an Ethernet header before an IP packet, so that those who read
// frames meet one form. It says false for what is no IP packet.
func asEthernet(packet []byte) ([]byte, bool) {
	if len(packet) == 0 {
		return nil, false
	}
	frame := make([]byte, etherHeader, etherHeader+len(packet))
	switch packet[0] >> 4 {
	case 4:
		frame[12], frame[13] = 0x08, 0x00
	case 6:
		frame[12], frame[13] = 0x86, 0xdd
	default:
		return nil, false
	}
	return append(frame, packet...), true
}
