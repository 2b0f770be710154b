package host

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/windows"
)

// TestAnotherAtTheCompanionsPipe: who opens the pipe before the companion that was
// started for it is not listened to.
func TestAnotherAtTheCompanionsPipe(t *testing.T) {
	token, person := ownToken(t)
	session, err := sessionOf(windows.GetCurrentProcessId())
	if err != nil {
		t.Fatal(err)
	}
	opened := make(chan *os.File, 1)
	line, err := startCompanion(t.Context(), person.String(), token, session, func(pipe string) []string {
		go func() {
			line, _, err := openPipe(pipe)
			if err != nil {
				t.Error(err)
			}
			opened <- line
		}()
		first := within(t, opened)
		t.Cleanup(func() { first.Close() })
		return []string{"-test.run=^$"}
	})
	if !errors.Is(err, ErrDenied) || line != nil {
		t.Errorf("another process at the pipe: %v", err)
	}
}

// TestWhoIsTakenForNoCompanion: each of what a companion is known by is needed.
func TestWhoIsTakenForNoCompanion(t *testing.T) {
	_, person := ownToken(t)
	own := windows.GetCurrentProcessId()
	session, err := sessionOf(own)
	if err != nil {
		t.Fatal(err)
	}
	nowhere, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer nowhere.Close()
	quiet := &os.ProcAttr{Files: []*os.File{nowhere, nowhere, nowhere}}
	other, err := os.StartProcess(filepath.Join(os.Getenv("SystemRoot"), "System32", "ping.exe"), []string{"ping", "-n", "30", "127.0.0.1"}, quiet)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = other.Kill()
		_, _ = other.Wait()
	}()
	system, err := windows.CreateWellKnownSid(windows.WinLocalServiceSid)
	if err != nil {
		t.Fatal(err)
	}
	program := uint32(other.Pid)
	for what, err := range map[string]error{
		"another process":     companionBehind(own, own+4, session, person),
		"another session":     companionBehind(own, own, session+1, person),
		"another program":     companionBehind(program, program, session, person),
		"another person":      companionBehind(own, own, session, system),
		"a process not there": companionBehind(3, 3, session, person),
	} {
		if err == nil || what != "a process not there" && !errors.Is(err, ErrDenied) {
			t.Errorf("%s is taken for the companion: %v", what, err)
		}
	}
	if err := companionBehind(own, own, session, person); err != nil {
		t.Errorf("the companion is refused: %v", err)
	}
}
