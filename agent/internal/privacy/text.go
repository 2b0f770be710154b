package privacy

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/farmwatch/farmwatch/agent/internal/sensor"
	"github.com/farmwatch/farmwatch/proto/finding"
)

const (
	minSecret  = 3    // shorter values are too common as parts of words to be taken out of a sentence
	maxSecrets = 4096 // values that one report's texts are searched for
	removed    = "[…]"
)

// clean repairs a text that a device or a file wrote: invalid UTF-8 and control
// characters become U+FFFD, and it is cut at a character's border.
func clean(s string, most int) string {
	if len(s) > 4*most {
		s = s[:4*most]
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control) {
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(s, string(utf8.RuneError)))
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// secretsOf are the values of a report that may not leave as they are, longest first.
func (g *Gate) secretsOf(r finding.Report) []string {
	found := map[string]bool{}
	add := func(rows []finding.Observation) {
		for _, o := range rows {
			for name, value := range o.Columns {
				if len(value) >= minSecret && len(found) < maxSecrets && !slices.Contains(ordinary, value) && g.classes[o.Class].columns[name].Sensitivity != sensor.Public {
					found[value] = true
				}
			}
		}
	}
	for _, f := range r.Findings {
		add(f.Evidence)
	}
	for _, f := range r.Facts {
		add(f.Rows)
	}
	secrets := make([]string, 0, len(found))
	for v := range found {
		secrets = append(secrets, v)
	}
	slices.SortFunc(secrets, func(a, b string) int { return cmp.Or(len(b)-len(a), cmp.Compare(a, b)) })
	return secrets
}

// redact takes known secrets out of a text. A text far too long
// is not ours: it goes whole, since a cut could leave part of a secret.
func redact(s string, secrets []string) string {
	if len(s) > 4*MaxText {
		return removed
	}
	for _, secret := range secrets {
		s = strings.ReplaceAll(s, secret, removed)
	}
	return s
}

// plain lets a coverage detail pass. The sentence is written by our sensors but
// ends in what the operating system said, which may name a file or a person.
// The rule, in this order:
//
//  1. every value of this report that may not leave, and every value given to
//     Hide, is taken out;
//  2. everything between quotes is taken out, since errors quote what they read;
//  3. of a path below a system's own directories (/sys, /proc, /etc …) the first
//     two names stay; every other path, address, name with @ and run of four or
//     more digits is taken out, word by word;
//  4. the rest is cut at MaxText bytes.
func plain(s string, secrets []string) string {
	words := strings.Fields(unquote(redact(s, secrets)))
	for i, w := range words {
		words[i] = plainWord(w)
	}
	return clean(strings.Join(words, " "), MaxText)
}

// unquote takes out what stands between double quotes, back quotes or single
// quotes. A single quote inside a word is an apostrophe.
func unquote(s string) string {
	var out strings.Builder
	open, last := rune(0), ' '
	for _, r := range s {
		switch {
		case open == 0 && (r == '"' || r == '`' || r == '“' || r == '\'' && !unicode.IsLetter(last)):
			open = closing(r)
			out.WriteString(removed)
		case open != 0 && r == open:
			open = 0
		case open == 0:
			out.WriteRune(r)
		}
		last = r
	}
	return out.String()
}

func closing(r rune) rune {
	if r == '“' {
		return '”'
	}
	return r
}

func plainWord(w string) string {
	core := strings.Trim(w, ".,;:!?()")
	at := strings.Index(w, core)
	switch {
	case core == "" || core == removed:
		return w
	case systemPath(core) != "":
		return w[:at] + systemPath(core) + w[at+len(core):]
	case strings.ContainsAny(core, `/\@~=%`) || address(core) || digits(core) >= 4:
		return w[:at] + removed + w[at+len(core):]
	}
	return w
}

// systemPath shortens a path below a directory that belongs to the system, and
// is empty for every other word.
func systemPath(s string) string {
	parts := strings.Split(s, "/")
	if len(parts) < 2 || parts[0] != "" || strings.ContainsAny(s, `\@~=%`) {
		return ""
	}
	switch parts[1] {
	case "sys", "proc", "dev", "etc", "usr", "bin", "sbin", "lib":
	default:
		return ""
	}
	if len(parts) > 3 {
		return strings.Join(parts[:3], "/") + "/…"
	}
	return s
}

func address(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	if _, err := netip.ParseAddrPort(s); err == nil {
		return true
	}
	return strings.Count(s, ":") >= 2 || strings.Count(s, ".") >= 2
}

func digits(s string) int {
	n := 0
	for _, r := range s {
		if unicode.IsDigit(r) {
			n++
		}
	}
	return n
}
