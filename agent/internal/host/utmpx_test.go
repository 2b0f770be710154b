package host

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// utmpxOf is a record as macOS writes one.
func utmpxOf(kind uint16, user, line string, pid, seconds uint32, from string) []byte {
	r := make([]byte, utmpxSize)
	copy(r, user)
	copy(r[260:], line)
	binary.LittleEndian.PutUint32(r[292:], pid)
	binary.LittleEndian.PutUint16(r[296:], kind)
	binary.LittleEndian.PutUint32(r[300:], seconds)
	binary.LittleEndian.PutUint32(r[304:], 250_000)
	copy(r[308:], from)
	return r
}

func utmpxFile(records ...[]byte) []byte {
	file := utmpxOf(10, utmpxMagic, "", 0, 0, "")
	for _, r := range records {
		file = append(file, r...)
	}
	return file
}

func TestUtmpx(t *testing.T) {
	file := utmpxFile(
		utmpxOf(2, "", "", 1, 1_793_600_000, ""),
		utmpxOf(utmpUser, "anna", "console", 150, 1_793_610_000, ""),
		utmpxOf(utmpUser, "anna", "ttys000", 700, 1_793_610_100, ""),
		utmpxOf(utmpUser, "anna", "ttys001", 801, 1_793_610_200, "203.0.113.7"),
		utmpxOf(utmpUser, "anna", "ttys002", 802, 1_793_610_200, "tmux(801).%0"),
		utmpxOf(8, "anna", "ttys003", 900, 1_793_610_300, "203.0.113.7"),
	)
	since := func(seconds int64) time.Time { return time.Unix(seconds, 250_000_000).UTC() }
	want := []Session{
		{User: "anna", Terminal: "console", Kind: "graphical", PID: 150, Since: since(1_793_610_000)},
		{User: "anna", Terminal: "ttys001", Remote: "203.0.113.7", Kind: "ssh", PID: 801, Since: since(1_793_610_200)},
	}
	got, err := parseUtmpx(file)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if got, err := parseUtmpx(file[:len(file)-700]); len(got) != 2 || err == nil {
		t.Errorf("cut within a record: %d sessions, error %v; both are wanted", len(got), err)
	}
	for name, bad := range map[string][]byte{"empty": nil, "of another system": make([]byte, 2*utmpxSize), "endless": make([]byte, maxUtmpSize+1)} {
		if _, err := parseUtmpx(bad); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func FuzzParseUtmpx(f *testing.F) {
	f.Add(utmpxFile(utmpxOf(utmpUser, "anna", "ttys001", 801, 1_793_610_200, "203.0.113.7")))
	f.Fuzz(func(t *testing.T, content []byte) {
		sessions, _ := parseUtmpx(content)
		if len(sessions) > len(content)/utmpxSize {
			t.Fatalf("%d sessions of %d bytes", len(sessions), len(content))
		}
		for _, s := range sessions {
			if _, err := sessionRow(s).session(); err != nil || s.User == "" {
				t.Fatalf("%+v: %v", s, err)
			}
		}
	})
}
