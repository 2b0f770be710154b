package parse

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

const jsonDepth = 32

// ParseSettingsJSON reads settings from a JSON document, one token at a time: a
// value that is not wanted is never kept. The name of a value inside others is
// all their names with a slash between; the members of a list share its name.
func ParseSettingsJSON(b []byte, wanted Wanted) (Settings, error) {
	if len(b) > settingsMaximum {
		return nil, fmt.Errorf("settings: %d bytes, want at most %d", len(b), settingsMaximum)
	}
	in := json.NewDecoder(bytes.NewReader(settingsText(b)))
	in.UseNumber()
	walk := jsonWalk{in: in, wanted: wanted}
	token, err := in.Token()
	if err == nil {
		err = walk.value(token, nil)
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		// The decoder quotes what it could not read, which may be anything.
		return nil, fmt.Errorf("settings: no JSON from offset %d on", in.InputOffset())
	}
	return walk.found, nil
}

type jsonWalk struct {
	in     *json.Decoder
	wanted Wanted
	found  Settings
}

// value takes one value whose first token has been read.
func (w *jsonWalk) value(token json.Token, names []string) error {
	name := strings.Join(names, "/")
	switch t := token.(type) {
	case json.Delim:
		return w.inside(t, names)
	case string:
		w.found = w.wanted.take(w.found, "", name, t)
	case json.Number:
		w.found = w.wanted.take(w.found, "", name, t.String())
	case bool:
		w.found = w.wanted.take(w.found, "", name, fmt.Sprint(t))
	}
	return nil
}

func (w *jsonWalk) inside(open json.Delim, names []string) error {
	if len(names) >= jsonDepth {
		return errors.New("too deep")
	}
	full := false
	for w.in.More() {
		below := names
		token, err := w.in.Token()
		if err != nil {
			return err
		}
		if key, named := token.(string); named && open == '{' {
			below = under(names, strings.ToLower(key))
			if token, err = w.in.Token(); err != nil {
				return err
			}
		}
		if open == '[' {
			below = under(names, "") // a list in a list is deeper too
			if _, nested := token.(json.Delim); !nested {
				below = names
			}
		}
		full = true
		if err := w.value(token, below); err != nil {
			return err
		}
	}
	if _, err := w.in.Token(); err != nil { // the closing bracket
		return err
	}
	if full {
		w.found = w.wanted.take(w.found, "", strings.TrimRight(strings.Join(names, "/"), "/"), "…")
	}
	return nil
}
