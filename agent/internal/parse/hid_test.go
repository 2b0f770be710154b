package parse

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
)

// Report descriptors as these products send them, with the hash by which
// public tools list them.
var hidCases = []struct {
	name string
	hex  string
	hash string
	want HIDDescriptor
}{
	{
		name: "PiKVM keyboard", hash: "5333cc3a23db1dd7",
		hex:  "pikvm.keyboard",
		want: HIDDescriptor{Usages: []Usage{{1, 6}}, Keyboard: true, InputLength: 8, OutputLength: 1},
	},
	{
		name: "PiKVM absolute mouse", hash: "3a71a5a23705ee80",
		hex:  "pikvm.mouse_abs_hwheel",
		want: HIDDescriptor{Usages: []Usage{{1, 2}}, AbsolutePointer: true, PointerMaximum: 32767, PointerBits: 16, InputLength: 7},
	},
	{
		name: "PiKVM relative mouse", hash: "92155ddf022d4091",
		hex:  "pikvm.mouse_rel_hwheel",
		want: HIDDescriptor{Usages: []Usage{{1, 2}}, RelativePointer: true, InputLength: 5},
	},
	{
		name: "TinyPilot keyboard", hash: "3ff35a2908d55c14",
		hex:  "tinypilot.keyboard",
		want: HIDDescriptor{Usages: []Usage{{1, 6}}, Keyboard: true, InputLength: 8, OutputLength: 1},
	},
	{
		name: "JetKVM absolute mouse, two reports", hash: "5e10a7f6cc69f217",
		hex:  "jetkvm.mouse_abs",
		want: HIDDescriptor{Usages: []Usage{{1, 2}}, ReportIDs: []int{1, 2}, AbsolutePointer: true, PointerMaximum: 32767, PointerBits: 16, InputLength: 6},
	},
	{
		name: "NanoKVM touchpad", hash: "406e9a7433451eed",
		hex:  "nanokvm.touchpad_abs",
		want: HIDDescriptor{Usages: []Usage{{1, 2}}, AbsolutePointer: true, PointerMaximum: 32767, PointerBits: 16, InputLength: 6},
	},
	{
		name: "One-KVM absolute mouse, X and Y apart", hash: "29971c6463ad5797",
		hex:  "onekvm.mouse_abs",
		want: HIDDescriptor{Usages: []Usage{{1, 2}}, AbsolutePointer: true, PointerMaximum: 32767, PointerBits: 16, InputLength: 6},
	},
	{
		name: "consumer control", hash: "4ace5cecb8df0341",
		hex:  "onekvm.consumer",
		want: HIDDescriptor{Usages: []Usage{{0x0c, 1}}, InputLength: 2},
	},
	{
		name: "touch screen, absolute but no mouse", hash: "acbf26c14d9438c5",
		hex:  "050d0904a1010922a102094209321500250175019502810275019506810309511500250f75089501810205010930093116000026ff7f36000046ff7f751095028102c0050d095415002501750895018102c0",
		want: HIDDescriptor{Usages: []Usage{{0x0d, 4}}, InputLength: 7},
	},
	{
		name: "keyboard with a bitmap of keys",
		hex:  "05010906a1010507 19e029e7 1500 2501 7501 9508 8102 1904 29a1 95a0 7501 8102 c0",
		want: HIDDescriptor{Usages: []Usage{{1, 6}}, Keyboard: true, InputLength: 21},
	},
	{
		name: "a usage that carries its page",
		hex:  "0b02000100 a101 0b30000100 0b31000100 1581 257f 7508 9502 8106 c0",
		want: HIDDescriptor{Usages: []Usage{{1, 2}}, RelativePointer: true, InputLength: 2},
	},
	{
		name: "the X of one mouse and the Y of another",
		hex:  "05010902a10109301500 26ff7f 7510 9501 8102 c0 05010902a101 0931 8102 c0",
		want: HIDDescriptor{Usages: []Usage{{1, 2}, {1, 2}}, InputLength: 4},
	},
	{
		name: "global state pushed and popped",
		hex:  "05010902a101 a4 7510 9502 1500 26ff7f b4 7508 9502 1581 257f 0930 0931 8106 c0",
		want: HIDDescriptor{Usages: []Usage{{1, 2}}, RelativePointer: true, InputLength: 2},
	},
	{
		name: "a long item is stepped over",
		hex:  "fe021000ff 05010906a101c0",
		want: HIDDescriptor{Usages: []Usage{{1, 6}}},
	},
}

// reportOf gives the bytes of a case: those of parsetest by name, else digits.
func reportOf(t testing.TB, text string) []byte {
	t.Helper()
	if b := parsetest.Report(text); b != nil {
		return b
	}
	return unhex(t, text)
}

func TestParseHID(t *testing.T) {
	for _, c := range hidCases {
		t.Run(c.name, func(t *testing.T) {
			b := reportOf(t, c.hex)
			got, err := ParseHID(b)
			if err != nil {
				t.Fatal(err)
			}
			if c.hash != "" && got.Hash != c.hash {
				t.Errorf("hash %s, want %s", got.Hash, c.hash)
			}
			c.want.Hash, c.want.Length, c.want.Capabilities = got.Hash, len(b), got.Capabilities
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseHIDRefuses(t *testing.T) {
	for name, c := range map[string]struct{ hex, want string }{
		"item cut short":        {"05010906a10126ff", "offset 6: item 0x26 wants 2 bytes, 1 are left"},
		"end without beginning": {"c0", "offset 0: end of a collection that was not opened"},
		"open at the end":       {"05010906a101", "offset 6: 1 collections are still open"},
		"pop without push":      {"b4", "offset 0: pop without a push"},
		"huge report size":      {"05010902a101 7701000100 9501 8102 c0", "report size is 65537 bits"},
		"huge report count":     {"05010902a101 7508 97ffffffff 8102 c0", "report count is 4294967295"},
		"maximum alone":         {"29ff", "usage maximum without a minimum"},
		"too deep":              {strings.Repeat("a100", 70), "collections nest deeper than 64"},
		"too many pushes":       {strings.Repeat("a4", 70), "more than 64 pushes"},
		"long item cut short":   {"fe05", "offset 0: long item is cut short"},
		"too long":              {strings.Repeat("0501", 3000), "6000 bytes, want at most 4096"},
	} {
		got, err := ParseHID(unhex(t, c.hex))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
		if len(got.Hash) != 16 || got.Length == 0 {
			t.Errorf("%s: hash %q and length %d are known whatever the error", name, got.Hash, got.Length)
		}
	}
}

func TestParseHIDKeepsWhatCameBeforeAnError(t *testing.T) {
	got, err := ParseHID(append(reportOf(t, hidCases[1].hex), 0xc0))
	if err == nil || !got.AbsolutePointer || got.InputLength != 7 {
		t.Errorf("error %v, descriptor %+v", err, got)
	}
}

func FuzzParseHID(f *testing.F) {
	for _, c := range hidCases {
		f.Add(reportOf(f, c.hex))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := ParseHID(b)
		if d.Length != len(b) || len(d.Hash) != 16 {
			t.Fatalf("length %d of %d, hash %q", d.Length, len(b), d.Hash)
		}
		if err == nil && d.AbsolutePointer && len(d.Usages) == 0 || len(d.Capabilities) > len(b) {
			t.Fatal("a pointer outside every application")
		}
	})
}
