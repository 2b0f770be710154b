package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

func testEntries(t *testing.T, b *bench) {
	b.enrol("d1", "a1")
	first := entry("e1", 1, start, report(claim("f1", finding.Open, start, start)))
	b.expect(first, device.Stored, 1)
	b.expect(first, device.Repeated, 1)
	b.expect(entry("e1", 3, start, finding.Report{}), device.Holed, 1)
	b.expect(entry("e1", 2, start, finding.Report{}), device.Stored, 2)
	b.expect(first, device.Repeated, 2)
	b.expect(entry("e2", 1, start, finding.Report{}), device.Stored, 1) // another life of the spool counts for itself
	if n := b.count("e1"); n != 2 {
		t.Errorf("%d entries are stored, want 2", n)
	}
	for epoch, want := range map[string]uint64{"e1": 2, "e2": 1, "unknown": 0} {
		if acked, err := b.Acked(t.Context(), "d1", epoch); err != nil || acked != want {
			t.Errorf("acked of %s is %d, %v; want %d", epoch, acked, err, want)
		}
	}
}

func testForks(t *testing.T, b *bench) {
	b.enrol("d1", "a1")
	b.expect(entry("e1", 1, start, report(claim("f1", finding.Open, start, start))), device.Stored, 1)
	other := entry("e1", 1, start, report(claim("f2", finding.Open, start, start)))
	b.expect(other, device.Forked, 1)
	b.expect(other, device.Forked, 1)
	gaps := look(b, func(v View) ([]device.Gap, error) { return v.Gaps(t.Context(), "d1") })
	want := []device.Gap{{DeviceID: "d1", Epoch: "e1", From: 1, To: 1, Reason: device.ReasonFork, ReceivedAt: start}}
	if diff := cmp.Diff(want, gaps); diff != "" {
		t.Errorf("a fork is noted once (-want +got):\n%s", diff)
	}
	if s := b.spells(); len(s) != 1 || s[0].Finding.UID != "f1" {
		t.Errorf("the first report stays and the second changes nothing, got spells %v", s)
	}
}

func testGaps(t *testing.T, b *bench) {
	b.enrol("d1", "a1")
	b.expect(entry("e1", 1, start, finding.Report{}), device.Stored, 1)
	b.expect(gap("e1", 3, 4, "torn_tail"), device.Holed, 1)
	b.expect(gap("e1", 1, 4, "torn_tail"), device.Stored, 4) // 1 is stored, so only 2 to 4 are missing
	b.expect(gap("e1", 1, 4, "torn_tail"), device.Repeated, 4)
	b.expect(entry("e1", 3, start, finding.Report{}), device.Repeated, 4) // given up before
	b.expect(entry("e1", 5, start, finding.Report{}), device.Stored, 5)
	gaps := look(b, func(v View) ([]device.Gap, error) { return v.Gaps(t.Context(), "d1") })
	want := []device.Gap{{DeviceID: "d1", Epoch: "e1", From: 2, To: 4, Reason: "torn_tail", ReceivedAt: start}}
	if diff := cmp.Diff(want, gaps); diff != "" {
		t.Errorf("gaps (-want +got):\n%s", diff)
	}
}

func testBatches(t *testing.T, b *bench) {
	b.enrol("d1", "a1")
	receipts := b.record(
		entry("e1", 1, start, finding.Report{}),
		entry("e1", 1, start, finding.Report{}),
		entry("e1", 2, start, finding.Report{}),
		gap("e1", 3, 3, "spool_full"),
		entry("e1", 9, start, finding.Report{}),
		entry("e1", 4, start, finding.Report{}),
	)
	want := []device.Receipt{{Outcome: device.Stored, Acked: 1}, {Outcome: device.Repeated, Acked: 1}, {Outcome: device.Stored, Acked: 2},
		{Outcome: device.Stored, Acked: 3}, {Outcome: device.Holed, Acked: 3}, {Outcome: device.Stored, Acked: 4}}
	if diff := cmp.Diff(want, receipts); diff != "" {
		t.Errorf("receipts (-want +got):\n%s", diff)
	}
}

func testOutcasts(t *testing.T, b *bench) {
	b.enrol("d1", "a1")
	stranger := entry("e1", 1, start, finding.Report{})
	stranger.AgentID = "a0"
	b.expect(stranger, device.Outcast, 0)
	if _, err := b.RemoveDevice(t.Context(), "d1", "root", start); err != nil {
		t.Fatal(err)
	}
	b.expect(entry("e1", 1, start, finding.Report{}), device.Outcast, 0)
	b.expect(device.Delivery{DeviceID: "d1", AgentID: "a1", Heard: &device.Heard{}, ReceivedAt: start}, device.Outcast, 0)
	if n := b.count("e1"); n != 0 {
		t.Errorf("%d entries of outcasts are stored", n)
	}
	d, err := b.Device(t.Context(), "d1")
	if err != nil || !d.RemovedAt.Equal(start) {
		t.Errorf("a removed device is %+v, %v; want it kept with its removal", d, err)
	}
}

func testDirty(t *testing.T, b *bench) {
	b.enrol("d1", "a1")
	b.expect(entry("e1", 1, start, finding.Report{}), device.Stored, 1)
	dirty := look(b, func(v View) ([]device.Dirty, error) { return v.DirtyDevices(t.Context()) })
	if len(dirty) != 1 || dirty[0].DeviceID != "d1" {
		t.Fatalf("dirty devices are %v, want d1", dirty)
	}
	b.expect(entry("e1", 2, start, finding.Report{}), device.Stored, 2)
	assess := func(d device.Dirty) int {
		t.Helper()
		if err := b.Assessed(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		return len(look(b, func(v View) ([]device.Dirty, error) { return v.DirtyDevices(t.Context()) }))
	}
	if n := assess(dirty[0]); n != 1 {
		t.Error("what came while it was assessed keeps a device dirty")
	}
	dirty = look(b, func(v View) ([]device.Dirty, error) { return v.DirtyDevices(t.Context()) })
	if n := assess(dirty[0]); n != 0 {
		t.Error("an assessed device is clean")
	}
	b.expect(entry("e1", 2, start, finding.Report{}), device.Repeated, 2)
	b.record(device.Delivery{DeviceID: "d1", AgentID: "a1", Heard: &device.Heard{}, ReceivedAt: start})
	if n := len(look(b, func(v View) ([]device.Dirty, error) { return v.DirtyDevices(t.Context()) })); n != 0 {
		t.Error("a repeat or a heartbeat makes nothing dirty")
	}
}

func testHeard(t *testing.T, b *bench) {
	b.enrol("d1", "a1")
	d, err := b.Device(t.Context(), "d1")
	if err != nil || !d.LastSeen.IsZero() {
		t.Fatalf("a device that never reported was last seen %s, %v", d.LastSeen, err)
	}
	heard := &device.Heard{Offset: -3 * time.Second, AgentVersion: "1.2.3", BootID: "b"}
	b.record(device.Delivery{DeviceID: "d1", AgentID: "a1", Heard: heard, ReceivedAt: start.Add(time.Hour)})
	d, err = b.Device(t.Context(), "d1")
	if err != nil || !d.LastSeen.Equal(start.Add(time.Hour)) || d.ClockOffset != -3*time.Second || d.AgentVersion != "1.2.3" {
		t.Errorf("after a heartbeat the device is %+v, %v", d, err)
	}
}
