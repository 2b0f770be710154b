package catalogue

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// A catalogue file comes from a signed bundle, but also from people's own
// folders: these limits keep a hostile one from costing more than it is worth.
const (
	maxFileSize = 256 << 10
	maxDepth    = 24
	maxNodes    = 50_000
	maxMistakes = 50 // of one file; who made more will run it again
)

// A yamlFile is one file being read, with the mistakes met on the way.
type yamlFile struct {
	name     string
	root     *yaml.Node
	lines    map[string]int // line of every value, by its path: "linux.packages[2]"
	mistakes []error
}

// openYAML reads and bounds one file. A file with mistakes has no root.
func openYAML(fsys fs.FS, name string) *yamlFile {
	f := &yamlFile{name: name, lines: map[string]int{}}
	text, err := readLimited(fsys, name)
	if err != nil {
		f.mistakes = append(f.mistakes, err)
		return f
	}
	f.parse(text)
	return f
}

func readLimited(fsys fs.FS, name string) ([]byte, error) {
	file, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("%s:1: open: %w", name, err)
	}
	defer func() { _ = file.Close() }() // it was read only
	text, err := io.ReadAll(io.LimitReader(file, maxFileSize+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s:1: read: %w", name, err)
	case len(text) > maxFileSize:
		return nil, fmt.Errorf("%s:1: the file is larger than %d KiB", name, maxFileSize>>10)
	case !utf8.Valid(text):
		return nil, fmt.Errorf("%s:1: the file is not UTF-8 text", name)
	}
	return text, nil
}

func (f *yamlFile) parse(text []byte) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document, second yaml.Node
	if err := decoder.Decode(&document); err != nil {
		if errors.Is(err, io.EOF) {
			f.mistake(1, "the file is empty")
			return
		}
		f.syntax(err)
		return
	}
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		f.mistake(second.Line, "the file holds more than one YAML document")
		return
	}
	if len(document.Content) != 1 {
		f.mistake(1, "the file is empty")
		return
	}
	nodes := 0
	if f.bound(document.Content[0], 1, &nodes) {
		f.root = document.Content[0]
	}
}

var syntaxLine = regexp.MustCompile(`^line (\d+): (.*)$`)

func (f *yamlFile) syntax(err error) {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if m := syntaxLine.FindStringSubmatch(text); m != nil {
		line, _ := strconv.Atoi(m[1])
		f.mistake(line, "not YAML: %s%s", m[2], hints[m[2]])
		return
	}
	f.mistake(1, "not YAML: %s", text)
}

// hints say what is usually behind what the YAML parser says.
var hints = map[string]string{ //nolint:gosec // "token" is the parser's word for a piece of text
	"found character that cannot start any token":    "; lines are indented by spaces and never by a tab, and a text that begins with a sign needs quotes",
	"mapping values are not allowed in this context": "; a text with a colon in it needs quotes",
	"did not find expected key":                      "; the keys of one thing must be indented alike, and so must the dashes of one list",
	"did not find expected '-' indicator":            "; the dashes of one list must be indented alike",
	"could not find expected ':'":                    "; a key ends with a colon and a space",
	"did not find expected ',' or ']'":               "; a list that begins with [ ends with ]",
	"did not find expected ',' or '}'":               "; what begins with { ends with }",
	"found unexpected end of stream":                 "; a quote is not closed",
}

// bound refuses what could make a small file large: aliases, depth, count.
func (f *yamlFile) bound(n *yaml.Node, depth int, nodes *int) bool {
	*nodes++
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		f.mistake(n.Line, "anchors and aliases are not allowed")
		return false
	case depth > maxDepth:
		f.mistake(n.Line, "nested deeper than %d levels", maxDepth)
		return false
	case *nodes > maxNodes:
		f.mistake(n.Line, "more than %d values in one file", maxNodes)
		return false
	}
	for _, child := range n.Content {
		if !f.bound(child, depth+1, nodes) {
			return false
		}
	}
	return true
}

func (f *yamlFile) mistake(line int, format string, args ...any) {
	if len(f.mistakes) == maxMistakes {
		format, args = "more than %d mistakes, the rest is not told", []any{maxMistakes}
	}
	if len(f.mistakes) > maxMistakes {
		return
	}
	f.mistakes = append(f.mistakes, fmt.Errorf("%s:%d: %s", f.name, max(line, 1), fmt.Sprintf(format, args...)))
}

// at records a mistake at the value with this path, or else at its closest parent.
func (f *yamlFile) at(where, format string, args ...any) {
	for p := where; p != ""; p = parent(p) {
		if line, ok := f.lines[p]; ok {
			f.mistake(line, format, args...)
			return
		}
	}
	f.mistake(1, format, args...)
}

func parent(where string) string {
	return where[:max(strings.LastIndexAny(where, ".["), 0)]
}

// stem is the file's name without folder and extension.
func (f *yamlFile) stem() string { return strings.TrimSuffix(path.Base(f.name), ".yaml") }
