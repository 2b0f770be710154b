package roster

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
)

// readCSV hands out the rows of a file whose first line names its columns.
func readCSV(k Kind, text []byte, p *problems, take func(*row) bool) {
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord, r.ReuseRecord, r.Comma = -1, true, separator(text)
	head, err := r.Read()
	if errors.Is(err, io.EOF) {
		p.add(1, "", "the file is empty; its first line names columns: %s", k.columnNames())
		return
	}
	if err != nil {
		malformed(p, err)
		return
	}
	order := headOf(k, head, p)
	if len(p.lines) > 0 {
		return
	}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			malformed(p, err)
			return
		}
		if strings.TrimSpace(strings.Join(cells, "")) == "" {
			continue // spreadsheets end with such
		}
		line, _ := r.FieldPos(0)
		if len(cells) != len(order) {
			p.add(line, "", "it has %d columns, and the first line names %d", len(cells), len(order))
			if p.full() {
				return
			}
			continue
		}
		one := &row{line: line, values: make([]string, len(k.Columns))}
		for i, at := range order {
			one.values[at] = cells[i]
		}
		if !take(one) {
			return
		}
	}
}

// separator is what stands between cells: where a comma is the decimal sign,
// spreadsheets write semicolons. No name of a column holds any of them.
func separator(text []byte) rune {
	head, _, _ := bytes.Cut(text, []byte("\n"))
	for _, sign := range ",;\t" {
		if bytes.ContainsRune(head, sign) {
			return sign
		}
	}
	return ','
}

// headOf says which column of the kind each column of a file is.
func headOf(k Kind, head []string, p *problems) []int {
	order := make([]int, len(head))
	seen := make([]bool, len(k.Columns))
	for i, name := range head {
		name = strings.TrimSpace(name)
		at := k.column(name)
		switch {
		case at < 0:
			p.add(1, quote(name), "%s", k.unknownColumn(name))
			continue
		case seen[at]:
			p.add(1, name, "this column stands twice")
		}
		seen[at], order[i] = true, at
	}
	for at, c := range k.Columns {
		if c.Required && !seen[at] {
			p.add(1, c.Name, "this column is missing: %s", c.About)
		}
	}
	return order
}

func malformed(p *problems, err error) {
	var where *csv.ParseError
	if errors.As(err, &where) {
		p.add(where.Line, "", "it is not written as CSV: %v", where.Err)
		return
	}
	p.add(1, "", "%v", err)
}
