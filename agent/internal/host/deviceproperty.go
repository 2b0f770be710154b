package host

import (
	"encoding/binary"
	"strings"
	"time"
	"unicode/utf16"
)

// How Windows hands out a property of a device (DEVPROP_TYPE_… of devpropdef.h).
const (
	propertyUint32 = 0x07
	propertyTime   = 0x10
	propertyText   = 0x12
	propertyTexts  = 0x2012
)

// A deviceProperty is a property of a device as Windows hands it out: bytes that
// its kind explains. Asked for as another kind, it says nothing.
type deviceProperty struct {
	kind  uint32
	bytes []byte
}

func (p deviceProperty) text() string {
	if p.kind != propertyText {
		return ""
	}
	return wideText(p.bytes)
}

func (p deviceProperty) texts() []string {
	if p.kind != propertyTexts {
		return nil
	}
	return wideTexts(p.bytes)
}

func (p deviceProperty) number() uint32 {
	if p.kind != propertyUint32 || len(p.bytes) < 4 {
		return 0
	}
	return binary.LittleEndian.Uint32(p.bytes)
}

func (p deviceProperty) time() time.Time {
	if p.kind != propertyTime || len(p.bytes) < 8 {
		return time.Time{}
	}
	return windowsTime(binary.LittleEndian.Uint64(p.bytes))
}

// windowsTime is a moment that Windows counts in 100 ns since 1601; none is zero.
// One that no clock of a laptop shows is none either.
func windowsTime(ticks uint64) time.Time {
	const toUnix, latest = 116444736000000000, 1 << 58 // the year 2514
	if ticks < toUnix || ticks > latest {
		return time.Time{}
	}
	since := int64(ticks - toUnix)
	return time.Unix(since/1e7, since%1e7*100).UTC()
}

// wideText reads UTF-16 up to its first zero.
func wideText(b []byte) string {
	units := make([]uint16, 0, len(b)/2)
	for i := 0; i+1 < len(b); i += 2 {
		unit := binary.LittleEndian.Uint16(b[i:])
		if unit == 0 {
			break
		}
		units = append(units, unit)
	}
	return string(utf16.Decode(units))
}

// wideTexts reads texts that each end in a zero, up to an empty one.
func wideTexts(b []byte) []string {
	var texts []string
	for len(b) >= 2 {
		text := wideText(b)
		if text == "" {
			break
		}
		texts = append(texts, text)
		b = b[min(len(b), 2*len(utf16.Encode([]rune(text)))+2):]
	}
	return texts
}

// instanceOfPath is the instance that a path of one of its interfaces is made
// of: \\?\DISPLAY#BOE0A5F#5&2f1a4c1&0&UID8388688#{e6f07b5f-…} is of
// DISPLAY\BOE0A5F\5&2f1a4c1&0&UID8388688.
func instanceOfPath(path string) string {
	path = strings.TrimPrefix(path, `\\?\`)
	at := strings.LastIndex(path, "#{")
	if at < 0 {
		return ""
	}
	return strings.ReplaceAll(path[:at], "#", `\`)
}

// pathOfInstance is the path by which Windows opens an instance's interface of a kind.
func pathOfInstance(instance, kind string) string {
	return `\\?\` + strings.ReplaceAll(instance, `\`, "#") + "#" + strings.ToLower(kind)
}

// preparsedSize is how many bytes the head of an input device's preparsed data
// says it has: a head of 44, capabilities and collections. Zero is none.
func preparsedSize(b []byte) int {
	const head, node = 44, 16
	if len(b) < head || !strings.HasPrefix(string(b[:8]), "HidP KDR") {
		return 0
	}
	size := head + int(binary.LittleEndian.Uint16(b[40:])) + node*int(binary.LittleEndian.Uint16(b[42:]))
	if size > len(b) {
		return 0
	}
	return size
}
