package parse

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"path"
	"strings"
	"unicode/utf16"
)

// Bounds of a file of settings. Those of the programs we know have some kilobytes.
const (
	settingsMaximum = 1 << 20
	settingsLimit   = 4096 // of one file that are kept
	settingsValue   = 512  // bytes of one value
)

// A Setting is one line of a file of settings, whatever its format.
type Setting struct {
	Section string // what it stands under, in lower case; "" where the format has none
	Name    string // in lower case; of a value inside others their names with a slash between
	Value   string // only of settings whose value was wanted
	Set     bool   // whether it has a value
}

// Settings are those of one file that somebody wanted.
type Settings []Setting

// Value is what the named setting says; "" when it is not there.
func (s Settings) Value(name string) string {
	for _, one := range s {
		if one.Name == name && one.Value != "" {
			return one.Value
		}
	}
	return ""
}

// Has says whether a setting whose name fits the pattern has a value.
func (s Settings) Has(pattern string) bool {
	for _, one := range s {
		if fits(pattern, one.Name) && one.Set {
			return true
		}
	}
	return false
}

// Within are the settings of one section.
func (s Settings) Within(section string) Settings {
	var within Settings
	for _, one := range s {
		if one.Section == section {
			within = append(within, one)
		}
	}
	return within
}

// Wanted says which settings are read. A value that is only asked for its
// presence is forgotten as soon as it is seen: passwords, keys and tokens.
type Wanted struct {
	Values   []string // names whose value is kept
	Presence []string // names, or patterns as of path.Match, of which it is kept whether they have a value
	Patterns []string // patterns of names whose value is kept, for files that hold no secrets
}

// take keeps what is wanted of one setting.
func (w Wanted) take(into Settings, section, name, value string) Settings {
	if len(into) >= settingsLimit || len(name) > settingsValue {
		return into
	}
	one := Setting{Section: strings.ToLower(short(section)), Name: strings.ToLower(name), Set: meaningful(value)}
	for _, wanted := range w.Values {
		if wanted == one.Name {
			one.Value = short(value)
			return append(into, one)
		}
	}
	for _, wanted := range w.Patterns {
		if fits(wanted, one.Name) {
			one.Value = short(value)
			return append(into, one)
		}
	}
	for _, wanted := range w.Presence {
		if fits(wanted, one.Name) {
			return append(into, one)
		}
	}
	return into
}

// wants says whether anything of this name could be taken, without its value.
func (w Wanted) wants(name string) bool { return len(w.take(nil, "", name, "")) > 0 }

func fits(pattern, name string) bool {
	if pattern == name {
		return true
	}
	matched, err := path.Match(pattern, name)
	return err == nil && matched
}

func meaningful(value string) bool {
	switch value {
	case "", "null", "~", "{}", "[]", "@as []":
		return false
	}
	return true
}

func short(text string) string {
	text = strings.ToValidUTF8(text, "?")
	if len(text) > settingsValue {
		text = strings.ToValidUTF8(text[:settingsValue], "")
	}
	return text
}

// ParseSettings reads a file of lines that each hold a name and a value, as INI,
// .conf, TOML, .msh and the plainer half of YAML have them: with = or : or a
// space between, in quotes or not, under [sections] or not, in UTF-8 or UTF-16.
func ParseSettings(b []byte, wanted Wanted) (Settings, error) {
	if len(b) > settingsMaximum {
		return nil, fmt.Errorf("settings: %d bytes, want at most %d", len(b), settingsMaximum)
	}
	var found Settings
	section := ""
	for line := range bytes.Lines(settingsText(b)) {
		text := strings.TrimSpace(string(line[:min(len(line), settingsMaximum)]))
		if text == "" || text[0] == '#' || text[0] == ';' {
			continue
		}
		if text[0] == '[' {
			inside, after, closed := strings.Cut(strings.TrimLeft(text, "["), "]")
			after = strings.TrimSpace(strings.TrimLeft(after, "]"))
			if closed && (after == "" || after[0] == '#') {
				section = strings.Trim(inside, " \"'")
				continue
			}
			text = after // TeamViewer writes the kind of a value in brackets before its name
		}
		name, value := nameAndValue(text)
		found = wanted.take(found, section, name, value)
	}
	return found, nil
}

// nameAndValue takes a line apart at the first sign or space that ends its name.
func nameAndValue(line string) (name, value string) {
	line = strings.TrimLeft(line, "- ")
	end := strings.IndexAny(line, "=: \t")
	if end < 0 {
		return strings.Trim(line, `"'`), "true" // a name alone switches something on
	}
	name, value = strings.Trim(line[:end], `"'`), strings.TrimLeft(line[end:], " \t")
	if value != "" && (value[0] == '=' || value[0] == ':') {
		value = strings.TrimLeft(value[1:], " \t")
	}
	return name, bareValue(value)
}

// bareValue is a value without its quotes or the remark behind it.
func bareValue(value string) string {
	if value == "" {
		return ""
	}
	if quote := value[:1]; quote == `"` || quote == "'" {
		inside, _, _ := strings.Cut(value[1:], quote)
		return inside
	}
	value, _, _ = strings.Cut(value, " #")
	return strings.TrimSpace(value)
}

// settingsText is a file's text as UTF-8: Windows' programs write UTF-16 as well.
func settingsText(b []byte) []byte {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(b, []byte{0xef, 0xbb, 0xbf}):
		return b[3:]
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}), len(b) >= 4 && b[0] != 0 && b[1] == 0 && b[3] == 0:
		order = binary.LittleEndian
	case bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		order = binary.BigEndian
	default:
		return b
	}
	units := make([]uint16, 0, len(b)/2)
	for ; len(b) >= 2; b = b[2:] {
		if unit := order.Uint16(b); unit != 0xfeff {
			units = append(units, unit)
		}
	}
	return []byte(string(utf16.Decode(units)))
}
