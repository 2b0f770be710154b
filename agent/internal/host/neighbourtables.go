package host

import (
	"encoding/binary"
	"net"
)

// macNeighboursOf gives names to what parseNeighbours read.
func macNeighboursOf(known map[macNeighbour]string, names map[int]string) []Neighbour {
	var found []Neighbour
	for one, hardware := range known {
		if name := names[one.index]; name != "" && len(found) < maxNeighbours {
			found = append(found, Neighbour{Interface: name, Hardware: hardware})
		}
	}
	return found
}

// Parts of rtnetlink's messages about neighbours (linux/netlink.h, neighbour.h).
const (
	neighbourFixed   = 12 // struct ndmsg
	netlinkNeighbour = 28 // RTM_NEWNEIGH
	linkLayerAddress = 2  // NDA_LLADDR

	kernelIncomplete = 0x01 // NUD_INCOMPLETE
	kernelFailed     = 0x20 // NUD_FAILED
	kernelNoARP      = 0x40 // NUD_NOARP: computed, as of groups; nobody answered
)

// kernelNeighboursIn reads the answer to RTM_GETNEIGH: messages of a header, an
// ndmsg and attributes, all in the machine's byte order, which is little-endian
// wherever farmwatch runs.
func kernelNeighboursIn(table []byte, names map[int]string) []Neighbour {
	var found []Neighbour
	for len(table) >= netlinkHeader && len(found) < maxNeighbours {
		length := int(binary.LittleEndian.Uint32(table))
		if length < netlinkHeader || length > len(table) {
			break
		}
		if kind := binary.LittleEndian.Uint16(table[4:]); kind == netlinkNeighbour && length >= netlinkHeader+neighbourFixed {
			if n, ok := kernelNeighbour(table[netlinkHeader:length], names); ok {
				found = append(found, n)
			}
		}
		table = table[min((length+3)&^3, len(table)):]
	}
	return found
}

func kernelNeighbour(m []byte, names map[int]string) (Neighbour, bool) {
	name, state := names[int(binary.LittleEndian.Uint32(m[4:]))], binary.LittleEndian.Uint16(m[8:])
	if name == "" || state == 0 || state&(kernelIncomplete|kernelFailed|kernelNoARP) != 0 {
		return Neighbour{}, false
	}
	for rest := m[neighbourFixed:]; len(rest) >= 4; {
		length := int(binary.LittleEndian.Uint16(rest))
		if length < 4 || length > len(rest) {
			break
		}
		if binary.LittleEndian.Uint16(rest[2:]) == linkLayerAddress && length == 4+6 {
			return Neighbour{Interface: name, Hardware: net.HardwareAddr(rest[4:10]).String()}, true
		}
		rest = rest[min((length+3)&^3, len(rest)):]
	}
	return Neighbour{}, false
}

// Reachability of a row of MIB_IPNET_ROW2 (nldef.h): what was asked for and did
// not answer has no address.
const (
	adapterNeighbourAt    = 28
	neighbourHardwareAt   = 40
	neighbourLengthAt     = 72
	neighbourStateAt      = 76
	neighbourIncomplete   = 1
	neighbourHardwareSize = 6
)

// adapterNeighboursIn reads rows of MIB_IPNET_ROW2.
func adapterNeighboursIn(rows []byte, names map[int]string) []Neighbour {
	var found []Neighbour
	for ; len(rows) >= neighbourRowSize && len(found) < maxNeighbours; rows = rows[neighbourRowSize:] {
		name := names[int(binary.LittleEndian.Uint32(rows[adapterNeighbourAt:]))]
		if name == "" || binary.LittleEndian.Uint32(rows[neighbourLengthAt:]) != neighbourHardwareSize || binary.LittleEndian.Uint32(rows[neighbourStateAt:]) <= neighbourIncomplete {
			continue
		}
		found = append(found, Neighbour{Interface: name, Hardware: net.HardwareAddr(rows[neighbourHardwareAt:][:neighbourHardwareSize]).String()})
	}
	return found
}
