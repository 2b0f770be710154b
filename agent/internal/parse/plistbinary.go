package parse

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
)

// A binary property list ends with a trailer of 32 bytes: how wide offsets and
// references are, how many objects there are, which is the top, and where the
// table of their offsets begins.
const (
	plistTrailer = 32
	plistObjects = 1 << 16
)

type plistReader struct {
	all        []byte
	offsets    []byte
	offsetSize int
	referSize  int
	objects    uint64
	visits     int // a list may name one object many times
	wanted     Wanted
	found      Settings
}

func binaryPlist(b []byte, wanted Wanted) (Settings, error) {
	r, top, err := openBinaryPlist(b, wanted)
	if err != nil {
		return nil, err
	}
	if err := r.object(top, nil); err != nil {
		return nil, fmt.Errorf("property list: %w", err)
	}
	return r.found, nil
}

// openBinaryPlist reads the trailer, which says where everything is and which
// object is the top.
func openBinaryPlist(b []byte, wanted Wanted) (r *plistReader, top uint64, err error) {
	if len(b) < len("bplist00")+plistTrailer {
		return nil, 0, fmt.Errorf("property list: %d bytes are too few", len(b))
	}
	trailer := b[len(b)-plistTrailer:]
	r = &plistReader{all: b[:len(b)-plistTrailer], offsetSize: int(trailer[6]), referSize: int(trailer[7]), wanted: wanted}
	r.objects = binary.BigEndian.Uint64(trailer[8:])
	top, table := binary.BigEndian.Uint64(trailer[16:]), binary.BigEndian.Uint64(trailer[24:])
	switch {
	case r.offsetSize < 1 || r.offsetSize > 8 || r.referSize < 1 || r.referSize > 8 || r.objects > plistObjects:
		return nil, 0, errors.New("property list: the trailer is malformed")
	case table > uint64(len(r.all)) || r.objects*uint64(r.offsetSize) > uint64(len(r.all))-table:
		return nil, 0, errors.New("property list: the table of offsets is outside")
	}
	r.offsets = r.all[table:]
	return r, top, nil
}

var errPlistPlace = errors.New("an object is outside")

// at gives an object's mark and the bytes behind it.
func (r *plistReader) at(number uint64) (byte, []byte, error) {
	if number >= r.objects {
		return 0, nil, errPlistPlace
	}
	offset := wideNumber(r.offsets[number*uint64(r.offsetSize):][:r.offsetSize])
	if offset >= uint64(len(r.all)) {
		return 0, nil, errPlistPlace
	}
	return r.all[offset], r.all[offset+1:], nil
}

func wideNumber(b []byte) uint64 {
	var n uint64
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n
}

// object takes one object and all below it.
func (r *plistReader) object(number uint64, names []string) error {
	if r.visits++; r.visits > plistObjects || len(names) > plistDepth {
		return errors.New("too deep or too much")
	}
	mark, rest, err := r.at(number)
	if err != nil {
		return err
	}
	name := strings.ToLower(strings.Join(names, "/"))
	if kind := mark >> 4; kind == 0xa || kind == 0xd {
		return r.container(kind == 0xd, mark, rest, name, names)
	}
	text, err := scalar(mark, rest)
	if err != nil {
		return err
	}
	r.found = r.wanted.take(r.found, "", name, text)
	return nil
}

// container takes a list, or a dict: first the references of all keys, then of all values.
func (r *plistReader) container(dict bool, mark byte, rest []byte, name string, names []string) error {
	count, rest, err := plistCount(mark, rest)
	if err != nil {
		return err
	}
	references := count
	if dict {
		references *= 2
	}
	if count > plistObjects || references*uint64(r.referSize) > uint64(len(rest)) {
		return errPlistPlace
	}
	reference := func(i uint64) uint64 { return wideNumber(rest[i*uint64(r.referSize):][:r.referSize]) }
	if count > 0 {
		r.found = r.wanted.take(r.found, "", name, "…")
	}
	for i := range count {
		below, value := names, reference(i)
		if dict {
			key, err := r.key(value)
			if err != nil {
				return err
			}
			below, value = under(names, key), reference(count+i)
		} else if nested, _, err := r.at(value); err == nil && (nested>>4 == 0xa || nested>>4 == 0xd) {
			below = under(names, "")
		}
		if err := r.object(value, below); err != nil {
			return err
		}
	}
	return nil
}

func (r *plistReader) key(number uint64) (string, error) {
	mark, rest, err := r.at(number)
	if err != nil {
		return "", err
	}
	return scalar(mark, rest)
}

// plistCount reads how long an object is: in its mark, or in a number behind it.
func plistCount(mark byte, rest []byte) (uint64, []byte, error) {
	if mark&0xf != 0xf {
		return uint64(mark & 0xf), rest, nil
	}
	if len(rest) == 0 || rest[0]>>4 != 1 || len(rest) < 1+1<<(rest[0]&0xf) || rest[0]&0xf > 3 {
		return 0, nil, errors.New("a length is malformed")
	}
	width := 1 << (rest[0] & 0xf)
	return wideNumber(rest[1 : 1+width]), rest[1+width:], nil
}

// scalar reads a value that holds no others. Of bytes it says only that there are some.
func scalar(mark byte, rest []byte) (string, error) {
	switch mark >> 4 {
	case 0:
		return map[byte]string{8: "false", 9: "true"}[mark&0xf], nil
	case 1:
		if width := 1 << (mark & 0xf); mark&0xf <= 3 && len(rest) >= width {
			return strconv.FormatUint(wideNumber(rest[:width]), 10), nil
		}
		return "", nil
	case 4, 5, 6:
		count, rest, err := plistCount(mark, rest)
		width := uint64(1)
		if mark>>4 == 6 {
			width = 2
		}
		if err != nil || count > settingsMaximum || count*width > uint64(len(rest)) {
			return "", errPlistPlace
		}
		return plistText(mark>>4, rest[:count*width]), nil
	}
	return "", nil
}

func plistText(kind byte, body []byte) string {
	switch kind {
	case 4:
		if len(body) > 0 {
			return "…"
		}
		return ""
	case 5:
		return string(body)
	}
	units := make([]uint16, len(body)/2)
	for i := range units {
		units[i] = binary.BigEndian.Uint16(body[2*i:])
	}
	return string(utf16.Decode(units))
}
