package parse

import (
	"encoding/binary"
	"slices"
)

// smallELF is a program that says everything that ParseELF reads, and does nothing.
func smallELF(bits int, big bool) []byte {
	var order binary.AppendByteOrder = binary.LittleEndian
	if big {
		order = binary.BigEndian
	}
	wide := bits / 8
	number := func(b []byte, v uint64) []byte {
		if wide == 8 {
			return order.AppendUint64(b, v)
		}
		return order.AppendUint32(b, uint32(v))
	}
	const base = 0x10000
	texts := []byte("\x00libvncserver.so.1\x00libc.so.6\x00")
	loader := []byte("/lib/ld.so\x00")
	note := func(owner string, kind uint32, content []byte) []byte {
		out := order.AppendUint32(nil, uint32(len(owner)+1))
		out = order.AppendUint32(order.AppendUint32(out, uint32(len(content))), kind)
		out = append(out, owner+"\x00"...)
		for len(out)%4 != 0 {
			out = append(out, 0)
		}
		out = append(out, content...)
		for len(out)%4 != 0 {
			out = append(out, 0)
		}
		return out
	}
	notes := slices.Concat(note("GNU", 3, []byte{1, 2, 3, 4}), note("FDO", 0xcafe1a7e, []byte(`{"type":"deb","name":"x11vnc"}`)))
	head, entry := 64, 56
	if bits == 32 {
		head, entry = 52, 32
	}
	at := head + 4*entry
	textsAt, loaderAt := at, at+len(texts)
	notesAt := (loaderAt + len(loader) + 3) &^ 3
	listAt := notesAt + len(notes)
	var list []byte
	for _, pair := range [][2]uint64{{1, 1}, {1, 19}, {5, base + uint64(textsAt)}, {10, uint64(len(texts))}, {0, 0}, {1, 1}} {
		list = number(number(list, pair[0]), pair[1])
	}
	end := listAt + len(list)

	out := append([]byte("\x7fELF"), byte(bits/32), 1, 1)
	if big {
		out[5] = 2
	}
	out = append(out, make([]byte, 9)...)
	out = order.AppendUint32(order.AppendUint16(order.AppendUint16(out, 2), 62), 1)
	out = number(number(number(out, base), uint64(head)), 0)
	out = order.AppendUint32(out, 0)
	for _, v := range []int{head, entry, 4, 0, 0, 0} {
		out = order.AppendUint16(out, uint16(v))
	}
	part := func(kind uint32, from, to int) {
		out = order.AppendUint32(out, kind)
		if wide == 8 {
			out = order.AppendUint32(out, 4)
		}
		out = number(number(number(out, uint64(from)), base+uint64(from)), base+uint64(from))
		out = number(number(out, uint64(to-from)), uint64(to-from))
		if wide == 4 {
			out = order.AppendUint32(out, 4)
		}
		out = number(out, 4)
	}
	part(1, 0, end)
	part(3, loaderAt, loaderAt+len(loader))
	part(4, notesAt, listAt)
	part(2, listAt, end)
	out = slices.Concat(out, texts, loader)
	return slices.Concat(out, make([]byte, notesAt-len(out)), notes, list)
}

// oldGo is a part of memory as Go 1.17 laid it out.
func oldGo() ([]byte, spans) {
	order := binary.LittleEndian
	const base = 0x400000
	version, modules := "go1.17.5", "0123456789abcdefpath\texample.org/old\nmod\texample.org/old\tv1.0.0\t\n0123456789abcdef"
	out := append(make([]byte, 32), goMagic...)
	out = append(out, 8, 0)
	at := uint64(base + 96)
	out = order.AppendUint64(order.AppendUint64(out, base+64), base+80)
	out = order.AppendUint64(order.AppendUint64(out, at), uint64(len(version)))
	out = order.AppendUint64(order.AppendUint64(out, at+uint64(len(version))), uint64(len(modules)))
	out = append(out, version+modules...)
	return out, spans{{address: base, size: uint64(len(out)), offset: 0}}
}
