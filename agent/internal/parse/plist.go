package parse

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

const plistDepth = 16

// ParsePropertyList reads settings from one of Apple's property lists, XML or
// binary. The name of a value inside others is all their names with a slash
// between; the members of a list share its name, in their order.
func ParsePropertyList(b []byte, wanted Wanted) (Settings, error) {
	if len(b) > settingsMaximum {
		return nil, fmt.Errorf("property list: %d bytes, want at most %d", len(b), settingsMaximum)
	}
	if bytes.HasPrefix(b, []byte("bplist00")) {
		return binaryPlist(b, wanted)
	}
	in := xml.NewDecoder(bytes.NewReader(settingsText(b)))
	in.Strict = false
	walk := plistWalk{in: in, wanted: wanted}
	for {
		token, err := in.Token()
		if errors.Is(err, io.EOF) {
			return walk.found, nil
		}
		if start, ok := token.(xml.StartElement); ok && err == nil {
			err = walk.value(start.Name.Local, nil)
		}
		if err != nil {
			// The decoder quotes what it could not read, which may be anything.
			return nil, fmt.Errorf("property list: no XML from offset %d on", in.InputOffset())
		}
	}
}

type plistWalk struct {
	in     *xml.Decoder
	wanted Wanted
	found  Settings
}

// value takes one element whose start has been read.
func (w *plistWalk) value(kind string, names []string) error {
	if len(names) > plistDepth {
		return errors.New("too deep")
	}
	name := strings.ToLower(strings.Join(names, "/"))
	switch kind {
	case "dict", "array", "plist":
		inside, err := w.inside(kind, names)
		if inside && kind != "plist" {
			w.found = w.wanted.take(w.found, "", name, "…")
		}
		return err
	case "true", "false":
		w.found = w.wanted.take(w.found, "", name, kind)
		return w.in.Skip()
	}
	text, err := w.text()
	if err != nil {
		return err
	}
	w.found = w.wanted.take(w.found, "", name, strings.TrimSpace(text))
	return nil
}

// text reads to the end of an element that holds text only.
func (w *plistWalk) text() (string, error) {
	var text strings.Builder
	for {
		token, err := w.in.Token()
		if err != nil {
			return "", err
		}
		switch t := token.(type) {
		case xml.CharData:
			text.Write(t)
		case xml.StartElement:
			if err := w.in.Skip(); err != nil {
				return "", err
			}
		case xml.EndElement:
			return text.String(), nil
		}
	}
}

// inside takes what a dict or a list holds, and says whether it holds anything.
func (w *plistWalk) inside(kind string, names []string) (bool, error) {
	key, full := "", false
	for {
		token, err := w.in.Token()
		if err != nil {
			return full, err
		}
		start, begins := token.(xml.StartElement)
		if _, ends := token.(xml.EndElement); ends {
			return full, nil
		}
		switch {
		case !begins:
		case kind == "dict" && start.Name.Local == "key":
			key, err = w.text()
		default:
			full, err = true, w.member(kind, key, start.Name.Local, names)
		}
		if err != nil {
			return full, err
		}
	}
}

// member takes one value of a dict or a list; a list in a list is deeper too,
// though it has no name.
func (w *plistWalk) member(outer, key, kind string, names []string) error {
	switch {
	case outer == "dict":
		names = under(names, key)
	case outer == "array" && (kind == "array" || kind == "dict"):
		names = under(names, "")
	case outer == "plist" && len(names) == 0 && kind == "plist":
		return errors.New("a list in a list's place")
	}
	return w.value(kind, names)
}

// under is where a value stands: its own name below the others'.
func under(names []string, name string) []string {
	below := make([]string, 0, len(names)+1)
	return append(append(below, names...), name)
}

// XMLText gives the text of the first element of a name, wherever it stands; ""
// when there is none or the document is malformed before it.
func XMLText(b []byte, name string) string {
	if len(b) > settingsMaximum {
		return ""
	}
	in := xml.NewDecoder(bytes.NewReader(settingsText(b)))
	in.Strict = false
	in.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	for {
		token, err := in.Token()
		if err != nil {
			return ""
		}
		if start, ok := token.(xml.StartElement); ok && strings.EqualFold(start.Name.Local, name) {
			text, err := (&plistWalk{in: in}).text()
			if err != nil {
				return ""
			}
			return short(strings.TrimSpace(text))
		}
	}
}
