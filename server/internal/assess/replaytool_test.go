package assess

import (
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
)

const newDesk = `id: newdesk
name: NewDesk
category: remote-desktop
artefacts:
  - {type: process, value: newdeskhost, source: [M]}
  - {type: original_name, value: NewDeskHost.exe, os: windows, source: [M]}
machines: [plain-laptop.txtar]
lookalikes: [plain-laptop.txtar]
`

// A tool is recognised on rows that other rules told of, which say of it no more that
// nobody knows it; where no rule told of anything it is said that it may be there.
func TestAToolIsTriedOnWhatOtherRulesToldOf(t *testing.T) {
	c := embedded(t)
	after := over(t, c, "tools/newdesk.yaml", newDesk)
	from := noon.Add(-days(3))
	row := func(class string, columns ...string) finding.Observation {
		o := finding.Observation{Class: class, UID: "u-" + class, Columns: map[string]string{"pid": "7", "name": "newdeskhost", "file": "newdeskhost", "original_name": "NewDeskHost.exe"}}
		for i := 0; i < len(columns); i += 2 {
			o.Columns[columns[i]] = columns[i+1]
		}
		return o
	}
	seen := laptop(
		attached(t, c, "network.relay_by_unlisted", row("network_handshakes", "kind", "turn", "direction", "outbound", "remote_scope", "public"), from, time.Time{}),
		attached(t, c, "tunnel.exposes_port", row("processes"), from, time.Time{}))
	plain := laptop()
	plain.Device.ID, plain.Device.Name = "e", "e"
	_, s := replayOf(t, c, after, "newdesk", drawer{pasts: map[string]Past{"d": seen, "e": plain}})
	if len(s.Proposals) != 2 {
		t.Fatalf("tried is %+v", s.Proposals)
	}
	tool, unlisted := s.Proposals[0], s.Proposals[1]
	if tool.Kind != ProposedTool || tool.Replaces || tool.DevicesBefore != 0 || tool.DevicesAfter != 1 || !strings.Contains(tool.Note, "it may hold unseen") || !strings.Contains(tool.Note, "Rows of remote_access come to the collector") {
		t.Errorf("the tool is %+v", tool)
	}
	if unlisted.ID != "network.relay_by_unlisted" || !unlisted.Replaces || unlisted.DevicesBefore != 1 || unlisted.DevicesAfter != 0 {
		t.Errorf("what spoke of a program that nobody knew is %+v", unlisted)
	}
}

// What a rule in force holds for here as well, and no laptop told, is no news of its change.
func TestAChangeOfWordsFindsNothingNew(t *testing.T) {
	c := over(t, embedded(t), "rules/kvm/kvm.desk.yaml", desk("kvm.desk", 2, "usb_devices", `vendor_id: "1234"`))
	after := over(t, c, "rules/kvm/kvm.desk.yaml", strings.Replace(desk("kvm.desk", 2, "usb_devices", `vendor_id: "1234"`), "never bought", "did not buy", 1))
	changes, s := replayOf(t, c, after, "kvm.desk", plugged(2, time.Hour))
	if len(changes) != 0 || s.Proposals[0].DevicesAfter != 0 {
		t.Errorf("changes = %+v, summary = %+v", changes, s)
	}
}
