package parse

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseSetupAPIBoots(t *testing.T) {
	text := "[Device Install Log]\r\n     OS Version = 10.0.22631\r\n\r\n[BeginLog]\r\n\r\n[Boot Session: 2026/03/02 08:00:01.500]\r\n\r\n" + setupLog +
		"[Boot Session: yesterday]\n[Boot Session: 2026/03/04 07:59:00.000]\n[Boot Session: 2026/03/04 07:59:00.000 and more]\n"
	want := []time.Time{
		time.Date(2026, time.March, 2, 7, 0, 1, 500_000_000, time.UTC), time.Date(2026, time.March, 4, 6, 59, 0, 0, time.UTC),
	}
	if diff := cmp.Diff(want, ParseSetupAPIBoots([]byte(text), time.FixedZone("CET", 3600))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	many := strings.Repeat("[Boot Session: 2026/03/02 08:00:01.500]\n", setupBootLimit+1)
	if got := ParseSetupAPIBoots([]byte(many), nil); len(got) != setupBootLimit || got[0].Hour() != 8 {
		t.Errorf("%d starts", len(got))
	}
}

func FuzzParseSetupAPIBoots(f *testing.F) {
	f.Add([]byte("[Boot Session: 2026/03/02 08:00:01.500]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if got := ParseSetupAPIBoots(text, nil); len(got) > setupBootLimit {
			t.Errorf("%d starts", len(got))
		}
	})
}
