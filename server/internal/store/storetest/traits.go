package storetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// A Sharer keeps what devices had on which day that others may share.
type Sharer interface {
	Traits(ctx context.Context, since string, take func(device.Trait)) error
	TraitsNoted(ctx context.Context, since time.Time, take func(device.Trait)) error
	ForgetTraits(ctx context.Context, before time.Time) (int64, error)
	EvidenceOf(ctx context.Context, rules []string, since time.Time, take func(rule string, row finding.Observation)) error
}

// had is a report of what a laptop has.
func had(gateway, serial, tenant string) finding.Report {
	row := func(class string, columns map[string]string) finding.Facts {
		return finding.Facts{Class: class, Rows: []finding.Observation{{Class: class, UID: "row", Columns: columns}}}
	}
	return finding.Report{Facts: []finding.Facts{
		row("network_interfaces", map[string]string{"up": "true", "default_route": "true", "gateway": gateway, "gateway_oui": "f4:92:bf"}),
		row("usb_devices", map[string]string{"serial": serial, "serial_kind": "plain"}),
		row("remote_access", map[string]string{"tool": "t", "tenant": tenant}),
	}}
}

func (b *bench) traits(since string) (list []string) {
	b.Helper()
	if err := b.Traits(b.Context(), since, func(t device.Trait) { list = append(list, written(t)) }); err != nil {
		b.Fatal(err)
	}
	return list
}

func written(t device.Trait) string {
	return fmt.Sprintf("%s %s %s %s %s-%s", t.DeviceID, t.Day, t.Kind, t.Value, t.First.Format("15:04"), t.Last.Format("15:04"))
}

func testTraits(t *testing.T, b *bench) {
	b.enrol("d1", "a1")
	b.enrol("d2", "a2")
	b.record(entry("e1", 1, start, had("p:router", "p:dock", "p:tenant")))
	b.record(entry("e1", 2, start.Add(10*time.Minute), had("p:router", "p:dock", ""))) // no hour later: nothing to note
	b.record(entry("e1", 3, start.Add(2*time.Hour), had("p:other", "p:dock", "")))
	want := []string{
		"d1 2026-11-02 gateway p:other 11:00-11:00", "d1 2026-11-02 gateway p:router 09:00-09:00",
		"d1 2026-11-02 tenant p:tenant 09:00-09:00", "d1 2026-11-02 usb p:dock 09:00-11:00",
	}
	if diff := cmp.Diff(want, b.traits("")); diff != "" {
		t.Errorf("on the first day (-want +got):\n%s", diff)
	}
	// The next day it lives, and tells nothing: what it has is put down once it has had time to say where it woke up.
	next := start.Add(24 * time.Hour)
	b.record(stood(next, device.Stay{}), stood(next.Add(5*time.Minute), device.Stay{}))
	if got := b.traits("2026-11-03"); len(got) != 0 {
		t.Errorf("at once there is %v", got)
	}
	b.record(stood(next.Add(11*time.Minute), device.Stay{}), stood(next.Add(40*time.Minute), device.Stay{}))
	want = []string{"d1 2026-11-03 gateway p:other 09:11-09:11", "d1 2026-11-03 usb p:dock 09:11-09:11"}
	if diff := cmp.Diff(want, b.traits("2026-11-03")); diff != "" {
		t.Errorf("on the second day (-want +got):\n%s", diff)
	}
	var noted []string
	if err := b.TraitsNoted(b.Context(), next, func(t device.Trait) { noted = append(noted, written(t)) }); err != nil || !slices.Equal(noted, want) {
		t.Errorf("since then %v were noted: %v", noted, err)
	}
	if _, err := b.RemoveDevice(b.Context(), "d1", "t", next); err != nil {
		t.Fatal(err)
	}
	if got := b.traits(""); len(got) != 0 {
		t.Errorf("of a removed device there is %v", got)
	}
}

// testLateTraits: what a laptop tells of days on which nobody heard it is of those days,
// and what the collector itself finds is nothing that the laptop had.
func testLateTraits(t *testing.T, b *bench) {
	b.enrol("d1", "a1")
	received := start.Add(30 * 24 * time.Hour)
	for n := range 3 {
		d := entry("e1", uint64(n)+1, start.Add(time.Duration(n)*24*time.Hour), finding.Report{})
		if n == 0 {
			d = entry("e1", 1, start, had("p:router", "p:dock", ""))
		}
		d.ReceivedAt = received
		b.record(d)
	}
	want := []string{
		"d1 2026-11-02 gateway p:router 09:00-09:00", "d1 2026-11-02 usb p:dock 09:00-09:00",
		"d1 2026-11-03 gateway p:router 09:00-09:00", "d1 2026-11-03 usb p:dock 09:00-09:00",
		"d1 2026-11-04 gateway p:router 09:00-09:00", "d1 2026-11-04 usb p:dock 09:00-09:00",
	}
	if diff := cmp.Diff(want, b.traits("")); diff != "" {
		t.Errorf("of a laptop that was offline (-want +got):\n%s", diff)
	}
	if n, err := b.ForgetTraits(b.Context(), start.Add(24*time.Hour)); err != nil || n != 2 {
		t.Errorf("%d were forgotten: %v", n, err)
	}
}

// testManyTraits: a laptop that invents them fills no disk, and hides no evidence.
func testManyTraits(t *testing.T, b *bench) {
	b.enrol("d1", "a1")
	var facts finding.Facts
	facts.Class = "usb_devices"
	for n := range 500 {
		facts.Rows = append(facts.Rows, finding.Observation{Class: "usb_devices", UID: fmt.Sprint(n), Columns: map[string]string{"serial": fmt.Sprintf("p:%d", n), "serial_kind": "plain"}})
	}
	c := claim("f", finding.Open, start, start)
	c.Evidence = facts.Rows[:2]
	b.record(entry("e1", 1, start, finding.Report{Facts: []finding.Facts{facts}, Findings: []finding.Finding{c}}))
	if got := len(b.traits("")); got != 64 {
		t.Errorf("%d traits of one day are kept", got)
	}
	account := finding.Observation{Class: "remote_access", UID: "a", Columns: map[string]string{"tool": "x", "tenant": "p:account"}}
	kvm := claim("k", finding.Open, start, start)
	kvm.Evidence = []finding.Observation{{Class: "usb_devices", UID: "k", Columns: map[string]string{"serial": "p:kvm", "serial_kind": "plain"}}}
	b.record(entry("e1", 2, start, finding.Report{Facts: []finding.Facts{{Class: "remote_access", Rows: []finding.Observation{account}}}, Findings: []finding.Finding{kvm}}))
	for _, kept := range []string{"tenant p:account", "usb p:kvm"} {
		if !slices.ContainsFunc(b.traits(""), func(line string) bool { return strings.Contains(line, kept) }) {
			t.Errorf("beside invented ones %s is not kept", kept)
		}
	}
	var serials []string
	err := b.EvidenceOf(b.Context(), []string{c.Rule, "another"}, start, func(rule string, row finding.Observation) { serials = append(serials, rule+" "+row.Columns["serial"]) })
	if err != nil || !slices.Equal(serials, []string{"kvm.scsi_inquiry p:0", "kvm.scsi_inquiry p:1", "kvm.scsi_inquiry p:kvm"}) {
		t.Errorf("the evidence is %v: %v", serials, err)
	}
}
