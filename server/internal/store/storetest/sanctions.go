package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// full is a sanction with everything that one can say.
func full(b *bench, name string, version int, at time.Time) alert.Sanction {
	b.Helper()
	hours, err := alert.ParseHours("Mon-Fri 08:00-18:00 UTC")
	if err != nil {
		b.Fatal(err)
	}
	return alert.Sanction{ID: fmt.Sprintf("%s-%d", name, version), Name: name, Version: version, Tools: []string{"anydesk", "rustdesk"},
		Tenants: []alert.Tenant{{Pseudonym: "p:1", Label: "ours"}}, Devices: []string{"d1"}, Groups: []string{"helpdesk"},
		Conditions: alert.Conditions{ApprovedAtConsole: true, Ticket: true, Hours: hours}, Owner: "it", Approver: "ciso", SecondApprover: "cfo",
		Justification: "Remote support, ITSM 4411", Ticket: "INC-1", CreatedBy: "root", CreatedAt: at, StartsAt: at, ExpiresAt: at.Add(240 * time.Hour)}
}

func (b *bench) sanctions() []alert.Sanction {
	b.Helper()
	list, err := b.Sanctions(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	return list
}

// testVersions: a sanction comes back as it was kept, and the next version takes its place.
func testVersions(t *testing.T, b *bench) {
	b.enrol("d1", "a1")
	first, second := full(b, "desk", 1, start), full(b, "desk", 2, start.Add(time.Hour))
	if err := b.AddSanctions(t.Context(), "sanction.apply", first); err != nil {
		t.Fatal(err)
	}
	bench := full(b, "bench", 1, start.Add(time.Minute))
	bench.Tools, bench.Where = []string{"kvm.test"}, []alert.Condition{{Column: "vendor_id", Value: "0624"}}
	bench.Tenants, bench.Groups, bench.Conditions = nil, nil, alert.Conditions{}
	for name, list := range map[string][]alert.Sanction{
		"the same again":      {full(b, "desk", 1, start.Add(time.Hour))},
		"one left out":        {full(b, "desk", 3, start.Add(time.Hour))},
		"one that is not new": {bench, full(b, "other", 2, start)},
	} {
		if err := b.AddSanctions(t.Context(), "sanction.apply", list...); !errors.Is(err, alert.ErrConflict) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := b.sanctions(); len(got) != 1 {
		t.Fatalf("a batch that was refused left %d sanctions", len(got)-1)
	}
	if err := b.AddSanctions(t.Context(), "sanction.apply", bench, second); err != nil {
		t.Fatal(err)
	}
	first.ReplacedAt = second.StartsAt
	want := []alert.Sanction{second, bench, first}
	if diff := cmp.Diff(want, b.sanctions(), cmpopts.EquateComparable(alert.Hours{}), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("sanctions (-want +got):\n%s", diff)
	}
	at := start.Add(2 * time.Hour)
	if n, err := b.RevokeSanction(t.Context(), "desk", "ana", at); err != nil || n.Version != 2 || !n.RevokedAt.Equal(at) {
		t.Errorf("by its name: %+v, %v", n, err)
	}
	if _, err := b.RevokeSanction(t.Context(), first.ID, "ana", at); !errors.Is(err, alert.ErrConflict) {
		t.Errorf("a version that was replaced: %v", err)
	}
	if _, err := b.RevokeSanction(t.Context(), "nobody", "ana", at); !errors.Is(err, device.ErrNotFound) {
		t.Errorf("one that is not there: %v", err)
	}
}

// testTickets: a ticket is open from the first second to the last, of what may have one.
func testTickets(t *testing.T, b *bench) {
	b.enrol("d1", "a1")
	b.enrol("d2", "a2")
	if err := b.AddSanctions(t.Context(), "sanction.apply", full(b, "desk", 1, start)); err != nil {
		t.Fatal(err)
	}
	w := alert.Window{ID: "w1", Sanction: "desk", Device: "d1", Ticket: "INC-2", From: start.Add(time.Minute), To: start.Add(time.Hour), OpenedBy: "ana"}
	for name, test := range map[string]struct {
		edit func(*alert.Window)
		want error
	}{
		"out of scope":        {func(w *alert.Window) { w.Device = "d2" }, alert.ErrInvalid},
		"too long":            {func(w *alert.Window) { w.To = w.From.Add(25 * time.Hour) }, alert.ErrInvalid},
		"no ticket":           {func(w *alert.Window) { w.Ticket = "" }, alert.ErrInvalid},
		"when it has ended":   {func(w *alert.Window) { w.From = start.Add(240 * time.Hour) }, alert.ErrConflict},
		"no such sanction":    {func(w *alert.Window) { w.Sanction = "nobody" }, device.ErrNotFound},
		"no such device":      {func(w *alert.Window) { w.Device = "nobody" }, device.ErrNotFound},
		"one as it should be": {func(*alert.Window) {}, nil},
	} {
		trial := w
		test.edit(&trial)
		if err := b.OpenTicket(t.Context(), trial); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for at, want := range map[time.Duration][]alert.Window{0: {w}, time.Hour - time.Second: {w}, time.Hour: nil} {
		if got, err := b.Tickets(t.Context(), start.Add(at)); err != nil || !slices.Equal(got, want) {
			t.Errorf("tickets after %s: %+v, %v", at, got, err)
		}
	}
}

// testGroups: devices are moved all or none, and those who stay are not touched.
func testGroups(t *testing.T, b *bench) {
	b.enrol("d1", "a1")
	b.enrol("d2", "a2")
	if _, err := b.SetGroup(t.Context(), []string{"d1", "nobody"}, "sales", "root", start.Add(time.Hour)); !errors.Is(err, device.ErrNotFound) {
		t.Errorf("one that is not there: %v", err)
	}
	for _, step := range []struct {
		ids       []string
		group     string
		at, since time.Duration // the latter of d1
	}{
		{[]string{"laptop d1"}, "sales", time.Hour, time.Hour},
		{[]string{"d1", "d2"}, "sales", 2 * time.Hour, time.Hour},
		{[]string{"d1"}, "", 3 * time.Hour, 3 * time.Hour},
	} {
		moved, err := b.SetGroup(t.Context(), step.ids, step.group, "root", start.Add(step.at))
		if err != nil || len(moved) != len(step.ids) {
			t.Fatalf("moved %+v, %v", moved, err)
		}
		d, err := b.Device(t.Context(), "d1")
		if err != nil || d.Group != step.group || !d.GroupSince.Equal(start.Add(step.since)) || d != moved[0] {
			t.Errorf("d1 is in %q since %v, %v; told %+v", d.Group, d.GroupSince, err, moved[0])
		}
	}
}
