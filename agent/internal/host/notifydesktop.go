package host

import (
	"encoding/binary"
	"strings"
)

// desktopPeople are the logins of a system on which whoever is logged in has a
// desktop, each once.
func desktopPeople(sessions []Session) []Person {
	var all []Person
	seen := map[string]bool{}
	for _, s := range sessions {
		desktop := s.Kind == kindGraphical || s.Kind == kindConsole || s.Kind == kindRemoteDesktop
		if s.ID == "" || !desktop || seen[s.ID] {
			continue
		}
		seen[s.ID] = true
		all = append(all, Person{Session: s.ID, UID: -1, Desktop: true, Remote: s.Remote != "" || s.Kind == kindRemoteDesktop})
	}
	return all
}

// noticeWords are what a box says whose buttons cannot be named otherwise than
// Yes and No.
func noticeWords(n Notice) string {
	if n.Button == "" {
		return plainText(n.Text)
	}
	return plainText(n.Text + "\n\nYes: " + n.Button + "\nNo: I have read this")
}

// noticePressed says whether a box was closed by Yes (IDYES), which stands for
// the one button of a notice: not by No, by time or by the end of the session.
func noticePressed(answer uint32) bool {
	const yes = 6
	return answer == yes
}

// plainText is text that can be handed to a system which takes a zero for its end.
func plainText(text string) string { return strings.ReplaceAll(text, "\x00", "") }

// sessionLocked reads WTSINFOEXW: its level, then what level 1 has: the session's
// number, its state and its flags, which say 0 for locked since Windows 8.
func sessionLocked(info []byte) bool {
	const size, locked = 20, 0
	if len(info) < size || binary.LittleEndian.Uint32(info) != 1 {
		return false
	}
	return binary.LittleEndian.Uint32(info[16:]) == locked
}
