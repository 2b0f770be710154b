package parse

import (
	"bytes"
	"fmt"
	"slices"

	"howett.net/plist"
)

// An IOEntry is one entry of macOS' I/O registry: its properties by name.
type IOEntry map[string]any

// Text is a property that is a text; "" when it is not there or something else.
func (e IOEntry) Text(name string) string {
	text, _ := e[name].(string)
	return text
}

// Number is a property that is a number; false when it is not there.
func (e IOEntry) Number(name string) (uint64, bool) {
	n, ok := e[name].(uint64)
	return n, ok
}

// Bytes are a property's bytes; nil when it is not there.
func (e IOEntry) Bytes(name string) []byte {
	b, _ := e[name].([]byte)
	return b
}

// Children are the entries below, where they were asked for.
func (e IOEntry) Children() []IOEntry {
	list, _ := e[ioregChildren].([]any)
	children := make([]IOEntry, 0, len(list))
	for _, value := range list {
		if child, ok := value.(map[string]any); ok {
			children = append(children, child)
		}
	}
	return children
}

// Bounds of a property list, and of what is kept of it. A registry has some
// megabytes and a dozen levels, most of it lists that nobody asks for.
const (
	ioregMaximum  = 16 << 20
	ioregElements = 1 << 16
	ioregDepth    = 64
	ioregChildren = "IORegistryEntryChildren"
)

// ParseIORegistry reads what `ioreg -a` printed, an XML property list, into a
// pointer to a slice of IOEntry or of a struct with `plist` tags. Of all
// properties only those named are read. ioreg prints nothing where no entry fits.
func ParseIORegistry(b []byte, into any, names ...string) (err error) {
	defer func() {
		if p := recover(); p != nil { // the library's own slips must not be the agent's
			err = fmt.Errorf("I/O registry: the property list is malformed: %v", p)
		}
	}()
	if len(b) > ioregMaximum {
		return fmt.Errorf("I/O registry: %d bytes, want at most %d", len(b), ioregMaximum)
	}
	if len(bytes.TrimSpace(b)) == 0 {
		return nil
	}
	p := plistTrim{in: b, names: names}
	if err := p.trim(); err != nil {
		return fmt.Errorf("I/O registry, offset %d: %w", p.at, err)
	}
	if _, err := plist.Unmarshal(p.out, into); err != nil {
		return fmt.Errorf("I/O registry: %w", err)
	}
	return nil
}

// plistTrim copies a property list without the properties nobody asked for. It
// knows no more of XML than Apple's writer uses: elements without attributes,
// and text. What nests too deep or is too much never reaches the parser, which
// has no bounds of its own.
type plistTrim struct {
	in, out  []byte
	at       int
	names    []string
	depth    int
	elements int
}

func (p *plistTrim) trim() error {
	p.out = []byte("<?xml version=\"1.0\"?>")
	for {
		text, tag, err := p.next()
		if err != nil || tag == nil {
			return err
		}
		if !bytes.Equal(tag, []byte("key")) {
			p.out = append(append(append(append(p.out, text...), '<'), tag...), '>')
			continue
		}
		end := bytes.Index(p.in[p.at:], []byte("</key>"))
		if end < 0 {
			return fmt.Errorf("a key does not end")
		}
		name := p.in[p.at : p.at+end]
		p.at += end + len("</key>")
		p.depth--
		if !slices.Contains(p.names, string(name)) {
			err = p.skip()
		} else {
			p.out = append(append(append(p.out, "<key>"...), name...), "</key>"...)
		}
		if err != nil {
			return err
		}
	}
}

// next reads up to the next tag: the text before it and what is between its
// brackets; nil at the end. Declarations are stepped over.
func (p *plistTrim) next() (text, tag []byte, err error) {
	for {
		begin := bytes.IndexByte(p.in[p.at:], '<')
		if begin < 0 {
			if p.depth != 0 {
				return nil, nil, fmt.Errorf("%d elements are still open", p.depth)
			}
			return nil, nil, nil
		}
		text = p.in[p.at : p.at+begin]
		p.at += begin + 1
		end := bytes.IndexByte(p.in[p.at:], '>')
		if end < 1 {
			return nil, nil, fmt.Errorf("a tag does not end")
		}
		tag = p.in[p.at : p.at+end]
		p.at += end + 1
		if tag[0] != '?' && tag[0] != '!' {
			return text, tag, p.count(tag)
		}
		if bytes.HasPrefix(tag, []byte("![")) || bytes.HasPrefix(tag, []byte("!--")) {
			return nil, nil, fmt.Errorf("a property list has no %.3s", tag)
		}
	}
}

func (p *plistTrim) count(tag []byte) error {
	switch {
	case tag[0] == '/':
		p.depth--
	case tag[len(tag)-1] != '/':
		p.depth++
	}
	p.elements++
	if p.depth < 0 || p.depth > ioregDepth {
		return fmt.Errorf("%d elements deep, want 0 to %d", p.depth, ioregDepth)
	}
	if p.elements > ioregElements {
		return fmt.Errorf("more than %d elements", ioregElements)
	}
	return nil
}

// skip steps over one element, which counts for nothing.
func (p *plistTrim) skip() error {
	depth, elements := p.depth, p.elements
	for {
		_, tag, err := p.next()
		if err != nil {
			return err
		}
		if tag == nil || p.depth < depth {
			return fmt.Errorf("a key without a value")
		}
		p.elements = elements
		if p.depth == depth {
			return nil
		}
	}
}
