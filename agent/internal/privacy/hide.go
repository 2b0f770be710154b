package privacy

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxHidden is the number of names that Hide remembers.
const maxHidden = 256

// ordinary are names of accounts and machines that say nothing of who, and that
// stand in the names of programs and systems too.
var ordinary = []string{
	"root", "user", "admin", "administrator", "guest", "test", "default", "support", "service", "daemon", "local", "localhost",
	"linux", "ubuntu", "debian", "fedora", "arch", "kali", "mint", "vagrant", "laptop", "desktop", "notebook", "server", "computer", "machine",
	"home", "work", "office", "dev", "developer", "build", "demo", "usb", "keyboard", "mouse", "display", "monitor", "vnc", "ssh", "system",
}

// hiddenName is a name and how it is found whatever its case.
type hiddenName struct {
	name string
	find *regexp.Regexp
}

// Hide names what must never stand in a title, in a coverage detail or in what a
// person may have named: the names of people, of their accounts and of the host.
func (g *Gate) Hide(names ...string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, name := range names {
		name = strings.ToValidUTF8(strings.TrimSpace(name), "")
		known := slices.ContainsFunc(g.hidden, func(h hiddenName) bool { return h.name == name })
		if known || len(name) < minSecret || len(name) > MaxText || len(g.hidden) >= maxHidden || slices.Contains(ordinary, strings.ToLower(name)) {
			continue
		}
		g.hidden = append(g.hidden, hiddenName{name, regexp.MustCompile(`(?i)` + regexp.QuoteMeta(name))})
	}
	slices.SortFunc(g.hidden, func(a, b hiddenName) int {
		return cmp.Or(len(b.name)-len(a.name), cmp.Compare(a.name, b.name))
	})
}

// nameless is a text without the names that Hide was given. A name counts where
// it stands as a word: "ann" is taken out of "ann-backup.py" and not of "scanner".
func (g *Gate) nameless(s string) string {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, h := range g.hidden {
		s = withoutWord(s, h.find)
	}
	return s
}

func withoutWord(s string, name *regexp.Regexp) string {
	var out strings.Builder
	kept := 0
	for _, at := range name.FindAllStringIndex(s, -1) {
		before, _ := utf8.DecodeLastRuneInString(s[:at[0]])
		after, _ := utf8.DecodeRuneInString(s[at[1]:])
		if unicode.IsLetter(before) || unicode.IsLetter(after) {
			continue
		}
		out.WriteString(s[kept:at[0]])
		out.WriteString(removed)
		kept = at[1]
	}
	if kept == 0 {
		return s
	}
	return out.String() + s[kept:]
}
