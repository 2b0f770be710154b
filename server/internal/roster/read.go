package roster

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// MostRows is how many rows one import may have.
const MostRows = 200_000

const saveAs = "save it as UTF-8 (in a spreadsheet: CSV UTF-8)"

// Options are what reading an import needs to know of the collector.
type Options struct {
	Pseudonym func(value string) string              // as every agent's gate makes it
	Address   func(normalised string) string         // keyed hash under a key that no agent has
	Tool      func(word string) (id string, ok bool) // a tool by its id or title
}

// A row is one line of a file, read column by column.
type row struct {
	options  *Options
	problems *problems
	kind     Kind
	line     int
	lines    []int    // of each value, where they stand on lines of their own; else nil
	values   []string // by column of the kind
	wrong    bool
}

// Read reads a file of a kind. A file with mistakes is refused whole, with a *Mistake.
// The same rows in another order give the same entries.
func Read(kind, file, format string, text []byte, o Options) ([]Entry, error) {
	p := &problems{file: file}
	k, known := KindNamed(kind)
	switch {
	case !known:
		return nil, &Mistake{[]string{"there is no kind " + quote(kind) + " of import; there are " + strings.Join(KindNames(), ", ")}}
	case bytes.HasPrefix(text, []byte("\xff\xfe")), bytes.HasPrefix(text, []byte("\xfe\xff")), bytes.IndexByte(text, 0) >= 0:
		p.add(1, "", "this is text in UTF-16, or none at all; "+saveAs)
		return nil, p.mistake()
	case !utf8.Valid(text):
		p.add(lineOf(text, invalidAt(text)), "", "this is no text in UTF-8; "+saveAs)
		return nil, p.mistake()
	}
	var entries []Entry
	seen := map[string]int{}
	take := func(r *row) bool {
		r.options, r.problems, r.kind = &o, p, k
		e, err := k.read(r)
		if err != nil {
			r.refuse("", "%v", err)
		}
		if key := same(e); !r.wrong && key != "" {
			if first, twice := seen[key]; twice {
				r.refuse("", "it says again what line %d says already", first)
			}
			seen[key] = r.line
		}
		if len(entries) == MostRows {
			r.refuse("", "there are more than %d rows, which one import does not take: make several, each with a label of its own", MostRows)
			return false
		}
		if !r.wrong {
			entries = append(entries, e)
		}
		return !p.full()
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	switch formatOf(format, file) {
	case "csv":
		readCSV(k, text, p, take)
	case "json":
		readJSON(k, text, p, take)
	default:
		return nil, &Mistake{[]string{file + ": say whether it is csv or json; neither its name nor a format tells"}}
	}
	if err := p.mistake(); err != nil {
		return nil, err
	}
	slices.SortFunc(entries, func(a, b Entry) int { return bytes.Compare(a.Words, b.Words) })
	return entries, nil
}

// same is what no two rows of an import may both be about; empty where any may.
func same(e Entry) string {
	switch e.Kind {
	case People:
		return e.Person
	case Groups, Docks:
		return e.Device
	}
	return string(e.Words)
}

func formatOf(format, file string) string {
	if format != "" {
		return strings.ToLower(format)
	}
	return strings.TrimPrefix(strings.ToLower(path.Ext(file)), ".")
}

// Digest names what entries say, by whichever order they were read in.
func Digest(entries []Entry) string {
	sum := sha256.New()
	for _, e := range entries {
		sum.Write(e.Words)
		sum.Write([]byte{'\n'})
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func invalidAt(text []byte) int {
	at := 0
	for at < len(text) {
		r, n := utf8.DecodeRune(text[at:])
		if r == utf8.RuneError && n <= 1 {
			return at
		}
		at += n
	}
	return at
}

func lineOf(text []byte, at int) int { return 1 + bytes.Count(text[:min(at, len(text))], []byte("\n")) }
