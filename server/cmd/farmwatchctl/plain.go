package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// encode writes messages as JSON with the proto's own field names, all of
// them, in the proto's order; numbers are numbers, times are RFC 3339, and what
// is not set is null. (protojson would write 64-bit numbers as strings.)
func encode(b *bytes.Buffer, m protoreflect.Message) error {
	fields := m.Descriptor().Fields()
	names := make([]protoreflect.Name, fields.Len())
	for i := range names {
		names[i] = fields.Get(i).Name()
	}
	return encodeSome(b, m, names)
}

// encodeSome is encode for some of the fields, in the order given.
func encodeSome(b *bytes.Buffer, m protoreflect.Message, names []protoreflect.Name) error {
	b.WriteByte('{')
	for i, name := range names {
		f := m.Descriptor().Fields().ByName(name)
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(b, "%q:", f.Name())
		if err := encodeField(b, f, m.Get(f), m.Has(f)); err != nil {
			return err
		}
	}
	b.WriteByte('}')
	return nil
}

func encodeField(b *bytes.Buffer, f protoreflect.FieldDescriptor, v protoreflect.Value, set bool) error {
	switch {
	case f.IsMap():
		// encoding/json sorts the keys.
		plain := make(map[string]any)
		v.Map().Range(func(k protoreflect.MapKey, v protoreflect.Value) bool {
			plain[k.String()] = v.Interface()
			return true
		})
		return encodeValue(b, plain)
	case f.IsList():
		b.WriteByte('[')
		for i := range v.List().Len() {
			if i > 0 {
				b.WriteByte(',')
			}
			if err := encodeOne(b, f, v.List().Get(i), true); err != nil {
				return err
			}
		}
		b.WriteByte(']')
		return nil
	}
	return encodeOne(b, f, v, set)
}

func encodeOne(b *bytes.Buffer, f protoreflect.FieldDescriptor, v protoreflect.Value, set bool) error {
	if f.Kind() != protoreflect.MessageKind {
		return encodeValue(b, v.Interface())
	}
	if !set {
		b.WriteString("null")
		return nil
	}
	if t, ok := v.Message().Interface().(*timestamppb.Timestamp); ok {
		return encodeValue(b, t.AsTime().Format(time.RFC3339Nano))
	}
	return encode(b, v.Message())
}

func encodeValue(b *bytes.Buffer, v any) error {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	b.Truncate(b.Len() - 1) // the line end that Encode adds
	return nil
}

// spelled is JSON in which characters that command a terminal are spelled out: they
// stay what they are to whoever reads it, and Encode spells some of them alone.
func spelled(text []byte) []byte {
	if !bytes.ContainsFunc(text, commandsInText) {
		return text
	}
	var b []byte
	for _, r := range string(text) {
		if !commandsInText(r) {
			b = utf8.AppendRune(b, r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			b = fmt.Appendf(b, "\\u%04x", unit)
		}
	}
	return b
}

func commandsInText(r rune) bool { return obeyed(r) && r != '\n' }

// toYAML turns JSON into YAML and keeps the order of keys: JSON is YAML, only dense.
func toYAML(text []byte) ([]byte, error) {
	var n yaml.Node
	if err := yaml.Unmarshal(text, &n); err != nil {
		return nil, err
	}
	loosen(&n)
	out, err := yaml.Marshal(&n)
	return bytes.Map(visible, out), err
}

func loosen(n *yaml.Node) {
	n.Style = 0
	for _, c := range n.Content {
		loosen(c)
	}
}
