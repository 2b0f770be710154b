package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"

	"github.com/farmwatch/farmwatch/server/internal/report"
)

func knownFormat(f string) error {
	if !slices.Contains([]string{"table", "json", "yaml", "csv"}, f) {
		return usage("-o %s: the formats are table, json, yaml and csv", f)
	}
	return nil
}

// A listing is an answer of many things.
type listing[M proto.Message] struct {
	items   []M
	columns []string
	row     func(M) []string
	empty   string // what a person reads when there is nothing
}

// printList writes a listing in the format that was asked for.
func printList[M proto.Message](p *program, l listing[M]) error {
	switch p.format {
	case "json", "yaml":
		var b bytes.Buffer
		b.WriteByte('[')
		for i, m := range l.items {
			if i > 0 {
				b.WriteByte(',')
			}
			if err := encode(&b, m.ProtoReflect()); err != nil {
				return err
			}
		}
		b.WriteByte(']')
		return p.structured(b.Bytes())
	}
	rows := make([][]string, 0, len(l.items))
	for _, m := range l.items {
		rows = append(rows, l.row(m))
	}
	if p.format == "csv" {
		for _, row := range rows {
			for i := range row {
				row[i] = strings.Map(visible, row[i])
			}
		}
		text, err := report.EncodeCSV(l.columns, rows)
		if err != nil {
			return err
		}
		_, err = p.out.Write(text)
		return err
	}
	if len(rows) == 0 {
		_, err := fmt.Fprintln(p.out, l.empty)
		return err
	}
	_, err := fmt.Fprint(p.out, p.table(l.columns, rows))
	return err
}

// show writes one thing as JSON or YAML; false says that a person wants to read it.
func (p *program) show(m proto.Message) (bool, error) {
	switch p.format {
	case "csv":
		return true, usage("-o csv is for lists; use table, json or yaml here")
	case "json", "yaml":
		var b bytes.Buffer
		if err := encode(&b, m.ProtoReflect()); err != nil {
			return true, err
		}
		return true, p.structured(b.Bytes())
	}
	return false, nil
}

func (p *program) structured(text []byte) error {
	text = spelled(text)
	var out []byte
	if p.format == "yaml" {
		var err error
		if out, err = toYAML(text); err != nil {
			return err
		}
	} else {
		var b bytes.Buffer
		if err := json.Indent(&b, text, "", "  "); err != nil {
			return err
		}
		b.WriteByte('\n')
		out = b.Bytes()
	}
	_, err := p.out.Write(out)
	return err
}

// table lines columns up. What a screen is too narrow for goes below its row: the last
// column, which is the one in words, first, and then the columns before it. Nothing is left out.
func (p *program) table(columns []string, rows [][]string) string {
	head := make([]string, len(columns))
	for i, c := range columns {
		head[i] = strings.ToUpper(strings.ReplaceAll(c, "_", " "))
	}
	all := [][]string{head}
	for _, row := range rows {
		line := make([]string, len(row))
		for i, cell := range row {
			line[i] = clean(cell)
		}
		all = append(all, line)
	}
	widths := make([]int, len(columns))
	for _, line := range all {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	parts := p.parts(widths)
	var b strings.Builder
	for _, line := range all {
		for n, part := range parts {
			p.part(&b, line, widths, part, n)
		}
	}
	return b.String()
}

// fewWords is how wide a last column may be and still not deserve a line of its own.
const fewWords = 25

// A columnRange is columns that share a line of a row.
type columnRange struct {
	from, to int
	words    bool // the last column, on lines of its own
}

// parts says which columns of a row share a line.
func (p *program) parts(widths []int) []columnRange {
	n := len(widths)
	if n < 3 || p.screen.width <= 0 || across(widths) <= p.screen.width {
		return []columnRange{{to: n}}
	}
	words := n >= 3 && widths[n-1] > fewWords
	if words {
		n--
	}
	var parts []columnRange
	for from := 0; from < n; {
		to := from + 1
		for to < n && across(widths[from:to+1])+2*min(from, 1) <= p.screen.width {
			to++
		}
		parts = append(parts, columnRange{from: from, to: to})
		from = to
	}
	if words {
		parts = append(parts, columnRange{from: n, to: n + 1, words: true})
	}
	return parts
}

// across is how wide columns are beside one another.
func across(widths []int) int {
	wide := 2 * (len(widths) - 1)
	for _, w := range widths {
		wide += w
	}
	return wide
}

// part writes one part of a row; below the first one an empty part has no line.
func (p *program) part(b *strings.Builder, line []string, widths []int, of columnRange, n int) {
	if of.words {
		b.WriteString(p.wrapTo(p.screen.width, "  ", line[of.from]))
		return
	}
	var text strings.Builder
	for i := of.from; i < of.to; i++ {
		text.WriteString(line[i])
		text.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(line[i])+2))
	}
	one := strings.TrimRight(text.String(), " ")
	if n > 0 && one == "" {
		return
	}
	b.WriteString(p.fit(strings.Repeat("  ", min(n, 1))+one) + "\n")
}

// fit cuts a line to the screen's width.
func (p *program) fit(line string) string {
	runes := []rune(line)
	if p.screen.width <= 0 || len(runes) <= p.screen.width {
		return line
	}
	return string(runes[:p.screen.width-1]) + "…"
}

// clean takes what could move a cursor out of text that came from elsewhere:
// a laptop's name must not be able to repaint an analyst's screen.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if obeyed(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

// obeyed says whether a terminal may obey a character or read others in another order for it.
func obeyed(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }

// visible puts a sign in the place of what only commands, and leaves lines and columns.
func visible(r rune) rune {
	if obeyed(r) && r != '\n' && r != '\t' {
		return unicode.ReplacementChar
	}
	return r
}
