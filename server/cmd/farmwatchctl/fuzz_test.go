package main

import (
	"strings"
	"testing"
	"unicode"

	"github.com/farmwatch/farmwatch/server/internal/api/apitest"
)

func FuzzSplitLink(f *testing.F) {
	for _, link := range []string{"http://127.0.0.1:7480/sign-in#code=abc", "https://h/#code=", "http://[::1]:1/#code=%zz", "javascript:x", "://"} {
		f.Add(link)
	}
	f.Fuzz(func(t *testing.T, link string) {
		base, code, err := splitLink(link)
		if err == nil && (code == "" || !strings.HasPrefix(base, "https://") && !strings.HasPrefix(base, "http://")) {
			t.Errorf("splitLink(%q) = %q, %q", link, base, code)
		}
	})
}

func FuzzParseEnd(f *testing.F) {
	for _, s := range []string{"2h", "30d", "2027-03-31", "2027-03-31T18:00:00Z", "-1d", "d", "9999999999999999999d"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if _, err := parseEnd(s, apitest.Noon); err != nil && exitCode(err) != exitUsage {
			t.Errorf("parseEnd(%q) = %v", s, err)
		}
	})
}

func FuzzCleanAndWrap(f *testing.F) {
	for _, s := range []string{"plain", "\x1b[2J", "a\u202eb", "\xff", strings.Repeat("long ", 100), "\r\n\t"} {
		f.Add(s, 40)
	}
	f.Fuzz(func(t *testing.T, s string, width int) {
		p := &program{world: world{screen: screen{width: width}}}
		for _, line := range strings.Split(p.wrap("  ", s), "\n") {
			for _, r := range line {
				if unicode.IsControl(r) {
					t.Fatalf("%q shows the control character %U", s, r)
				}
			}
		}
	})
}
