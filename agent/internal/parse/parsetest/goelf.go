package parsetest

import (
	"encoding/binary"
	"slices"
)

// GoELF is a Linux program that does nothing and says what Go says of a program
// whose main package is this: no names, no sections, as after the harshest strip.
func GoELF(path string) []byte {
	order := binary.LittleEndian
	head := append([]byte("\x7fELF"), 2, 1, 1)
	head = append(head, make([]byte, 9)...)
	head = order.AppendUint32(order.AppendUint16(order.AppendUint16(head, 2), 62), 1)
	for _, v := range []uint64{0x10000, 64, 0} {
		head = order.AppendUint64(head, v)
	}
	head = order.AppendUint32(head, 0)
	for _, v := range []uint16{64, 56, 1, 0, 0, 0} {
		head = order.AppendUint16(head, v)
	}
	counted := func(text string) []byte { return append(binary.AppendUvarint(nil, uint64(len(text))), text...) }
	frame := make([]byte, 16)
	build := slices.Concat([]byte("\xff Go buildinf:"), []byte{8, 2}, frame, counted("go1.24.1"),
		counted(string(frame)+"path\t"+path+"\nmod\texample.org/main\tv1.0.0\t\n"+string(frame)))
	size := uint64(128 + len(build))
	part := order.AppendUint32(order.AppendUint32(nil, 1), 6)
	for _, v := range []uint64{0, 0x10000, 0x10000, size, size, 0x1000} {
		part = order.AppendUint64(part, v)
	}
	return slices.Concat(head, part, make([]byte, 8), build)
}
