package enroll_test

import (
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
)

// A token's group is the device's from its enrolment on; a token without one
// leaves a device that comes back where it was.
func TestATokenPutsDevicesIntoItsGroup(t *testing.T) {
	b := newBench(t)
	token := func(group string) string {
		t.Helper()
		_, text, err := b.authority.CreateToken(t.Context(), b.store, enroll.TokenRequest{Uses: 1, TTL: time.Hour, CreatedBy: "test", Group: group})
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	first := b.clock.Now()
	for _, step := range []struct {
		group, want string
		since       time.Time
	}{{"helpdesk", "helpdesk", first}, {"", "helpdesk", first}, {"helpdesk", "helpdesk", first}, {"sales", "sales", first.Add(3 * time.Minute)}} {
		id := b.enrol(b.request(token(step.group), "anchor")).GetDeviceId()
		d, err := b.store.Device(t.Context(), id)
		if err != nil || d.Group != step.want || !d.GroupSince.Equal(step.since) {
			t.Errorf("with a token of %q: %q since %v, %v", step.group, d.Group, d.GroupSince, err)
		}
		b.clock.move(time.Minute)
	}
	past, err := b.store.Past(t.Context(), b.enrol(b.request(token(""), "anchor")).GetDeviceId())
	if err != nil || len(past.Groups) != 2 {
		t.Fatalf("groups %+v, %v", past.Groups, err)
	}
	for after, want := range map[time.Duration]string{-1: "", 0: "helpdesk", 3*time.Minute - 1: "helpdesk", 3 * time.Minute: "sales"} {
		if got := device.GroupAt(past.Groups, first.Add(after)); got != want {
			t.Errorf("%s after the first: %q", after, got)
		}
	}
}
