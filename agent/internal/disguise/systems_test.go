package disguise_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/agent/internal/parity"
)

// TestSameOnEverySystem wants of every device, as it comes, the same rules and
// the same level on all three systems. What differs is allowed with its reason
// by parity's table, which people read in docs/platforms.md, or this fails.
func TestSameOnEverySystem(t *testing.T) {
	b := newBench(t)
	found, fired := map[string][]string{}, map[string][]string{}
	for _, d := range slices.Concat(b.kvms, b.ordinary) {
		var verdicts []verdict
		for _, system := range systems {
			v := b.judge(t, b.lookalike(t, d, system))
			verdicts, fired[system.name] = append(verdicts, v), append(fired[system.name], v.rules...)
		}
		if says := apart(verdicts); says != "" {
			found[says] = append(found[says], d.ID)
		}
	}
	var text strings.Builder
	text.WriteString("# Rules that fire on the machines that agent/internal/disguise builds of each system.\n# Written by `go test ./agent/internal/disguise -update`.\n")
	for _, system := range systems {
		slices.Sort(fired[system.name])
		fmt.Fprintf(&text, "%s:\n  - %s\n", system.name, strings.Join(slices.Compact(fired[system.name]), "\n  - "))
	}
	keep(t, "../parity/testdata/built.yaml", text.String())
	allowed, err := parity.Allowed("devices")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{}
	for _, d := range allowed {
		want[d.Says] = d.What
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("what differs between systems is not what agent/internal/parity/devices.yaml allows (-allowed +found):\n%s", diff)
	}
}

// apart says in words where the verdicts differ; nothing where they do not.
func apart(verdicts []verdict) string {
	var rules, parts []string
	for _, v := range verdicts {
		rules = append(rules, v.rules...)
	}
	slices.Sort(rules)
	for _, rule := range slices.Compact(rules) {
		var without []string
		for i, v := range verdicts {
			if !slices.Contains(v.rules, rule) {
				without = append(without, systems[i].name)
			}
		}
		if len(without) > 0 {
			parts = append(parts, "no "+rule+" on "+strings.Join(without, " and "))
		}
	}
	if verdicts[0].level != verdicts[1].level || verdicts[0].level != verdicts[2].level {
		for i, v := range verdicts {
			parts = append(parts, fmt.Sprintf("%s on %s", v.level, systems[i].name))
		}
	}
	return strings.Join(parts, ", ")
}
