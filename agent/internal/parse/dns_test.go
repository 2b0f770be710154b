package parse

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
)

func TestParseDNS(t *testing.T) {
	for name, c := range map[string]struct {
		message []byte
		want    []string
	}{
		"a question":     {parsetest.DNS(t, false, "Api.JetKVM.com."), []string{"api.jetkvm.com"}},
		"an answer":      {parsetest.DNS(t, true, "example.org."), []string{"example.org"}},
		"a service name": {parsetest.DNS(t, false, "_ssh._tcp.example.org."), []string{"_ssh._tcp.example.org"}},
		"the root":       {parsetest.DNS(t, false, "."), nil},
		"none":           {parsetest.DNS(t, false), nil},
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
	whole := parsetest.DNS(t, false, "example.org.")
	loop := append(slices.Clone(whole[:12]), 0xc0, 12, 0, 1, 0, 1) // a name that points at itself
	for name, c := range map[string]struct {
		message []byte
		want    string
	}{
		"nothing":          {nil, "DNS message of 0 bytes, header"},
		"cut short":        {whole[:20], "DNS message of 20 bytes, question 1"},
		"a name in a loop": {loop, "question 1"},
		"too many":         {parsetest.DNS(t, false, many...), "more than 16 questions"},
		"strange bytes":    {parsetest.DNS(t, false, "a\x1b[2Jb.org."), "question 1: byte 0x1b at 1 of a name"},
	} {
		if _, err := ParseDNS(c.message); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
}

func FuzzParseDNS(f *testing.F) {
	f.Add(parsetest.DNS(f, false, "example.org."))
	f.Add(parsetest.DNS(f, true, "a.example.org.", "b.example.org."))
	f.Fuzz(func(t *testing.T, b []byte) {
		names, _ := ParseDNS(b)
		for _, n := range names {
			if clean, err := hostName(n); err != nil || clean != n {
				t.Fatalf("name %q is not clean: %v", n, err)
			}
		}
	})
}
