package parse

import (
	"fmt"

	"golang.org/x/crypto/cryptobyte"
)

// Types of frames that an Initial packet may hold (RFC 9000 §12.4).
const (
	framePadding    = 0x00
	framePing       = 0x01
	frameAck        = 0x02
	frameAckCounted = 0x03 // with counts of congestion
	frameCrypto     = 0x06
	frameClose      = 0x1c
)

// cryptoFrames puts what an Initial packet says of the handshake where it
// belongs. Not ok where that is in too many separate pieces.
func cryptoFrames(s cryptobyte.String, into *gathered) (ok bool, err error) {
	ok = true
	for !s.Empty() {
		var kind uint64
		if !readVarint(&s, &kind) {
			return ok, fmt.Errorf("frame: %w", errMalformed)
		}
		read := true
		switch kind {
		case framePadding, framePing:
		case frameAck, frameAckCounted:
			read = skipAck(&s, kind == frameAckCounted)
		case frameCrypto:
			var offset, length uint64
			if read = readVarint(&s, &offset) && readVarint(&s, &length) && length <= uint64(len(s)); read {
				if offset < uint64(into.limit) {
					ok = into.put(int(offset), s[:length]) && ok
				}
				read = s.Skip(int(length))
			}
		case frameClose:
			return ok, nil // nothing of a hello follows
		default:
			read = false
		}
		if !read {
			return ok, fmt.Errorf("frame %d: %w", kind, errMalformed)
		}
	}
	return ok, nil
}

// skipAck reads over an acknowledgement: largest, delay, how many ranges follow
// the first, that one, then a gap and a range for each, and perhaps three counts.
func skipAck(s *cryptobyte.String, counted bool) bool {
	var largest, delay, ranges, first, v uint64
	ok := readVarint(s, &largest) && readVarint(s, &delay) && readVarint(s, &ranges) && readVarint(s, &first)
	numbers := 2 * ranges
	if counted {
		numbers += 3
	}
	for ; ok && numbers > 0; numbers-- {
		ok = readVarint(s, &v)
	}
	return ok
}
