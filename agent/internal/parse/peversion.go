package parse

import (
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf16"
)

const (
	rtVersion      = 16
	resourceLimit  = 4096     // entries of one folder of resources
	versionLimit   = 64 << 10 // of a version resource, which has a few hundred bytes
	versionTexts   = 64       // texts of one table
	versionNesting = 3
	textLimit      = 200 // of what a maker calls a product
)

// readVersion looks for the version resource and takes its texts.
func (p *PE) readVersion(w *window, resources part) {
	root, ok := p.parts.offset(uint64(resources.at))
	if !ok || resources.size == 0 {
		return
	}
	at := root
	for depth := range 3 { // kind, number, language
		next, folder, ok := resourceEntry(w, root, at, depth == 0)
		if !ok || folder != (depth < 2) {
			return
		}
		at = next
	}
	order := binary.LittleEndian
	leaf, err := w.at("version resource", at, 16)
	if err != nil {
		return
	}
	place, ok := p.parts.offset(uint64(order.Uint32(leaf)))
	if !ok {
		return
	}
	block, err := w.upTo("version resource", place, int64(min(order.Uint32(leaf[4:]), versionLimit)))
	if err == nil {
		p.take(block, 0)
	}
}

// resourceEntry gives where the first entry of a folder of resources leads, or
// the one of version resources.
func resourceEntry(w *window, root, folder int64, version bool) (at int64, isFolder, ok bool) {
	order := binary.LittleEndian
	head, err := w.at("resources", folder, 16)
	if err != nil {
		return 0, false, false
	}
	count := min(int64(order.Uint16(head[12:]))+int64(order.Uint16(head[14:])), resourceLimit)
	entries, err := w.at("resources", folder+16, count*8)
	if err != nil {
		return 0, false, false
	}
	for ; len(entries) >= 8; entries = entries[8:] {
		if version && order.Uint32(entries) != rtVersion {
			continue
		}
		next := order.Uint32(entries[4:])
		return root + int64(next&^(1<<31)), next&(1<<31) != 0, true
	}
	return 0, false, false
}

// take reads one block of a version resource and the blocks inside it: length,
// length of the value, kind, key, value, further blocks, each padded to four bytes.
func (p *PE) take(block []byte, depth int) {
	order := binary.LittleEndian
	key, rest := utf16Text(block, 6)
	value := pad4(rest)
	length := int(uint16At(order, block, 2))
	if depth == versionNesting {
		text, _ := utf16Text(block[:min(len(block), value+2*length)], value)
		p.keep(key, text)
		return
	}
	if depth == 1 && key != "StringFileInfo" {
		return
	}
	at := pad4(value + length)
	for range versionTexts {
		size := int(uint16At(order, block, at))
		if size < 6 || at+size > len(block) {
			return
		}
		p.take(block[at:at+size], depth+1)
		at = pad4(at + size)
	}
}

func (p *PE) keep(key, text string) {
	for wanted, field := range map[string]*string{
		"OriginalFilename": &p.OriginalName, "ProductName": &p.Product, "CompanyName": &p.Company, "InternalName": &p.Internal,
	} {
		if key == wanted && *field == "" {
			*field = tidyText(text)
		}
	}
}

// tidyText makes one printable line of what a maker wrote, without blanks at its
// ends and of bounded length.
func tidyText(text string) string {
	text = strings.ToValidUTF8(text, "?")
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
	text = strings.TrimSpace(text)
	if len(text) > textLimit {
		text = strings.ToValidUTF8(text[:textLimit], "")
	}
	return text
}

// utf16Text reads text up to a zero and gives where that ends.
func utf16Text(b []byte, at int) (text string, end int) {
	var units []uint16
	for ; at+2 <= len(b) && len(units) < versionLimit/2; at += 2 {
		u := binary.LittleEndian.Uint16(b[at:])
		if u == 0 {
			return string(utf16.Decode(units)), at + 2
		}
		units = append(units, u)
	}
	return string(utf16.Decode(units)), at
}

func pad4(n int) int { return (n + 3) &^ 3 }
