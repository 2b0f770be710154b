package host

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestDeviceMakers: who holds the doors is found while a program's device is
// there, and descriptors are walked again when their number changes.
func TestDeviceMakers(t *testing.T) {
	f := newFakeProc(t)
	hold := func(pid, fd, door string) {
		folder := filepath.Join(f.root, "proc", pid, "fd")
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(door, filepath.Join(folder, fd)); err != nil {
			t.Fatal(err)
		}
	}
	hold("50", "3", "/dev/uinput")
	hold("50", "4", "/dev/uinput")
	hold("51", "7", "/dev/uhid")
	hold("52", "7", "/dev/null")
	source, err := f.host.Conduct(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	source.(*liveConduct).every = time.Nanosecond
	next := func() []Conduct {
		f.now = f.now.Add(time.Minute)
		s, err := source.Next()
		if err != nil || s.Partial != nil {
			t.Fatalf("%v, %v", err, s.Partial)
		}
		return s.Programs
	}
	if got := next(); len(got) != 0 {
		t.Errorf("without a device: %+v", got)
	}
	f.write("sys/devices/virtual/input/input7/name", "made\n")
	want := []Conduct{{PID: 50, Injects: []string{byUinput}}, {PID: 51, Injects: []string{byUhid}}}
	for range 3 {
		if diff := cmp.Diff(want, next()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	if err := source.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := source.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("after Close: %v", err)
	}
}

// TestAge: by what the kernel noted, whatever a program sets the times to.
func TestAge(t *testing.T) {
	file := filepath.Join(t.TempDir(), "helper")
	if err := os.WriteFile(file, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	long := time.Now().Add(-10000 * time.Hour)
	if err := os.Chtimes(file, long, long); err != nil {
		t.Fatal(err)
	}
	now := time.Now().Add(time.Hour)
	h := New(Options{Now: func() time.Time { return now }})
	for _, name := range []string{file, filepath.Dir(file)} {
		if age, err := h.Age(os.Getpid(), name); err != nil || age < 50*time.Minute || age > 70*time.Minute {
			t.Errorf("%s is there for %s, %v; want an hour", name, age, err)
		}
	}
	if _, err := h.Age(os.Getpid(), file+"-not"); err == nil {
		t.Error("a file that is not there has an age")
	}
	if age, err := h.Age(os.Getpid(), "conduct_linux_test.go"); err != nil || age <= 0 {
		t.Errorf("relative to the process's folder: %s, %v", age, err)
	}
}

func TestNumberInside(t *testing.T) {
	for text, want := range map[string]int{
		"Name:\tx\nNSpid:\t27465\t50\nNSsid:\t1\n": 50, "Name:\tx\nNSpid:\t27465\n": 27465, "Name:\tx\n": 0, "Name:\tx\nNSpid:\tx\n": 0,
	} {
		if got := numberInside(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
	if got := here(os.Getpid(), 7); got != 7 {
		t.Errorf("in our own space it is %d", got)
	}
}

// TestAgeOfAProgramThatWasReplaced: the old one at its path says nothing of it.
func TestAgeOfAProgramThatWasReplaced(t *testing.T) {
	name := filepath.Join(t.TempDir(), "helper")
	sleep, err := os.ReadFile("/bin/sleep")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, sleep, 0o755); err != nil {
		t.Fatal(err)
	}
	runs := exec.Command(name, "60")
	if err := runs.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = runs.Process.Kill(); _ = runs.Wait() }()
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/proc/version", name); err != nil {
		t.Fatal(err)
	}
	now := time.Now().Add(time.Hour)
	age, err := New(Options{Now: func() time.Time { return now }}).Age(runs.Process.Pid, name)
	if err != nil || age < 59*time.Minute || age > 70*time.Minute {
		t.Errorf("%s, %v; want an hour", age, err)
	}
}
