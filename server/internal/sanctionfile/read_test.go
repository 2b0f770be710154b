package sanctionfile_test

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/sanctionfile"
)

// whole has every field that a sanction may have, and a second document behind an empty one.
const whole = `# Sanctions of the help desk.
apiVersion: farmwatch/v1
kind: Sanction
metadata: {name: helpdesk-remote-help}
spec:
  tools: [microsoft-remote-help, anydesk]
  scope:
    groups: [helpdesk]
    devices: [laptop-7]
  tenants:
    - {id: " Relay.Corp.example ", label: ours}
    - 0123
  conditions:
    approvedAtConsole: required
    ticket: required
    hours: Mon-Fri 08:00-18:00 Europe/Lisbon
  owner: it-support@corp.example
  approver: ciso@corp.example
  justification: >
    Remote support,
    ITSM 4411
  expires: 2027-03-31
---
---
apiVersion: farmwatch/v1
kind: Sanction
metadata: {name: kvm-bench}
spec:
  tools: [kvm.enterprise_kvm]
  where: {vendor_id: 0624, product: KVM}
  scope: {groups: [all-workstations]}
  owner: it-support@corp.example
  approver: ciso@corp.example
  justification: The KVM of server room 2
  expires: 2027-03-31T18:00:00+02:00
`

func plain(value string) string { return "p:" + value + "0123456789" }

func TestRead(t *testing.T) {
	drafts, err := sanctionfile.Read("all.yaml", whole, plain)
	if err != nil || len(drafts) != 2 {
		t.Fatalf("%d drafts, %v", len(drafts), err)
	}
	hours, err := alert.ParseHours("Mon-Fri 08:00-18:00 Europe/Lisbon")
	if err != nil {
		t.Fatal(err)
	}
	want := []alert.Sanction{
		{Name: "helpdesk-remote-help", Tools: []string{"microsoft-remote-help", "anydesk"}, Groups: []string{"helpdesk"}, Devices: []string{"laptop-7"},
			Tenants:    []alert.Tenant{{Pseudonym: plain("relay.corp.example"), Label: "ours"}, {Pseudonym: plain("0123"), Label: "p:01230123"}},
			Conditions: alert.Conditions{ApprovedAtConsole: true, Ticket: true, Hours: hours},
			Owner:      "it-support@corp.example", Approver: "ciso@corp.example", Justification: "Remote support, ITSM 4411",
			ExpiresAt: time.Date(2027, 3, 31, 23, 59, 59, 0, time.UTC)},
		{Name: "kvm-bench", Tools: []string{"kvm.enterprise_kvm"}, Groups: []string{"all-workstations"},
			Where: []alert.Condition{{Column: "vendor_id", Value: "0624"}, {Column: "product", Value: "KVM"}},
			Owner: "it-support@corp.example", Approver: "ciso@corp.example", Justification: "The KVM of server room 2",
			ExpiresAt: time.Date(2027, 3, 31, 16, 0, 0, 0, time.UTC)},
	}
	for i, d := range drafts {
		if diff := cmp.Diff(want[i], d.Sanction, cmpopts.EquateComparable(alert.Hours{})); diff != "" {
			t.Errorf("draft %d (-want +got):\n%s", i, diff)
		}
	}
	refusal := &alert.Refusal{Cause: alert.ErrInvalid, Field: "expires", Sentence: "too late"}
	if got := drafts[1].Explain(refusal).Error(); got != "all.yaml:35: too late" {
		t.Errorf("in its place: %s", got)
	}
	refusal.Field = "no such field"
	if got := drafts[1].Explain(refusal); got.Error() != "all.yaml:25: too late" || !errors.Is(got, alert.ErrInvalid) {
		t.Errorf("of the document: %v", got)
	}
}

// with changes the first document, line by line.
func with(old, fresh string) string { return strings.Replace(whole, old, fresh, 1) }

func TestReadRefusesInWords(t *testing.T) {
	for text, says := range map[string]string{
		with("farmwatch/v1", "farmwatch/v2"):                                         `f.yaml:2: apiVersion is "farmwatch/v2"; write farmwatch/v1`,
		with("Sanction\n", "Suppression\n"):                                          `f.yaml:3: kind is "Suppression"; write Sanction`,
		with("metadata:", "meta:"):                                                   `f.yaml:4: the document has no field "meta"; there are apiVersion, kind, metadata, spec`,
		with("{name: helpdesk-remote-help}", "{}"):                                   `f.yaml:4: metadata lacks name`,
		with("  tools: [microsoft", "  Tools: [microsoft"):                           `f.yaml:6: spec has no field "Tools"; did you mean tools?`,
		with("  owner: it-support@corp.example\n", ""):                               `f.yaml:6: spec lacks owner`,
		with("  owner:", "  approver: x\n  owner:"):                                  `f.yaml:19: approver stands twice in spec`,
		with("[microsoft-remote-help, anydesk]", "anydesk"):                          `f.yaml:6: a list is wanted here: write it in brackets`,
		with("[microsoft-remote-help, anydesk]", "[[a]]"):                            `f.yaml:6: one value is wanted here`,
		with("[microsoft-remote-help, anydesk]", "[null]"):                           `f.yaml:6: one value is wanted here`,
		with("    approvedAtConsole: required", "    approvedAtConsole: yes"):        `f.yaml:14: "yes" is nothing a condition can be: write required`,
		with("    ticket: required", "    operatorAccounts: [a@b]"):                  `f.yaml:15: farmwatch cannot look at operatorAccounts`,
		with("08:00-18:00 Europe/Lisbon", "08:00-18:00"):                             `f.yaml:16: "Mon-Fri 08:00-18:00" are no hours`,
		with("2027-03-31", "never"):                                                  `f.yaml:22: expires is "never"; write a day`,
		with("- 0123", `- "*.corp.example"`):                                         `f.yaml:12: "*.corp.example" names no tenant`,
		with("- 0123", `- " "`):                                                      `f.yaml:12: a tenant has a name`,
		with("- 0123", "- https://Mesh.corp.example:443/"):                           `so all of them would look foreign; write "mesh.corp.example"`,
		with("- 0123", "- mesh.corp.example:4430"):                                   `write "mesh.corp.example"`,
		with("- 0123", "- 0xABCDEF"):                                                 `write "abcdef"`,
		with("[microsoft-remote-help, anydesk]", "["+strings.Repeat("a,", 1001)+"]"): `f.yaml:6: the list holds more than 1000 values`,
		with("{vendor_id: 0624, product: KVM}", "{"+numbered(1001)+"}"):              `f.yaml:30: where holds more than 1000 fields`,
		with("- 0123", "- {label: ours}"):                                            `f.yaml:12: a tenant lacks id`,
		with("{vendor_id: 0624, product: KVM}", "[vendor_id]"):                       `f.yaml:30: where is columns with their values`,
		with("{vendor_id: 0624, product: KVM}", "{a: 1, a: 2}"):                      `f.yaml:30: a stands twice in where`,
		with("helpdesk-remote-help}", "&a x-1}") + "---\n*a\n":                       "f.yaml:37: the document holds fields",
		with("[helpdesk]", "[*a]"):                                                   "f.yaml: unknown anchor 'a' referenced",
		"a: [":                                                                       "f.yaml: line 1: did not find expected node content",
		"just words":                                                                 "f.yaml:1: the document holds fields with their values: apiVersion",
		strings.Repeat("---\n"+whole, sanctionfile.MostDocuments/2+1):                "a file holds at most 200 sanctions",
		with("Remote support", strings.Repeat("x", 40<<10)):                          "longer than",
	} {
		_, err := sanctionfile.Read("f.yaml", text, plain)
		if !errors.Is(err, alert.ErrInvalid) || !strings.Contains(err.Error(), says) {
			t.Errorf("want %s, got %v", says, err)
		}
	}
	if drafts, err := sanctionfile.Read("f.yaml", "---\n# nothing\n---\n", plain); err != nil || len(drafts) != 0 {
		t.Errorf("an empty file: %v, %v", drafts, err)
	}
}

func numbered(n int) string {
	var fields []string
	for i := range n {
		fields = append(fields, strconv.Itoa(i)+": x")
	}
	return strings.Join(fields, ", ")
}

// FuzzRead: whatever a file holds, it is read or refused in words, and what is
// read can be judged.
func FuzzRead(f *testing.F) {
	f.Add(whole)
	f.Add(with("[helpdesk]", "&a [*a]"))
	f.Add("a: &a [*a, *a]\n---\n{<<: *a}")
	f.Add("? {a: b}\n: c")
	f.Fuzz(func(t *testing.T, text string) {
		drafts, err := sanctionfile.Read("f.yaml", text, plain)
		if err != nil {
			if !errors.Is(err, alert.ErrInvalid) || !strings.HasPrefix(err.Error(), "f.yaml:") {
				t.Errorf("refused without a place: %v", err)
			}
			return
		}
		for _, d := range drafts {
			if d.ExpiresAt.IsZero() || d.Name == "" && !strings.Contains(text, "name") {
				t.Errorf("a draft lacks what every one has: %+v", d.Sanction)
			}
			_ = d.Orderly().Changes(d.Sanction)
		}
	})
}

// TestTheExampleOfTheDocumentation is one that is accepted.
func TestTheExampleOfTheDocumentation(t *testing.T) {
	text, err := os.ReadFile("../../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(text), "```yaml\napiVersion: farmwatch/v1\n")
	example, _, _ = strings.Cut(example, "```")
	c, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	drafts, err := sanctionfile.Read("operations.md", "apiVersion: farmwatch/v1\n"+example, plain)
	if err != nil || len(drafts) != 1 {
		t.Fatalf("%d drafts, %v", len(drafts), err)
	}
	if err := errors.Join(drafts[0].Validate(c, drafts[0].ExpiresAt.Add(-time.Hour)), drafts[0].ValidPeople("root")); err != nil {
		t.Error(drafts[0].Explain(err))
	}
}
