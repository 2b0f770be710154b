// Package storetest is the suite that every engine of the store must pass.
package storetest

import (
	"context"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
	"github.com/farmwatch/farmwatch/server/internal/presence"
)

// A Store is what the suite asks of an engine for devices, tokens and entries.
type Store interface {
	enroll.Store
	enroll.Tokens
	Recorder
	Reader
	Decider
	Stander
}

// A Decider keeps what people ask, permit, import and take note of.
type Decider interface {
	Asker
	Permitter
	Importer
	Noticer
	Siter
}

// A Stander keeps where devices stood, and the ranges that are known by name.
type Stander interface {
	Sharer
	EachStay(ctx context.Context, since string, take func(*device.Stay)) error
	ForgetStays(ctx context.Context, before, at time.Time) (int64, error)
	EgressLists(ctx context.Context) ([]device.EgressRange, error)
	EgressRevision(ctx context.Context) ([2]int64, error)
	ReplaceEgressList(ctx context.Context, kind, label string, ranges []netip.Prefix, by string, at time.Time) error
}

// An Asker keeps what people at laptops are asked, and what their bundles hold.
type Asker interface {
	Ask(ctx context.Context, q presence.Question) (presence.Question, error)
	Questions(ctx context.Context, idOrName, alertID string) ([]presence.Question, error)
	WithdrawQuestion(ctx context.Context, id, by string, at time.Time) (presence.Question, error)
	Bundle(ctx context.Context, deviceID string, now time.Time) (uint64, []presence.Question, error)
	RaiseBundles(ctx context.Context, now time.Time) error
}

// A Permitter keeps what is permitted, and the groups of devices that it speaks of.
type Permitter interface {
	Sanctions(ctx context.Context) ([]alert.Sanction, error)
	AddSanctions(ctx context.Context, action string, list ...alert.Sanction) error
	RevokeSanction(ctx context.Context, idOrName, by string, at time.Time) (alert.Sanction, error)
	OpenTicket(ctx context.Context, w alert.Window) error
	Tickets(ctx context.Context, at time.Time) ([]alert.Window, error)
	SetGroup(ctx context.Context, idsOrNames []string, group, by string, at time.Time) ([]device.Device, error)
}

// A Recorder takes what devices say.
type Recorder interface {
	Record(ctx context.Context, deliveries []device.Delivery) ([]device.Receipt, error)
	Acked(ctx context.Context, deviceID, epoch string) (uint64, error)
	RemoveDevice(ctx context.Context, id, by string, at time.Time) (device.Device, error)
	Close() error
}

// A Reader runs do on one moment of the store; an assessor's changes go through Assess.
type Reader interface {
	View(ctx context.Context, do func(View) error) error
	Assessed(ctx context.Context, d device.Dirty) error
}

// A View is one moment of the store.
type View interface {
	Findings(ctx context.Context, deviceID string) ([]device.Finding, error)
	Spells(ctx context.Context, deviceID string, since time.Time, evidenceOf ...string) ([]device.Spell, error)
	Gaps(ctx context.Context, deviceID string) ([]device.Gap, error)
	DirtyDevices(ctx context.Context) ([]device.Dirty, error)
	CountEntries(ctx context.Context, deviceID, epoch string) (int, error)
	Inventory
}

// An Inventory is what a device last told of itself.
type Inventory interface {
	Facts(ctx context.Context, deviceID string) ([]device.Facts, error)
	Coverage(ctx context.Context, deviceID string) ([]device.Coverage, error)
	CoverageDays(ctx context.Context, from, to time.Time) ([]device.CoverageDay, error)
}

// Run runs the suite. Open gives an empty store each time.
func Run(t *testing.T, open func(t *testing.T) Store) {
	for name, test := range map[string]func(*testing.T, *bench){
		"entries":  testEntries,
		"forks":    testForks,
		"gaps":     testGaps,
		"batches":  testBatches,
		"outcasts": testOutcasts,
		"dirty":    testDirty,
		"spells":   testSpells,
		"clocks":   testClocks,
		"reimage":  testReimage,
		"facts":    testFacts,
		"coverage": testCoverage,
		"tokens":   testTokens,
		"race":     testRace,
		"heard":    testHeard,
		"presence": testPresence,
		"many ask": testManyAsk,
		"answers":  testAnswers,
		"bundles":  testBundles,
		"versions": testVersions,
		"tickets":  testTickets,
		"groups":   testGroups,
		"stays":    testStays,
		"flips":    testFlips,
		"places":   testManyPlaces,
		"egress":   testEgress,
		"imports":  testImports,
		"again":    testImportedAgain,
		"declared": testDeclared,
		"forget":   testForgetting,
		"stood":    testStood,
		"begun":    testBeginnings,
		"notices":  testNotices,
		"traits":   testTraits,
		"late":     testLateTraits,
		"invented": testManyTraits,
		"sites":    testSites,
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			t.Cleanup(func() { _ = s.Close() })
			test(t, &bench{T: t, Store: s})
		})
	}
}

// start is when every test begins.
var start = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// A bench is one store under test, with shorthand for what the tests say often.
type bench struct {
	*testing.T
	Store
}

// enrol brings a device with one agent into the store.
func (b *bench) enrol(id, agent string) {
	b.Helper()
	err := b.Enrolment(b.Context(), func(tx enroll.Tx) error {
		d := device.Device{ID: id, AgentID: agent, Anchor: "anchor of " + id, Name: "laptop " + id, OS: "linux", EnrolledAt: start}
		return tx.SaveEnrolment(b.Context(), d, "token")
	})
	if err != nil {
		b.Fatalf("enrol %s: %v", id, err)
	}
}

// entry is a delivery of device d1, agent a1.
func entry(epoch string, seq uint64, at time.Time, r finding.Report) device.Delivery {
	r.At = at
	wire, err := proto.MarshalOptions{Deterministic: true}.Marshal(finding.ToWire(r))
	if err != nil {
		wire = fmt.Append(nil, err)
	}
	return device.Delivery{DeviceID: "d1", AgentID: "a1", Epoch: epoch, ReceivedAt: at,
		Entry: &device.Entry{Seq: seq, Wire: wire, Report: r}}
}

func gap(epoch string, from, to uint64, reason string) device.Delivery {
	return device.Delivery{DeviceID: "d1", AgentID: "a1", Epoch: epoch, ReceivedAt: start,
		Gap: &device.Gap{DeviceID: "d1", Epoch: epoch, From: from, To: to, Reason: reason}}
}

// claim is a finding with the times of the device's clock.
func claim(uid string, status finding.Status, first, last time.Time) finding.Finding {
	return finding.Finding{UID: uid, Rule: "kvm.scsi_inquiry", Title: "A title", Status: status,
		Severity: finding.SeverityHigh, Confidence: finding.ConfidenceMedium, FirstSeen: first, LastSeen: last,
		Evidence: []finding.Observation{{Class: "usb_devices", UID: "row", Columns: map[string]string{"port": "1-1"}}}}
}

func report(f ...finding.Finding) finding.Report { return finding.Report{Findings: f} }

// record stores deliveries in one batch and tells the outcomes.
func (b *bench) record(deliveries ...device.Delivery) []device.Receipt {
	b.Helper()
	receipts, err := b.Record(b.Context(), deliveries)
	if err != nil {
		b.Fatalf("record: %v", err)
	}
	if len(receipts) != len(deliveries) {
		b.Fatalf("record gave %d receipts for %d deliveries", len(receipts), len(deliveries))
	}
	return receipts
}

// expect records one delivery and wants an outcome and an acknowledged number.
func (b *bench) expect(d device.Delivery, outcome device.Outcome, acked uint64) {
	b.Helper()
	got := b.record(d)[0]
	if got.Outcome != outcome || got.Acked != acked {
		b.Fatalf("got %s up to %d, want %s up to %d", got.Outcome, got.Acked, outcome, acked)
	}
}

// look reads one moment of the store.
func look[T any](b *bench, read func(View) (T, error)) T {
	b.Helper()
	var seen T
	err := b.View(b.Context(), func(v View) error {
		var err error
		seen, err = read(v)
		return err
	})
	if err != nil {
		b.Fatalf("read: %v", err)
	}
	return seen
}

func (b *bench) count(epoch string) int {
	return look(b, func(v View) (int, error) { return v.CountEntries(b.Context(), "d1", epoch) })
}

func (b *bench) spells() []device.Spell {
	return look(b, func(v View) ([]device.Spell, error) { return v.Spells(b.Context(), "d1", time.Unix(0, 0)) })
}
