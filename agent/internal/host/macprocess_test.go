package host

import (
	"encoding/binary"
	"slices"
	"testing"
	"time"
)

func kinfo(pid, parent, uid int, name string, state byte, started time.Time) []byte {
	b := make([]byte, kinfoSize)
	binary.LittleEndian.PutUint64(b[0:], uint64(started.Unix()))
	binary.LittleEndian.PutUint32(b[8:], uint32(started.Nanosecond()/1000))
	b[36] = state
	binary.LittleEndian.PutUint32(b[40:], uint32(pid))
	copy(b[243:259], name)
	binary.LittleEndian.PutUint32(b[420:], uint32(uid))
	binary.LittleEndian.PutUint32(b[560:], uint32(parent))
	return b
}

func TestMacProcessesAreReadFromTheKernelsList(t *testing.T) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 8000, time.UTC)
	answer := slices.Concat(kinfo(0, 0, 0, "kernel_task", 2, at), kinfo(1, 0, 0, "launchd", 2, at),
		kinfo(612, 1, 501, "ScreenConnectClientService", 2, at), kinfo(613, 1, 501, "gone", 5, at), kinfo(614, 1, 4294967294, "nobody", 2, at))
	rows, err := parseKinfo(answer)
	if err != nil || len(rows) != 3 {
		t.Fatalf("%+v, %v, want the kernel and what ended left out", rows, err)
	}
	want := Process{PID: 612, Parent: 1, UID: 501, Name: "ScreenConnectCli", Started: at}
	if got := rows[1]; got.PID != want.PID || got.Parent != want.Parent || got.UID != want.UID || got.Name != want.Name || !got.Started.Equal(at) {
		t.Errorf("read %+v, want %+v", got, want)
	}
	if rows[2].UID != -2 {
		t.Errorf("nobody is %d, want -2 as macOS says it", rows[2].UID)
	}
	if _, err := parseKinfo(answer[:len(answer)-1]); err == nil {
		t.Error("half a process was read")
	}
}

func TestACutNameIsTakenFromTheFile(t *testing.T) {
	for _, c := range []struct{ name, file, want string }{
		{"ScreenConnectCli", "/Applications/X.app/Contents/MacOS/ScreenConnectClientService", "ScreenConnectClientService"},
		{"ScreenConnectCli", "/usr/bin/other", "ScreenConnectCli"},
		{"sshd", "/usr/sbin/sshd-session", "sshd"},
		{"python", "", "python"},
	} {
		if got := fullName(c.name, c.file); got != c.want {
			t.Errorf("%s of %s is called %s, want %s", c.name, c.file, got, c.want)
		}
	}
}

func procargs(count uint32, text string) []byte {
	return append(binary.LittleEndian.AppendUint32(nil, count), text...)
}

func TestACommandLineIsReadAndNothingOfItsEnvironmentButTheServicesName(t *testing.T) {
	for name, c := range map[string]struct {
		answer []byte
		args   []string
		unit   string
	}{
		"a service":            {procargs(3, "/usr/sbin/x\x00\x00\x00\x00\x00x\x00-a\x00\x00PATH=/bin\x00XPC_SERVICE_NAME=com.example.x\x00\x00stack_guard=1\x00"), []string{"x", "-a", ""}, "com.example.x"},
		"a shell":              {procargs(1, "/bin/zsh\x00-zsh\x00XPC_SERVICE_NAME=0\x00"), []string{"-zsh"}, ""},
		"an application":       {procargs(1, "/A/B\x00B\x00XPC_SERVICE_NAME=application.com.example.b.12.34\x00"), []string{"B"}, ""},
		"no environment":       {procargs(1, "/A/B\x00B\x00"), []string{"B"}, ""},
		"fewer than counted":   {procargs(9, "/A/B\x00B"), []string{"B"}, ""},
		"a word of the loader": {procargs(1, "/A/B\x00B\x00\x00XPC_SERVICE_NAME=no\x00"), []string{"B"}, ""},
	} {
		got, err := parseProcargs(c.answer)
		if err != nil || !slices.Equal(got.args, c.args) || got.unit != c.unit {
			t.Errorf("%s: %q, %q, %v, want %q, %q", name, got.args, got.unit, err, c.args, c.unit)
		}
	}
	if _, err := parseProcargs([]byte{1, 0}); err == nil {
		t.Error("two bytes were read as a command line")
	}
}

// TestAProgramWhoseFileIsGoneKeepsItsName: a program that was replaced while it
// runs has no file any more, and is still who it is.
func TestAProgramWhoseFileIsGoneKeepsItsName(t *testing.T) {
	for _, c := range []struct{ started, found, want string }{
		{"/Applications/X.app/Contents/MacOS/X", "", "/Applications/X.app/Contents/MacOS/X"},
		{"/Applications/X.app/Contents/MacOS/X", "/private/tmp/y", "/private/tmp/y"},
		{"/opt/x/../y", "", "/opt/y"},
		{"./x", "", ""},
		{"", "", ""},
	} {
		got, err := parseProcargs(procargs(1, c.started+"\x00x\x00"))
		if file := got.knownFile(c.found); err != nil || file != c.want {
			t.Errorf("started from %q, found at %q: %q, %v, want %q", c.started, c.found, file, err, c.want)
		}
	}
}

func FuzzMacProcesses(f *testing.F) {
	f.Add(kinfo(612, 1, 501, "x", 2, time.Unix(5, 0)))
	f.Add(procargs(2, "/bin/x\x00\x00x\x00y\x00XPC_SERVICE_NAME=z\x00"))
	f.Fuzz(func(t *testing.T, answer []byte) {
		rows, err := parseKinfo(answer)
		if err == nil && len(rows) > len(answer)/kinfoSize {
			t.Errorf("%d processes from %d bytes", len(rows), len(answer))
		}
		if got, _ := parseProcargs(answer); len(got.args) > maxArgs {
			t.Errorf("%d words, want at most %d", len(got.args), maxArgs)
		}
	})
}
