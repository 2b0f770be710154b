package host

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// The layouts are those of evntrace.h and evntcons.h on 64-bit machines.
func TestTraceLayouts(t *testing.T) {
	var file traceLogfile
	var record traceRecord
	for what, c := range map[string][2]uintptr{
		"EVENT_TRACE_LOGFILEW":                     {unsafe.Sizeof(file), 448},
		"EVENT_TRACE_LOGFILEW.EventRecordCallback": {unsafe.Offsetof(file.record), 424},
		"EVENT_RECORD":                             {unsafe.Sizeof(record), 112},
		"EVENT_RECORD.UserData":                    {unsafe.Offsetof(record.own), 96},
	} {
		if c[0] != c[1] {
			t.Errorf("%s is at %d, want %d", what, c[0], c[1])
		}
	}
}

// TestLookups listens on Windows; in Wine, whose functions for it do nothing, it
// must be told that nothing can be heard: silence would look like a quiet laptop.
func TestLookups(t *testing.T) {
	source, err := New(Options{Now: time.Now}).Lookups(t.Context())
	if underWine() {
		if source != nil || !errors.Is(err, ErrUnsupported) {
			t.Errorf("%v, %v, want that it is not supported", source, err)
		}
		return
	}
	if err != nil && !errors.Is(err, ErrDenied) {
		t.Fatal(err)
	}
	if err := source.Close(); err != nil {
		t.Error(err)
	}
}

// TestDeadlyInWine shows why records are read here, and not by Windows' own
// reader of them: Wine lists that function and ends whoever calls it. The agent
// never does.
func TestDeadlyInWine(t *testing.T) {
	const asked = "FARMWATCH_TEST_DEADLY"
	if os.Getenv(asked) != "" {
		var out [64]byte
		_, _, _ = windows.NewLazySystemDLL("tdh.dll").NewProc("TdhGetEventInformation").Call(uintptr(unsafe.Pointer(&out[0])), 0, 0, 0, 0)
		t.Log("it lives")
		return
	}
	if !underWine() {
		return // Windows itself has it
	}
	command := exec.Command(os.Args[0], "-test.run", "^TestDeadlyInWine$", "-test.v")
	command.Env = append(os.Environ(), asked+"=1")
	output, err := command.CombinedOutput()
	if err == nil || strings.Contains(string(output), "it lives") {
		t.Errorf("Wine lives through it: %v\n%s", err, output)
	}
}
