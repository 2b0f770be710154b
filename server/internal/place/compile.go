package place

import (
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"net/netip"
	"strconv"
	"strings"
)

// A builder gathers ranges in order and joins those that say the same.
type builder struct {
	source    Source
	values    []string
	numbers   map[string]int // of a value, from 1
	four, six ladder
}

// Compile writes the table of a file of ranges to w: lines of "first, last,
// number, name" for networks, "first, last, country" for countries, by their first
// address. Where ranges lie in one another, the one that begins later is told.
func Compile(w io.Writer, kind string, source Source, from ...io.Reader) error {
	read, ok := map[string]func([]string) (string, error){networksFile: networkOf, countriesFile: countryOf}[kind]
	if !ok {
		return fmt.Errorf("%q is neither %s nor %s", kind, networksFile, countriesFile)
	}
	b := builder{source: source, numbers: make(map[string]int), four: ladder{end: math.MaxUint32}, six: ladder{end: math.MaxUint64}}
	for i, f := range from {
		if err := b.readAll(f, read); err != nil {
			return fmt.Errorf("file %d of %s: %w", i+1, source.Name, err)
		}
	}
	if len(b.values) == 0 {
		return fmt.Errorf("the files of %s hold no range", source.Name)
	}
	b.four.finish()
	b.six.finish()
	return b.writeTo(w)
}

func (b *builder) readAll(f io.Reader, read func([]string) (string, error)) error {
	lines := csv.NewReader(f)
	lines.FieldsPerRecord, lines.ReuseRecord = -1, true
	for {
		record, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = b.line(record, read)
		}
		if err != nil {
			line, _ := lines.FieldPos(0)
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
}

func (b *builder) line(record []string, read func([]string) (string, error)) error {
	if len(record) < 3 {
		return fmt.Errorf("%d fields, want at least 3", len(record))
	}
	first, err := netip.ParseAddr(record[0])
	if err != nil {
		return err
	}
	last, err := netip.ParseAddr(record[1])
	if err != nil {
		return err
	}
	value, err := read(record[2:])
	if err != nil {
		return err
	}
	if first.BitLen() != last.BitLen() || last.Less(first) {
		return fmt.Errorf("%s to %s is no range", first, last)
	}
	says := b.numbers[value]
	if says == 0 {
		b.values = append(b.values, value)
		says = len(b.values)
		b.numbers[value] = says
	}
	if first.Is4() {
		from, to := first.As4(), last.As4()
		return b.four.add(span{uint64(binary.BigEndian.Uint32(from[:])), uint64(binary.BigEndian.Uint32(to[:])), says})
	}
	return b.six.add(span{upper(first), upper(last), says})
}

// networkOf writes a network as a table keeps it: its number and its name.
func networkOf(fields []string) (string, error) {
	number, err := strconv.ParseUint(fields[0], 10, 32)
	if err != nil {
		return "", fmt.Errorf("%q is no number of a network", fields[0])
	}
	name := ""
	if len(fields) > 1 {
		name = strings.ToValidUTF8(strings.TrimSpace(fields[1]), "")
	}
	return strconv.FormatUint(number, 10) + " " + name[:min(len(name), 120)], nil
}

func countryOf(fields []string) (string, error) {
	code := strings.ToUpper(fields[0])
	if len(code) != 2 || code[0] < 'A' || code[0] > 'Z' || code[1] < 'A' || code[1] > 'Z' {
		return "", fmt.Errorf("%q is no country code of two letters", fields[0])
	}
	return code, nil
}
