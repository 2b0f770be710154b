package host

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"howett.net/plist"
)

// properties are those of an entry of macOS' registry of devices, or of any
// other property list, by name.
type properties map[string]any

const maxProperties = 16 << 20

var errNoProperties = errors.New("no property list")

// readProperties reads an XML property list that is a dictionary.
func readProperties(list []byte) (found properties, err error) {
	defer func() {
		if p := recover(); p != nil { // the library's own slips must not be the agent's
			found, err = nil, fmt.Errorf("a malformed property list: %v", p)
		}
	}()
	if len(list) > maxProperties {
		return nil, fmt.Errorf("a property list of %d bytes, want at most %d", len(list), maxProperties)
	}
	if !bytes.HasPrefix(bytes.TrimSpace(list), []byte("<?xml")) {
		return nil, errNoProperties // as OpenStep writes them, which nothing of macOS still does
	}
	var read map[string]any
	if _, err := plist.Unmarshal(cleanXML(list), &read); err != nil {
		return nil, fmt.Errorf("read a property list: %w", err)
	}
	return read, nil
}

// cleanXML puts a mark in place of what XML has no letter for. macOS writes such
// bytes as they are, and a device may have them in its name: it must not hide
// itself and all others by that.
func cleanXML(list []byte) []byte {
	unfit := func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff
	}
	if !utf8.Valid(list) {
		list = bytes.ToValidUTF8(list, []byte("\uFFFD"))
	}
	if bytes.IndexFunc(list, unfit) < 0 {
		return list
	}
	return bytes.Map(func(r rune) rune {
		if unfit(r) {
			return utf8.RuneError
		}
		return r
	}, list)
}

// text is a text, or the bytes of one: the device tree of the firmware has its
// texts as bytes with a zero at their end.
func (p properties) text(name string) string {
	switch value := p[name].(type) {
	case string:
		return strings.ToValidUTF8(value, "\uFFFD")
	case []byte:
		return cString(value)
	}
	return ""
}

// number is a whole number; false where there is none.
func (p properties) number(name string) (int, bool) {
	switch value := p[name].(type) {
	case uint64:
		return int(value), value < 1<<62
	case int64:
		return int(value), true
	}
	return 0, false
}

// flag is "true" or "false", "" where there is none.
func (p properties) flag(name string) string {
	if value, ok := p[name].(bool); ok {
		return strconv.FormatBool(value)
	}
	return ""
}

// list are the dictionaries of a list.
func (p properties) list(name string) []properties {
	values, _ := p[name].([]any)
	found := make([]properties, 0, len(values))
	for _, value := range values {
		if one, ok := value.(map[string]any); ok {
			found = append(found, one)
		}
	}
	return found
}

// An ioEntry is an entry of macOS' registry of devices, with what stands
// below it as far as it was asked for.
type ioEntry struct {
	class, name, location string
	list                  []byte // its properties, an XML property list
	children              []ioEntry
}

// writeIORegistry writes entries as `ioreg -a -l -r` prints them, so that one parser
// reads what was asked in this process and what the tool printed. It prints
// nothing where there is no entry.
func writeIORegistry(entries []ioEntry) []byte {
	if len(entries) == 0 {
		return nil
	}
	var b bytes.Buffer
	b.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\">\n")
	writeIOEntries(&b, entries)
	b.WriteString("</plist>\n")
	return b.Bytes()
}

func writeIOEntries(b *bytes.Buffer, entries []ioEntry) {
	b.WriteString("<array>\n")
	for _, e := range entries {
		b.WriteString("<dict>\n")
		b.Write(cleanXML(dictionaryBody(e.list)))
		writeText(b, "IOObjectClass", e.class)
		writeText(b, "IORegistryEntryName", e.name)
		writeText(b, "IORegistryEntryLocation", e.location)
		if len(e.children) > 0 {
			b.WriteString("<key>IORegistryEntryChildren</key>\n")
			writeIOEntries(b, e.children)
		}
		b.WriteString("</dict>\n")
	}
	b.WriteString("</array>\n")
}

// writeText writes one property; a bytes.Buffer fails at nothing.
func writeText(b *bytes.Buffer, key, text string) {
	if text == "" {
		return
	}
	b.WriteString("<key>" + key + "</key><string>")
	_ = xml.EscapeText(b, []byte(text))
	b.WriteString("</string>\n")
}

// dictionaryBody is what stands in the dictionary that a property list is; nil
// when it is empty or something else.
func dictionaryBody(list []byte) []byte {
	_, body, ok := bytes.Cut(list, []byte("<plist version=\"1.0\">"))
	if !ok {
		return nil
	}
	body, ok = bytes.CutPrefix(bytes.TrimSpace(body), []byte("<dict>"))
	end := bytes.LastIndex(body, []byte("</dict>"))
	if !ok || end < 0 {
		return nil
	}
	return bytes.TrimLeft(body[:end], "\n")
}

// ioQuestion is what a tool asks macOS' registry: of which class, and how
// deep below each entry. False for all other tools.
func ioQuestion(t Tool) (class string, depth int, ok bool) {
	if t.Command[0] != "ioreg" {
		return "", 0, false
	}
	depth = maxIODepth
	for i, word := range t.Command[:len(t.Command)-1] {
		switch word {
		case "-c":
			class = t.Command[i+1]
		case "-d":
			depth, _ = strconv.Atoi(t.Command[i+1]) // our own list
		}
	}
	return class, depth, class != ""
}

// Bounds of one question to the registry.
const (
	maxIODepth   = 24
	maxIOEntries = 4096
)
