package main

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/farmwatch/farmwatch/proto/catalogue"
)

const rulesHead = `# Rules

Generated from ` + "`proto/catalogue/`" + ` by ` + "`make generate`" + `; do not edit.

A rule turns one observation into one finding. Its **tier** is what it may raise alone: 1 high, 2 medium, 3 watch, 4 nothing (context).
Within one class of evidence, which is the first word of an id (of a tunnel's or VPN's rules, ` + "`tunnel`" + `; of ` + "`site`" + `, ` + "`location`" + `), only the strongest claim counts. Composites
conclude from several findings of one device or of one site's devices over time. None of them says what a person did or why: each comes with other explanations
and a next step, which is never a sanction against a person.

`

// writeRules writes the list of composites and rules.
func writeRules(w io.Writer, c *catalogue.Catalogue) error {
	var b bytes.Buffer
	b.WriteString(rulesHead)
	writeScale(&b, c.Scale)
	writeComposites(&b, c.Composites)
	writeUnseen(&b, c.Unseen)
	fmt.Fprintf(&b, "\n## Rules on hardware and the system\n\n")
	writeTable(&b, c)
	writeStates(&b, c)
	_, err := w.Write(b.Bytes())
	return err
}

func writeScale(b *bytes.Buffer, s catalogue.Scale) {
	fmt.Fprintf(b, "## Scale\n\nA score is out of %d: watch from %d, medium from %d, high from %d. Source: %s\n\n| tier | points | at most together |\n|---|---|---|\n", s.Top, s.Watch, s.Medium, s.High, s.Source)
	for tier := 1; tier <= 4; tier++ {
		fmt.Fprintf(b, "| %d | %d | %d |\n", tier, s.Tier[tier], s.TierCap[tier])
	}
}

func writeComposites(b *bytes.Buffer, list []catalogue.Composite) {
	b.WriteString("\n## Composites\n\n| id | title | of a | conclusion | points | source of points and thresholds | other explanations | next step |\n|---|---|---|---|---|---|---|---|\n")
	for i := range list {
		x := &list[i]
		fmt.Fprintf(b, "| `%s` | %s | %s | %s | %d | %s | %s | %s |\n", x.ID, cell(x.Title), x.Subject, x.Conclusion, x.Points,
			cell(x.Source), cell(x.Explain.Alternatives), cell(x.NextStep))
	}
}

// writeUnseen says what no level says, whatever was found.
func writeUnseen(b *bytes.Buffer, u catalogue.Unseen) {
	b.WriteString("\n## What cannot be seen\n\nHow sure a level is follows from how many independent classes of evidence count: two make it high, one medium, hints alone low; what could not be\n" +
		"looked at or was not imported makes it one less. Whatever is found, this cannot be seen:\n")
	for _, list := range []struct {
		conclusion string
		sentences  []string
	}{{"remotely_controlled", u.RemotelyControlled}, {"in_farm", u.InFarm}} {
		fmt.Fprintf(b, "\n`%s`:\n\n", list.conclusion)
		for _, sentence := range list.sentences {
			fmt.Fprintf(b, "* %s\n", sentence)
		}
	}
}

// writeTable lists the written rules.
func writeTable(b *bytes.Buffer, c *catalogue.Catalogue) {
	b.WriteString("| id | title | severity | tier | techniques | false positives |\n|---|---|---|---|---|---|\n")
	for i := range c.Rules {
		r := &c.Rules[i]
		title := cell(r.Title)
		if r.Status != "stable" {
			title += " (" + r.Status + ")"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %d | %s | %s |\n", r.ID, title, r.Severity, r.Tier,
			strings.Join(r.Techniques, ", "), cell(strings.Join(r.FalsePositives, "; ")))
	}
}

const statesHead = `
## Rules made from tools

For every tool one rule for each state in which it can be seen: ` + "`tool.<id>.<state>`" + `. Which tool has which is in [tools](tools.md), what shows each in the
tool's file. The last columns are the tier of each category's rules. Of a program, the confidence of a finding follows from all that shows it: of each type of artefact
the weightiest value counts, and what they leave in doubt is multiplied; high from 0.9, medium from 0.6. What a file carries in itself outweighs what it is called.

`

// order is that of the states, weakest first.
var order = []string{
	catalogue.StateContacted, catalogue.StateReached, catalogue.StateInstalled, catalogue.StateTenant, catalogue.StateUnattended, catalogue.StateOpened, catalogue.StateRunning,
	catalogue.StateListening, catalogue.StateConnected, catalogue.StateVisited, catalogue.StateEntered, catalogue.StateControlled,
}

// sorts are the columns of the table of states: what is judged alike.
var sorts = []struct {
	name       string
	categories []string
}{
	{"remote control", []string{"remote-desktop", "rmm", "kvm-software", "screen-share-with-control"}},
	{"tunnels, VPNs, proxies", []string{"tunnel", "ide-tunnel", "vpn", "residential-proxy"}},
	{"meshes", []string{"mesh"}},
	{"jigglers, virtual cameras and machines", []string{"jiggler", "virtual-camera", "vm"}},
}

// writeStates says what each state means, where it shows and what it may raise.
func writeStates(b *bytes.Buffer, c *catalogue.Catalogue) {
	b.WriteString(statesHead)
	b.WriteString("| state | means | classes | rules |")
	for _, sort := range sorts {
		b.WriteString(" " + sort.name + " |")
	}
	b.WriteString("\n|---|---|---|---|" + strings.Repeat("---|", len(sorts)) + "\n")
	rules := c.EveryRule()
	for _, state := range order {
		var classes []string
		tiers, n := make([]string, len(sorts)), 0
		for _, r := range rules {
			if r.State != state {
				continue
			}
			n++
			if !slices.Contains(classes, r.Class) {
				classes = append(classes, r.Class)
			}
			for i := range sorts {
				if len(r.Labels) > 0 && slices.Contains(sorts[i].categories, r.Labels[0]) {
					tiers[i] = fmt.Sprint(r.Tier)
				}
			}
		}
		slices.Sort(classes)
		fmt.Fprintf(b, "| `%s` | %s | %s | %d | %s |\n", state, meanings[state], strings.Join(classes, ", "), n, strings.Join(tiers, " | "))
	}
	writeHands(b, rules)
}

// writeHands says what a person who got such a finding can do by hand, which is
// the same for every tool.
func writeHands(b *bytes.Buffer, rules []*catalogue.Rule) {
	b.WriteString("\nWhat to do about one, by state; whether it is the company's own, a sanction says once and for all (`farmwatchctl sanctions`):\n\n")
	for _, state := range order {
		at := slices.IndexFunc(rules, func(r *catalogue.Rule) bool { return r.State == state })
		if at >= 0 && state != catalogue.StateContacted {
			fmt.Fprintf(b, "* `%s`: %s\n", state, rules[at].Explain.Check)
		}
	}
}

var meanings = map[string]string{
	catalogue.StateContacted:  "a name of it was looked up or connected to, by whatever program, a browser included",
	catalogue.StateReached:    "the same, by a program that is known, and is no browser, no part of the system and none of the tool's own",
	catalogue.StateInstalled:  "its package or unit is there",
	catalogue.StateTenant:     "whose account or server it belongs to is known",
	catalogue.StateUnattended: "it is set up, or by design, so that nobody at the device needs to agree",
	catalogue.StateOpened:     "a program of it runs that may be either side, or runs unused on ordinary systems",
	catalogue.StateRunning:    "a program of its host's side runs",
	catalogue.StateListening:  "such a program waits for connections",
	catalogue.StateConnected:  "such a program has a connection to the internet",
	catalogue.StateVisited:    "its records say that somebody was in within the last day",
	catalogue.StateEntered:    "its records say that somebody came in without anybody agreeing, within the last day",
	catalogue.StateControlled: "somebody is connected to it now",
}
