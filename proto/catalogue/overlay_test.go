package catalogue_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

// Files put over a catalogue replace what has their id and add what is new; nothing of
// the catalogue below changes.
func TestOverlay(t *testing.T) {
	below, err := catalogue.Load(written())
	if err != nil {
		t.Fatal(err)
	}
	before := below.Assess(catalogue.History{At: now, Spells: one(kvm())})
	over, err := catalogue.Overlay(below, fstest.MapFS{
		compositeName: file(strings.Replace(goodComposite, "points: 80", "points: 50", 1)),
		"rules/kvm/kvm.second.yaml": file(strings.NewReplacer("kvm.default_identity", "kvm.second", "tier: 1", "tier: 3",
			"product_id: [\"0104\", \"0105\"]", "product_id: \"0200\"").Replace(goodRule)),
		"assess/c2.second.yaml": file(strings.NewReplacer("c1.kvm_attached", "c2.second", "finding: {rule: [kvm.default_identity], active: true, sanctioned: false}",
			"composite: [c1.kvm_attached]", "any:", "all:").Replace(goodComposite)),
	})
	if err != nil {
		t.Fatal(err)
	}
	if a := over.Assess(catalogue.History{At: now, Spells: one(kvm())})[0]; a.Ledger[0].Rule != "c2.second" || a.Level != finding.LevelHigh || len(a.Ledger) != 2 {
		t.Errorf("over it: %+v", a.Ledger)
	}
	if diff := cmp.Diff(before, below.Assess(catalogue.History{At: now, Spells: one(kvm())})); diff != "" {
		t.Errorf("the catalogue below changed:\n%s", diff)
	}
	row := finding.Observation{Class: "usb_devices", Columns: map[string]string{"vendor_id": "1d6b", "product_id": "0200"}}
	if got := over.Matching(row); len(got) != 1 || got[0].ID != "kvm.second" {
		t.Errorf("a new rule matches %v", got)
	}
	if r, known := over.Rule("tool.exampledesk.running"); !known || r.Tool != "exampledesk" || over.Revision == below.Revision || len(over.Revision) != 32 {
		t.Errorf("tools or revision are lost: %v, %q and %q", known, below.Revision, over.Revision)
	}
	same, err := catalogue.Overlay(below, fstest.MapFS{})
	if err != nil || len(same.Composites) != len(below.Composites) || same.Scale.High != below.Scale.High {
		t.Errorf("nothing put over it: %v", err)
	}
}

func TestOverlayMistakes(t *testing.T) {
	below, err := catalogue.Load(written())
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ file, text, want string }{
		"a mistake":       {ruleName, strings.Replace(goodRule, "vendor_id", "vendor", 1), ruleName + `:10: unknown column "vendor"`},
		"elsewhere":       {"new-rule.yaml", goodRule, "new-rule.yaml:1: not below rules/, tools/, devices/ or assess/"},
		"a bad tool":      {toolName, strings.Replace(goodTool, "category: ", "category: un", 1), toolName + ":3: unknown category"},
		"no such":         {"assess/c2.x.yaml", strings.NewReplacer("c1.kvm_attached", "c2.x", "finding: {rule: [kvm.default_identity], active: true, sanctioned: false}", "composite: [c7.x]").Replace(goodComposite), `assess/c2.x.yaml:8: no composite is called "c7.x"`},
		"a loud support":  {scaleName, strings.Replace(goodScale, "3: 20, 4: 9", "3: 45, 4: 15", 1), scaleName + ":6: tiers 3 and 4 add up"},
		"rests on itself": {compositeName, strings.Replace(goodComposite, "finding: {rule: [kvm.default_identity], active: true, sanctioned: false}", `composite: ["c1.*"]`, 1), compositeName + ":7: c1.kvm_attached rests on itself"},
	} {
		over, err := catalogue.Overlay(below, fstest.MapFS{test.file: file(test.text)})
		if over != nil || err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", name, err, test.want)
		}
	}
	if _, err := catalogue.Overlay(&catalogue.Catalogue{}, fstest.MapFS{}); err == nil {
		t.Error("put over a catalogue that was not loaded")
	}
}

// A file that is right by itself may take away what another composite, which stays, rests on.
func TestOverlayHoldsWhatStaysToWhatIsNew(t *testing.T) {
	c := embedded(t)
	vendors := func(more string) string {
		return "id: r03.several_remote_access_vendors\ntitle: Another one\ngroup: tool\npoints: 50\nsource: a test and no more\n" + more +
			"explain: {why: a test, alternatives: a test, change: a test, check: a test}\nnext_step: Ask the person what it is.\n"
	}
	for name, test := range map[string]struct{ text, want string }{
		"about a site": {vendors("subject: site\nconclusion: in_farm\nwhen:\n  finding: {rule: [site.shares_kvm], active: true}\n"),
			"assess/c6.shares_tenant.yaml:1: r03.several_remote_access_vendors concludes about a site, and this about a laptop"},
		"about a new laptop": {vendors("conclusion: remotely_controlled\nwhen:\n  finding: {group: tool, state: [running], within_enrollment: 14d}\n"),
			"assess/c6.one_operator.yaml:1: r03.several_remote_access_vendors asks how new a laptop is"},
	} {
		over, err := catalogue.Overlay(c, fstest.MapFS{"assess/r03.several_remote_access_vendors.yaml": file(test.text)})
		if over != nil || err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", name, err, test.want)
		}
	}
	if _, err := catalogue.Overlay(c, fstest.MapFS{}); err != nil {
		t.Errorf("nothing put over it: %v", err)
	}
}
