package host

import (
	"errors"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

func TestCan(t *testing.T) {
	h := recorded(t, "-- platform.yaml --\nos: windows\n")
	if _, err := Can[DeviceTree](h, "devices"); err != nil {
		t.Errorf("a recording has devices: %v", err)
	}
	if _, err := Can[SelfCoster](h, "its own cost"); !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), "its own cost") {
		t.Errorf("a recording has no cost: %v", err)
	}
}

// TestAbleRows: what is written for a machine that tells of itself is read again,
// and what is no answer is refused with its place.
func TestAbleRows(t *testing.T) {
	h := recorded(t, `-- platform.yaml --
os: windows
-- interfaces.yaml --
- {name: Wi-Fi, kind: wifi, up: true, default: true, gateway: "02:00:5e:10:00:01", driver: Intel, mtu: 1500}
-- power.yaml --
mains: "true"
battery: "true"
percent: 80
lid: closed
uptime: 50h
-- cameras.yaml --
- {name: OBS Virtual Camera, virtual: true, in_use: "true"}
-- lookups.yaml --
- {name: relay.anydesk.com, pid: 7}
`)
	interfaces, err := h.(InterfaceHost).Interfaces(t.Context())
	if err != nil || len(interfaces) != 1 || interfaces[0].MTU != 1500 || !interfaces[0].Default {
		t.Errorf("interfaces %+v, %v", interfaces, err)
	}
	power, err := h.(PowerHost).Power(t.Context())
	if err != nil || power.Percent != 80 || power.Cycles != -1 || power.Uptime.Hours() != 50 {
		t.Errorf("power %+v, %v", power, err)
	}
	cameras, err := h.(CameraHost).Cameras(t.Context())
	if err != nil || len(cameras) != 1 || !cameras[0].Virtual {
		t.Errorf("cameras %+v, %v", cameras, err)
	}
	source, err := h.(LookupHost).Lookups(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if one, err := source.Next(); err != nil || one.PID != 7 {
		t.Errorf("lookup %+v, %v", one, err)
	}
	for name, text := range map[string]string{
		"interfaces.yaml": "- {name: x, kind: radio}\n", "lookups.yaml": "- {pid: 3}\n", "cameras.yaml": "- {who: x}\n", "neighbours.yaml": "- {interface: en0, hardware: there}\n", "power.yaml": "fed: true\n",
	} {
		if _, err := ReadRecording(txtar.Parse([]byte("-- " + name + " --\n" + text))); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNeighbourRows: those of a recording are read, and none that is no address.
func TestNeighbourRows(t *testing.T) {
	h := recorded(t, "-- neighbours.yaml --\n- {interface: en0, hardware: \"00:1b:21:00:00:07\"}\n- {interface: en0, hardware: \"00:1b:21:00:00:08\", own: true}\n")
	got, err := h.(NeighbourHost).Neighbours(t.Context())
	if err != nil || len(got) != 2 || got[0].Own || !got[1].Own || got[0].Hardware != "00:1b:21:00:00:07" {
		t.Errorf("neighbours %+v, %v", got, err)
	}
	if _, err := recorded(t, "").(NeighbourHost).Neighbours(t.Context()); !errors.Is(err, ErrAbsent) {
		t.Errorf("without any: %v", err)
	}
}
