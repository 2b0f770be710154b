package presence

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

func TestPlugsAreTheLaptopsOwn(t *testing.T) {
	supply := func(name, place, kind, online string) string {
		at := "files/sys/devices/" + place + "/power_supply/" + name
		return "-- files/sys/class/power_supply/" + name + " -> ../../devices/" + place + "/power_supply/" + name + " --\n" +
			"-- " + at + "/type --\n" + kind + "\n-- " + at + "/online --\n" + online + "\n"
	}
	h, err := host.ReadRecording(txtar.Parse([]byte("-- platform.yaml --\nos: linux\n" +
		supply("AC", "LNXSYSTM:00/LNXSYBUS:00/ACPI0003:00", "Mains", "1") + supply("BAT0", "LNXSYSTM:00/PNP0C0A:00", "Battery", "") +
		supply("tablet", "pci0000:00/usb1/1-2/1-2:1.0/0003:056A:0001.0004", "Mains", "1") + supply("test_ac", "virtual", "Mains", "0") +
		supply("ucsi", "platform/USBC000:00", "USB", "0"))))
	if err != nil {
		t.Fatal(err)
	}
	want := []plug{
		{Device{Name: "power plug AC", BuiltIn: true}, "in"}, {Device{Name: "power plug tablet"}, "in"},
		{Device{Name: "power plug test_ac", BuiltIn: true, Virtual: true}, "out"}, {Device{Name: "power plug ucsi", BuiltIn: true}, "out"},
	}
	if diff := cmp.Diff(want, plugs(h.Files()), cmp.AllowUnexported(plug{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
