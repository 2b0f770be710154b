package host

import (
	"encoding/binary"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

const answerBase = 0x7000_0000

// ntProcessBytes lays out processes as Windows does, with threads of 80 bytes.
func ntProcessBytes(rows ...ntProcess) []byte {
	var raw []byte
	for i, p := range rows {
		entry := make([]byte, 0x100+80*p.threads)
		put := func(at int, n uint64) { binary.LittleEndian.PutUint64(entry[at:], n) }
		binary.LittleEndian.PutUint32(entry[4:], p.threads)
		binary.LittleEndian.PutUint32(entry[96:], p.handles)
		binary.LittleEndian.PutUint32(entry[100:], p.session)
		put(8, p.private)
		put(32, p.created)
		put(80, uint64(p.pid))
		put(88, uint64(p.parent))
		if name := wide(p.name); len(name) > 0 {
			binary.LittleEndian.PutUint16(entry[56:], uint16(len(name)))
			put(64, answerBase+uint64(len(raw)+len(entry)))
			entry = append(entry, name...)
		}
		for len(entry)%8 != 0 {
			entry = append(entry, 0)
		}
		if i < len(rows)-1 {
			binary.LittleEndian.PutUint32(entry, uint32(len(entry)))
		}
		raw = append(raw, entry...)
	}
	return raw
}

func TestNTProcesses(t *testing.T) {
	want := []ntProcess{
		{pid: 0, threads: 8}, {pid: 4, name: "System", created: 100, threads: 200},
		{pid: 700, parent: 4, name: "services.exe", created: 200, threads: 9, private: 1 << 20, handles: 77},
		{pid: 900, parent: 5000, name: "orphan.exe", created: 300, threads: 1},
		{pid: 5000, parent: 700, name: "späte.exe", created: 400, threads: 1, session: 2}, {pid: 901, parent: 700, name: "ended.exe", created: 300},
	}
	got, err := parseNTProcesses(ntProcessBytes(want...), answerBase)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("%+v, %v", got, err)
	}
	var names []string
	for _, p := range runningProcesses(got) {
		names = append(names, p.name)
		if p.name == "orphan.exe" && p.parent != 0 {
			t.Error("a process is its parent's that began before it")
		}
		if p.name == "späte.exe" && p.parent != 700 {
			t.Error("a parent is lost")
		}
	}
	if !slices.Equal(names, []string{"System", "services.exe", "orphan.exe", "späte.exe"}) {
		t.Errorf("%q run", names)
	}
}

func TestFileTime(t *testing.T) {
	if got, want := fileTime(133_801_632_000_000_000), time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("%v, want %v", got, want)
	}
	if !fileTime(0).IsZero() || !fileTime(1<<63).IsZero() {
		t.Error("no time has become one")
	}
}

func serviceBytes(base uint64, rows ...ntService) []byte {
	raw := make([]byte, 56*len(rows))
	for i, s := range rows {
		binary.LittleEndian.PutUint64(raw[i*56:], base+uint64(len(raw)))
		kind := uint32(0x20)
		if strings.Contains(s.name, "_") {
			kind = 0xE0
		}
		binary.LittleEndian.PutUint32(raw[i*56+16:], kind)
		binary.LittleEndian.PutUint32(raw[i*56+44:], uint32(s.pid))
		raw = append(append(raw, wide(s.name)...), 0, 0)
	}
	return raw
}

func TestServices(t *testing.T) {
	raw := serviceBytes(answerBase, ntService{"AnyDesk", 10}, ntService{"Dhcp", 20}, ntService{"EventLog", 20}, ntService{"cbdhsvc_3f2a1", 30}, ntService{"Stopped", 0})
	services, err := parseServices(raw, answerBase, 5)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := unitsByProcess(services), map[int]string{10: "AnyDesk", 20: "", 30: "cbdhsvc"}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if _, err := parseServices(raw[:100], answerBase, 5); err == nil {
		t.Error("a cut answer was taken")
	}
}

func TestCommandWords(t *testing.T) {
	for line, want := range map[string][]string{
		"":                                   nil,
		`a.exe`:                              {"a.exe"},
		`"C:\Program Files\a.exe" --x "b c"`: {`C:\Program Files\a.exe`, "--x", "b c"},
		`a.exe a\\\b d"e f"g h`:              {"a.exe", `a\\\b`, "de fg", "h"},
		`a.exe a\\\"b c d`:                   {"a.exe", `a\"b`, "c", "d"},
		`a.exe a\\\\"b c" d e`:               {"a.exe", `a\\b c`, "d", "e"},
		`a.exe "x""y" ""`:                    {"a.exe", `x"y`, ""},
		`a.exe C:\dir\`:                      {"a.exe", `C:\dir\`},
		"a.exe\tb\x00hidden":                 {"a.exe", "b"},
	} {
		if got := commandWords(line); !slices.Equal(got, want) {
			t.Errorf("%q is %q, want %q", line, got, want)
		}
	}
	if words := commandWords("x" + strings.Repeat(" a", 20000)); len(words) != maxArgs {
		t.Errorf("%d words, want %d", len(words), maxArgs)
	}
}

func TestFileOfProgram(t *testing.T) {
	for path, want := range map[string]string{
		`C:\Windows\explorer.exe`: `C:\Windows\explorer.exe`, `\Device\HarddiskVolume3\x.exe`: `\Device\HarddiskVolume3\x.exe`, "Registry": "", "MemCompression": "", "": "",
	} {
		if got := fileOfProgram(path); got != want {
			t.Errorf("%q is of %q, want %q", path, got, want)
		}
	}
}

func TestDrivePath(t *testing.T) {
	drives := map[string]string{`\Device\HarddiskVolume1`: "D:", `\Device\HarddiskVolume10`: "C:"}
	for native, want := range map[string]string{
		`\Device\HarddiskVolume10\Windows\x.exe`: `C:\Windows\x.exe`, `\Device\HarddiskVolume1\y.exe`: `D:\y.exe`, `\Device\Mup\server\z.exe`: `\Device\Mup\server\z.exe`,
	} {
		if got := drivePath(native, drives); got != want {
			t.Errorf("%s is %s, want %s", native, got, want)
		}
	}
}

func FuzzNTProcesses(f *testing.F) {
	f.Add(ntProcessBytes(ntProcess{pid: 4, name: "System", threads: 1}, ntProcess{pid: 8, name: "x", threads: 2}))
	f.Fuzz(func(_ *testing.T, raw []byte) {
		rows, _ := parseNTProcesses(raw, answerBase)
		_ = runningProcesses(rows)
		_, _ = parseCounted(raw, answerBase)
	})
}

func FuzzServices(f *testing.F) {
	f.Add(serviceBytes(answerBase, ntService{"a_1", 1}), 1)
	f.Fuzz(func(_ *testing.T, raw []byte, count int) {
		rows, _ := parseServices(raw, answerBase, count)
		_ = unitsByProcess(rows)
	})
}

func FuzzCommandWords(f *testing.F) {
	f.Add(`"a b" \\"c\" d`)
	f.Fuzz(func(t *testing.T, line string) {
		if words := commandWords(line); len(words) > maxArgs {
			t.Errorf("%d words", len(words))
		}
	})
}
