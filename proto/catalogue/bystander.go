package catalogue

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// A Bystander is a program that connects to any name for others: a browser goes
// where somebody clicks, a resolver asks what everybody asks. What it connects to
// says nothing about what it is.
type Bystander struct {
	Name     string   `yaml:"name"`
	Kind     string   `yaml:"kind"`     // one of bystanderKinds
	Files    []string `yaml:"files"`    // without .exe; none where the signer or package says enough
	Signers  []string `yaml:"signers"`  // one of which has to have signed it, where the row says who did
	Packages []string `yaml:"packages"` // one of which it has to be of, where the row says of which it is
	Bundles  []string `yaml:"bundles"`  // identifiers on macOS, by which it is known as well; a * at the end is any rest
	Except   []string `yaml:"except"`   // files that are none of it all the same
}

const bystandersFile = "bystanders.yaml"

// unsignedKinds are those that people make for themselves.
var unsignedKinds = []string{"resolver", "download", "proxy"}

var bystanderKinds = []string{"browser", "resolver", "system", "mail", "download", "protection", "office", "proxy"}

// loadBystanders reads them. Without the file there are none.
func (l *loader) loadBystanders(c *Catalogue) {
	if _, err := fs.Stat(l.fsys, bystandersFile); err != nil {
		return
	}
	l.names = append(l.names, bystandersFile)
	f := l.read(bystandersFile, &c.Bystanders)
	seen := map[string]bool{}
	for i, b := range c.Bystanders {
		where := fmt.Sprintf("[%d]", i)
		switch {
		case b.Name == "":
			f.at(where, "name is missing")
		case seen[b.Name]:
			f.at(where, "%s stands twice", b.Name)
		case len(b.Files)+len(b.Signers)+len(b.Packages)+len(b.Bundles) == 0:
			f.at(where, "%s: nothing says which program it is", b.Name)
		}
		seen[b.Name] = true
		oneWord(f, where+".kind", "kind", b.Kind, bystanderKinds)
		for _, text := range slices.Concat(b.Files, b.Signers, b.Packages, b.Bundles, b.Except) {
			if bare := strings.TrimSuffix(text, "*"); strings.Contains(bare, "*") || len(bare) < 2 || strings.HasSuffix(strings.ToLower(text), ".exe") {
				f.at(where, "%s: %q is too short, ends in .exe, or has a * that is not its end", b.Name, text)
			}
		}
	}
	l.keep(f)
}

// is says whether a row's program is the bystander, as far as the row says.
func (b *Bystander) is(row map[string]string) bool {
	file := strings.TrimSuffix(strings.ToLower(row["file"]), ".exe")
	told := func(column string, want []string) bool {
		value := row[column]
		return value == "" || len(want) == 0 || named(want, value)
	}
	switch signed := row["signer"] != "" && !signatureless(row["signature"]); {
	case named(b.Except, file):
		return false
	case row["bundle_id"] != "" && row["signature"] == "valid" && named(b.Bundles, row["bundle_id"]):
		return true
	case len(b.Files) == 0:
		return signed && named(b.Signers, row["signer"]) || row["package"] != "" && named(b.Packages, row["package"])
	case signatureless(row["signature"]) && !slices.Contains(unsignedKinds, b.Kind):
		return false // where signatures are looked at, its maker signs it
	}
	return named(b.Files, file) && told("signer", b.Signers) && told("package", b.Packages)
}

// named says whether a text is one of a list, or begins as one that ends in a *.
func named(list []string, text string) bool {
	return slices.ContainsFunc(list, func(want string) bool {
		if begin, open := strings.CutSuffix(want, "*"); open {
			return len(text) >= len(begin) && strings.EqualFold(text[:len(begin)], begin)
		}
		return strings.EqualFold(want, text)
	})
}

// contact says what a row of a name says of the tool that it is of. Who else than
// the tool's own programs and those that connect for others goes there, is one of
// it under another name, or has it inside. What is listed as another tool has rules
// of its own.
func (c *Catalogue) contact(t *Tool, o finding.Observation) string {
	row := o.Columns
	if row["file"] == "" && row["bundle_id"] == "" || c.index.known.belongs(t, o) || c.listed(o) {
		return StateContacted
	}
	if c.bystands(row) {
		return StateContacted
	}
	return StateReached
}

// bystands says whether a row's program connects for others.
func (c *Catalogue) bystands(row map[string]string) bool {
	return slices.ContainsFunc(c.Bystanders, func(b Bystander) bool { return b.is(row) })
}

// belongs says whether anything shows that a row's program is of a tool or of
// another of its maker's, names and flagged artefacts included.
func (k *known) belongs(t *Tool, o finding.Observation) bool {
	var room [12]shown
	return slices.ContainsFunc(k.marksIn(o, room[:0]), func(s shown) bool {
		other := &k.tools[s.tool]
		return other.ID == t.ID || t.Vendor != "" && other.Vendor == t.Vendor || other.Brings == t.ID || t.Brings == other.ID && t.Brings != ""
	})
}
