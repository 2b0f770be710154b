package sensor

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

func TestClean(t *testing.T) {
	for text, want := range map[string]string{
		"":                 "",
		"x11vnc :5":        "x11vnc :5",
		"Tästatur ключ 鍵":  "Tästatur ключ 鍵",
		"a\x1b[2Jb\nc\x00": "a?[2Jb?c?",
		"a\xffb\xc3":       "a?b?",
		"a\u202eb\u200b":   "a?b?",
	} {
		if got := clean(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
	if got := clean(strings.Repeat("ä", valueLimit)); len(got) > valueLimit || !utf8.ValidString(got) {
		t.Errorf("a long text becomes %d bytes, want at most %d of valid UTF-8", len(got), valueLimit)
	}
}

// A process may call itself anything; its row must still be fit for the wire.
func TestRowsAreFitForTheWire(t *testing.T) {
	rows, _ := look(t, &answers{processes: []host.Process{
		{PID: 1, Name: "\x1b]0;owned\x07", Path: "/tmp/\xff\xfe", Args: []string{"\xff", "a\nb"}, User: "x\u202ey"},
	}}, Processes())
	if want := "pid=1 parent=0 name=?]0;owned? file=?? path=/tmp/?? args=? a?b flags=a?b user=x?y"; rows[0] != want {
		t.Errorf("row %q, want %q", rows[0], want)
	}
}

func FuzzClean(f *testing.F) {
	f.Add("x11vnc")
	f.Add("\xff\x00\x1b")
	f.Add(strings.Repeat("é", 5000))
	f.Fuzz(func(t *testing.T, text string) {
		got := clean(text)
		if !utf8.ValidString(got) || strings.ContainsAny(got, "\x00\x1b\n\r\x7f") || clean(got) != got {
			t.Fatalf("%q becomes %q", text, got)
		}
	})
}
