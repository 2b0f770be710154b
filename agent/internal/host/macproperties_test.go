package host

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"howett.net/plist"
)

const xmlHead = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
`

func dictionary(body string) []byte {
	return []byte(xmlHead + "<dict>\n" + body + "</dict>\n</plist>\n")
}

func mustProperties(t *testing.T, body string) properties {
	t.Helper()
	p, err := readProperties(dictionary(body))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestEntriesOfTheRegistryAreWrittenAsTheToolPrintsThem(t *testing.T) {
	list := writeIORegistry([]ioEntry{{
		class: "IOUSBHostDevice", name: `A "hub" & more`, location: "02100000", list: dictionary("<key>idVendor</key><integer>1133</integer>\n"),
		children: []ioEntry{{class: "IOUSBHostInterface", list: []byte(xmlHead + "<dict/>\n</plist>\n")}},
	}, {class: "Other", list: []byte("nonsense")}})
	var read []map[string]any
	if _, err := plist.Unmarshal(list, &read); err != nil || len(read) != 2 {
		t.Fatalf("%v, %v of\n%s", read, err, list)
	}
	children, _ := read[0]["IORegistryEntryChildren"].([]any)
	if read[0]["idVendor"] != uint64(1133) || read[0]["IORegistryEntryName"] != `A "hub" & more` || read[0]["IOObjectClass"] != "IOUSBHostDevice" || len(children) != 1 {
		t.Errorf("read %v of\n%s", read, list)
	}
	if writeIORegistry(nil) != nil {
		t.Error("no entry is not nothing")
	}
}

func TestToolsThatAskTheRegistryAreKnown(t *testing.T) {
	for _, c := range []struct {
		tool  Tool
		class string
		depth int
	}{{IORegUSB, "IOUSBHostDevice", maxIODepth}, {IORegHID, "IOHIDDevice", 1}, {IORegDisplay, "IOMobileFramebuffer", 1}, {IORegEDID, "IODisplay", 1}} {
		if class, depth, ok := ioQuestion(c.tool); class != c.class || depth != c.depth || !ok {
			t.Errorf("%s asks for %q, %d deep", c.tool.Name, class, depth)
		}
	}
	if _, _, ok := ioQuestion(RPMPackages); ok {
		t.Error("rpm asks the registry")
	}
}

func TestAMacSaysWhatItIs(t *testing.T) {
	expert := mustProperties(t, `<key>IOPlatformUUID</key><string>6F1D5C0A-0000-5AAA-9BBB-0123456789AB</string>
<key>IOPlatformSerialNumber</key><string>C02TEST00000</string><key>manufacturer</key><data>QXBwbGUgSW5jLgA=</data><key>model</key><data>TWFjMTQsMgA=</data>`)
	air := mustProperties(t, `<key>product-name</key><data>TWFjQm9vayBBaXIgKE0yLCAyMDIyKQA=</data>`)
	want := Platform{OS: "darwin", OSVersion: "macOS 14.6", Vendor: "Apple Inc.", Product: "Mac14,2", Chassis: "laptop", Hardware: "smbios:6f1d5c0a-0000-5aaa-9bbb-0123456789ab|C02TEST00000|"}
	for told, want := range map[string]string{"": "", "13.0": "13.0", "15.7.1": "15.7.1", "16.0": "26.0", "16.2.1": "26.2.1", "17": "27", "26.1": "26.1", "x": "x"} {
		if got := macVersion(told); got != want {
			t.Errorf("version %q is %q, want %q", told, got, want)
		}
	}
	if got := (macFacts{version: "14.6", hardware: "Mac14,2", expert: expert, product: air}).platform(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	for name, c := range map[string]struct {
		facts macFacts
		want  string
	}{
		"an Intel laptop":         {macFacts{hardware: "MacBookPro16,1"}, "laptop"},
		"a mini":                  {macFacts{hardware: "Mac14,3"}, "desktop"},
		"a laptop by its battery": {macFacts{hardware: "Mac15,3", battery: true}, "laptop"},
		"a guest of Apple's":      {macFacts{hardware: "VirtualMac2,1"}, "vm"},
		"a guest of VMware's":     {macFacts{hardware: "VMware20,1"}, "vm"},
		"a guest of another":      {macFacts{hardware: "MacBookPro16,1", virtual: true}, "vm"},
		"nothing":                 {macFacts{}, ""},
	} {
		if got := c.facts.platform().Chassis; got != c.want {
			t.Errorf("%s is a %q, want %q", name, got, c.want)
		}
	}
}

func TestPowerOfAMac(t *testing.T) {
	open := properties{"AppleClamshellState": false}
	for name, c := range map[string]struct {
		battery, root properties
		want          Power
	}{
		"on Apple's chip": {properties{"BatteryInstalled": true, "ExternalConnected": true, "FullyCharged": false, "IsCharging": true, "CurrentCapacity": uint64(81), "MaxCapacity": uint64(100), "CycleCount": uint64(93)},
			properties{"AppleClamshellState": true}, Power{Mains: "true", Battery: "true", Percent: 81, State: "charging", Cycles: 93, Lid: "closed"}},
		"on Intel, carried": {properties{"BatteryInstalled": true, "ExternalConnected": false, "FullyCharged": false, "IsCharging": false, "CurrentCapacity": uint64(2500), "MaxCapacity": uint64(5000)},
			open, Power{Mains: "false", Battery: "true", Percent: 50, State: "discharging", Cycles: -1, Lid: "open"}},
		"held at a limit": {properties{"ExternalConnected": true, "IsCharging": false}, open, Power{Mains: "true", Battery: "true", Percent: -1, State: "not charging", Cycles: -1, Lid: "open"}},
		"a mini":          {nil, properties{}, Power{Mains: "true", Battery: "false", Percent: -1, Cycles: -1, Lid: "none"}},
		"no registry":     {nil, nil, Power{Mains: "true", Battery: "false", Percent: -1, Cycles: -1}},
	} {
		c.want.Suspends, c.want.Uptime = 1, time.Hour
		if got := macPower(c.battery, c.root, true, time.Hour); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestPeopleAtTheScreenOfAMac(t *testing.T) {
	root := mustProperties(t, `<key>IOConsoleUsers</key><array>
<dict><key>kCGSSessionUserNameKey</key><string>anna</string><key>kCGSSessionIDKey</key><integer>257</integer><key>kCGSSessionOnConsoleKey</key><true/><key>kCGSessionLoginDoneKey</key><true/></dict>
<dict><key>kCGSSessionUserNameKey</key><string>ben</string><key>kCGSSessionIDKey</key><integer>258</integer><key>kCGSSessionOnConsoleKey</key><false/><key>kCGSessionLoginDoneKey</key><true/></dict>
<dict><key>kCGSSessionUserNameKey</key><string>_windowserver</string><key>kCGSessionLoginDoneKey</key><false/></dict></array>`)
	at := time.Unix(1_793_610_000, 0)
	got := consoleSessions([]Session{{User: "anna", Terminal: "console", Kind: kindGraphical, PID: 150, Since: at}, {User: "cleo", Terminal: "ttys001", Kind: kindSSH}}, root)
	if len(got) != 3 || got[0].ID != "257" || got[0].PID != 150 || got[1].User != "cleo" || got[2] != (Session{ID: "258", User: "ben", Kind: kindGraphical}) {
		t.Errorf("%+v", got)
	}
	if alone := consoleSessions(nil, root); len(alone) != 2 || alone[0].Terminal != "console" {
		t.Errorf("without a file of logins: %+v", alone)
	}
	if none := consoleSessions(nil, nil); none != nil {
		t.Errorf("%+v of nothing", none)
	}
}

func FuzzProperties(f *testing.F) {
	f.Add(dictionary("<key>a</key><data>QQ==</data><key>b</key><array><dict/></array>"))
	f.Add([]byte(xmlHead + "<dict/></plist>"))
	f.Fuzz(func(t *testing.T, list []byte) {
		p, err := readProperties(list)
		if err != nil && p != nil {
			t.Error("properties beside an error")
		}
		_ = macFacts{expert: p, product: p}.platform()
		_ = macPower(p, p, false, 0)
		_ = consoleSessions(nil, p)
		if body := dictionaryBody(list); len(body) > len(list) || bytes.HasPrefix(body, []byte("<dict>")) && !strings.Contains(string(list), "<dict>") {
			t.Error("a body out of nothing")
		}
	})
}

// TestADeviceCannotHideBehindItsName: macOS writes what a device is called as it
// is, also what XML has no letter for.
func TestADeviceCannotHideBehindItsName(t *testing.T) {
	for _, name := range []string{"a\x01b", "a\x00b", "a\xff\xfeb", "a\uffffb", "a\x1bb"} {
		list := []byte("<?xml version=\"1.0\"?>\n<plist version=\"1.0\">\n<dict>\n<key>kUSBProductString</key><string>" + name + "</string>\n<key>idVendor</key><integer>1</integer>\n</dict>\n</plist>\n")
		read, err := readProperties(list)
		if n, ok := read.number("idVendor"); err != nil || n != 1 || !ok || !strings.HasPrefix(read.text("kUSBProductString"), "a") {
			t.Errorf("%q: %v, %v", name, read, err)
		}
		written := writeIORegistry([]ioEntry{{class: "IOUSBHostDevice", list: list}})
		var back []map[string]any
		if _, err := plist.Unmarshal(written, &back); err != nil || len(back) != 1 {
			t.Errorf("%q, written: %v, %v", name, back, err)
		}
	}
}
