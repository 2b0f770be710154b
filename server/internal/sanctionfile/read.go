// Package sanctionfile reads sanctions as people keep them in files: strictly,
// and with the line of what is wrong.
package sanctionfile

import (
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/farmwatch/farmwatch/server/internal/alert"
)

// What the documents of these files say they are.
const (
	apiVersion = "farmwatch/v1"
	kind       = "Sanction"
)

// MostDocuments is how many sanctions one file may hold.
const MostDocuments = 200

// A Draft is one document: a sanction that nobody has looked at yet, whose
// devices may be names, and where each of its fields stands.
type Draft struct {
	alert.Sanction
	file  string
	line  int
	lines map[string]int
}

// Read reads every document of a file. A tenant is in plain there; of it only
// the pseudonym is kept.
func Read(file, text string, pseudonym func(string) string) ([]Draft, error) {
	decoder := yaml.NewDecoder(strings.NewReader(text))
	var drafts []Draft
	for {
		var n yaml.Node
		err := decoder.Decode(&n)
		if errors.Is(err, io.EOF) {
			return drafts, nil
		}
		if err != nil {
			return nil, flaw(file, 0, "%s", unwrapYAML(err))
		}
		if empty(&n) {
			continue
		}
		if len(drafts) == MostDocuments {
			return nil, flaw(file, n.Line, "a file holds at most %d sanctions: put the others into another file", MostDocuments)
		}
		r := reader{file: file, pseudonym: pseudonym, lines: map[string]int{}}
		d, err := r.document(n.Content[0])
		if err != nil {
			return nil, err
		}
		drafts = append(drafts, d)
	}
}

// empty is a document of nothing, as between two lines of dashes.
func empty(n *yaml.Node) bool {
	return len(n.Content) == 0 || n.Content[0].Kind == yaml.ScalarNode && n.Content[0].Tag == "!!null"
}

// unwrapYAML takes the library's name from its words.
func unwrapYAML(err error) string { return strings.TrimPrefix(err.Error(), "yaml: ") }

// Explain says of a refusal in which file and line the words stand that it is about.
func (d Draft) Explain(err error) error {
	refusal := new(alert.Refusal)
	if !errors.As(err, &refusal) {
		return err
	}
	line, ok := d.lines[refusal.Field]
	if !ok {
		line = d.line
	}
	return &alert.Refusal{Cause: refusal.Cause, Field: refusal.Field, Sentence: place(d.file, line) + refusal.Sentence}
}

func place(file string, line int) string {
	if line == 0 {
		return file + ": "
	}
	return fmt.Sprintf("%s:%d: ", file, line)
}

func flaw(file string, line int, format string, args ...any) error {
	return &alert.Refusal{Cause: alert.ErrInvalid, Sentence: place(file, line) + fmt.Sprintf(format, args...)}
}

// A reader reads one document.
type reader struct {
	file      string
	pseudonym func(string) string
	lines     map[string]int // where the fields that a refusal may be about stand
	draft     alert.Sanction
}

// A field is one key of a mapping and what reads its value.
type field struct {
	name     string
	read     func(*yaml.Node) error
	required bool
}

func (r *reader) document(n *yaml.Node) (Draft, error) {
	version, what := "", ""
	err := r.mapping("the document", n, []field{
		{"apiVersion", r.text(&version), true}, {"kind", r.text(&what), true},
		{"metadata", r.metadata, true}, {"spec", r.spec, true},
	})
	switch {
	case err != nil:
	case version != apiVersion:
		err = flaw(r.file, r.lines["apiVersion"], "apiVersion is %q; write %s", version, apiVersion)
	case what != kind:
		err = flaw(r.file, r.lines["kind"], "kind is %q; write %s", what, kind)
	}
	return Draft{Sanction: r.draft, file: r.file, line: n.Line, lines: r.lines}, err
}

func (r *reader) metadata(n *yaml.Node) error {
	return r.mapping("metadata", n, []field{{"name", r.text(&r.draft.Name), true}})
}

func (r *reader) spec(n *yaml.Node) error {
	s := &r.draft
	return r.mapping("spec", n, []field{
		{"tools", r.list(&s.Tools), true}, {"where", r.where, false}, {"tenants", r.tenants, false}, {"scope", r.scope, true},
		{"conditions", r.conditions, false}, {"owner", r.text(&s.Owner), true}, {"approver", r.text(&s.Approver), true},
		{"justification", r.text(&s.Justification), true}, {"expires", r.end, true},
	})
}

func (r *reader) scope(n *yaml.Node) error {
	return r.mapping("scope", n, []field{{"groups", r.list(&r.draft.Groups), false}, {"devices", r.list(&r.draft.Devices), false}})
}

func (r *reader) conditions(n *yaml.Node) error {
	c := &r.draft.Conditions
	return r.mapping("conditions", n, []field{
		{"approvedAtConsole", r.required(&c.ApprovedAtConsole), false}, {"ticket", r.required(&c.Ticket), false},
		{"hours", r.hours, false}, {"operatorAccounts", r.operatorAccounts, false},
	})
}

// operatorAccounts are not looked at: a condition that is read and not kept
// would permit more than it says.
func (r *reader) operatorAccounts(n *yaml.Node) error {
	return flaw(r.file, n.Line, "farmwatch cannot look at operatorAccounts: accounts reach the collector as pseudonyms, which no pattern fits; "+
		"leave it out, and name the company's own tenants instead, e.g. tenants: [{id: corp.example, label: ours}]")
}

// where is a mapping from columns to the one value each must have.
func (r *reader) where(n *yaml.Node) error {
	if n.Kind != yaml.MappingNode {
		return flaw(r.file, n.Line, "where is columns with their values, e.g. where: {vendor_id: \"0624\"}")
	}
	var fields []field
	for i := 0; i+1 < len(n.Content); i += 2 {
		column, value := n.Content[i].Value, n.Content[i+1]
		fields = append(fields, field{column, func(*yaml.Node) error {
			var text string
			if err := r.text(&text)(value); err != nil {
				return err
			}
			r.draft.Where = append(r.draft.Where, alert.Condition{Column: column, Value: text})
			return nil
		}, false})
	}
	return r.mapping("where", n, fields)
}

func (r *reader) end(n *yaml.Node) error {
	var text string
	if err := r.text(&text)(n); err != nil {
		return err
	}
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		r.draft.ExpiresAt = day.AddDate(0, 0, 1).Add(-time.Second)
		return nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return flaw(r.file, n.Line, "expires is %q; write a day, e.g. 2027-03-31, or a moment, e.g. 2027-03-31T18:00:00Z", text)
	}
	r.draft.ExpiresAt = at.UTC()
	return nil
}

func (r *reader) hours(n *yaml.Node) error {
	var text string
	err := r.text(&text)(n)
	if err == nil {
		r.draft.Conditions.Hours, err = alert.ParseHours(text)
		err = Draft{file: r.file, line: n.Line}.Explain(err)
	}
	return err
}

// tenants are written in plain, alone or with what people call them.
func (r *reader) tenants(n *yaml.Node) error {
	if n.Kind != yaml.SequenceNode {
		return flaw(r.file, n.Line, "tenants is a list, e.g. tenants: [{id: corp.example, label: ours}]")
	}
	for _, item := range n.Content {
		var id, label string
		read := r.text(&id)
		if item.Kind == yaml.MappingNode {
			read = func(n *yaml.Node) error {
				return r.mapping("a tenant", n, []field{{"id", r.text(&id), true}, {"label", r.text(&label), false}})
			}
		}
		if err := read(item); err != nil {
			return err
		}
		if strings.Contains(id, "*") {
			return flaw(r.file, item.Line, "%q names no tenant: tenants reach the collector as pseudonyms, which no pattern fits; write each", id)
		}
		if id = strings.ToLower(id); id == "" {
			return flaw(r.file, item.Line, "a tenant has a name; where it belongs to nobody, leave tenants out")
		}
		if as := bare(id); as != id {
			return flaw(r.file, item.Line, "laptops never send a tenant as %q, so all of them would look foreign; write %q", id, as)
		}
		name := r.pseudonym(id)
		if label == "" {
			label = name[:min(len(name), 10)]
		}
		r.draft.Tenants = append(r.draft.Tenants, alert.Tenant{Pseudonym: name, Label: label})
	}
	return nil
}

// bare is a tenant as laptops send it: of an address the server's name alone, and a number without 0x.
func bare(id string) string {
	_, name, scheme := strings.Cut(id, "://")
	if !scheme {
		name = id
	} else {
		name, _, _ = strings.Cut(name, "/")
	}
	if host, port, err := net.SplitHostPort(strings.TrimRight(name, "/")); err == nil && host != "" && strings.Trim(port, "0123456789") == "" {
		name = host
	}
	if number, ok := strings.CutPrefix(name, "0x"); ok && strings.Trim(number, "0123456789abcdef") == "" {
		name = number
	}
	return strings.TrimRight(name, "/.")
}

// names of fields, for people.
func namesOf(fields []field) string {
	var names []string
	for _, f := range fields {
		names = append(names, f.name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
