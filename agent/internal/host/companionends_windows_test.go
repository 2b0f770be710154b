package host

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/windows"
)

// TestACompanionEndsWithItsLine: one that its person stopped does not stay.
func TestACompanionEndsWithItsLine(t *testing.T) {
	stopped := exec.CommandContext(t.Context(), filepath.Join(os.Getenv("SystemRoot"), "System32", "ping.exe"), "-n", "60", "127.0.0.1")
	if err := stopped.Start(); err != nil {
		t.Fatal(err)
	}
	process, err := windows.OpenProcess(windows.PROCESS_TERMINATE, false, uint32(stopped.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	line, other, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	companion := &companionProcess{File: line, process: process}
	if err := companion.Close(); err != nil {
		t.Error(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- stopped.Wait() }()
	if err := within(t, ended); err == nil {
		t.Error("it came to its own end")
	}
	if err := companion.Close(); err == nil {
		t.Error("a line is closed twice")
	}
}
