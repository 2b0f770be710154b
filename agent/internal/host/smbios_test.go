package host

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"
)

// smbiosBytes makes tables as Windows hands them out.
func smbiosBytes(major, minor byte, tables ...[]byte) []byte {
	raw := append([]byte{0, major, minor, 0, 0, 0, 0, 0}, slices.Concat(tables...)...)
	binary.LittleEndian.PutUint32(raw[4:], uint32(len(raw)-8))
	return raw
}

func smbiosBytesOf(kind byte, fixed []byte, texts ...string) []byte {
	raw := append([]byte{kind, byte(4 + len(fixed)), 0, 0}, fixed...)
	for _, text := range texts {
		raw = append(append(raw, text...), 0)
	}
	if len(texts) == 0 {
		raw = append(raw, 0)
	}
	return append(raw, 0)
}

func thinkPadTables() []byte {
	uuid := []byte{0x4C, 0x4C, 0x45, 0x44, 0x00, 0x35, 0x47, 0x10, 0x80, 0x4A, 0xB9, 0xC0, 0x4F, 0x51, 0x32, 0x32}
	return smbiosBytes(3, 2,
		smbiosBytesOf(0, []byte{1, 2, 0, 0}, "LENOVO", "N3HET86W"),
		smbiosBytesOf(smbiosSystem, slices.Concat([]byte{1, 2, 3, 4}, uuid, []byte{6, 0, 0}), "LENOVO", "21CB00FLUS", "ThinkPad X1", "PF3ABCDE "),
		smbiosBytesOf(smbiosBoard, []byte{1, 2, 0, 3}, "LENOVO", "21CB00FLUS", "L1HF27R0123"),
		smbiosBytesOf(9, []byte{0}), // without texts
		smbiosBytesOf(smbiosChassis, []byte{1, 0x80 | 10, 0}, "LENOVO"),
		smbiosBytesOf(smbiosSystem, []byte{1, 2, 0, 0}, "second", "is not read"),
		smbiosBytesOf(smbiosEnd, nil))
}

func TestSMBIOS(t *testing.T) {
	found, err := parseSMBIOS(thinkPadTables())
	if err != nil {
		t.Fatal(err)
	}
	var p Platform
	found.onto(&p, "unused")
	want := Platform{
		Vendor: "LENOVO", Product: "21CB00FLUS", Chassis: "laptop",
		Hardware: "smbios:44454c4c-3500-1047-804a-b9c04f513232|PF3ABCDE|L1HF27R0123", // as Linux has it of the same machine
	}
	if p != want {
		t.Errorf("%+v, want %+v", p, want)
	}
}

func TestSMBIOSOfAVirtualMachine(t *testing.T) {
	raw := smbiosBytes(2, 4,
		smbiosBytesOf(smbiosSystem, append([]byte{1, 2, 0, 3}, bytes.Repeat([]byte{0xFF}, 16)...), "QEMU", "Standard PC", "To be filled by O.E.M."),
		smbiosBytesOf(smbiosChassis, []byte{1, 1}, "QEMU"))
	found, err := parseSMBIOS(raw)
	if err != nil {
		t.Fatal(err)
	}
	var p Platform
	if found.onto(&p, "0e2d"); p.Chassis != "vm" || p.Hardware != "machine-id:0e2d" {
		t.Errorf("%+v", p)
	}
}

func TestSMBIOSRefuses(t *testing.T) {
	for name, raw := range map[string][]byte{
		"nothing": nil, "a table longer than all": smbiosBytes(3, 0, []byte{1, 200, 0, 0}), "a table shorter than its head": smbiosBytes(3, 0, []byte{1, 2, 0, 0, 0, 0}),
		"no end": smbiosBytes(3, 0, bytes.Repeat(smbiosBytesOf(9, nil), maxSMBIOS+1)),
	} {
		if _, err := parseSMBIOS(raw); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func FuzzSMBIOS(f *testing.F) {
	f.Add(thinkPadTables())
	f.Add(smbiosBytes(2, 0, smbiosBytesOf(smbiosSystem, []byte{9}, "a")))
	f.Fuzz(func(_ *testing.T, raw []byte) {
		if found, err := parseSMBIOS(raw); err == nil {
			found.onto(&Platform{}, "")
		}
	})
}
