package roster_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/farmwatch/farmwatch/server/internal/roster"
)

// list writes so many rows, each from a format that has the row's number.
func list(head, row string, from, to int) string {
	var b strings.Builder
	b.WriteString(head + "\n")
	for i := from; i < to; i++ {
		fmt.Fprintf(&b, row+"\n", i)
	}
	return b.String()
}

func entries(t testing.TB, kind, text string) []roster.Entry {
	t.Helper()
	read, err := roster.Read(kind, "f.csv", "", []byte(text), options())
	if err != nil {
		t.Fatal(err)
	}
	return read
}

// TestHalfAnExportIsDoubted: what takes away far more than lists lose from one
// day to the next is told, whichever way it was lost.
func TestHalfAnExportIsDoubted(t *testing.T) {
	for name, test := range map[string]struct {
		kind, before, now   string
		added, gone, change int
		doubt               string // empty: none
	}{
		"cut off":          {roster.People, list("person", "%05d", 0, 5000), list("person", "%05d", 0, 300), 0, 4700, 0, "4,700 of 5,000 rows"},
		"zeros lost":       {roster.People, list("person", "%05d", 1, 101), list("person", "%d", 1, 101), 100, 100, 0, `"00001" is gone and "1" is new`},
		"a column lost":    {roster.People, list("person,declared_place", "p-%d,PT", 0, 100), list("person", "p-%d", 0, 100), 0, 0, 100, "declared_place of 100 of the 100 rows"},
		"a column emptied": {roster.People, list("person,start_date", "p-%d,2026-01-02", 0, 20), list("person,start_date", "p-%d,", 0, 20), 0, 0, 20, "start_date of 20 of the 20 rows"},
		"a fifth":          {roster.People, list("person", "p-%d", 0, 100), list("person", "p-%d", 20, 130), 30, 20, 0, ""},
		"above a fifth":    {roster.People, list("person", "p-%d", 0, 100), list("person", "p-%d", 21, 100), 0, 21, 0, "21 of 100 rows"},
		"a few of a few":   {roster.People, list("person", "p-%d", 0, 6), list("person", "p-%d", 4, 6), 0, 4, 0, ""},
		"a small list":     {roster.People, list("person", "p-%d", 0, 12), list("person", "p-%d", 0, 6), 0, 6, 0, "6 of 12 rows"},
		"people move":      {roster.People, list("person,declared_place", "p-%d,PT", 0, 50), list("person,declared_place", "p-%d,ES", 0, 50), 0, 0, 50, ""},
		"other holders":    {roster.Devices, list("device,person", "l-%[1]d,%05[1]d", 0, 30), list("device,person", "l-%[1]d,%[1]d", 0, 30), 30, 30, 0, "30 of 30 rows"},
		"given back":       {roster.Devices, list("device,person,returned", "l-%[1]d,p-%[1]d,2026-11-01", 0, 30), list("device,person", "l-%[1]d,p-%[1]d", 90, 95), 5, 0, 0, ""},
		"tickets over":     {roster.Tickets, list("device,ticket,from,to", "l-1,INC-%d,2026-11-10,2026-11-11", 0, 30), list("device,ticket,from,to", "l-1,INC-%d,2026-11-20,2026-11-21", 90, 95), 5, 0, 0, ""},
		"journeys to come": {roster.Travel, list("person,from,to", "p-%d,2026-12-01,2026-12-09", 0, 30), list("person,from,to", "p-%d,2026-12-01,2026-12-09", 0, 10), 0, 20, 0, "20 of 30 rows"},
		"docks":            {roster.Docks, list("kind,serial", "usb,A%d", 0, 30), list("kind,serial", "usb,A%d", 0, 10), 0, 20, 0, "20 of 30 rows"},
		"groups":           {roster.Groups, list("group,kind", "g-%d,office", 0, 30), list("group,kind", "g-%d,office", 0, 10), 0, 20, 0, "20 of 30 rows"},
	} {
		t.Run(name, func(t *testing.T) {
			before, err := roster.Carry(entries(t, test.kind, test.before), nil, at(1, 0))
			if err != nil {
				t.Fatal(err)
			}
			d, err := roster.Compare(before, entries(t, test.kind, test.now), at(20, 0))
			if err != nil {
				t.Fatal(err)
			}
			if d.Added != test.added || d.Gone != test.gone || d.Changed != test.change {
				t.Errorf("%d new, %d gone, %d changed", d.Added, d.Gone, d.Changed)
			}
			if got := strings.Join(d.Doubts(), "\n"); (got == "") != (test.doubt == "") || !strings.Contains(got, test.doubt) {
				t.Errorf("doubts are %q, want %q", got, test.doubt)
			}
		})
	}
}

// TestWhereSomebodyWorkedBeforeIsNoLoss: what the collector notes itself beside a
// row is in no file, and is not missed in one.
func TestWhereSomebodyWorkedBeforeIsNoLoss(t *testing.T) {
	spain := entries(t, roster.People, list("person,declared_place", "p-%d,ES", 0, 50))
	kept, err := roster.Carry(spain, entries(t, roster.People, list("person,declared_place", "p-%d,PT", 0, 50)), at(20, 0))
	if err != nil {
		t.Fatal(err)
	}
	if d, err := roster.Compare(kept, spain, at(20, 0)); err != nil || d.Changed != 0 || len(d.Doubts()) != 0 {
		t.Errorf("%+v, %v", d, err)
	}
}

// TestTheRosterHandsOutWhatAnImportHolds, of laptops that are not enrolled as well.
func TestTheRosterHandsOutWhatAnImportHolds(t *testing.T) {
	r := build(t, nil, file{roster.Devices, "device,person\nl-1,p-1\n"}, file{roster.People, "person\np-1\np-2\n"})
	if len(r.Entries(1)) != 1 || len(r.Entries(2)) != 2 || len(r.Entries(3)) != 0 {
		t.Errorf("%d, %d and %d entries", len(r.Entries(1)), len(r.Entries(2)), len(r.Entries(3)))
	}
}

// TestStrangersAreCounted where there is a list of people that they could be in.
func TestStrangersAreCounted(t *testing.T) {
	travel := file{roster.Travel, "person,from,to\n417,2026-12-01,2026-12-02\n00418,2026-12-01,2026-12-02\n"}
	if r := build(t, nil, travel); r.Strangers(r.Entries(1)) != 0 {
		t.Error("nobody is known, and somebody is a stranger")
	}
	r := build(t, nil, travel, file{roster.People, "person\n00417\n00418\n"}, file{roster.Tickets, "device,ticket,from,to\nl-1,INC-1,2026-12-01,2026-12-02\n"})
	if r.Strangers(r.Entries(1)) != 1 || r.Strangers(r.Entries(2)) != 0 || r.Strangers(r.Entries(3)) != 0 {
		t.Errorf("%d, %d and %d strangers", r.Strangers(r.Entries(1)), r.Strangers(r.Entries(2)), r.Strangers(r.Entries(3)))
	}
}
