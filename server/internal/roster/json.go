package roster

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// readJSON hands out the rows of a file that is an array of objects, whose values
// are strings. It reads token by token, so that each mistake has its line.
func readJSON(k Kind, text []byte, p *problems, take func(*row) bool) {
	r := &jsonReader{text: text, d: json.NewDecoder(bytes.NewReader(text)), kind: k, problems: p}
	r.d.UseNumber()
	if !r.delimiter('[', "the file is an array of objects: [{\"person\": \"p-1\"}, …]") {
		return
	}
	for r.d.More() {
		one, ok := r.object()
		if !ok || !take(one) {
			return
		}
	}
	if !r.delimiter(']', "the array does not end") {
		return
	}
	if _, err := r.d.Token(); !errors.Is(err, io.EOF) {
		p.add(r.line(), "", "something stands after the end of the array")
	}
}

type jsonReader struct {
	text     []byte
	d        *json.Decoder
	kind     Kind
	problems *problems
	counted  int // up to where lines are counted
	lines    int
}

// line is where the reader stands.
func (r *jsonReader) line() int {
	at := min(int(r.d.InputOffset()), len(r.text))
	if at > r.counted {
		r.lines += bytes.Count(r.text[r.counted:at], []byte("\n"))
		r.counted = at
	}
	return r.lines + 1
}

func (r *jsonReader) token() (json.Token, bool) {
	token, err := r.d.Token()
	if err == nil {
		return token, true
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		r.problems.add(r.line(), "", "the file ends in the middle of its array")
		return nil, false
	}
	var wrong *json.SyntaxError
	if errors.As(err, &wrong) {
		r.problems.add(lineOf(r.text, int(wrong.Offset)), "", "it is not written as JSON: %v", err)
		return nil, false
	}
	r.problems.add(r.line(), "", "it is not written as JSON: %v", err)
	return nil, false
}

func (r *jsonReader) delimiter(want json.Delim, otherwise string) bool {
	token, ok := r.token()
	if ok && token != want {
		r.problems.add(r.line(), "", "%s", otherwise)
		return false
	}
	return ok
}

func (r *jsonReader) object() (*row, bool) {
	if !r.delimiter('{', "each row is an object") {
		return nil, false
	}
	one := &row{line: r.line(), values: make([]string, len(r.kind.Columns)), lines: make([]int, len(r.kind.Columns))}
	seen := make([]bool, len(r.kind.Columns))
	for r.d.More() {
		if !r.member(one, seen) {
			return nil, false
		}
	}
	return one, r.delimiter('}', "the object does not end")
}

// member reads one name and its value; false ends the file, since what follows
// a value that is no string cannot be trusted to be where it seems.
func (r *jsonReader) member(one *row, seen []bool) bool {
	token, ok := r.token()
	if !ok {
		return false
	}
	name, _ := token.(string)
	at := r.kind.column(name)
	if at < 0 {
		r.problems.add(r.line(), quote(name), "%s", r.kind.unknownColumn(name))
		return false
	}
	if seen[at] {
		r.problems.add(r.line(), name, "it stands twice in one object")
		return false
	}
	seen[at] = true
	value, ok := r.token()
	if !ok {
		return false
	}
	text, isText := value.(string)
	if !isText && value != nil { // null is the same as not told
		r.problems.add(r.line(), name, "write the value in quotes")
		return false
	}
	one.values[at], one.lines[at] = text, r.line()
	return true
}
