package simulate

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/farmwatch/farmwatch/agent/internal/sensor"
)

const folder = "../../../proto/catalogue/scenarios"

func kitsThereAre(t testing.TB) *Kits {
	t.Helper()
	k, err := ReadKits(filepath.Join(folder, "kits"), sensor.All())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// written writes a scenario of that name into a file and reads it.
func written(t *testing.T, text string) (*Scenario, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "story.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Read(file, kitsThereAre(t))
}

// story is a small scenario in which nothing is wrong. Its lines are counted below.
const story = `id: story
title: A story
about: Something happens.
source: made up
zone: Europe/Lisbon
days: 3
people:
  holder: {start: D0}
places:
  home: {network: residential, country: PT}
  cafe: {network: business, country: [PT, ES]}
devices:
  laptop: {person: holder, os: linux, enrolled: D0 09:00, place: home}
  shelf: {os: [windows, darwin], enrolled: D0 10:00, place: home, count: 3, apart: 10m}
timeline:
  - {at: D1 09:00, name: kvm, device: laptop, kit: kvm, brand: pikvm, state: attached}
  - {at: "12:00", until: "13:00", days: D1-D3, device: laptop, place: cafe}
  - {at: D2 08:00, until: 90m, device: laptop, class: power, row: power, columns: {on_ac: "false"}}
  - {at: D2 10:00, devices: [shelf], kit: remote_tool, as: way, state: unattended, apart: 5m}
concluded:
  - {subject: laptop, conclusion: remotely_controlled, level: high, by: kvm + 10m, because: [kvm.]}
never:
  - {subject: every, conclusion: in_farm, above: watch}
`

func TestReadTakesAStory(t *testing.T) {
	s, err := written(t, story)
	if err != nil {
		t.Fatal(err)
	}
	if s.Timeline[1].Days != "D1-D3" || s.Devices["shelf"].Count.Every != 3 || len(s.Places["cafe"].Country) != 2 {
		t.Errorf("read %+v", s)
	}
}

// Whatever is wrong is told with the line it stands in.
func TestReadNamesFileAndLine(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"title: A story", "titel: A story", "story.yaml:2: field titel not found"},
		{"zone: Europe/Lisbon", "zone: Europe/Nowhere", `story.yaml:5: zone "Europe/Nowhere"`},
		{"network: residential", "network: castle", `story.yaml:10: network is "castle"`},
		{"place: home}\n  shelf", "place: moon}\n  shelf", `story.yaml:13: there is no place "moon"`},
		{"person: holder", "person: nobody", `story.yaml:13: there is no person "nobody"`},
		{"brand: pikvm", "brand: toaster", `story.yaml:16: the kit kvm has no brand "toaster"`},
		{"state: attached", "state: asleep", `story.yaml:16: state is "asleep"`},
		{"at: D1 09:00", "at: Monday", `story.yaml:16: "Monday" is no moment`},
		{"class: power", "class: poower", `story.yaml:18: there is no class "poower"`},
		{`{on_ac: "false"}`, `{on_dc: "false"}`, `story.yaml:18: the class power has no column "on_dc"`},
		{"until: 90m", "until: D2 07:00", "story.yaml:18: it ends at D2 07:00:00, before it begins"},
		{"devices: [shelf]", "devices: [bench]", `story.yaml:19: there is no device "bench"`},
		{"state: unattended, apart: 5m", "state: unattended, place: home", "story.yaml:19: an entry does one thing"},
		{"by: kvm + 10m", "by: nothing + 10m", `story.yaml:21: no entry of the timeline is called "nothing"`},
		{"level: high", "level: enormous", `story.yaml:21: level is "enormous"`},
		{"subject: every", "subject: laptop-4", `story.yaml:23: there is no device "laptop-4"`},
		{"because: [kvm.]", "because: [kvn.]", `story.yaml:21: no rule and no composite begins with "kvn."`},
		{"because: [kvm.]", "because: [kvm.|]", `story.yaml:21: no rule and no composite begins with ""`},
		{", because: [kvm.]", "", "story.yaml:21: because is to be said"},
		{"never:\n", "  - {subject: laptop, conclusion: remotely_controlled, level: high, by: D3 00:00, because: [kvm.]}\nnever:\n", "story.yaml:22: this is said already"},
		{"never:\n", "forbidden: [kvm]\nnever:\n", `story.yaml:22: "kvm" is no class`},
		{"never:\n", "forbidden: [power.of_love]\nnever:\n", `story.yaml:22: "power.of_love" is no class`},
		{"id: story", "id: tale", `story.yaml:1: the id is "tale"`},
		{"count: 3", "count: {evry: 3}", "story.yaml:14: field evry not found"},
	} {
		if !strings.Contains(story, c.from) {
			t.Fatalf("the story has no %q", c.from)
		}
		_, err := written(t, strings.Replace(story, c.from, c.to, 1))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.to, err, c.want)
		}
	}
}

// What may be forbidden: classes of agents and of the collector, columns, kits, and beginnings of rules.
func TestReadTakesWhatMayBeForbidden(t *testing.T) {
	for _, word := range []string{"packages", "egress", "site", "context", "system.time_zone", "context.phone", "context.household", "kit.jiggle", "kvm.", "location."} {
		if _, err := written(t, story+"forbidden: ["+word+"]\n"); err != nil {
			t.Error(err)
		}
	}
}

// A row that the system of a laptop cannot show would be a lie.
func TestReadRefusesWhatASystemCannotShow(t *testing.T) {
	_, err := written(t, strings.Replace(story, `class: power, row: power, columns: {on_ac: "false"}`,
		`class: tcc_access, row: grant, columns: {client: "c", may_capture: "true"}`, 1))
	if err == nil || !strings.Contains(err.Error(), "story.yaml:18: on linux nothing is seen of tcc_access") {
		t.Errorf("%v", err)
	}
}

// What lies in the repository reads, and every seed makes a play of it.
func TestScenariosAndKitsRead(t *testing.T) {
	k := kitsThereAre(t)
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil || len(files) < 3 {
		t.Fatalf("%v %v", files, err)
	}
	for _, file := range files {
		s, err := Read(file, k)
		if err != nil {
			t.Error(err)
			continue
		}
		seen := map[string]bool{}
		for seed := uint64(1); seed <= 20; seed++ {
			plan, err := s.Plan(k, seed, noTime)
			if err != nil {
				t.Errorf("%s, seed %d: %v", file, seed, err)
			}
			seen[fmt.Sprint(plan.Begins, plan.Laptops)] = true
		}
		if len(seen) < 15 {
			t.Errorf("%s: 20 seeds make only %d different plays", file, len(seen))
		}
	}
}
