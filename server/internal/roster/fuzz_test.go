package roster_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/farmwatch/farmwatch/server/internal/roster"
)

// FuzzRead: whatever a file holds, it is read whole or refused with lines that name
// it; what is read can be read back, and the order of its lines does not matter.
func FuzzRead(f *testing.F) {
	for _, text := range []string{
		"person,declared_place,phone\np-1,PT,+351912345678\n", "device,person,handed_out,returned\nl-1,p-1,2026-11-01,\n",
		"device,ticket,from,to,tool\nl-1,INC-1,2026-11-10T10:00:00Z,2026-11-10T11:00:00Z,anydesk\n", "kind,serial,label\nusb,ABC123,dock\n",
		`[{"person": "p-1", "from": "2026-11-01", "to": "2026-11-03", "place": "FR"}]`, `[{"group": "bench", "kind": "staging"}]`,
		"person\n\"a\"\"b\"\n", "[{", "\xff\xfe", "person,,\n,,,", "[[[[[[", `[{"person": "\u0000"}]`, "person\n=cmd()\n", "person\r\rp",
	} {
		for i := range roster.KindNames() {
			f.Add(uint8(i), text)
		}
	}
	f.Fuzz(func(t *testing.T, kind uint8, text string) {
		name := roster.KindNames()[int(kind)%len(roster.KindNames())]
		format := "csv"
		if strings.HasPrefix(strings.TrimSpace(text), "[") {
			format = "json"
		}
		entries, err := roster.Read(name, "file", format, []byte(text), options())
		if err != nil {
			wrong := new(roster.Mistake)
			if !errors.As(err, &wrong) || len(wrong.Lines) == 0 || len(wrong.Lines) > 21 || entries != nil {
				t.Fatalf("%d entries, %v", len(entries), err)
			}
			for _, line := range wrong.Lines {
				if !strings.HasPrefix(line, "file:") {
					t.Errorf("a line names no file: %q", line)
				}
			}
			return
		}
		for i := range entries {
			if entries[i].Import = 1; !json.Valid(entries[i].Words) {
				t.Errorf("kept as %q", entries[i].Words)
			}
		}
		known := []roster.Known{{ID: "d1", Name: "l-1"}}
		if _, err := roster.Build([]roster.Import{{ID: 1, Kind: name, Label: "x"}}, entries, known); err != nil {
			t.Errorf("what was read cannot be read back: %v", err)
		}
		again := slices.Clone(entries)
		slices.Reverse(again)
		if roster.Digest(entries) == roster.Digest(again) && len(entries) > 1 {
			t.Errorf("the digest does not see what it is over")
		}
	})
}
