package parsetest

import (
	"bytes"
	"encoding/binary"
	"slices"
	"unicode/utf16"
)

// A ProgramText is one text of a version resource.
type ProgramText struct{ Key, Value string }

// PE is a small Windows program of 32 or 64 bits that does nothing, with these
// texts in its version resource; without a resource when there are none.
func PE(bits int, texts ...ProgramText) []byte {
	const align = 0x200
	resource := versionFolders(versionBlock(texts))
	if len(texts) == 0 {
		resource = nil
	}
	optional, magic, directories := 224, uint16(0x10b), 96
	if bits == 64 {
		optional, magic, directories = 240, 0x20b, 112
	}
	file := make([]byte, 2*align)
	order := binary.LittleEndian
	copy(file, "MZ")
	order.PutUint32(file[60:], 64)
	head := file[64:]
	copy(head, "PE\x00\x00")
	order.PutUint16(head[4:], map[int]uint16{32: 0x14c, 64: 0x8664}[bits])
	order.PutUint16(head[6:], 2)
	order.PutUint16(head[20:], uint16(optional))
	order.PutUint16(head[22:], 0x22)
	body := head[24:]
	order.PutUint16(body, magic)
	order.PutUint32(body[16:], 0x1000) // where it begins
	order.PutUint32(body[32:], 0x1000)
	order.PutUint32(body[36:], align)
	order.PutUint16(body[48:], 6)
	order.PutUint32(body[56:], 0x3000)
	order.PutUint32(body[60:], 2*align)
	order.PutUint16(body[68:], 3)
	order.PutUint32(body[directories-4:], 16)
	if resource != nil {
		order.PutUint32(body[directories+16:], 0x2000)
		order.PutUint32(body[directories+20:], uint32(len(resource)))
	}
	code := append([]byte{0xc3}, make([]byte, align-1)...)
	size := (len(resource) + align - 1) / align * align
	peSection(body[optional:], ".text", 0x1000, align, 2*align, 0x60000020)
	peSection(body[optional+40:], ".rsrc", 0x2000, uint32(size), 3*align, 0x40000040)
	return slices.Concat(file, code, resource, make([]byte, size-len(resource)))
}

func peSection(entry []byte, name string, address, size, at, flags uint32) {
	order := binary.LittleEndian
	copy(entry[:8], name)
	order.PutUint32(entry[8:], size)
	order.PutUint32(entry[12:], address)
	order.PutUint32(entry[16:], size)
	order.PutUint32(entry[20:], at)
	order.PutUint32(entry[36:], flags)
}

// versionFolders puts a block where a section that is loaded at 0x2000 has it:
// kind 16, number 1, language 0x409, one folder in the other.
func versionFolders(block []byte) []byte {
	order := binary.LittleEndian
	out := make([]byte, 88)
	for i, id := range []uint32{16, 1, 0x409} {
		order.PutUint16(out[24*i+14:], 1)
		order.PutUint32(out[24*i+16:], id)
		next := uint32(24 * (i + 1))
		if i < 2 {
			next |= 1 << 31
		}
		order.PutUint32(out[24*i+20:], next)
	}
	order.PutUint32(out[72:], 0x2000+uint32(len(out)))
	order.PutUint32(out[76:], uint32(len(block)))
	return append(out, block...)
}

func versionBlock(texts []ProgramText) []byte {
	fixed := make([]byte, 52)
	binary.LittleEndian.PutUint32(fixed, 0xfeef04bd)
	var strings []byte
	for _, text := range texts {
		value := wide(text.Value)
		strings = append(pad(strings), versionNode(text.Key, len(value)/2, 1, value)...)
	}
	translation := versionNode("VarFileInfo", 0, 1, versionNode("Translation", 4, 0, []byte{9, 4, 0xb0, 4}))
	table := versionNode("StringFileInfo", 0, 1, versionNode("040904b0", 0, 1, strings))
	return versionNode("VS_VERSION_INFO", len(fixed), 0, slices.Concat(fixed, translation, pad(nil), table))
}

func versionNode(key string, length int, kind uint16, content []byte) []byte {
	out := pad(append(make([]byte, 6), wide(key)...))
	out = append(out, content...)
	binary.LittleEndian.PutUint16(out, uint16(len(out)))
	binary.LittleEndian.PutUint16(out[2:], uint16(length))
	binary.LittleEndian.PutUint16(out[4:], kind)
	return out
}

// wide is text as Windows writes it, with a zero at its end.
func wide(text string) []byte {
	var out bytes.Buffer
	for _, unit := range append(utf16.Encode([]rune(text)), 0) {
		out.WriteByte(byte(unit))
		out.WriteByte(byte(unit >> 8))
	}
	return out.Bytes()
}

func pad(b []byte) []byte {
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}
