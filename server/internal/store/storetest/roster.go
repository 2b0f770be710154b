package storetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/roster"
)

// An Importer keeps what a company imports of its laptops.
type Importer interface {
	ReplaceImport(ctx context.Context, m roster.Import, entries []roster.Entry, seen *roster.Import) (now, before roster.Import, err error)
	RemoveImports(ctx context.Context, kind, label, by string, at time.Time) ([]roster.Import, error)
	ForgetRoster(ctx context.Context, before, at time.Time) (int64, error)
	Past(ctx context.Context, deviceID string) (assess.Past, error)
	RosterReader
}

// A RosterReader reads what is imported.
type RosterReader interface {
	Roster(ctx context.Context) (*roster.Roster, error)
	RosterState(ctx context.Context) (string, error)
	RosterDevices(ctx context.Context) ([]roster.Known, error)
	DeviceRoster(ctx context.Context, idOrName string) (*roster.Roster, roster.Known, error)
	CountriesStood(ctx context.Context, since string, take func(deviceID string, stood roster.Stood)) error
}

// imports reads a file and keeps it, and says which devices are to be judged again.
func (b *bench) imports(kind, text string, at time.Time) (now, before roster.Import, dirty []string) {
	b.Helper()
	b.clean()
	entries, err := roster.Read(kind, kind+".csv", "", []byte(text), roster.Options{
		Pseudonym: func(v string) string { return "p:" + v }, Address: func(v string) string { return "a:" + v },
		Tool: func(word string) (string, bool) { return word, true },
	})
	if err == nil {
		now, before, err = b.ReplaceImport(b.Context(), roster.Import{Kind: kind, Label: "hr", By: "root", At: at}, entries, nil)
	}
	if err != nil {
		b.Fatal(err)
	}
	return now, before, b.dirtyIDs()
}

func (b *bench) dirtyIDs() []string {
	b.Helper()
	var ids []string
	for _, d := range look(b, func(v View) ([]device.Dirty, error) { return v.DirtyDevices(b.Context()) }) {
		ids = append(ids, d.DeviceID)
	}
	slices.Sort(ids)
	return ids
}

func (b *bench) clean() {
	b.Helper()
	for _, d := range look(b, func(v View) ([]device.Dirty, error) { return v.DirtyDevices(b.Context()) }) {
		if err := b.Assessed(b.Context(), d); err != nil {
			b.Fatal(err)
		}
	}
}

func (b *bench) wantDirty(what string, got []string, want ...string) {
	b.Helper()
	if !slices.Equal(got, want) {
		b.Errorf("%s: %v are to be judged again, want %v", what, got, want)
	}
}

func (b *bench) pastOf(id string) assess.Past {
	b.Helper()
	p, err := b.Past(b.Context(), id)
	if err != nil {
		b.Fatal(err)
	}
	return p
}

// testImports: an import replaces the one before, the same again changes nothing, and
// only devices of which it says something else are judged again.
func testImports(_ *testing.T, b *bench) {
	b.enrol("d1", "a1")
	b.enrol("d2", "a2")
	if p := b.pastOf("d1"); len(p.Missing) != 1 || !p.InService.IsZero() {
		b.Errorf("with nothing imported: %v, in service since %v", p.Missing, p.InService)
	}
	first, _, dirty := b.imports(roster.Devices, "device,person,handed_out\nlaptop d1,p-1,2026-11-01\nd2,p-2,2026-11-01\n", start)
	b.wantDirty("a first import", dirty, "d1", "d2")
	_, _, dirty = b.imports(roster.People, "person,declared_place\np-1,PT\np-2,PT\n", start)
	b.wantDirty("people", dirty, "d1", "d2")
	state, err := b.RosterState(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	again, before, dirty := b.imports(roster.Devices, "device,person,handed_out\nd2,p-2,2026-11-01\nlaptop d1,p-1,2026-11-01\n", start.Add(time.Hour))
	b.wantDirty("the same in another order", dirty)
	if same, err := b.RosterState(b.Context()); err != nil || same != state || again.ID != first.ID || before.Digest != again.Digest {
		b.Errorf("the same import is another one: %+v, %+v, %v", first, again, err)
	}
	_, before, dirty = b.imports(roster.Devices, "device,person,handed_out\nlaptop d1,p-1,2026-11-01\nd2,p-3,2026-11-02\n", start)
	b.wantDirty("one row changed", dirty, "d2")
	if other, err := b.RosterState(b.Context()); err != nil || other == state || before.Rows != 2 {
		b.Errorf("the state is as before, or %v", err)
	}
	_, _, dirty = b.imports(roster.Tickets, "device,ticket,from,to,tool\nd1,INC-1,2026-11-02,2026-11-02,anydesk\n", start)
	b.wantDirty("the first tickets", dirty, "d1", "d2") // of the other it is known now that there was none
	_, _, dirty = b.imports(roster.Tickets, "device,ticket,from,to,tool\nd1,INC-1,2026-11-02,2026-11-02,anydesk\nd1,INC-2,2026-11-03,2026-11-03,anydesk\n", start)
	b.wantDirty("one more ticket", dirty, "d1")
	p := b.pastOf("d1")
	if len(p.Sanctions) != 2 || p.Sanctions[0].Ticket != "INC-1" || !p.InService.Equal(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)) || len(p.Missing) != 1 {
		b.Errorf("the past of d1: %+v", p)
	}
	b.conflicts(again)
	_, _, dirty = b.imports(roster.Docks, "kind,serial\nusb,ABC\n", start)
	b.wantDirty("docks", dirty)
	b.removes()
}

// conflicts: entries take the place of what they were compared with, and of nothing else.
func (b *bench) conflicts(old roster.Import) {
	b.Helper()
	for _, seen := range []roster.Import{{}, old} {
		_, _, err := b.ReplaceImport(b.Context(), roster.Import{Kind: roster.Devices, Label: "hr", By: "root", At: start}, nil, &seen)
		if !errors.Is(err, alert.ErrConflict) {
			b.Errorf("in the place of %+v, which is not there any more: %v", seen, err)
		}
	}
}

// testImportedAgain: of two imports that speak of one person the one counts that said
// something new last, and not the one that was read last.
func testImportedAgain(_ *testing.T, b *bench) {
	bring := func(label, text string, at time.Time) {
		entries, err := roster.Read(roster.People, "people.csv", "", []byte(text), roster.Options{})
		if err == nil {
			_, _, err = b.ReplaceImport(b.Context(), roster.Import{Kind: roster.People, Label: label, By: "root", At: at}, entries, nil)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	group := func() string {
		r, err := b.Roster(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		return r.People["p-1"].Group
	}
	bring("sales", "person,group\np-1,sales\n", start)
	bring("agency", "person,group\np-1,agency\n", start.Add(time.Hour))
	state, err := b.RosterState(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	bring("sales", "person,group\np-1,sales\n", start.Add(2*time.Hour))
	if same, err := b.RosterState(b.Context()); err != nil || same != state || group() != "agency" {
		b.Errorf("read again as it was, it is the last one: p-1 is of %s; %v", group(), err)
	}
	bring("sales", "person,group\np-1,sales\np-2,sales\n", start.Add(3*time.Hour))
	if group() != "sales" {
		b.Errorf("it says something new, and p-1 is of %s still", group())
	}
}

func (b *bench) removes() {
	b.Helper()
	b.clean()
	if _, err := b.RemoveImports(b.Context(), roster.Leave, "", "root", start); !errors.Is(err, device.ErrNotFound) {
		b.Errorf("removing nothing: %v", err)
	}
	removed, err := b.RemoveImports(b.Context(), roster.Devices, "hr", "root", start)
	if err != nil || len(removed) != 1 || removed[0].Rows != 2 {
		b.Errorf("removed %v, %v", removed, err)
	}
	b.wantDirty("removing", b.dirtyIDs(), "d1", "d2")
	if r, err := b.Roster(b.Context()); err != nil || len(r.Holdings) != 0 || r.Has(roster.Devices) || !r.Has(roster.People) {
		b.Errorf("after removing: %+v, %v", r, err)
	}
}

// testDeclared: where somebody had said they work is remembered beside where they say
// it now, until they say otherwise again.
func testDeclared(_ *testing.T, b *bench) {
	b.imports(roster.People, "person,declared_place\np-1,PT\np-2,PT\n", start)
	moved := start.AddDate(0, 0, 5)
	b.imports(roster.People, "person,declared_place\np-1,ES\np-2,PT\n", moved)
	b.imports(roster.People, "person,declared_place,group\np-1,ES,sales\np-2,PT,sales\n", moved.AddDate(0, 0, 5))
	r, err := b.Roster(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	p := r.People["p-1"]
	if p.Before.Country != "PT" || !p.Since.Equal(moved) || p.Declared.Country != "ES" || p.Group != "sales" || r.People["p-2"].Before.Country != "" {
		b.Errorf("people = %+v", r.People)
	}
}

// testForgetting: what is over goes, and what is said of a laptop goes with it.
func testForgetting(_ *testing.T, b *bench) {
	b.enrol("d1", "a1")
	b.enrol("d2", "a2")
	b.imports(roster.Devices, "device,person,handed_out,returned\nlaptop d1,p-1,2026-06-01,2026-07-01\nd1,p-2,2026-11-01,\nd2,p-3,2026-11-01,\n", start)
	b.imports(roster.Travel, "person,from,to\np-1,2026-06-01,2026-06-02\np-2,2026-11-01,2026-12-01\n", start)
	b.imports(roster.People, "person\np-1\np-2\n", start)
	n, err := b.ForgetRoster(b.Context(), start.AddDate(0, 0, -90), start)
	if err != nil || n != 2 {
		b.Errorf("forgot %d rows, %v", n, err)
	}
	if _, err := b.RemoveDevice(b.Context(), "d1", "root", start); err != nil {
		b.Fatal(err)
	}
	r, err := b.Roster(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	if diff := cmp.Diff([]device.Holding{{DeviceID: "d2", PersonID: "p-3", From: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}}, r.Holdings); diff != "" {
		b.Errorf("holdings (-want +got):\n%s", diff)
	}
	for _, m := range r.Imports {
		if m.Kind == roster.Devices && r.Unmatched(m.ID) != 0 {
			b.Error("rows of the removed laptop are still there")
		}
	}
}

// testStood: the countries of a day are those that addresses tell, and the company's
// own way out tells none.
func testStood(_ *testing.T, b *bench) {
	b.enrol("d1", "a1")
	for i, s := range []device.Stay{
		{Address: "a1", NetworkClass: device.NetworkResidential, Country: "PT"}, {Address: "a2", NetworkClass: device.NetworkMobile, Country: "ES"},
		{Address: "a3", NetworkClass: device.NetworkVPN, Country: "SE"}, {Address: "a4", NetworkClass: device.NetworkBusiness, Country: "DE", Corporate: "Head office"},
		{Address: "a5", NetworkClass: device.NetworkSatellite, Country: "US"}, {Address: "a6", NetworkClass: device.NetworkResidential},
	} {
		b.expect(stood(start.Add(time.Duration(i)*time.Hour), s), device.Stored, 0)
	}
	got := map[string]string{}
	err := b.CountriesStood(b.Context(), "2026-11-01", func(id string, s roster.Stood) {
		slices.Sort(s.Countries)
		got[id+" "+s.Day] = fmt.Sprint(strings.Join(s.Countries, " "), ", ", s.To.Sub(s.From))
	})
	if want := map[string]string{"d1 2026-11-02": "ES PT, 1h0m0s"}; err != nil || !maps.Equal(got, want) {
		b.Errorf("stood %v, %v", got, err)
	}
	r, known, err := b.DeviceRoster(b.Context(), "laptop d1")
	if err != nil || !r.Empty() || known.ID != "d1" || !known.First.Equal(start) {
		b.Errorf("DeviceRoster = %+v, %v", known, err)
	}
	if list, err := b.RosterDevices(b.Context()); err != nil || len(list) != 1 || list[0].Name != "laptop d1" {
		b.Errorf("RosterDevices = %+v, %v", list, err)
	}
	if _, _, err := b.DeviceRoster(b.Context(), "nosuch"); !errors.Is(err, device.ErrNotFound) {
		b.Errorf("no such device: %v", err)
	}
}
