package parse

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
)

// An item of a dconf database: a hash, its parent's number, where its own part
// of the name is, its kind, and where its value is.
const (
	dconfItem   = 24
	dconfParent = 4
	dconfName   = 8
	dconfLength = 12
	dconfKind   = 14
	dconfValue  = 16
	dconfDepth  = 24
	dconfRoot   = 0xffffffff
)

// ParseDconf reads settings from a database of dconf, where GNOME keeps them. A
// setting is named by its whole path, as "/org/gnome/desktop/remote-access/enabled";
// of a list of texts all are given with a space between.
func ParseDconf(b []byte, wanted Wanted) (Settings, error) {
	if len(b) > settingsMaximum {
		return nil, fmt.Errorf("dconf: %d bytes, want at most %d", len(b), settingsMaximum)
	}
	if len(b) < dconfItem || string(b[:8]) != "GVariant" {
		return nil, fmt.Errorf("dconf: %d bytes that do not begin as a database", len(b))
	}
	d := dconf{all: b}
	table, ok := d.between(b[16:])
	if !ok || len(table) < 8 {
		return nil, fmt.Errorf("dconf: the table is outside the %d bytes", len(b))
	}
	// Behind the filter's words and the buckets stand the items.
	filter, buckets := binary.LittleEndian.Uint32(table)&(1<<27-1), binary.LittleEndian.Uint32(table[4:])
	skip := 8 + 4*(uint64(filter)+uint64(buckets))
	if skip > uint64(len(table)) {
		return nil, fmt.Errorf("dconf: a table of %d bytes has no room for its items", len(table))
	}
	d.items = table[skip:]
	return d.settings(wanted), nil
}

type dconf struct{ all, items []byte }

func (d dconf) settings(wanted Wanted) Settings {
	var found Settings
	for at := uint32(0); ; at++ {
		item := d.item(at)
		if item == nil {
			return found
		}
		if item[dconfKind] != 'v' {
			continue
		}
		name, ok := d.name(at)
		if !ok || !wanted.wants(name) {
			continue
		}
		if value, ok := d.between(item[dconfValue:]); ok {
			found = wanted.take(found, "", name, variantText(value))
		}
	}
}

func (d dconf) item(number uint32) []byte {
	begin := uint64(number) * dconfItem
	if begin+dconfItem > uint64(len(d.items)) {
		return nil
	}
	return d.items[begin : begin+dconfItem]
}

// between gives the bytes from one offset to another, both written at the front of place.
func (d dconf) between(place []byte) ([]byte, bool) {
	begin, end := binary.LittleEndian.Uint32(place), binary.LittleEndian.Uint32(place[4:])
	if begin > end || uint64(end) > uint64(len(d.all)) {
		return nil, false
	}
	return d.all[begin:end], true
}

// name joins an item's part of the name to those of the items above it.
func (d dconf) name(number uint32) (string, bool) {
	var parts string
	for range dconfDepth {
		item := d.item(number)
		if item == nil {
			return "", false
		}
		begin, length := binary.LittleEndian.Uint32(item[dconfName:]), binary.LittleEndian.Uint16(item[dconfLength:])
		if end := uint64(begin) + uint64(length); end > uint64(len(d.all)) || length > settingsValue {
			return "", false
		}
		parts = string(d.all[begin:uint64(begin)+uint64(length)]) + parts
		if number = binary.LittleEndian.Uint32(item[dconfParent:]); number == dconfRoot {
			return strings.ToLower(parts), true
		}
	}
	return "", false
}

// variantText reads a value: its bytes, a zero, and the letters of its kind.
func variantText(value []byte) string {
	at := bytes.LastIndexByte(value, 0)
	if at < 0 {
		return ""
	}
	switch body := value[:at]; string(value[at+1:]) {
	case "b":
		if len(body) == 1 && body[0] != 0 {
			return "true"
		}
		return "false"
	case "s":
		return strings.TrimRight(string(body), "\x00")
	case "as":
		return texts(body)
	case "i", "u":
		if len(body) == 4 {
			return fmt.Sprint(binary.LittleEndian.Uint32(body))
		}
	}
	return ""
}

// texts reads a short list of texts: each ends with a zero, and behind them stand
// the offsets of their ends in a byte each.
func texts(body []byte) string {
	if len(body) == 0 || len(body) > 0xff {
		return ""
	}
	offsets := int(body[len(body)-1])
	if offsets > len(body) {
		return ""
	}
	return strings.Join(strings.FieldsFunc(string(body[:offsets]), func(r rune) bool { return r == 0 }), " ")
}
