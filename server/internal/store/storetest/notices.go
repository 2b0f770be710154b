package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/wave"
)

// A Noticer keeps what appeared on many devices at once.
type Noticer interface {
	Beginnings(ctx context.Context, since time.Time) (starts []wave.Start, fleet int, err error)
	Notices(ctx context.Context) ([]alert.Notice, error)
	NoticeDevices(ctx context.Context, id string) (alert.Notice, []device.Device, error)
	KeepNotice(ctx context.Context, n alert.Notice, members []wave.Member) error
	DecideNotice(ctx context.Context, id string, decide func(alert.Notice) (alert.Notice, error)) (alert.Notice, error)
}

func testBeginnings(t *testing.T, b *bench) {
	b.enrol("d1", "a1")
	found := func(uid, rule string, at time.Time, columns map[string]string) finding.Finding {
		f := claim(uid, finding.Open, at, at)
		f.Rule, f.Evidence[0].Columns = rule, columns
		return f
	}
	late := start.Add(48 * time.Hour)
	b.record(entry("e1", 1, start, attached("p:router", "")), stood(start, device.Stay{NetworkClass: device.NetworkResidential}))
	b.record(entry("e1", 2, late, report(
		found("f1", "tool.syncro.installed", start, nil), // the tool began with it
		found("f2", "tool.syncro.running", late, nil),
		found("f3", "tool.atera.tenant", late, map[string]string{"tenant": "p:provider"}),
		found("f4", "tool.atera.running", late, nil),
		found("f5", "kvm.scsi_inquiry", late, nil),
	)))
	for name, c := range map[string]struct {
		since time.Time
		want  []wave.Start
	}{
		"all": {start, []wave.Start{
			{Device: "d1", Place: "p:router", Subject: "syncro", At: start},
			{Device: "d1", Place: "p:router", Subject: "atera", Tenant: "p:provider", At: late},
			{Device: "d1", Place: "p:router", Subject: "kvm.scsi_inquiry", At: late},
		}},
		"what is new": {late, []wave.Start{
			{Device: "d1", Place: "p:router", Subject: "atera", Tenant: "p:provider", At: late},
			{Device: "d1", Place: "p:router", Subject: "kvm.scsi_inquiry", At: late},
		}},
		"nothing is new": {late.Add(time.Second), nil},
	} {
		got, fleet, err := b.Beginnings(t.Context(), c.since)
		if err != nil || fleet != 1 {
			t.Fatalf("%s: a fleet of %d, %v", name, fleet, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	b.record(stood(late, device.Stay{NetworkClass: device.NetworkBusiness}))
	if got, _, err := b.Beginnings(t.Context(), late); err != nil || len(got) != 2 || got[0].Place != "" {
		t.Errorf("an office is no place where one voice counts: %+v, %v", got, err)
	}
}

func testNotices(t *testing.T, b *bench) {
	b.enrol("d1", "a1")
	b.enrol("d2", "a2")
	n := alert.Notice{ID: "notice-1", Subject: "syncro", Tenant: "p:provider", From: start, To: start.Add(time.Hour), CreatedAt: start}
	keep := func(n alert.Notice, members ...wave.Member) {
		t.Helper()
		if err := b.KeepNotice(t.Context(), n, members); err != nil {
			t.Fatal(err)
		}
	}
	keep(n, wave.Member{Device: "d1", At: start})
	if dirty := look(b, func(v View) ([]device.Dirty, error) { return v.DirtyDevices(t.Context()) }); len(dirty) != 1 || dirty[0].DeviceID != "d1" {
		t.Errorf("the device of the notice is judged anew, got %v", dirty)
	}
	decided, err := b.DecideNotice(t.Context(), "notice-1", func(n alert.Notice) (alert.Notice, error) {
		return n.Decide(alert.Actor{Name: "ada", Role: alert.Analyst}, alert.Unexpected, "nobody rolled this out, says the desk", start)
	})
	if err != nil {
		t.Fatal(err)
	}
	n.To = start.Add(2 * time.Hour)
	keep(n, wave.Member{Device: "d1", At: start}, wave.Member{Device: "d2", At: n.To})
	want := decided
	want.To, want.Devices = n.To, 2
	got, devices, err := b.NoticeDevices(t.Context(), "notice-1")
	if err != nil || len(devices) != 2 || devices[1].ID != "d2" || devices[1].Name != "laptop d2" {
		t.Errorf("the devices are %+v, %v", devices, err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what was decided stays as the wave goes on (-want +got):\n%s", diff)
	}
	refusal := errors.New("no")
	if _, err := b.DecideNotice(t.Context(), "notice-1", func(n alert.Notice) (alert.Notice, error) { return n, refusal }); !errors.Is(err, refusal) {
		t.Errorf("a refused decision gives %v", err)
	}
	for _, id := range []string{"", "notice-2"} {
		if _, _, err := b.NoticeDevices(t.Context(), id); !errors.Is(err, device.ErrNotFound) {
			t.Errorf("notice %q gives %v", id, err)
		}
	}
	if _, err := b.RemoveDevice(t.Context(), "d2", "somebody", start); err != nil {
		t.Fatal(err)
	}
	if list, err := b.Notices(t.Context()); err != nil || len(list) != 1 || list[0].Devices != 1 {
		t.Errorf("after a device was removed the notices are %+v, %v", list, err)
	}
}
