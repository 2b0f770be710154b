package host

import (
	"encoding/binary"
	"testing"
	"testing/fstest"
)

func TestWindowsVersion(t *testing.T) {
	for want, values := range map[string]map[string]string{
		"Windows 11 Pro 23H2 (build 22631.3007)":               {"ProductName": "Windows 10 Pro", "DisplayVersion": "23H2", "CurrentBuildNumber": "22631", "UBR": "3007", "EditionID": "Professional"},
		"Windows 10 Enterprise 22H2 (build 19045.5011)":        {"ProductName": "Windows 10 Enterprise", "DisplayVersion": "22H2", "ReleaseId": "2009", "CurrentBuild": "19045", "UBR": "5011"},
		"Windows Server 2025 Standard 24H2 (build 26100.1742)": {"ProductName": "Windows Server 2025 Standard", "DisplayVersion": "24H2", "CurrentBuildNumber": "26100", "UBR": "1742"},
		"Windows 10 Home 1809 (build 17763)":                   {"ProductName": "Windows 10 Home", "ReleaseId": "1809", "CurrentBuildNumber": "17763"},
		"Windows Core (build 22000)":                           {"EditionID": "Core", "CurrentBuildNumber": "22000"},
		"Windows":                                              {},
	} {
		files := fstest.MapFS{}
		for name, text := range values {
			files["registry/HKLM/SOFTWARE/Microsoft/Windows NT/CurrentVersion/"+name] = &fstest.MapFile{Data: []byte(text)}
		}
		if got := windowsVersion(files); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestBootMomentStaysWhenTheClockIsSet(t *testing.T) {
	times := func(boot, bias uint64) []byte {
		raw := make([]byte, 48)
		binary.LittleEndian.PutUint64(raw, boot)
		binary.LittleEndian.PutUint64(raw[32:], bias)
		return raw
	}
	before, err := bootMoment(times(133_800_000_000_000_000, 0))
	if err != nil {
		t.Fatal(err)
	}
	after, err := bootMoment(times(133_800_000_000_000_000-36_000_000_000, ^uint64(36_000_000_000)+1))
	if err != nil || before != after {
		t.Errorf("set back by an hour, the start is %s and not %s (%v)", after, before, err)
	}
	if _, err := bootMoment(make([]byte, 32)); err == nil {
		t.Error("a short answer was taken")
	}
}

func TestWindowsArch(t *testing.T) {
	for machine, want := range map[uint16]string{0x8664: "amd64", 0xAA64: "arm64", 0x14C: "386", 0: ""} {
		if got := windowsArch(machine); got != want {
			t.Errorf("%x is %q, want %q", machine, got, want)
		}
	}
}
