package host

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDeviceProperties(t *testing.T) {
	text := deviceProperty{kind: propertyText, bytes: wide("USB-Tastatur é\x00")}
	if text.text() != "USB-Tastatur é" || text.texts() != nil || text.number() != 0 || !text.time().IsZero() {
		t.Errorf("a text is %q, %q, %d, %s", text.text(), text.texts(), text.number(), text.time())
	}
	list := deviceProperty{kind: propertyTexts, bytes: wide("USB\\VID_1D6B&PID_0104&REV_0100\x00USB\\VID_1D6B&PID_0104\x00\x00")}
	if diff := cmp.Diff([]string{`USB\VID_1D6B&PID_0104&REV_0100`, `USB\VID_1D6B&PID_0104`}, list.texts()); diff != "" || list.text() != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := (deviceProperty{kind: propertyUint32, bytes: []byte{0x14, 1, 0, 0}}).number(); n != 0x114 {
		t.Errorf("a number is %#x", n)
	}
	for ticks, want := range map[uint64]time.Time{
		134059680620000000:     time.Date(2025, time.October, 26, 16, 1, 2, 0, time.UTC),
		0:                      {},
		0x7fffffffffffffff:     {},
		116444736000000000:     time.Unix(0, 0).UTC(),
		116444736000000000 - 1: {},
	} {
		p := deviceProperty{kind: propertyTime, bytes: binary.LittleEndian.AppendUint64(nil, ticks)}
		if got := p.time(); !got.Equal(want) {
			t.Errorf("%d is %s, want %s", ticks, got, want)
		}
	}
}

func FuzzDeviceProperty(f *testing.F) {
	f.Add(uint32(propertyText), wide("a\x00"))
	f.Add(uint32(propertyTexts), wide("a\x00b\x00\x00"))
	f.Add(uint32(propertyTexts), []byte{0x00, 0xd8, 0x41})
	f.Add(uint32(propertyTime), []byte{1})
	f.Fuzz(func(_ *testing.T, kind uint32, b []byte) {
		p := deviceProperty{kind: kind, bytes: b}
		_, _, _, _ = p.text(), p.texts(), p.number(), p.time()
	})
}

func TestInstanceOfPath(t *testing.T) {
	for path, want := range map[string]string{
		`\\?\DISPLAY#BOE0A5F#5&2f1a4c1&0&UID8388688#{e6f07b5f-ee97-4a90-b076-33f57bf4eaa7}`: `DISPLAY\BOE0A5F\5&2f1a4c1&0&UID8388688`,
		`\\?\HID#VID_046D&PID_C52B&MI_01&Col01#8&2f1e5a3b&0&0000#{4d1e55b2}\kbd`:            `HID\VID_046D&PID_C52B&MI_01&Col01\8&2f1e5a3b&0&0000`,
		`\\.\DISPLAY1`: "",
		"":             "",
	} {
		if got := instanceOfPath(path); got != want {
			t.Errorf("%s is of %q, want %q", path, got, want)
		}
		if want != "" && !strings.Contains(path, `\kbd`) && pathOfInstance(want, "{E6F07B5F-EE97-4A90-B076-33F57BF4EAA7}") != path {
			t.Errorf("the path of %s is %s", want, pathOfInstance(want, "{E6F07B5F-EE97-4A90-B076-33F57BF4EAA7}"))
		}
	}
}

func TestPreparsedSize(t *testing.T) {
	b := make([]byte, 44+104+16+7)
	copy(b, "HidP KDR")
	binary.LittleEndian.PutUint16(b[40:], 104)
	binary.LittleEndian.PutUint16(b[42:], 1)
	if n := preparsedSize(b); n != 44+104+16 {
		t.Errorf("%d bytes", n)
	}
	binary.LittleEndian.PutUint16(b[42:], 9)
	if n := preparsedSize(b); n != 0 {
		t.Errorf("more than there are: %d", n)
	}
	if n := preparsedSize(bytes.Repeat([]byte("HidP KDR"), 3)); n != 0 {
		t.Errorf("half a head: %d", n)
	}
}

// What hubs answer, as Windows 11 lays it out.
func TestUSBPort(t *testing.T) {
	answer := portQuestion(3)
	copy(answer[4:], []byte{18, 1, 0, 2, 0, 0, 0, 64, 0x6b, 0x1d, 0x04, 0x01, 0, 1, 1, 2, 3, 1})
	answer[23], answer[31] = 2, 1
	at, ok := usbPortOf(answer)
	if !ok || len(at.device) != 18 || at.mbits(nil) != "480" {
		t.Errorf("%+v, %t, %s", at, ok, at.mbits(nil))
	}
	for flags, want := range map[byte]string{0: "480", 3: "5000", 2: "480", 0x0f: "10000", 8: "480"} {
		fast := fastQuestion(3)
		if fast[8] != 4 { // Usb300 and no other, as every program asks
			t.Errorf("asked for %x", fast[8])
		}
		fast[12] = flags
		if got := at.mbits(fast); got != want {
			t.Errorf("flags %x: %s, want %s", flags, got, want)
		}
	}
	answer[31] = 0
	if _, ok := usbPortOf(answer); ok {
		t.Error("nothing is at the port")
	}
	if _, ok := usbPortOf(answer[:20]); ok {
		t.Error("a short answer was read")
	}
}

func TestUSBConfiguration(t *testing.T) {
	question := configQuestion(3, 9)
	if diff := cmp.Diff([]byte{3, 0, 0, 0, 0x80, 6, 0, 2, 0, 0, 9, 0}, question[:descriptorHead]); diff != "" || len(question) != descriptorHead+9 {
		t.Errorf("%d bytes (-want +got):\n%s", len(question), diff)
	}
	copy(question[descriptorHead:], []byte{9, 2, 34, 0, 1, 1, 0, 0xa0, 125})
	if head, total := configOf(question); len(head) != 9 || total != 34 {
		t.Errorf("%x of %d", head, total)
	}
	question[descriptorHead+2], question[descriptorHead+3] = 0xff, 0xff
	if _, total := configOf(question); total != usbConfigLimit {
		t.Errorf("%d bytes are asked for", total)
	}
	question[descriptorHead+1] = 3
	if config, _ := configOf(question); config != nil {
		t.Error("a text was taken for a configuration")
	}
}

func TestDisplayTargets(t *testing.T) {
	path := func(adapter uint64, number uint32, available bool) []byte {
		b := make([]byte, displayPathSize)
		binary.LittleEndian.PutUint64(b[20:], adapter)
		binary.LittleEndian.PutUint32(b[28:], number)
		if available {
			b[60] = 1
		}
		return b
	}
	paths := bytes.Join([][]byte{path(7, 1, true), path(7, 1, true), path(7, 2, false), path(8, 1, true), {1, 2, 3}}, nil)
	if diff := cmp.Diff([]displayTarget{{7, 1}, {8, 1}}, displayTargets(paths), cmp.AllowUnexported(displayTarget{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	answer := targetQuestion(displayTarget{adapter: 7, number: 1})
	binary.LittleEndian.PutUint32(answer[24:], 5)
	copy(answer[164:], wide(`\\?\DISPLAY#LNX7773#5&2f1a4c1&0&UID4353#{e6f07b5f-ee97-4a90-b076-33f57bf4eaa7}`))
	if instance, output := targetOf(answer); instance != `DISPLAY\LNX7773\5&2F1A4C1&0&UID4353` || output != outputExternal {
		t.Errorf("%s is %s", instance, output)
	}
	if instance, _ := targetOf(answer[:100]); instance != "" {
		t.Errorf("a short answer is of %s", instance)
	}
	for technology, want := range map[uint32]string{
		0xffffffff: "", 0: outputExternal, 6: outputInternal, 10: outputExternal, 11: outputInternal, 15: outputIndirect, 16: outputIndirect,
		17: outputVirtual, 0x80000000: outputInternal, 18: outputExternal,
	} {
		if got := outputOf(technology); got != want {
			t.Errorf("technology %d is %q, want %q", technology, got, want)
		}
	}
}

// Where nobody says how a display is fed, what made it may tell.
func TestShowDisplay(t *testing.T) {
	files := recorded(t, "-- platform.yaml --\nos: windows\n-- files/registry/HKLM/SYSTEM/CurrentControlSet/Enum/DISPLAY/MTT1337/1&28a6823a&2&UID256/Device Parameters/EDID --\n00ffffff\n").Files()
	for parent, want := range map[string]string{`ROOT\DISPLAY\0000`: outputVirtual, `SWD\X\Y`: outputVirtual, `USB\VID_17E9&PID_6006&MI_00\7`: outputIndirect, `PCI\VEN_8086&DEV_46A6\3`: ""} {
		d := Device{Instance: `DISPLAY\MTT1337\1&28a6823a&2&UID256`, Parent: parent}
		d.showDisplay(files, nil)
		if d.Output != want || len(d.EDID) != 4 {
			t.Errorf("below %s: %q, %x", parent, d.Output, d.EDID)
		}
		d.showDisplay(files, map[string]string{strings.ToUpper(d.Instance): outputExternal})
		if d.Output != outputExternal {
			t.Errorf("below %s it is said to be %s", parent, d.Output)
		}
	}
}

// Drivers of devices answer what they like.
func FuzzDeviceAnswers(f *testing.F) {
	f.Add(portQuestion(3))
	f.Add(append(configQuestion(3, 9)[:descriptorHead], 9, 2, 34, 0, 1, 1, 0, 0xa0, 125))
	f.Add(targetQuestion(displayTarget{adapter: 7, number: 1}))
	f.Add([]byte("HidP KDR"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if at, ok := usbPortOf(b); ok {
			at.mbits(b)
		}
		if config, total := configOf(b); len(config) > total || total > usbConfigLimit {
			t.Errorf("%d bytes of %d", len(config), total)
		}
		if n := preparsedSize(b); n > len(b) {
			t.Errorf("%d of %d bytes", n, len(b))
		}
		displayTargets(b)
		targetOf(b)
		powerStatus(b)
		batteryCycles(b)
		lidSaid(b)
	})
}
