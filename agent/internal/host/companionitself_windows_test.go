package host

import (
	"flag"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/windows"
)

var companionPipe = flag.String("companion.pipe", "", "the pipe of the test that runs this program as its companion")

// TestCompanionItself is the other process of TestCompanionIsStarted.
func TestCompanionItself(t *testing.T) {
	if *companionPipe == "" {
		return // not run as one
	}
	line, handle, err := openPipe(*companionPipe)
	if err != nil {
		t.Fatal(err)
	}
	_, person := ownToken(t)
	if err := agentBehind(handle, uint32(os.Getppid()), person.String()); err != nil {
		t.Fatal(err)
	}
	session, err := sessionOf(windows.GetCurrentProcessId())
	if err != nil {
		t.Fatal(err)
	}
	source, err := openRaw(t.Context(), New(Options{Now: time.Now}).Devices)
	if err != nil {
		t.Fatal(err)
	}
	if err := tellInputs(t.Context(), line, watchDisplays(t.Context(), source, displayOutputsNow, displayPace), greeting{companionVersion, windows.GetCurrentProcessId(), session}, time.Now); err != nil {
		t.Fatal(err)
	}
}
