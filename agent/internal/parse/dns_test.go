package parse

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/dns/dnsmessage"
)

func dnsMessage(t testing.TB, response bool, names ...string) []byte {
	t.Helper()
	m := dnsmessage.Message{Header: dnsmessage.Header{ID: 7, Response: response, RecursionDesired: true}}
	for _, n := range names {
		m.Questions = append(m.Questions, dnsmessage.Question{Name: dnsmessage.MustNewName(n), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET})
	}
	b, err := m.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestParseDNS(t *testing.T) {
	for name, c := range map[string]struct {
		message []byte
		want    []string
	}{
		"a question":     {dnsMessage(t, false, "Api.JetKVM.com."), []string{"api.jetkvm.com"}},
		"an answer":      {dnsMessage(t, true, "example.org."), []string{"example.org"}},
		"a service name": {dnsMessage(t, false, "_ssh._tcp.example.org."), []string{"_ssh._tcp.example.org"}},
		"the root":       {dnsMessage(t, false, "."), nil},
		"none":           {dnsMessage(t, false), nil},
	} {
		got, err := ParseDNS(c.message)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestParseDNSRefuses(t *testing.T) {
	many := make([]string, 17)
	for i := range many {
		many[i] = "example.org."
	}
	whole := dnsMessage(t, false, "example.org.")
	loop := append(slices.Clone(whole[:12]), 0xc0, 12, 0, 1, 0, 1) // a name that points at itself
	for name, c := range map[string]struct {
		message []byte
		want    string
	}{
		"nothing":          {nil, "DNS message of 0 bytes, header"},
		"cut short":        {whole[:20], "DNS message of 20 bytes, question 1"},
		"a name in a loop": {loop, "question 1"},
		"too many":         {dnsMessage(t, false, many...), "more than 16 questions"},
		"strange bytes":    {dnsMessage(t, false, "a\x1b[2Jb.org."), "question 1: byte 0x1b at 1 of a name"},
	} {
		if _, err := ParseDNS(c.message); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
}

func FuzzParseDNS(f *testing.F) {
	f.Add(dnsMessage(f, false, "example.org."))
	f.Add(dnsMessage(f, true, "a.example.org.", "b.example.org."))
	f.Fuzz(func(t *testing.T, b []byte) {
		names, _ := ParseDNS(b)
		for _, n := range names {
			if clean, err := hostName(n); err != nil || clean != n {
				t.Fatalf("name %q is not clean: %v", n, err)
			}
		}
	})
}
