package host

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// kernelInput are the files of one input device below sys/class/input.
type kernelInput struct {
	node, target, name, bus, vendor, product string
	key, rel, abs, sw, properties            string
}

// Capabilities as the lab's kernel showed them (words of 64 bits).
const (
	allKeys    = "1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe"
	threeKeys  = "70000 0 0 0 0" // BTN_LEFT, BTN_RIGHT, BTN_MIDDLE
	padKeys    = "e520 10000 0 0 0 0"
	screenKeys = "400 0 0 0 0 0"
	penKeys    = "c01 0 0 0 0 0"
)

func (k kernelInput) files() string {
	dir := "files/sys" + k.target
	var b strings.Builder
	fmt.Fprintf(&b, "-- files/sys/class/input/%s -> ../..%s --\n", k.node, k.target)
	fmt.Fprintf(&b, "-- %s/device -> .. --\n", dir)
	parent := dir[:strings.LastIndex(dir, "/")]
	for _, f := range [][2]string{
		{"name", k.name}, {"id/bustype", k.bus}, {"id/vendor", k.vendor}, {"id/product", k.product}, {"properties", k.properties},
		{"capabilities/key", k.key}, {"capabilities/rel", k.rel}, {"capabilities/abs", k.abs}, {"capabilities/sw", k.sw},
	} {
		fmt.Fprintf(&b, "-- %s/%s --\n%s\n", parent, f[0], f[1])
	}
	return b.String()
}

// TestManyInputDevices: what is too much is said, and hides no hardware.
func TestManyInputDevices(t *testing.T) {
	var files strings.Builder
	for i := range 100 {
		k := kernelInput{node: fmt.Sprintf("event%d", i), target: fmt.Sprintf("/devices/virtual/input/input%d/event%d", i, i), name: fmt.Sprint("made ", i), key: allKeys}
		files.WriteString(k.files())
	}
	own := kernelInput{node: "event999", target: "/devices/platform/i8042/serio0/input/input3/event999", name: "AT keyboard", bus: "0011", key: allKeys}
	h, err := ReadRecording(txtar.Parse([]byte("-- platform.yaml --\nos: linux\n" + files.String() + own.files())))
	if err != nil {
		t.Fatal(err)
	}
	nodes, err := sysfsInputs(h.Files())
	if len(nodes) != mostInputs || nodes[0].Name != "AT keyboard" || err == nil || !strings.Contains(err.Error(), "there are 101") {
		t.Errorf("%d devices, the first %+v, error %v", len(nodes), nodes[0], err)
	}
}

func TestSysfsInputs(t *testing.T) {
	if wordBits != 64 {
		t.Fatal("the capabilities below are of a 64-bit kernel")
	}
	const pci = "/devices/pci0000:00/0000:00:14.0/usb1"
	for _, test := range []struct {
		about kernelInput
		want  string // ID place maker port can
	}{
		{kernelInput{target: "/devices/platform/i8042/serio0/input/input3/event3", name: "AT Translated Set 2 keyboard", bus: "0011", key: allKeys}, "serio:serio0 built_in   keyboard"},
		{kernelInput{target: "/devices/pci0000:00/0000:00:15.1/i2c_designware.1/i2c-2/i2c-SYNA8004:00/0018:06CB:CD8B.0001/input/input9/event7", bus: "0018", key: padKeys, abs: "2e0800000000003", properties: "5"}, "i2c:0018:06CB:CD8B.0001 built_in   touchpad"},
		{kernelInput{target: "/devices/LNXSYSTM:00/LNXSYBUS:00/PNP0C0D:00/input/input0/event0", name: "Lid Switch", bus: "0019", sw: "1"}, "firmware:PNP0C0D:00 built_in   lid"},
		{kernelInput{target: pci + "/1-2/1-2:1.0/0003:046D:C52B.0001/input/input5/event5", bus: "0003", vendor: "046d", product: "c52b", key: allKeys}, "usb:1-2:1.0 external  1-2 keyboard"},
		{kernelInput{target: pci + "/1-2/1-2.4/1-2.4:1.1/0003:1D6B:0104.0002/input/input6/event6", bus: "0003", key: "ff0000 0 0 0 0", abs: "3", rel: "900"}, "usb:1-2.4:1.1 external  1-2.4 absolute_pointer"},
		{kernelInput{target: pci + "/1-7/1-7:1.0/0003:05AC:0274.0003/input/input7/event8", bus: "0003", key: allKeys}, "usb:1-7:1.0 built_in  1-7 keyboard"},
		{kernelInput{target: "/devices/platform/dummy_hcd.0/usb3/3-1/3-1:1.0/0003:1D6B:0104.0003/input/input8/event9", bus: "0003", key: allKeys}, "usb:3-1:1.0 virtual dummy 3-1 keyboard"},
		{kernelInput{target: "/devices/virtual/input/input9/event10", name: "ydotoold virtual device", bus: "0003", vendor: "2333", product: "6666", key: allKeys, rel: "103"}, "uinput:2333:6666:ydotoold virtual device virtual uinput  keyboard"},
		{kernelInput{target: "/devices/virtual/misc/uhid/0003:413C:2107.0002/input/input4/event11", name: "Dell", bus: "0003", vendor: "413c", product: "2107", key: allKeys}, "uhid:413c:2107:Dell virtual uhid  keyboard"},
		{kernelInput{target: "/devices/virtual/misc/uhid/0005:046D:B35B.0005/input/input4/event12", name: "MX Keys", bus: "0005", vendor: "046d", product: "b35b", key: allKeys}, "bluetooth:046d:b35b:MX Keys external   keyboard"},
		{kernelInput{target: pci + "/1-3/1-3:1.0/0003:222A:0001.0004/input/input10/event13", bus: "0003", key: screenKeys, abs: "3", properties: "2"}, "usb:1-3:1.0 external  1-3 touchscreen"},
		{kernelInput{target: pci + "/1-4/1-4:1.0/0003:056A:0357.0004/input/input11/event14", bus: "0003", key: penKeys, abs: "1000003"}, "usb:1-4:1.0 external  1-4 tablet"},
		{kernelInput{target: pci + "/1-5/1-5:1.0/0003:046D:C077.0004/input/input12/event15", bus: "0003", key: threeKeys, rel: "903"}, "usb:1-5:1.0 external  1-5 pointer"},
		{kernelInput{target: "/devices/pci0000:00/0000:00:1f.3/sound/card0/input13/event16", name: "HDA Intel PCH Headphone", bus: "0000", sw: "4"}, ""},
		{kernelInput{target: "/devices/pci0000:00/accel/iio/input/input14/event17", name: "accelerometer", abs: "7", properties: "40"}, ""},
	} {
		test.about.node = test.about.target[strings.LastIndex(test.about.target, "/")+1:]
		text := test.about.files() + "-- files/sys/bus/usb/devices/1-7/removable --\nfixed\n"
		h, err := ReadRecording(txtar.Parse([]byte(text)))
		if err != nil {
			t.Fatal(err)
		}
		nodes, err := sysfsInputs(h.Files())
		got := ""
		for _, n := range nodes {
			got += strings.Join([]string{n.ID, n.Place, n.Maker, n.USBPort, strings.Join(n.Can, ",")}, " ")
		}
		if err != nil || got != test.want {
			t.Errorf("%s: %q, want %q; error %v", test.about.target, got, test.want, err)
		}
	}
}

func TestInputsOfOnePlaceAreNamedApart(t *testing.T) {
	a := kernelInput{node: "event1", target: "/devices/pci0000:00/usb1/1-2/1-2:1.1/0003:046D:C52B.0001/input/input1/event1", key: allKeys}
	b := kernelInput{node: "event2", target: "/devices/pci0000:00/usb1/1-2/1-2:1.1/0003:046D:C52B.0001/input/input2/event2", key: threeKeys, rel: "3"}
	h, err := ReadRecording(txtar.Parse([]byte(a.files() + b.files())))
	if err != nil {
		t.Fatal(err)
	}
	nodes, err := sysfsInputs(h.Files())
	if err != nil || len(nodes) != 2 || nodes[0].ID == nodes[1].ID {
		t.Errorf("%+v, error %v", nodes, err)
	}
	none, err := ReadRecording(txtar.Parse([]byte("-- files/etc/hostname --\na\n")))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sysfsInputs(none.Files()); !errors.Is(err, ErrAbsent) {
		t.Errorf("without /sys: %v", err)
	}
}

func FuzzBitmap(f *testing.F) {
	f.Add("70000 0 0 0 0", 272)
	f.Fuzz(func(t *testing.T, text string, code int) {
		if set := bits(text); code >= 0 && set.has(code) && !slices.ContainsFunc(set, func(word uint64) bool { return word != 0 }) {
			t.Fatalf("%q has %d", text, code)
		}
	})
}
