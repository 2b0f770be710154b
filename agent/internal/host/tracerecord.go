package host

import (
	"bytes"
	"encoding/binary"
	"strings"
	"time"
	"unicode/utf16"
)

// What Windows' tracing takes and gives, in the layouts of evntrace.h and
// evntcons.h on 64-bit machines, the only ones there is an agent for.
const (
	tracePropertiesSize = 120 // EVENT_TRACE_PROPERTIES
	traceHeaderSize     = 80  // EVENT_HEADER
	traceBuffer         = 64  // KiB of one buffer; a lookup has some hundred bytes
	traceFlush          = 1   // seconds until a buffer that is not full is handed over

	wnodeTracedGUID   = 0x00020000
	traceRealTimeMode = 0x00000100
)

// dnsClient is the provider Microsoft-Windows-DNS-Client,
// {1C95126E-7EEA-49A9-A3FE-A378B03DDB4D}, as it lies in memory.
var dnsClient = [16]byte{0x6e, 0x12, 0x95, 0x1c, 0xea, 0x7e, 0xa9, 0x49, 0xa3, 0xfe, 0xa3, 0x78, 0xb0, 0x3d, 0xdb, 0x4d}

// traceProperties describes a session that hands over what it hears at once and
// keeps no file; its name has room at the end, where Windows puts it.
func traceProperties(name string) []byte {
	room := 2 * (len(utf16.Encode([]rune(name))) + 1)
	p := make([]byte, tracePropertiesSize+room)
	le := binary.LittleEndian
	le.PutUint32(p[0:], uint32(len(p)))
	le.PutUint32(p[40:], 1) // the clock that counts ticks; they are told as times
	le.PutUint32(p[44:], wnodeTracedGUID)
	le.PutUint32(p[48:], traceBuffer)
	le.PutUint32(p[64:], traceRealTimeMode)
	le.PutUint32(p[68:], traceFlush)
	le.PutUint32(p[116:], tracePropertiesSize)
	return p
}

// The records of the DNS client that say a program asks for a name: when it
// begins and when it has its answer. Both come from the program itself; those of
// the service that asks on behalf of all (3020 among them) would name it instead.
const (
	dnsAsked    = 3006
	dnsAnswered = 3008
)

// tracedLookup reads one record of the DNS client: its EVENT_HEADER, and its own
// part, which begins with the name in UTF-16 that ends with a zero.
func tracedLookup(header, own []byte) (Lookup, bool) {
	if len(header) < traceHeaderSize || !bytes.Equal(header[24:40], dnsClient[:]) {
		return Lookup{}, false
	}
	if id := binary.LittleEndian.Uint16(header[40:]); id != dnsAsked && id != dnsAnswered {
		return Lookup{}, false
	}
	name, ok := lookupName(own)
	return Lookup{
		Name: name,
		PID:  int(binary.LittleEndian.Uint32(header[12:])),
		At:   windowsTime(binary.LittleEndian.Uint64(header[16:])),
	}, ok
}

// lookupName reads a name in UTF-16 up to the zero at its end. What has no end,
// is longer than names are, or is none is refused.
func lookupName(own []byte) (string, bool) {
	const longest = 255
	var units []uint16
	for i := 0; i+1 < len(own) && len(units) <= longest; i += 2 {
		unit := binary.LittleEndian.Uint16(own[i:])
		if unit == 0 {
			name := strings.TrimSuffix(string(utf16.Decode(units)), ".")
			return name, name != "" && !strings.ContainsFunc(name, notInNames)
		}
		units = append(units, unit)
	}
	return "", false
}

func notInNames(r rune) bool { return r <= ' ' || r == 0x7f || r == '\uFFFD' }

const (
	onceWithin = 2 * time.Second
	onceLimit  = 512
)

// onceLookups passes a lookup on once: a program asks for a name's addresses of
// both kinds, and the system tells of the question and of the answer.
type onceLookups struct {
	last map[onceKey]time.Time
}

type onceKey struct {
	name string
	pid  int
}

func (o *onceLookups) first(l Lookup) bool {
	key := onceKey{strings.ToLower(l.Name), l.PID}
	if at, ok := o.last[key]; ok && l.At.Sub(at).Abs() < onceWithin {
		return false
	}
	if o.last == nil || len(o.last) >= onceLimit {
		o.last = map[onceKey]time.Time{}
	}
	o.last[key] = l.At
	return true
}
