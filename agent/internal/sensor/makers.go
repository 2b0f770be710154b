package sensor

import (
	_ "embed"
	"sort"
)

// A makerClass is what kind of device a maker's prefix stands for.
type makerClass int

// The classes, in the order of the table.
const (
	laptopClass makerClass = iota
	phoneClass
	iotClass
	boardClass
	kvmClass
	routerClass
	printerClass
	unknownClass
)

// makerTable says which prefixes of hardware addresses stand for which class. It
// is written by makergen from the IEEE's register: for each class, and in it for
// prefixes of 24, 28 and 36 bits, how many there are in two bytes, and these in
// order.
//
//go:embed makers.bin
var makerTable string

// makerOf is the class for which the maker of a hardware address stands; unknown
// for an address that was made up (locally administered) and names nobody.
func makerOf(mac [6]byte) makerClass {
	if mac[0]&0x03 != 0 || mac[0] == 0 && mac[1] == 0x15 && mac[2] == 0x5d {
		return unknownClass // made up, of a group, or of a virtual machine on Hyper-V, whose maker makes laptops too
	}
	rest := makerTable
	for class := laptopClass; class < unknownClass; class++ {
		for _, bits := range []int{24, 28, 36} {
			length := (bits + 7) / 8
			if len(rest) < 2 {
				return unknownClass // a table that was cut: its test fails
			}
			size := (int(rest[0])<<8 | int(rest[1])) * length
			if size > len(rest)-2 {
				return unknownClass
			}
			if inSection(rest[2:2+size], length, prefixOf(mac, bits)) {
				return class
			}
			rest = rest[2+size:]
		}
	}
	return unknownClass
}

// prefixOf is the first bits of an address, filled up to whole bytes.
func prefixOf(mac [6]byte, bits int) string {
	if bits%8 != 0 {
		mac[bits/8] &= 0xf0
	}
	return string(mac[:(bits+7)/8])
}

func inSection(section string, length int, prefix string) bool {
	count := len(section) / length
	at := sort.Search(count, func(i int) bool { return section[i*length:][:length] >= prefix })
	return at < count && section[at*length:][:length] == prefix
}

// redundant says whether a hardware address stands for several routers at once:
// VRRP, CARP, HSRP and GLBP make these up, in the range of whoever invented them.
func redundant(mac [6]byte) bool {
	switch {
	case mac[0] == 0 && mac[1] == 0 && mac[2] == 0x5e && mac[3] == 0 && (mac[4] == 1 || mac[4] == 2):
		return true // VRRP over IPv4 and IPv6, and CARP
	case mac[0] == 0 && mac[1] == 0 && mac[2] == 0x0c && (mac[3] == 0x07 && mac[4] == 0xac || mac[3] == 0x9f && mac[4]&0xf0 == 0xf0):
		return true // HSRP, version 1 and 2
	case mac[0] == 0 && mac[1] == 0x05 && mac[2] == 0x73 && mac[3] == 0xa0:
		return true // HSRP over IPv6
	}
	return mac[0] == 0 && mac[1] == 0x07 && mac[2] == 0xb4 // GLBP
}

// madeUp says whether software made an address up, as phones do anew for every
// network, and as virtual machines do.
func madeUp(mac [6]byte) bool { return mac[0]&0x03 == 0x02 }

// ofGroup says whether an address is that of several devices, or of none.
func ofGroup(mac [6]byte) bool { return mac[0]&0x01 != 0 || mac == [6]byte{} }
