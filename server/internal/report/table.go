package report

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A table is one subject of a pack, written twice: as CSV for a spreadsheet,
// as JSON for a program.
type table struct {
	name    string
	columns []string
	rows    [][]string
	objects any // the same rows for JSON, a slice
}

// tabulate makes a table of a list: each item gives its line of the CSV and its object of the JSON.
func tabulate[T, O any](name string, columns []string, list []T, row func(T) ([]string, O)) table {
	t := table{name: name, columns: columns}
	objects := []O{} // an empty table is a list too
	for _, item := range list {
		line, object := row(item)
		t.rows, objects = append(t.rows, line), append(objects, object)
	}
	t.objects = objects
	return t
}

func (t table) add(files map[string][]byte) error {
	text, err := EncodeCSV(t.columns, t.rows)
	if err != nil {
		return fmt.Errorf("write %s.csv: %w", t.name, err)
	}
	objects, err := encodeJSON(t.objects)
	if err != nil {
		return fmt.Errorf("write %s.json: %w", t.name, err)
	}
	files[t.name+".csv"], files[t.name+".json"] = text, objects
	return nil
}

// EncodeCSV writes RFC 4180: CRLF, one header row, UTF-8.
func EncodeCSV(columns []string, rows [][]string) ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	if err := w.Write(columns); err != nil {
		return nil, err
	}
	for _, row := range rows {
		safe := make([]string, len(row))
		for i, cell := range row {
			safe[i] = harmless(cell)
		}
		if err := w.Write(safe); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return b.Bytes(), w.Error()
}

// harmless keeps a spreadsheet from running a cell: what a laptop calls itself
// is not to be trusted.
func harmless(cell string) string {
	cell = strings.ToValidUTF8(cell, "\uFFFD")
	if cell == "" || !strings.ContainsAny(cell[:1], "=+-@\t\r\n|%") {
		return cell
	}
	if _, err := strconv.ParseFloat(cell, 64); err == nil {
		return cell
	}
	return "'" + cell
}

func clock(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// when is a time in JSON: null where there is none.
func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// listed is a list in JSON that is one also where it is empty.
func listed[T any](list []T) []T { return append([]T{}, list...) }
