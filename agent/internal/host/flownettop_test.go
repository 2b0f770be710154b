package host

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// What nettop prints, made up by the form of what it prints.
const nettopText = `,bytes_in,bytes_out,
apsd.601,152376,85228,
tcp4 10.75.142.86:61704<->17.57.144.27:443,152376,85228,
udp4 *:5353<->*:*,4823549,2970949,
mDNSResponder.450,8194353,3373607,
tcp4 *:22<->*:*,,,
quic4 10.75.142.86:53993<->17.248.245.233:443,5413,5321,
tcp6 fe80::1%en0.53000<->2607:6bc0::10.443,10,20,
udp6 fe80::1%lo0.53<->*.*,0,0,
tcp4 10.75.142.86:61705<->17.57.144.27:443,0,0,
`

func TestNettop(t *testing.T) {
	keep := regexp.MustCompile(NetworkCounts.Keep)
	var kept []string
	for line := range strings.Lines(nettopText) {
		if keep.MatchString(strings.TrimSpace(line)) {
			kept = append(kept, line)
		}
	}
	if len(kept) != 4 || strings.Contains(strings.Join(kept, ""), "apsd") {
		t.Errorf("kept: %q", kept)
	}
	var flows []Flow
	parseNettop([]byte(strings.Join(kept, "")), func(f Flow) { flows = append(flows, f) })
	end := netip.MustParseAddrPort
	want := []Flow{
		{FlowID: FlowID{"tcp", end("10.75.142.86:61704"), end("17.57.144.27:443")}, In: FlowCount{Bytes: 152376}, Out: FlowCount{Bytes: 85228}},
		{FlowID: FlowID{"udp", end("10.75.142.86:53993"), end("17.248.245.233:443")}, In: FlowCount{Bytes: 5413}, Out: FlowCount{Bytes: 5321}},
		{FlowID: FlowID{"tcp", end("[fe80::1]:53000"), end("[2607:6bc0::10]:443")}, In: FlowCount{Bytes: 10}, Out: FlowCount{Bytes: 20}},
	}
	if !slices.Equal(flows, want) {
		t.Errorf("%+v", flows)
	}
	var whole []Flow
	parseNettop([]byte(nettopText), func(f Flow) { whole = append(whole, f) })
	if !slices.Equal(whole, want) {
		t.Errorf("of all lines: %+v", whole)
	}
}

func FuzzNettop(f *testing.F) {
	f.Add([]byte(nettopText))
	f.Fuzz(func(t *testing.T, text []byte) {
		parseNettop(text, func(f Flow) {
			if !f.carries() || !f.Local.IsValid() || f.Remote.Port() == 0 || f.Local.Addr().Zone() != "" {
				t.Errorf("%+v", f)
			}
		})
	})
}

func TestEstats(t *testing.T) {
	end := netip.MustParseAddrPort
	four := estatsRow(FlowID{"tcp", end("192.168.1.7:5900"), end("203.0.113.9:40000")})
	if want := []byte{5, 0, 0, 0, 192, 168, 1, 7, 0x17, 0x0c, 0, 0, 203, 0, 113, 9, 0x9c, 0x40, 0, 0}; !slices.Equal(four, want) {
		t.Errorf("% x", four)
	}
	six := estatsRow(FlowID{"tcp", end("[2001:db8::7]:5900"), end("[2001:db8::9]:40000")})
	if len(six) != mibTCP6Row || six[19] != 7 || six[43] != 9 || six[24] != 0x17 || six[48] != 0x9c {
		t.Errorf("% x", six)
	}
	answer := make([]byte, estatsLength)
	for i := range 4 {
		answer[8*i] = byte(i + 1)
	}
	in, out, err := parseEstats(answer)
	if err != nil || in != (FlowCount{Bytes: 3, Segments: 4}) || out != (FlowCount{Bytes: 1, Segments: 2}) {
		t.Errorf("%+v, %+v, %v", in, out, err)
	}
	if _, _, err := parseEstats(answer[:95]); err == nil {
		t.Error("half an answer is an answer")
	}
}
