package roster_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/roster"
)

// at is a moment of November 2026.
func at(day, hour int) time.Time { return time.Date(2026, 11, day, hour, 0, 0, 0, time.UTC) }

// A file is one import.
type file struct{ kind, text string }

// build joins files with devices, in the order given.
func build(t testing.TB, known []roster.Known, files ...file) *roster.Roster {
	t.Helper()
	var imports []roster.Import
	var entries []roster.Entry
	for i, f := range files {
		read, err := roster.Read(f.kind, "f.csv", "", []byte(f.text), options())
		if err != nil {
			t.Fatal(err)
		}
		id := int64(i + 1)
		imports = append(imports, roster.Import{ID: id, Kind: f.kind, Label: fmt.Sprint("file ", i), At: at(1, i)})
		for _, e := range read {
			e.Import = id
			entries = append(entries, e)
		}
	}
	r, err := roster.Build(imports, entries, known)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func laptop(id string, enrolled time.Time) roster.Known {
	return roster.Known{ID: id, Name: "name of " + id, Anchor: "anchor of " + id, First: enrolled, Last: enrolled, Heard: at(30, 0)}
}

func TestHoldings(t *testing.T) {
	twins := laptop("d4", at(1, 0))
	twins.Name = "name of d3"
	r := build(t, []roster.Known{laptop("d1", at(1, 0)), laptop("d2", at(1, 0)), laptop("d3", at(1, 0)), twins}, file{roster.Devices, "device,person,handed_out,returned\n" +
		"d1,p-1,2026-11-02,\n" + "name of d1,p-2,2026-11-10,2026-11-12\n" + "anchor of d2,p-1,,\n" + "name of d3,p-9,,\n" + "gone,p-1,,\n"})
	want := []device.Holding{
		{DeviceID: "d1", PersonID: "p-1", From: at(2, 0), To: at(10, 0)}, // until the next one has it
		{DeviceID: "d1", PersonID: "p-2", From: at(10, 0), To: at(13, 0)},
		{DeviceID: "d2", PersonID: "p-1"},
	}
	if diff := cmp.Diff(want, r.Holdings); diff != "" {
		t.Errorf("holdings (-want +got):\n%s", diff)
	}
	if got := r.Unmatched(1); got != 2 { // two laptops bear one name, and one is not enrolled
		t.Errorf("%d rows name no device", got)
	}
	for _, test := range []struct {
		at   time.Time
		want string
	}{{at(1, 0), ""}, {at(2, 0), "p-1"}, {at(9, 23), "p-1"}, {at(10, 0), "p-2"}, {at(12, 23), "p-2"}, {at(13, 0), ""}} {
		if got, _ := r.HolderAt("d1", test.at); got != test.want {
			t.Errorf("at %s it is held by %q, want %q", test.at, got, test.want)
		}
	}
	if diff := cmp.Diff([]device.Person{{ID: "p-1", WorkerType: "unknown"}, {ID: "p-2", WorkerType: "unknown"}}, r.Persons()); diff != "" {
		t.Errorf("persons (-want +got):\n%s", diff)
	}
}

func TestTheLaterImportCounts(t *testing.T) {
	r := build(t, nil, file{roster.People, "person,group\np-1,sales\np-2,sales\n"}, file{roster.People, "person,group\np-1,agency\n"})
	if r.People["p-1"].Group != "agency" || r.People["p-2"].Group != "sales" {
		t.Errorf("people = %v", r.People)
	}
}

func TestNewcomers(t *testing.T) {
	reimaged := laptop("d2", at(1, 0))
	reimaged.Last = at(20, 0)
	r := build(t, []roster.Known{laptop("d1", at(20, 0)), reimaged, laptop("d3", at(1, 0)), laptop("d4", at(1, 0)), laptop("old", at(1, 0)), laptop("d5", at(1, 0))}, file{roster.Devices, "device,person,handed_out,returned\n" +
		"d3,p-1,2026-10-01,2026-11-19\n" + "d3,p-2,2026-11-20,\n" + // handed over
		"old,p-3,2026-10-01,2026-11-21\n" + "d4,p-3,2026-11-20,\n" + // in the place of the old one
		"d5,p-4,2026-11-01,\n"})
	for _, test := range []struct {
		about       roster.Known
		at          time.Time
		want, since string
	}{
		{laptop("d1", at(20, 0)), at(21, 0), "first_seen", "1"},
		{laptop("d1", at(20, 0)), at(30, 0), "first_seen", "10"},
		{reimaged, at(21, 0), "reimaged", "14"},
		{laptop("d3", at(1, 0)), at(21, 0), "handed_over", "1"},
		{laptop("d4", at(1, 0)), at(21, 0), "replaced", "1"},
		{laptop("d5", at(1, 0)), at(21, 0), "", "14"},
	} {
		row := r.Row(test.about, nil, test.at)
		if row.Columns["newcomer"] != test.want || row.Columns["in_service_days"] != test.since {
			t.Errorf("%s on %s: %v, want %s for %s days", test.about.ID, test.at, row.Columns, test.want, test.since)
		}
	}
}

func TestServiceBeginsWithTheHandOutOrTheStart(t *testing.T) {
	d1 := laptop("d1", at(1, 0))
	for name, test := range map[string]struct {
		start, handed string
		want          time.Time
		days          string
	}{
		"handed out":                    {"2026-11-10", "2026-11-15", at(15, 0), "5"},
		"a start after it enrolled":     {"2026-11-10", "", at(10, 0), "10"},
		"a start before it enrolled":    {"2026-10-01", "", time.Time{}, "14"},
		"nothing is told":               {"", "", time.Time{}, "14"},
		"handed out before it enrolled": {"", "2026-10-01", at(-30, 0), "30"},
	} {
		r := build(t, []roster.Known{d1}, file{roster.People, "person,start_date\np-1," + test.start + "\n"}, file{roster.Devices, "device,person,handed_out\nd1,p-1," + test.handed + "\n"})
		if got := r.Past(d1, nil, at(20, 0)).InService; !got.Equal(test.want) {
			t.Errorf("%s: in service since %s, want %s", name, got, test.want)
		}
		if got := r.Row(d1, nil, at(20, 0)).Columns["in_service_days"]; got != test.days {
			t.Errorf("%s: in service for %s days, want %s", name, got, test.days)
		}
	}
}

func TestStagingEndsWithTheHandOut(t *testing.T) {
	put := func(k roster.Known, groups ...device.Membership) roster.Known { k.Members = groups; return k }
	bench := device.Membership{Group: "bench", Since: at(2, 9)}
	for name, test := range map[string]struct {
		about   roster.Known
		devices string
		want    []roster.Span
	}{
		"nobody holds it":       {put(laptop("d1", at(2, 9)), bench), "", []roster.Span{{From: at(2, 9), To: at(32, 9)}}},
		"it left the group":     {put(laptop("d1", at(2, 9)), bench, device.Membership{Group: "sales", Since: at(4, 9)}), "", []roster.Span{{From: at(2, 9), To: at(4, 9)}}},
		"handed out by the day": {put(laptop("d1", at(2, 9)), bench), "d1,p-1,2026-11-04\n", []roster.Span{{From: at(2, 9), To: at(5, 0)}}},
		"handed out at an hour": {put(laptop("d1", at(2, 9)), bench), "d1,p-1,2026-11-04T11:00:00Z\n", []roster.Span{{From: at(2, 9), To: at(4, 11)}}},
		"on the same day":       {put(laptop("d1", at(2, 9)), bench), "d1,p-1,2026-11-02\n", []roster.Span{{From: at(2, 9), To: at(3, 0)}}},
		"somebody has it":       {put(laptop("d1", at(2, 9)), bench), "d1,p-1,2026-10-04\n", nil},
		"on no day told":        {put(laptop("d1", at(2, 9)), bench, device.Membership{Group: "sales", Since: at(5, 9)}), "d1,p-1,\n", []roster.Span{{From: at(2, 9), To: at(5, 9)}}},
		"in repair meanwhile":   {put(laptop("d1", at(2, 9)), device.Membership{Group: "depot", Since: at(6, 9)}, device.Membership{Since: at(8, 9)}), "d1,p-1,2026-11-03\n", []roster.Span{{From: at(6, 9), To: at(8, 9)}}},
		"it stays in the group": {put(laptop("d1", at(2, 9)), bench, device.Membership{Group: "sales", Since: at(60, 9)}), "", []roster.Span{{From: at(2, 9), To: at(32, 9)}}},
		"an ordinary group":     {put(laptop("d1", at(2, 9)), device.Membership{Group: "sales", Since: at(2, 9)}), "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			files := []file{{roster.Groups, "group,kind\nbench,staging\ndepot,repair\nsales,normal\n"}}
			if test.devices != "" {
				files = append(files, file{roster.Devices, "device,person,handed_out\n" + test.devices})
			}
			if diff := cmp.Diff(test.want, build(t, []roster.Known{test.about}, files...).Staging(test.about)); diff != "" {
				t.Errorf("staging (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTicketsPermitWhatTheyName(t *testing.T) {
	d1, d2 := laptop("d1", at(1, 0)), laptop("d2", at(1, 0))
	r := build(t, []roster.Known{d1, d2},
		file{roster.Devices, "device,person,handed_out\nd1,p-1,2026-11-01\nd2,p-1,2026-11-11\n"},
		file{roster.Tickets, "device,person,ticket,from,to,tool\n" +
			"d1,,INC-1,2026-11-10T10:00:00Z,2026-11-10T11:00:00Z,AnyDesk\n" +
			",p-1,INC-2,2026-11-10T00:00:00Z,2026-11-12T00:00:00Z,\n"})
	desk := alert.Sanction{ID: "s1", Name: "desk", Tools: []string{"anydesk"}, Conditions: alert.Conditions{Ticket: true}}
	free := alert.Sanction{ID: "s2", Name: "free", Tools: []string{"anydesk"}}
	got := r.Past(d1, []alert.Sanction{desk, free}, at(20, 0))
	if len(got.Grants) != 1 || !slices.Equal(got.Grants[0].Tools, []string{"anydesk"}) || !got.Grants[0].StartsAt.Equal(at(10, 10)) || !got.Grants[0].ExpiresAt.Equal(at(10, 11)) || !got.Grants[0].Grant() {
		t.Errorf("grants = %+v", got.Grants)
	}
	if len(got.Windows) != 2 || got.Windows[0].Sanction != "desk" || !got.Windows[0].From.Equal(at(10, 0)) || got.Windows[1].Ticket != "INC-1" {
		t.Errorf("windows = %+v", got.Windows)
	}
	// The other laptop was theirs for the second of the ticket's days.
	if other := r.Past(d2, []alert.Sanction{desk}, at(20, 0)); len(other.Grants) != 0 || len(other.Windows) != 1 || !other.Windows[0].From.Equal(at(11, 0)) || !other.Windows[0].To.Equal(at(12, 0)) {
		t.Errorf("on the other laptop: %+v", other)
	}
	sight := alert.Sight{At: at(10, 10).Add(time.Minute), Device: "d1", Rule: "tool.anydesk.controlled", Tool: "anydesk", Use: true}
	if !alert.Weigh(got.Grants, sight).Sanctioned {
		t.Error("the ticket permits nothing")
	}
	if sight.At = at(10, 12); alert.Weigh(got.Grants, sight).Sanctioned {
		t.Error("the ticket permits after its end")
	}
}

func TestWhatIsMissingIsSaid(t *testing.T) {
	d1 := laptop("d1", at(1, 0))
	everything := []file{{roster.People, "person,declared_place\np-1,PT\n"}, {roster.Devices, "device,person,handed_out\nd1,p-1,2026-11-03\n"},
		{roster.Tickets, "person,ticket,from,to\np-1,INC-1,2026-11-10,2026-11-10\n"}, {roster.Leave, "person,from,to\np-1,2026-11-10,2026-11-10\n"}}
	for want, files := range map[string][]file{
		"each counts as a person of its own":   nil,
		"not imported who holds this laptop":   {everything[0], everything[2], everything[3]},
		"Nothing was imported about who holds": everything[1:],
		"Where the person works":               {{roster.People, "person\np-1\n"}, everything[1], everything[2], everything[3]},
		"Tickets were not imported":            {everything[0], everything[1], everything[3]},
		"Travel and leave were not imported":   everything[:3],
	} {
		got := build(t, []roster.Known{d1}, files...).Past(d1, nil, at(20, 0)).Missing
		if len(got) != 1 || !strings.Contains(got[0], want) {
			t.Errorf("missing = %q, want what says %q", got, want)
		}
	}
	past := build(t, []roster.Known{d1}, everything...).Past(d1, nil, at(20, 0))
	if len(past.Missing) != 0 || !past.InService.Equal(at(3, 0)) {
		t.Errorf("with everything: %+v", past)
	}
}

func TestWhatIsMissingOfASiteIsSaidOnceAndOfItsLaptops(t *testing.T) {
	d1, d2 := laptop("d1", at(1, 0)), laptop("d2", at(1, 0))
	r := build(t, []roster.Known{d1, d2}, file{roster.People, "person\np-1\n"}, file{roster.Devices, "device,person,handed_out\nd1,p-1,2026-11-03\n"})
	got := roster.OfSite(append(r.Past(d1, nil, at(20, 0)).Missing, r.Past(d2, nil, at(20, 0)).Missing...))
	if len(got) != 4 || !slices.IsSorted(got) || strings.Contains(strings.Join(got, " "), "this laptop") {
		t.Errorf("missing = %q, want four sentences, none of which speaks of one laptop", got)
	}
	none := build(t, []roster.Known{d1, d2})
	if got := roster.OfSite(append(none.Past(d1, nil, at(20, 0)).Missing, none.Past(d2, nil, at(20, 0)).Missing...)); len(got) != 1 {
		t.Errorf("without imports it is said %d times: %q", len(got), got)
	}
}
