package parse

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/dns/dnsmessage"

	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
)

func answeredWith(a Answer) string { return fmt.Sprint(a.Names, " ", a.Addresses) }

func TestDNSAnswersOfRealPrograms(t *testing.T) {
	want := []string{
		"[edge.example] [198.51.100.8]",
		"[deep.example www.example edge.example] [198.51.100.8]",
		"[www.example edge.example] [2001:db8:7::8]",
		"[web.example] [198.51.100.9 2001:db8:7::9]", // hints
		"[nothing.example] []",
	}
	var got []string
	for _, s := range recordedSegments(t, "dns") {
		a, err := ParseDNSAnswer(s.Payload)
		if s.SourcePort != portDNSHere {
			if err == nil {
				t.Errorf("a question was read as %+v", a)
			}
			continue
		}
		if err != nil || a.Name != a.Names[0] {
			t.Errorf("%+v, error %v", a, err)
		}
		got = append(got, answeredWith(a))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

const portDNSHere = 53

func TestParseDNSAnswer(t *testing.T) {
	one, two := netip.MustParseAddr("198.51.100.7"), netip.MustParseAddr("2001:db8::7")
	foreign := parsetest.DNSAnswer(t, "a.example", nil, one)
	copy(foreign[len(foreign)-16:], "\xc0\x0e") // the address is of another name: example
	many := make([]netip.Addr, 300)
	for i := range many {
		many[i] = netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})
	}
	var chain []string
	for i := range 40 {
		chain = append(chain, fmt.Sprintf("n%d.example", i))
	}
	for name, c := range map[string]struct {
		message []byte
		want    string
	}{
		"two addresses":             {parsetest.DNSAnswer(t, "A.Example", nil, one, two), "[a.example] [198.51.100.7 2001:db8::7]"},
		"aliases":                   {parsetest.DNSAnswer(t, "a.example", []string{"b.example", "C.example"}, one), "[a.example b.example c.example] [198.51.100.7]"},
		"aliases that go round":     {parsetest.DNSAnswer(t, "a.example", []string{"b.example", "a.example"}), "[a.example b.example] []"},
		"an address of nobody's":    {foreign, "[a.example] []"},
		"an alias that is no name":  {parsetest.DNSAnswer(t, "a.example", []string{"b\x1b[2J.example"}, one), "[a.example] []"},
		"an alias, then no answers": {parsetest.DNSAnswer(t, "a.example", []string{"b.example"}), "[a.example b.example] []"},
	} {
		a, err := ParseDNSAnswer(c.message)
		if answeredWith(a) != c.want || err != nil {
			t.Errorf("%s: %+v, error %v, want %s", name, a, err, c.want)
		}
	}
	if a, err := ParseDNSAnswer(parsetest.DNSAnswer(t, "a.example", nil, many...)); len(a.Addresses) != answerAddresses || err != nil {
		t.Errorf("300 addresses: %d kept, error %v", len(a.Addresses), err)
	}
	if a, err := ParseDNSAnswer(parsetest.DNSAnswer(t, "a.example", chain, one)); len(a.Names) != answerAliases || len(a.Addresses) != 0 || err != nil {
		t.Errorf("40 aliases: %+v, error %v", a, err)
	}
}

func TestParseDNSAnswerOfServices(t *testing.T) {
	owner, pool := dnsmessage.MustNewName("web.example."), dnsmessage.MustNewName("pool.example.")
	header := func(name dnsmessage.Name, kind dnsmessage.Type) dnsmessage.ResourceHeader {
		return dnsmessage.ResourceHeader{Name: name, Type: kind, Class: dnsmessage.ClassINET}
	}
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{Response: true},
		Questions: []dnsmessage.Question{{Name: owner, Type: dnsmessage.TypeHTTPS, Class: dnsmessage.ClassINET}},
		Answers: []dnsmessage.Resource{
			{Header: header(owner, dnsmessage.TypeHTTPS), Body: &dnsmessage.HTTPSResource{SVCBResource: dnsmessage.SVCBResource{Target: pool}}},
			{Header: header(pool, dnsmessage.TypeSVCB), Body: &dnsmessage.SVCBResource{Priority: 1, Target: dnsmessage.MustNewName("."), Params: []dnsmessage.SVCParam{
				{Key: dnsmessage.SVCParamIPv4Hint, Value: []byte{198, 51, 100, 1, 198, 51, 100, 2, 9}}, // and a remainder
			}}},
		},
	}
	b, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	a, err := ParseDNSAnswer(b)
	if want := "[web.example pool.example] [198.51.100.1 198.51.100.2]"; answeredWith(a) != want || err != nil {
		t.Errorf("%+v, error %v, want %s", a, err, want)
	}
}

func TestParseDNSAnswerRefuses(t *testing.T) {
	whole := parsetest.DNSAnswer(t, "a.example", []string{"b.example"}, netip.MustParseAddr("198.51.100.7"))
	loop := append(slices.Clone(whole[:12]), 0xc0, 12, 0, 1, 0, 1)
	for name, c := range map[string]struct {
		message []byte
		want    string
	}{
		"nothing":          {nil, "DNS message of 0 bytes, header"},
		"a question":       {parsetest.DNS(t, false, "a.example."), "a question"},
		"of nothing":       {parsetest.DNS(t, true), "question 1"},
		"of two names":     {parsetest.DNS(t, true, "a.example.", "b.example."), "question 2"},
		"of the root":      {parsetest.DNS(t, true, "."), "it asks for no one name"},
		"a name in a loop": {loop, "question 1"},
		"strange bytes":    {parsetest.DNS(t, true, "a\x1b[2Jb.org."), "question 1: byte 0x1b"},
		"cut short":        {whole[:len(whole)-6], "answer 2"},
	} {
		if a, err := ParseDNSAnswer(c.message); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %+v, error %v, want one with %q", name, a, err, c.want)
		}
	}
}

func FuzzParseDNSAnswer(f *testing.F) {
	for _, s := range recordedSegments(f, "dns") {
		f.Add(s.Payload)
	}
	f.Add(parsetest.DNSAnswer(f, "a.example", []string{"b.example"}, netip.MustParseAddr("198.51.100.7")))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, _ := ParseDNSAnswer(b)
		if len(a.Names) > answerAliases || len(a.Addresses) > answerAddresses || a.Name != "" && a.Names[0] != a.Name {
			t.Fatalf("%+v", a)
		}
		for _, name := range a.Names {
			if clean, err := hostName(name); err != nil || clean != name || name == "" {
				t.Fatalf("name %q: %v", name, err)
			}
		}
		for _, address := range a.Addresses {
			if !address.IsValid() {
				t.Fatalf("%+v", a)
			}
		}
	})
}

func BenchmarkParseDNSAnswer(b *testing.B) {
	answer := recordedSegments(b, "dns")[3].Payload // an alias of an alias
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseDNSAnswer(answer); err != nil {
			b.Fatal(err)
		}
	}
}
