package catalogue_test

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
)

const (
	goodClasses = `usb_devices:
  about: looks at USB devices
  columns:
    vendor_id: {sensitivity: public, about: maker}
    product_id: {sensitivity: public, about: product}
    speed_mbps: {sensitivity: public, about: speed}
    has_storage: {sensitivity: public, about: disk}
processes:
  about: looks at programs
  columns:
    name: {sensitivity: public, about: name}
`
	goodRule = `id: kvm.default_identity
title: A device says that it is a KVM
status: stable
severity: high
confidence: high
tier: 1
attack: [T1219.003, T1200]
class: usb_devices
match:
  vendor_id: 1d6b
  product_id: ["0104", "0105"]
explain:
  why: It says so.
  alternatives: A bench.
  change: Unplugging it.
  check: Look at the port.
machines: [pikvm.txtar]
lookalikes: [keyboard.txtar]
`
	goodTool = `id: exampledesk
name: Example Desk
category: remote-desktop
artefacts:
  - {type: process, value: exampledesk, os: linux, source: [M]}
  - {type: path, value: /opt/example/*/exampledesk, match: glob, os: linux, source: [D]}
  - {type: domain, value: relay.example.com, match: suffix, source: [L]}
  - {type: domain, value: "*.example.net", match: suffix, source: [L]}
  - {type: port, value: 5900, source: [U]}
machines: [tools/bench.txtar]
lookalikes: [tools/viewer.txtar]
`
	goodDevice = `id: receiver
name: A receiver
kind: peripheral
class: usb_devices
identity: {vendor_id: 046d}
genuine: {speed_mbps: 12}
sources: [measured]
`
	goodScale = `watch: 20
medium: 50
high: 80
top: 100
tier: {1: 80, 2: 50, 3: 20, 4: 3}
tier_cap: {1: 100, 2: 100, 3: 20, 4: 9}
source: Own judgement.
`
	goodComposite = `id: c1.kvm_attached
title: A KVM is attached
conclusion: remotely_controlled
group: kvm
points: 80
when:
  any:
    - finding: {rule: [kvm.default_identity], active: true, sanctioned: false}
explain:
  why: It says so.
  alternatives: A bench.
  change: Unplugging it.
  check: Look at the port.
next_step: Ask.
source: Own judgement.
`
)

const (
	ruleName, toolName, deviceName = "rules/kvm/kvm.default_identity.yaml", "tools/exampledesk.yaml", "devices/receiver.yaml"
	scaleName, compositeName       = "assess/scale.yaml", "assess/c1.kvm_attached.yaml"
)

// written is a small catalogue without mistakes.
func written() fstest.MapFS {
	fsys := fstest.MapFS{}
	for name, text := range map[string]string{
		"classes.yaml": goodClasses, ruleName: goodRule, toolName: goodTool, deviceName: goodDevice, scaleName: goodScale, compositeName: goodComposite,
	} {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fsys
}

// with changes one text of one file; the old text must be there.
func with(t testing.TB, name, before, after string) fstest.MapFS {
	t.Helper()
	fsys := written()
	text := string(fsys[name].Data)
	if !strings.Contains(text, before) {
		t.Fatalf("%s does not hold %q", name, before)
	}
	fsys[name] = &fstest.MapFile{Data: []byte(strings.Replace(text, before, after, 1))}
	return fsys
}

func TestLoadGood(t *testing.T) {
	c, err := catalogue.Load(written())
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, r := range c.EveryRule() {
		ids = append(ids, strings.TrimPrefix(r.ID, "tool.exampledesk."))
	}
	want := []string{
		"kvm.default_identity", "connected", "contacted", "controlled", "controlled", "entered", "listening", "reached", "running", "tenant", "unattended", "visited",
	}
	if !slices.Equal(ids, want) {
		t.Errorf("rules %v, want %v", ids, want)
	}
	if r, known := c.Rule("kvm.default_identity"); !known || r.Group != "kvm" || r.Tier != 1 {
		t.Errorf("rule %+v, known %v", r, known)
	}
	again, err := catalogue.Load(written())
	if err != nil || again.Revision != c.Revision {
		t.Errorf("the same files give revisions %s and %s (%v)", c.Revision, again.Revision, err)
	}
	changed, err := catalogue.Load(with(t, ruleName, "A bench.", "A test bench."))
	if err != nil || changed.Revision == c.Revision {
		t.Errorf("a changed file gives the same revision (%v)", err)
	}
}

func TestLoadMistakes(t *testing.T) {
	tests := []struct{ name, file, old, new, want string }{
		{"unknown key", ruleName, "status: stable", "state: stable", `:3: unknown key "state"`},
		{"key twice", ruleName, "tier: 1", "tier: 1\ntier: 2", `:7: key "tier" stands twice`},
		{"missing title", ruleName, "title: A device says that it is a KVM\n", "", `title is missing`},
		{"unknown class", ruleName, "class: usb_devices", "class: usb", `:8: unknown class "usb"`},
		{"unknown column", ruleName, "  vendor_id", "  vendor", `:10: unknown column "vendor" of usb_devices`},
		{"unknown modifier", ruleName, "  vendor_id:", "  vendor_id|like:", `:10: vendor_id|like: unknown modifier "like"`},
		{"bad expression", ruleName, "  vendor_id: 1d6b", `  vendor_id|re: "(1d"`, `:10: vendor_id|re: "(1d" is not a regular expression`},
		{"bad number", ruleName, "  vendor_id: 1d6b", "  speed_mbps|gte: fast", `:10: speed_mbps|gte: "fast" is not a number`},
		{"bad network", ruleName, "  vendor_id: 1d6b", "  vendor_id|cidr: 192.0.2.0", `is not a network`},
		{"bad oui", ruleName, "  vendor_id: 1d6b", "  vendor_id|oui: b8:27", `is not the first three bytes`},
		{"bad exists", ruleName, "  vendor_id: 1d6b", "  vendor_id|exists: 1", `neither true nor false`},
		{"empty match", ruleName, "match:\n  vendor_id: 1d6b\n  product_id: [\"0104\", \"0105\"]", "match: {}", `match is empty`},
		{"no match", ruleName, "match:\n  vendor_id: 1d6b\n  product_id: [\"0104\", \"0105\"]\n", "", `match is missing`},
		{"empty any", ruleName, "  vendor_id: 1d6b", "  any: []", `must be a list of mappings with at least one`},
		{"id and file", ruleName, "id: kvm.default_identity", "id: kvm.identity", `:1: id "kvm.identity" does not fit the file's name`},
		{"id prefix", ruleName, "id: kvm.default_identity", "id: usb.default_identity", `begins with "usb"`},
		{"group", ruleName, "tier: 1", "tier: 1\ngroup: display", `:7: group "display" is not what id`},
		{"technique", ruleName, "T1200", "1200", `:7: "1200" is not an ATT&CK technique`},
		{"tier", ruleName, "tier: 1", "tier: 5", `:6: tier is 5`},
		{"tier text", ruleName, "tier: 1", "tier: one", `:6: tier is "one", want a whole number`},
		{"severity", ruleName, "severity: high", "severity: bad", `:4: unknown severity "bad"`},
		{"status", ruleName, "status: stable", "status: done", `:3: unknown status "done"`},
		{"explain", ruleName, "  change: Unplugging it.\n", "", `:13: explain.change is missing`},
		{"empty explain", ruleName, "Unplugging it.", `""`, `:15: explain.change is empty`},
		{"no machines", ruleName, "machines: [pikvm.txtar]\n", "", `machines is missing`},
		{"no look-alikes", ruleName, "lookalikes: [keyboard.txtar]\n", "", `lookalikes is missing`},
		{"machine outside", ruleName, "pikvm.txtar", "../../pikvm.txtar", `is not a recorded machine`},
		{"null", ruleName, "title: A device says that it is a KVM", "title:", `:2: title is empty`},
		{"mapping for text", ruleName, "title: A device", "title:\n  a: device", `a text with a colon in it needs quotes`},
		{"list for text", ruleName, "title: A device says that it is a KVM", "title: [a]", `:2: title must be one value`},
		{"text for list", ruleName, "machines: [pikvm.txtar]", "machines: pikvm.txtar", `machines must be a list`},
		{"yaml tag", ruleName, "title: A", "title: !go A", `tags are not allowed`},
		{"not yaml", ruleName, "title: A", "title: [A", `not YAML`},
		{"alias", ruleName, "tier: 1", "labels: [&a x, *a]\ntier: 1", `anchors and aliases are not allowed`},
		{"two documents", ruleName, "lookalikes", "---\nlookalikes", `more than one YAML document`},
		{"devices word", ruleName, "match:", "devices: laptop\nmatch:", `no device fits "laptop"`},

		{"device kind", deviceName, "peripheral", "thing", `unknown kind "thing"`},
		{"device identity", deviceName, "identity: {vendor_id: 046d}\n", "", `identity is missing`},
		{"device column", deviceName, "speed_mbps", "speed", `unknown column "speed"`},

		{"scale order", scaleName, "medium: 50", "medium: 90", `want 0 < watch < medium < high`},
		{"loud support", scaleName, "3: 20, 4: 9", "3: 45, 4: 15", `could raise an alert`},
		{"scale key", scaleName, "1: 80", "one: 80", `want a whole number`},
		{"points", compositeName, "points: 80", "points: 0", `points is 0`},
		{"two conditions", compositeName, "  any:", "  not:\n    finding: {group: kvm}\n  any:", `exactly one of all, any, not, finding, composite`},
		{"asks nothing", compositeName, "rule: [kvm.default_identity], ", "", `must ask for a rule, state, group or label`},
		{"span", compositeName, "active: true", "at_least: 5 hours", `is not a length of time`},
		{"state", compositeName, "active: true", "state: [on]", `unknown state "on"`},
		{"sanctioned", compositeName, "sanctioned: false", "sanctioned: no", `sanctioned is "no"`},
		{"one vendor", compositeName, "active: true", "distinct: {vendor: 1}", `:8: vendor is 1, want 2 or more`},
		{"distinct what", compositeName, "active: true", "distinct: 2", `must be a mapping`},
		{"names by rule", compositeName, "kvm.default_identity]", `"tool.exampledesk.*"]`, `a name that was looked up (tool.exampledesk.contacted) would count`},
		{"names by group", compositeName, "rule: [kvm.default_identity]", "group: tool", `name the states that may`},
		{"names by label", compositeName, "- finding: {rule: [kvm.default_identity]", "- not:\n        finding: {any_label: [remote-desktop]", `would count`},
		{"names by state", compositeName, "active: true", "state: [contacted]", `unknown state "contacted"`},
		{"conclusion", compositeName, "remotely_controlled", "guilty", `unknown conclusion "guilty"`},
		{"inner rule star", compositeName, "kvm.default_identity]", `"kvm.*.x"]`, `has a * that is not its end`},

		{"class sensitivity", "classes.yaml", "{sensitivity: public, about: maker}", "{sensitivity: open, about: maker}", `sensitivity "open"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { assertMistake(t, test.file, test.old, test.new, test.want) })
	}
}

var placed = regexp.MustCompile(`^[a-z0-9_./-]+:\d+: \S`)

// assertMistake wants a changed file refused with a sentence, and a place for every one.
func assertMistake(t *testing.T, file, before, after, want string) {
	t.Helper()
	_, err := catalogue.Load(with(t, file, before, after))
	if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), file+":") {
		t.Fatalf("got %v\nwant %s and %q", err, file, want)
	}
	for line := range strings.Lines(err.Error()) {
		if !placed.MatchString(line) {
			t.Errorf("mistake without a place: %s", line)
		}
	}
}

func TestLoadAllMistakesAtOnce(t *testing.T) {
	fsys := with(t, ruleName, "tier: 1", "tier: 9")
	fsys[toolName] = &fstest.MapFile{Data: []byte(strings.Replace(goodTool, "5900", "0", 1))}
	fsys["rules/kvm/copy/kvm.default_identity.yaml"] = &fstest.MapFile{Data: []byte(goodRule)}
	fsys["rules/kvm/lost.yml"] = &fstest.MapFile{Data: []byte(goodRule)}
	delete(fsys, scaleName)
	_, err := catalogue.Load(fsys)
	for _, want := range []string{"tier is 9", "port 0", "stands in", "lost.yml:1: not a .yaml file", "assess/scale.yaml:1: the file is missing"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not among the mistakes:\n%v", want, err)
		}
	}
}

func TestLoadHostile(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"billion laughs": {"a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n", "anchors and aliases"},
		"too large":      {"title: " + strings.Repeat("x", 300<<10), "larger than 256 KiB"},
		"too deep":       {"match: " + strings.Repeat("[", 60) + strings.Repeat("]", 60), "nested deeper than"},
		"deep brackets":  {strings.Repeat("[", 20_000), "not YAML"},
		"too many":       {"labels: [" + strings.Repeat("a,", 60_000) + "a]", "more than 50000 values"},
		"not text":       {"title: \xff\xfe", "not UTF-8"},
		"empty":          {"", "the file is empty"},
		"comment":        {"# nothing\n", "the file is empty"},
		"list":           {"- a\n", "must be a mapping"},
		"complex key":    {"? [a]\n: b\n", "must be a plain word"},
		"many keys":      {numbered("k%d: 1\n", 24_000), "more than 50 mistakes"},
		"many brackets":  {"a: " + strings.Repeat("{a: ", 9_000), "not YAML"},
		"many dashes":    {strings.Repeat("- ", 9_000) + "a", "nested deeper than"},
		"many anchors":   {numbered("k%d: &a%[1]d x\n", 9_000), "anchors and aliases"},
		"merge":          {"<<: {id: x}\n", `unknown key "<<"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			fsys := written()
			fsys[ruleName] = &fstest.MapFile{Data: []byte(test.text)}
			began := time.Now()
			_, err := catalogue.Load(fsys)
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("took %s", took)
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %.300v, want %q", err, test.want)
			}
		})
	}
}

func numbered(format string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

func TestEmbedded(t *testing.T) {
	c := embedded(t)
	if len(c.Tools) < 80 || len(c.Composites) < 4 || len(c.Devices) == 0 || len(c.Revision) != 32 {
		t.Fatalf("%d tools, %d composites, %d devices, revision %q", len(c.Tools), len(c.Composites), len(c.Devices), c.Revision)
	}
	known := map[string]string{}
	for _, tool := range c.Tools {
		if known[tool.Name] != "" {
			t.Errorf("%s and %s have one name %q", known[tool.Name], tool.ID, tool.Name)
		}
		known[tool.Name] = tool.ID
	}
}

func TestLeaves(t *testing.T) {
	c := embedded(t)
	for at, want := range map[[2]string]bool{
		{"usb_devices", "vendor_id"}: true, {"usb_devices", "serial"}: true, {"observed_names", "name"}: false,
		{"usb_devices", "nosuch"}: false, {"nosuch", "vendor_id"}: false,
	} {
		if got := c.Leaves(at[0], at[1]); got != want {
			t.Errorf("%v leaves: %v", at, got)
		}
	}
	if !(&catalogue.Catalogue{}).Leaves("usb_devices", "vendor_id") {
		t.Error("a catalogue without vocabulary refuses a column")
	}
}

func TestLint(t *testing.T) {
	if err := catalogue.Lint(os.DirFS(".")); err != nil {
		t.Error(err)
	}
}

func TestLintMistakes(t *testing.T) {
	machine := func(ids ...string) *fstest.MapFile {
		return &fstest.MapFile{Data: fmt.Appendf(nil, "-- expect.yaml --\nfindings: [%s]\n", strings.Join(ids, ", "))}
	}
	good := written()
	maps.Copy(good, fstest.MapFS{
		"machines/pikvm.txtar": machine("kvm.default_identity"), "machines/keyboard.txtar": machine(),
		"machines/tools/bench.txtar": machine("tool.exampledesk.running"), "machines/tools/viewer.txtar": machine(),
	})
	if err := catalogue.Lint(good); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, file string
		into       *fstest.MapFile
		want       string
	}{
		{"no machine", "machines/pikvm.txtar", nil, "the recorded machine machines/pikvm.txtar cannot be read"},
		{"silent machine", "machines/pikvm.txtar", machine(), "pikvm.txtar does not expect kvm.default_identity"},
		{"loud look-alike", "machines/tools/viewer.txtar", machine("tool.exampledesk.listening"), "the look-alike tools/viewer.txtar expects"},
		{"no expectation", "machines/pikvm.txtar", &fstest.MapFile{Data: []byte("nothing")}, "there is no expect.yaml"},
		{"unknown rule", compositeName, &fstest.MapFile{Data: []byte(strings.Replace(goodComposite, "default_identity", "identity*", 1))}, `no rule is called "kvm.identity*"`},
		{"deprecated rule", ruleName, &fstest.MapFile{Data: []byte(strings.Replace(goodRule, "status: stable", "status: deprecated", 1))}, `no rule is called "kvm.default_identity"`},
		{"unknown labels", compositeName, &fstest.MapFile{Data: []byte(strings.Replace(goodComposite, "rule: [kvm.default_identity]", "any_label: [loud]", 1))}, `no rule has the label "loud"`},
		{"unknown label", compositeName, &fstest.MapFile{Data: []byte(strings.Replace(goodComposite, "rule: [kvm.default_identity]", "label: loud", 1))}, `no rule has the label "loud"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			fsys := maps.Clone(good)
			if fsys[test.file] = test.into; test.into == nil {
				delete(fsys, test.file)
			}
			if err := catalogue.Lint(fsys); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want %q", err, test.want)
			}
		})
	}
}
