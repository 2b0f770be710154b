package parse

import (
	"encoding/binary"
	"testing"
	"unicode/utf16"
)

func wide(text string) []byte {
	var b []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		b = binary.LittleEndian.AppendUint16(b, unit)
	}
	return b
}

// shortcut makes one as Windows does: a list of identifiers, the place of the file, a folder and arguments.
func shortcut(target, arguments string, unicode bool) []byte {
	header := make([]byte, shortcutHeader)
	binary.LittleEndian.PutUint32(header, shortcutHeader)
	binary.LittleEndian.PutUint32(header[0x14:], shortcutIDList|shortcutPlace|shortcutFolder|shortcutArguments|shortcutWide)
	header = append(header, 4, 0, 2, 0, 0, 0) // an item of nothing and the end
	info := make([]byte, 0x24)
	binary.LittleEndian.PutUint32(info[4:], 0x24)
	binary.LittleEndian.PutUint32(info[8:], 1)
	binary.LittleEndian.PutUint32(info[0x10:], 0x24)
	info = append(append(info, target...), 0)
	if unicode {
		binary.LittleEndian.PutUint32(info[0x1c:], uint32(len(info)))
		info = append(append(info, wide(target)...), 0, 0)
	}
	binary.LittleEndian.PutUint32(info, uint32(len(info)))
	header = append(header, info...)
	for _, text := range []string{`C:\Tool`, arguments} {
		header = binary.LittleEndian.AppendUint16(header, uint16(len(utf16.Encode([]rune(text)))))
		header = append(header, wide(text)...)
	}
	return header
}

func TestParseShortcut(t *testing.T) {
	for _, unicode := range []bool{false, true} {
		want := Shortcut{Target: `C:\Tool\tool.exe`, Arguments: "--service"}
		if got, err := ParseShortcut(shortcut(want.Target, want.Arguments, unicode)); err != nil || got != want {
			t.Errorf("unicode %v: %+v, error %v, want %+v", unicode, got, err, want)
		}
	}
	whole := shortcut(`C:\a.exe`, "x", true)
	for n := range whole {
		if got, err := ParseShortcut(whole[:n]); err == nil {
			t.Errorf("its first %d bytes are read as %+v", n, got)
		}
	}
}

func FuzzParseShortcut(f *testing.F) {
	f.Add(shortcut(`C:\Tool\tool.exe`, "--service", true))
	f.Add(shortcut(`C:\Tool\tool.exe`, "", false))
	f.Fuzz(func(t *testing.T, b []byte) {
		found, err := ParseShortcut(b)
		if err != nil && found != (Shortcut{}) || len(found.Target) > settingsValue || len(found.Arguments) > settingsValue {
			t.Errorf("%+v, error %v", found, err)
		}
	})
}
