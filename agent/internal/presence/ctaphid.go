package presence

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// What is spoken with a security key: CTAPHID, section 11.2 of the FIDO
// Alliance's "Client to Authenticator Protocol (CTAP)" 2.1.

const (
	reportSize   = 64 // bytes of a HID report, either way
	firstPayload = reportSize - 7
	nextPayload  = reportSize - 5
	maxPayload   = firstPayload + 128*nextPayload
	broadcast    = 0xffffffff

	commandMessage   = 0x03 // a U2F request, for keys older than CTAP2
	commandInit      = 0x06
	commandCBOR      = 0x10
	commandCancel    = 0x11
	commandKeepalive = 0x3b

	capableCBOR = 0x04
)

var errShortReport = errors.New("a report of a security key is cut short")

// frame is one HID report, taken apart.
type frame struct {
	channel uint32
	first   bool
	command byte   // of the first report of a message
	length  int    // of the whole message, in its first report
	seq     byte   // of a further report
	payload []byte // may be longer than what is left of the message
}

func parseFrame(report []byte) (frame, error) {
	if len(report) < reportSize {
		return frame{}, errShortReport
	}
	report = report[:reportSize]
	f := frame{channel: binary.BigEndian.Uint32(report)}
	if report[4]&0x80 == 0 {
		f.seq, f.payload = report[4], report[5:]
		return f, nil
	}
	f.first, f.command, f.length, f.payload = true, report[4]&0x7f, int(binary.BigEndian.Uint16(report[5:])), report[7:]
	if f.length > maxPayload {
		return frame{}, fmt.Errorf("a security key announces %d bytes, more than %d", f.length, maxPayload)
	}
	return f, nil
}

// reports cuts a message into HID reports, each behind the report number 0 that
// a write to hidraw begins with.
func reports(channel uint32, command byte, message []byte) [][]byte {
	var all [][]byte
	start := func(head ...byte) []byte {
		report := binary.BigEndian.AppendUint32(make([]byte, 1, 1+reportSize), channel)
		return append(report, head...)
	}
	report := start(command|0x80, byte(len(message)>>8), byte(len(message)))
	for seq := byte(0); ; seq++ {
		room := 1 + reportSize - len(report)
		part := message[:min(room, len(message))]
		message = message[len(part):]
		report = append(report, part...)
		all = append(all, append(report, make([]byte, 1+reportSize-len(report))...))
		if len(message) == 0 {
			return all
		}
		report = start(seq)
	}
}

// channel is one conversation with a key.
type channel struct {
	key io.ReadWriter
	id  uint32
}

func (c channel) send(command byte, message []byte) error {
	for _, report := range reports(c.id, command, message) {
		if _, err := c.key.Write(report); err != nil {
			return fmt.Errorf("write to the security key: %w", err)
		}
	}
	return nil
}

// receive reads the next message on this channel; what is said on others, and
// that the key still waits for a finger, is passed over.
func (c channel) receive() (command byte, message []byte, err error) {
	var whole frame
	report := make([]byte, reportSize)
	for seq := byte(0); ; {
		n, err := c.key.Read(report)
		if err != nil {
			return 0, nil, fmt.Errorf("read from the security key: %w", err)
		}
		f, err := parseFrame(report[:n])
		switch {
		case err != nil:
			return 0, nil, err
		case f.channel != c.id || f.first && f.command == commandKeepalive || !f.first && !whole.first:
			continue
		case f.first:
			whole, message, seq = f, nil, 0
		case f.seq != seq:
			return 0, nil, errors.New("a security key lost a report")
		default:
			seq++
		}
		message = append(message, f.payload[:min(len(f.payload), whole.length-len(message))]...)
		if len(message) == whole.length {
			return whole.command, message, nil
		}
	}
}
