package simulate

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// ending is what a story may say of its end, and of people who move.
const ending = `notices:
  - {subject: anydesk, at_least: 3}
alerts: {at_most: 2, open: [laptop]}
forbidden: [kit.kvm]
identical: true
`

func TestReadNamesMistakesOfTheEnd(t *testing.T) {
	if _, err := written(t, story+ending); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ from, to, want string }{
		{"at_least: 3", "at_least: 0", "story.yaml:25: subject and at_least are to be said"},
		{"open: [laptop]", "open: [bench]", `story.yaml:26: there is no device "bench"`},
		{"at_most: 2", "at_most: 0", "story.yaml:26: at_most is 0, and 1 are to be open"},
		{"kit.kvm", "kit.toaster", `story.yaml:27: a kit is "toaster"`},
		{"forbidden: [kit.kvm]\n", "", "identical needs something that is forbidden"},
		{"holder: {start: D0}", "holder: {moves: [{at: D2}]}", "story.yaml:8: at and declared_place are to be said"},
	} {
		_, err := written(t, strings.Replace(story+ending, c.from, c.to, 1))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.to, err, c.want)
		}
	}
}

// The list of people is imported anew when it says another place.
func TestPeopleMove(t *testing.T) {
	s, err := written(t, strings.Replace(story, "holder: {start: D0}", "holder: {start: D0, declared_place: PT-11, moves: [{at: D2 09:00, declared_place: PT-13}]}", 1))
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.cast(kitsThereAre(t), 3, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	var lists []PlanImport
	for _, i := range p.imports(nil) {
		if i.Kind == "people" {
			lists = append(lists, i)
		}
	}
	if len(lists) != 2 || !strings.Contains(lists[0].CSV, "PT-11") || !strings.Contains(lists[1].CSV, "PT-13") || strings.Contains(lists[1].CSV, "PT-11") {
		t.Fatalf("%+v", lists)
	}
	if want := p.moment("D2 09:00"); !lists[1].From.Equal(want) {
		t.Errorf("it is imported at %s, want %s", lists[1].From, want)
	}
}

// A laptop plays without a kit as if it did not have it.
func TestWithoutAKit(t *testing.T) {
	s, err := written(t, story)
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.cast(kitsThereAre(t), 3, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	attached := slices.IndexFunc(p.acts, func(a act) bool { return s.Timeline[a.entry].Kit == "kvm" })
	for _, w := range []without{nil, {"kit.kvm"}} {
		sc, err := newScene(p, p.laptops[p.acts[attached].who], w)
		if err != nil {
			t.Fatal(err)
		}
		before := len(sc.rows["usb_devices"])
		if _, err := sc.apply(p.acts[attached], s.Timeline[p.acts[attached].entry]); err != nil {
			t.Fatal(err)
		}
		if more := len(sc.rows["usb_devices"]) > before; more != (w == nil) {
			t.Errorf("without %v it has more USB devices: %t", w, more)
		}
	}
}
