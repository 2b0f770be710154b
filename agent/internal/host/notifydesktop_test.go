package host

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDesktopPeople(t *testing.T) {
	got := desktopPeople([]Session{
		{ID: "1", User: "anna", Kind: kindConsole}, {ID: "1", User: "anna", Kind: kindGraphical},
		{ID: "3", User: "ben", Kind: kindRemoteDesktop, Remote: "203.0.113.7"}, {ID: "4", Kind: kindSSH}, {User: "cleo", Kind: kindGraphical},
	})
	want := []Person{{Session: "1", UID: -1, Desktop: true}, {Session: "3", UID: -1, Desktop: true, Remote: true}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNoticeWords(t *testing.T) {
	for _, c := range []struct {
		notice Notice
		want   string
	}{
		{Notice{Text: "Are you there?", Button: "I am here"}, "Are you there?\n\nYes: I am here\nNo: I have read this"},
		{Notice{Text: "Thank\x00 you."}, "Thank you."},
	} {
		if got := noticeWords(c.notice); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestNoticePressed(t *testing.T) {
	for answer, want := range map[uint32]bool{6: true, 7: false, 1: false, 2: false, 32000: false, 32001: false, 0: false} { // IDYES, IDNO, IDOK, IDCANCEL, time, nobody asked
		if noticePressed(answer) != want {
			t.Errorf("answer %d counts as the button: %v", answer, !want)
		}
	}
}

func TestSessionLocked(t *testing.T) {
	info := []byte("\x01\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" + strings.Repeat("\x00", 200))
	if !sessionLocked(info) {
		t.Error("a locked session is not seen as one")
	}
	for name, change := range map[string]func(b []byte) []byte{
		"unlocked":      func(b []byte) []byte { b[16] = 1; return b },
		"unknown":       func(b []byte) []byte { copy(b[16:], "\xff\xff\xff\xff"); return b },
		"another level": func(b []byte) []byte { b[0] = 2; return b },
		"cut short":     func(b []byte) []byte { return b[:19] },
	} {
		if sessionLocked(change([]byte(string(info)))) {
			t.Errorf("%s: seen as locked", name)
		}
	}
}
