package parse

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
)

// fromWindows puts together what the blocks of a device's collections say.
func fromWindows(t testing.TB, blocks [][]byte) HIDDescriptor {
	t.Helper()
	var all HIDDescriptor
	for _, block := range blocks {
		d, err := ParsePreparsed(block)
		if err != nil {
			t.Fatal(err)
		}
		all.Join(d)
	}
	slices.Sort(all.ReportIDs)
	return all
}

// TestPreparsedSaysTheSame holds each report descriptor to what Windows makes of it.
func TestPreparsedSaysTheSame(t *testing.T) {
	known := map[string]string{}
	for _, name := range parsetest.Reports() {
		report := parsetest.Report(name)
		want, err := ParseHID(report)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got := fromWindows(t, parsetest.Preparsed(report))
		slices.Sort(want.ReportIDs)
		ignore := cmpopts.IgnoreFields(HIDDescriptor{}, "Hash", "Length")
		if diff := cmp.Diff(want, got, ignore, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-descriptor +Windows):\n%s", name, diff)
		}
		for _, c := range got.Capabilities {
			if other := known[c]; other != "" && other != name {
				t.Logf("%s has the capabilities of %s", name, other)
			}
			known[c] = name
		}
	}
}

// TestPreparsedOfARealDevice: the consumer keys of a Logitech receiver, as a
// Windows machine held them (libusb/hidapi, dump of 046d:c52f).
func TestPreparsedOfARealDevice(t *testing.T) {
	report := parsetest.Report("050c0901a1018503751095021501268c0219012a8c028100c0")
	held := parsetest.Report("48696450204b445201000c000000000000000100010005000100000001000000010000000100000068000100" + // the head
		"0c000300100002000100200000000000050000000c0001001c000000" + strings.Repeat("0", 64) + "01008c02000000000000000000008b02" +
		"010000008c0200000000000000000000000000000000000000000000" +
		"01000c00000000000000000001000000") // the collection
	if diff := cmp.Diff([][]byte{held}, parsetest.Preparsed(report)); diff != "" {
		t.Errorf("the builder writes something else (-Windows +built):\n%s", diff)
	}
}

// What a device can do is told apart, whatever hides it elsewhere.
func TestCapabilities(t *testing.T) {
	const mouse = "05010902a1010509190129031500250175019503810275059501810105010930093116000026ff7f751095028102c0"
	of := func(digits string) string {
		d, err := ParseHID(parsetest.Report(digits))
		if err != nil || len(d.Capabilities) != 1 {
			t.Fatalf("%s: %v, %v", digits, d.Capabilities, err)
		}
		return d.Capabilities[0]
	}
	for name, c := range map[string]struct {
		change []string
		same   bool
	}{
		"buttons one by one":        {[]string{"19012903", "090109020903"}, true},
		"axes as a range":           {[]string{"09300931", "19302931"}, true},
		"axes in two items":         {[]string{"09300931", "0930", "95028102", "9501810209318102"}, true},
		"a range of single bits":    {[]string{"25017501", "25007501"}, true},
		"a physical collection":     {[]string{"05010930", "0901a10005010930", "8102c0", "8102c0c0"}, true},
		"padding with another flag": {[]string{"8101", "8103"}, true},
		"another largest position":  {[]string{"26ff7f", "26ff0f"}, false},
		"movements":                 {[]string{"95028102c0", "95028106c0"}, false},
		"another width":             {[]string{"7510", "750d"}, false},
		"a report id":               {[]string{"a1010509", "a10185010509"}, false},
		"another usage":             {[]string{"0931", "0932"}, false},
		"one more button":           {[]string{"19012903", "19012904", "9503", "9504"}, false},
		"another collection":        {[]string{"0902a1", "0901a1"}, false},
		"the wheel instead of a Y":  {[]string{"0931", "0938"}, false},
	} {
		changed := of(strings.NewReplacer(c.change...).Replace(mouse))
		if (changed == of(mouse)) != c.same {
			t.Errorf("%s: %s and %s, want the same: %v", name, of(mouse), changed, c.same)
		}
	}
}

func TestKeyboardsWithoutArray(t *testing.T) {
	for _, name := range []string{"keyboard.bitmap", "keyboard.one_bitmap", "keyboard.modifiers_apart"} {
		if d, err := ParseHID(parsetest.Report(name)); err != nil || !d.Keyboard {
			t.Errorf("%s: no keyboard, %v", name, err)
		}
	}
	for _, digits := range []string{
		"05010906a101050719e029e715002501750195088102c0",  // modifiers alone
		"05010906a1010507190429081500250175019505810 2c0", // a few keys alone
		"05010902a101050719e029e7150025017501950881021900298119ff95068100c0",
	} {
		if d, _ := ParseHID(parsetest.Report(strings.ReplaceAll(digits, " ", ""))); d.Keyboard {
			t.Errorf("%s is a keyboard", digits)
		}
	}
}

func TestParsePreparsedRefuses(t *testing.T) {
	good := parsetest.Preparsed(parsetest.Report("pikvm.keyboard"))[0]
	edit := func(at int, value uint16) []byte {
		b := slices.Clone(good)
		binary.LittleEndian.PutUint16(b[at:], value)
		return b
	}
	for name, c := range map[string]struct {
		block []byte
		want  string
	}{
		"nothing":                    {nil, "0 bytes, want 44 to 1048576"},
		"something else":             {make([]byte, 100), `offset 0: "\x00`},
		"collections that are not":   {edit(42, 2), "offset 356: 2 collections in 16 bytes"},
		"capabilities that are not":  {edit(28, 9), "offset 24: capabilities up to 9, want at most 3"},
		"a field of no collection":   {edit(44+18, 7), "offset 62: collection 7 of 1"},
		"cut short":                  {good[:200], "offset 356: 1 collections in 0 bytes"},
		"collections before the end": {edit(40, 0), "offset 16: capabilities up to 2, want at most 0"},
	} {
		if _, err := ParsePreparsed(c.block); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
	if d, err := ParsePreparsed(edit(28, 9)); err == nil || !d.Keyboard {
		t.Errorf("beside the error: %+v", d)
	}
}

func FuzzParsePreparsed(f *testing.F) {
	for _, name := range parsetest.Reports() {
		for _, block := range parsetest.Preparsed(parsetest.Report(name)) {
			f.Add(block)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := ParsePreparsed(b)
		if len(d.Capabilities) > 1 || err == nil && len(d.Capabilities) != 1 {
			t.Fatalf("%d collections, error %v", len(d.Capabilities), err)
		}
		if len(d.Usages)*preparsedNode > len(b) || len(d.ReportIDs) > 255 {
			t.Fatalf("%d usages and %d reports of %d bytes", len(d.Usages), len(d.ReportIDs), len(b))
		}
	})
}
