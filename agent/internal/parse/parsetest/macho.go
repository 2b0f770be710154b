package parsetest

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
)

// A MacProgram is what MachO makes a program of.
type MacProgram struct {
	Identifier, Team string
	Needed           []string
	// Sign makes a signature of the list of hashes, as codesign would; without it
	// nobody signed.
	Sign func(directory []byte) []byte
	Body []byte // what the program holds besides
}

const macPage = 4096

// MachO is a small program of macOS for 64 bits, signed with hashes of its pages.
func MachO(p MacProgram) []byte {
	order := binary.LittleEndian
	var commands []byte
	for _, name := range p.Needed {
		command := append(make([]byte, 24), name...)
		command = append(command, 0)
		for len(command)%8 != 0 {
			command = append(command, 0)
		}
		order.PutUint32(command, 0xc)
		order.PutUint32(command[4:], uint32(len(command)))
		order.PutUint32(command[8:], 24)
		commands = append(commands, command...)
	}
	body := slices.Concat(make([]byte, 2*macPage), p.Body)
	signature := make([]byte, 16)
	order.PutUint32(signature, 0x1d)
	order.PutUint32(signature[4:], 16)
	order.PutUint32(signature[8:], uint32(len(body)))
	room := 8<<10 + len(body)/macPage*32 // for a signature and a hash of each page
	order.PutUint32(signature[12:], uint32(room))
	commands = append(commands, signature...)
	for i, v := range []uint32{0xfeedfacf, 0x0100000c, 0, 2, uint32(len(p.Needed) + 1), uint32(len(commands)), 0, 0} {
		order.PutUint32(body[4*i:], v)
	}
	copy(body[32:], commands)
	blob := macSignature(p, body)
	return slices.Concat(body, blob, make([]byte, room-len(blob)))
}

// MachFat puts programs into one file, as lipo does, each for the kind of
// processor that its own header names.
func MachFat(programs ...[]byte) []byte {
	order := binary.BigEndian
	out := make([]byte, macPage)
	order.PutUint32(out, 0xcafebabe)
	order.PutUint32(out[4:], uint32(len(programs)))
	for i, program := range programs {
		entry := out[8+20*i:]
		order.PutUint32(entry, binary.LittleEndian.Uint32(program[4:]))
		order.PutUint32(entry[8:], uint32(len(out)))
		order.PutUint32(entry[12:], uint32(len(program)))
		order.PutUint32(entry[16:], 12)
		out = append(out, program...)
		for len(out)%macPage != 0 {
			out = append(out, 0)
		}
	}
	return out
}

func macSignature(p MacProgram, body []byte) []byte {
	requirements := macBlob(0xfade0c01, make([]byte, 4))
	directory := macDirectory(p, body, requirements)
	parts := []struct {
		kind uint32
		blob []byte
	}{{0, directory}, {2, requirements}}
	if p.Sign != nil {
		parts = append(parts, struct {
			kind uint32
			blob []byte
		}{0x10000, macBlob(0xfade0b01, p.Sign(directory))})
	}
	order := binary.BigEndian
	index := order.AppendUint32(nil, uint32(len(parts)))
	at := 12 + 8*len(parts)
	var blobs []byte
	for _, part := range parts {
		index = order.AppendUint32(order.AppendUint32(index, part.kind), uint32(at+len(blobs)))
		blobs = append(blobs, part.blob...)
	}
	return macBlob(0xfade0cc0, append(index, blobs...))
}

func macBlob(magic uint32, content []byte) []byte {
	head := binary.BigEndian.AppendUint32(nil, magic)
	head = binary.BigEndian.AppendUint32(head, uint32(8+len(content)))
	return append(head, content...)
}

// macDirectory is the list of hashes: of two other things, then of the pages.
func macDirectory(p MacProgram, body, requirements []byte) []byte {
	texts := []byte(p.Identifier + "\x00")
	team := uint32(0)
	if p.Team != "" {
		team = uint32(88 + len(texts))
		texts = append(texts, p.Team+"\x00"...)
	}
	var hashes []byte
	sum := sha256.Sum256(requirements)
	hashes = append(hashes, sum[:]...)
	hashes = append(hashes, make([]byte, 32)...) // of Info.plist, which is elsewhere
	pages := 0
	for page := range slices.Chunk(body, macPage) {
		sum := sha256.Sum256(page)
		hashes = append(hashes, sum[:]...)
		pages++
	}
	out := make([]byte, 88, 88+len(texts)+len(hashes))
	order := binary.BigEndian
	for i, v := range []uint32{0xfade0c02, uint32(88 + len(texts) + len(hashes)), 0x20400, 0, uint32(88 + len(texts) + 64), 88, 2, uint32(pages), uint32(len(body))} {
		order.PutUint32(out[4*i:], v)
	}
	out[36], out[37], out[39] = 32, 2, 12
	order.PutUint32(out[48:], team)
	return slices.Concat(out, texts, hashes)
}
