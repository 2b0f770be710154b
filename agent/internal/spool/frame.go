package spool

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
)

// A segment is a header and then frames. Numbers are little-endian.
//
//	header: "fwspool1" generation:4 epoch:16 crc:4
//	frame:  magic:4 length:4 seq:8 flags:1 crc:4 payload:length
//
// A frame's checksum is over length, seq, flags and payload. Its magic holds
// bytes that no UTF-8 text has, so that no text inside a payload can pass for one.
const (
	headerMagic = "fwspool1"
	headerSize  = len(headerMagic) + 4 + epochBytes + 4
	frameMagic  = "\xf7fw\xff"
	frameSize   = 21
	epochBytes  = 16
	flagUrgent  = 1
	maxPayload  = 4<<20 - 4096 // what fits into one message to the collector
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func header(generation uint32, epoch string) []byte {
	b := append(make([]byte, 0, headerSize), headerMagic...)
	b = binary.LittleEndian.AppendUint32(b, generation)
	raw, _ := hex.DecodeString(epoch)
	b = append(b, append(raw, make([]byte, epochBytes)...)[:epochBytes]...)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// readHeader gives the epoch a segment belongs to, or false if its header is damaged.
func readHeader(b []byte) (epoch string, ok bool) {
	if len(b) < headerSize || !bytes.HasPrefix(b, []byte(headerMagic)) {
		return "", false
	}
	if crc32.Checksum(b[:headerSize-4], castagnoli) != binary.LittleEndian.Uint32(b[headerSize-4:]) {
		return "", false
	}
	return hex.EncodeToString(b[len(headerMagic)+4 : headerSize-4]), true
}

func frame(seq uint64, urgent bool, payload []byte) []byte {
	b := append(make([]byte, 0, frameSize+len(payload)), frameMagic...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(payload)))
	b = binary.LittleEndian.AppendUint64(b, seq)
	flags := byte(0)
	if urgent {
		flags = flagUrgent
	}
	b = append(b, flags)
	b = binary.LittleEndian.AppendUint32(b, frameSum(b, payload))
	return append(b, payload...)
}

func frameSum(head, payload []byte) uint32 {
	return crc32.Update(crc32.Checksum(head[4:17], castagnoli), castagnoli, payload)
}

// readFrame reads the frame at the start of b.
func readFrame(b []byte) (seq uint64, urgent bool, payload []byte, err error) {
	if len(b) < frameSize || !bytes.HasPrefix(b, []byte(frameMagic)) {
		return 0, false, nil, fmt.Errorf("no frame starts here")
	}
	length := binary.LittleEndian.Uint32(b[4:])
	if length > maxPayload || int(length) > len(b)-frameSize {
		return 0, false, nil, fmt.Errorf("frame of %d bytes is not all there", length)
	}
	payload = b[frameSize : frameSize+int(length)]
	if frameSum(b, payload) != binary.LittleEndian.Uint32(b[17:]) {
		return 0, false, nil, fmt.Errorf("checksum differs")
	}
	return binary.LittleEndian.Uint64(b[8:]), b[16]&flagUrgent != 0, payload, nil
}

// entry is where a report stands in its segment.
type entry struct {
	seq    uint64
	offset int64
	size   int // of the whole frame
	urgent bool
}

// span is a stretch of a segment's bytes.
type span struct{ from, to int }

// scan finds the frames of a segment, and the stretches that are none. A frame
// whose number does not follow is damage too. It starts behind the header
// whether or not the header can be read.
func scan(b []byte, after uint64) (entries []entry, damage []span) {
	at := min(headerSize, len(b))
	for at < len(b) {
		seq, urgent, payload, err := readFrame(b[at:])
		if err == nil && seq > after {
			size := frameSize + len(payload)
			entries = append(entries, entry{seq: seq, offset: int64(at), size: size, urgent: urgent})
			after, at = seq, at+size
			continue
		}
		next := len(b)
		if i := bytes.Index(b[at+1:], []byte(frameMagic)); i >= 0 {
			next = at + 1 + i
		}
		if n := len(damage); n > 0 && damage[n-1].to == at {
			damage[n-1].to = next
		} else {
			damage = append(damage, span{at, next})
		}
		at = next
	}
	return entries, damage
}
