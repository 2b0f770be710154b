package assess

import (
	"fmt"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// plugged is a drawer of laptops into which a device of vendor 1234 was plugged, an hour after one another.
func plugged(laptops int, apart time.Duration) drawer {
	d := drawer{pasts: map[string]Past{}, told: map[string][]device.Facts{}}
	for i := range laptops {
		id := fmt.Sprintf("d%02d", i)
		p := laptop()
		p.Device.ID, p.Device.Name = id, id
		d.pasts[id] = p
		d.told[id] = []device.Facts{usbTold(noon.Add(-days(9)+time.Duration(i)*apart), usb("1-1", "1234"))}
	}
	return d
}

// What begins on many laptops at once is one notice, and no alert for each; where it begins
// here and there it is alerts.
func TestWhatWouldBeginOnManyLaptopsIsOneNotice(t *testing.T) {
	c := embedded(t)
	after := over(t, c, "rules/kvm/kvm.desk.yaml", desk("kvm.desk", 2, "usb_devices", `vendor_id: "1234"`))
	changes, s := replayOf(t, c, after, "kvm.desk", plugged(30, time.Hour))
	if s.Reach != 30 || s.Alerts != [2]int{} || s.AlertsOpened != 0 || len(s.Notices) != 1 || s.Notices[0].Devices != 30 || s.Notices[0].Subject != "kvm.desk" || changes[0].Notice != "kvm.desk" {
		t.Errorf("at once: %+v", s)
	}
	_, s = replayOf(t, c, after, "kvm.desk", plugged(8, 24*time.Hour))
	if s.Reach != 8 || s.Alerts != [2]int{0, 8} || s.AlertsOpened != 8 || s.AtOnce != 8 || len(s.Notices) != 0 {
		t.Errorf("here and there: %+v", s)
	}
}

// A sanction covers what would be found newly as it does what is found.
func TestASanctionCoversWhatWouldBeFound(t *testing.T) {
	c := embedded(t)
	after := over(t, c, "rules/kvm/kvm.desk.yaml", desk("kvm.desk", 2, "usb_devices", `vendor_id: "1234"`))
	d := plugged(2, time.Hour)
	p := d.pasts["d00"]
	p.Sanctions = []alert.Sanction{{ID: "s", Name: "desk", Tools: []string{"kvm.desk"}, Devices: []string{"d00"}, StartsAt: noon.Add(-days(60)), ExpiresAt: noon.Add(days(60))}}
	d.pasts["d00"] = p
	changes, s := replayOf(t, c, after, "kvm.desk", d)
	if len(changes) != 1 || changes[0].DeviceID != "d01" || s.AlertsOpened != 1 || s.Proposals[0].DevicesAfter != 2 {
		t.Errorf("changes = %+v, summary = %+v", changes, s)
	}
}

// What a person settled before the window is no alert again, and what a person found to be
// right counts as lost where it would not have been told.
func TestDecisionsCountInAReplay(t *testing.T) {
	c := over(t, embedded(t), "rules/kvm/kvm.desk.yaml", desk("kvm.desk", 2, "usb_devices", `vendor_id: ["1234", "5678"]`))
	after := over(t, c, "rules/kvm/kvm.desk.yaml", desk("kvm.desk", 2, "usb_devices", `vendor_id: "1234"`))
	past := func(id string, reason alert.Reason, opened, closed time.Time) Past {
		s := attached(t, c, "kvm.desk", usb("1-1", "5678"), opened, time.Time{})
		p := laptop(s)
		p.Device.ID, p.Device.Name = id, id
		p.Alerts = []alert.Alert{{ID: "a" + id, Conclusion: finding.RemotelyControlled, State: alert.Closed, CloseReason: reason, OpenedAt: opened, ClosedAt: closed, Findings: []string{s.Finding.UID}, Level: finding.LevelMedium}}
		return p
	}
	d := drawer{pasts: map[string]Past{
		"settled": past("settled", alert.BenignOwnEquipment, noon.Add(-days(50)), noon.Add(-days(40))),
		"right":   past("right", alert.TruePositiveRemoteOperator, noon.Add(-days(9)), noon.Add(-days(8))),
	}}
	changes, s := replayOf(t, c, after, "kvm.desk", d)
	if len(changes) != 2 || s.Leave != 2 || s.Alerts != [2]int{1, 0} || s.AlertsNotNeeded != 1 || s.Confirmed != 1 {
		t.Errorf("changes = %+v, summary = %+v", changes, s)
	}
}
