//go:build e2e

package main_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

// TestBareRoot runs the agent on a disk that holds the agent and nothing else: no
// C library of whatever kind, no /proc, no shell. It is why one program serves
// distributions on musl as well as those on glibc. What it cannot see there it
// says, class by class.
func TestBareRoot(t *testing.T) {
	root := t.TempDir()
	program, err := os.ReadFile("../../../bin/farmwatch-agent")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "farmwatch-agent"), program, 0o755); err != nil {
		t.Fatal(err)
	}
	bare := exec.Command("/farmwatch-agent", "scan", "--output", "json")
	bare.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
	bare.Dir, bare.Env = "/", []string{}
	out, err := bare.Output()
	if errors.Is(err, fs.ErrPermission) && os.Getenv("CI") != "true" {
		t.Skip("changing the root needs root")
	}
	if err != nil {
		t.Fatalf("scan: %v\n%s", err, out)
	}
	var scanned struct {
		Level    string
		Coverage []struct{ Class, State, Detail string }
	}
	if err := json.Unmarshal(out, &scanned); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, c := range scanned.Coverage {
		switch {
		case c.State == "ok":
			seen++
		case c.Detail == "":
			t.Errorf("%s is %s without a reason", c.Class, c.State)
		case c.State == "failed":
			t.Errorf("%s failed where nothing is: %s", c.Class, c.Detail)
		}
		if blind := []string{"processes", "usb_devices", "packages"}; c.State == "ok" && slices.Contains(blind, c.Class) {
			t.Errorf("%s cannot be seen there and says ok", c.Class)
		}
	}
	if len(scanned.Coverage) < 20 || seen > len(scanned.Coverage)/3 {
		t.Errorf("%d of %d classes are ok on a disk without anything", seen, len(scanned.Coverage))
	}
}
