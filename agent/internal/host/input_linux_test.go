package host

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// inputMachine is a live host with one keyboard whose node is a pipe that the
// test writes records to.
func inputMachine(t *testing.T) (h *LiveHost, keyboard *os.File, plug func(node string) *os.File) {
	t.Helper()
	root := t.TempDir()
	plug = func(node string) *os.File {
		k := kernelInput{node: node, target: "/devices/pci0000:00/usb1/1-2/1-2:1.0/0003:046D:C31C.0001/input/input1/" + node, name: node, bus: "0003", key: allKeys}
		parent := filepath.Join(root, "sys", filepath.Dir(k.target))
		for name, text := range map[string]string{"name": k.name, "id/bustype": k.bus, "capabilities/key": k.key} {
			path := filepath.Join(parent, name)
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text+"\n"), 0o600)); err != nil {
				t.Fatal(err)
			}
		}
		dev, class := filepath.Join(root, "dev/input"), filepath.Join(root, "sys/class/input")
		err := errors.Join(os.MkdirAll(filepath.Join(root, "sys", k.target), 0o755), os.MkdirAll(dev, 0o755), os.MkdirAll(class, 0o755),
			os.Symlink("..", filepath.Join(root, "sys", k.target, "device")), os.Symlink("../.."+k.target, filepath.Join(class, node)),
			unix.Mkfifo(filepath.Join(dev, node), 0o600))
		if err != nil {
			t.Fatal(err)
		}
		pipe, err := os.OpenFile(filepath.Join(dev, node), os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { pipe.Close() })
		return pipe
	}
	keyboard = plug("event0")
	return New(Options{Now: time.Now, Root: root}), keyboard, plug
}

// listenPiped opens a node without the requests that a pipe does not know.
func listenPiped(path string, n inputNode) ([]*listener, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return []*listener{{inputReader: inputReader{device: n.ID}, node: n.node, fd: fd}}, nil
}

func heard(t *testing.T, source InputSource, n int) []Input {
	t.Helper()
	var all []Input
	for len(all) < n {
		b, err := source.Next()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b.Inputs...)
	}
	return all
}

func TestLiveInput(t *testing.T) {
	h, keyboard, plug := inputMachine(t)
	source, err := h.openInput(context.Background(), listenPiped)
	if err != nil {
		t.Fatal(err)
	}
	press := append(evdevRecord(time.Second, evKey, 30, 1), evdevRecord(time.Second, evSyn, 0, 0)...)
	if _, err := keyboard.Write(press); err != nil {
		t.Fatal(err)
	}
	if in := heard(t, source, 1)[0]; in.Kind != InputPress || in.Device != "usb:1-2:1.0" || in.At != time.Second {
		t.Errorf("%+v", in)
	}
	second := plug("event1") // is met without waiting for the next tick
	if _, err := second.Write(press); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if in := heard(t, source, 1)[0]; in.Device != "usb:1-2:1.0#2" || time.Since(began) > inputTick {
		t.Errorf("%+v after %s", in, time.Since(began))
	}
	if devices, err := source.Devices(); len(devices) != 2 || err != nil {
		t.Errorf("%+v, error %v", devices, err)
	}
	if err := source.Close(); err != nil {
		t.Error(err)
	}
	if _, err := source.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("after the end: %v", err)
	}
}

func TestLiveInputThatIsRefused(t *testing.T) {
	h, _, _ := inputMachine(t)
	source, err := h.openInput(context.Background(), func(path string, _ inputNode) ([]*listener, error) {
		return nil, &os.PathError{Op: "open", Path: path, Err: unix.EACCES}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	if devices, err := source.Devices(); len(devices) != 1 || !errors.Is(err, ErrDenied) {
		t.Errorf("%+v, error %v: want the device and how to be let in", devices, err)
	}
	empty, err := New(Options{Now: time.Now, Root: t.TempDir()}).Input(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer empty.Close()
	if devices, err := empty.Devices(); len(devices) != 0 || !errors.Is(err, ErrAbsent) {
		t.Errorf("without /dev/input: %+v, error %v", devices, err)
	}
	if _, err := listen(filepath.Join(t.TempDir(), "event9"), inputNode{InputDevice: InputDevice{Can: []string{CanType}}}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a node that is gone: %v", err)
	}
}

// A mouse that sends a thousand times a second wakes us twenty-five times.
func TestManyInputsWakeFewTimes(t *testing.T) {
	h, mouse, _ := inputMachine(t)
	source, err := h.openInput(context.Background(), listenPiped)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	const sent = 500
	go func() {
		for i := range sent {
			at := time.Duration(i) * time.Millisecond
			mouse.Write(append(evdevRecord(at, evRel, relX, 1), evdevRecord(at, evSyn, 0, 0)...))
			time.Sleep(time.Millisecond)
		}
	}()
	batches, inputs := 0, 0
	for inputs < sent {
		b, err := source.Next()
		if err != nil {
			t.Fatal(err)
		}
		batches, inputs = batches+1, inputs+len(b.Inputs)
	}
	if batches > sent/10 {
		t.Errorf("%d batches for %d inputs", batches, inputs)
	}
}

func TestHiddenSession(t *testing.T) {
	for kind, hidden := range map[string]bool{"wayland": true, "x11": false, "tty": false} {
		root := t.TempDir()
		file := filepath.Join(root, sessionDir, "2")
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte("CLASS=user\nSTATE=active\nTYPE="+kind+"\n"), 0o600)); err != nil {
			t.Fatal(err)
		}
		if err := hiddenSession(newOSFS(root)); errors.Is(err, ErrDenied) != hidden {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

// The kernel refuses a mask that is no whole number of its words, and then
// passes everything.
func TestMasksAreOfWholeWords(t *testing.T) {
	for _, last := range []int{0, 7, relWheel, btnMisc - 1, btnTask} {
		if mask := codes(last, last); len(mask)%8 != 0 || mask[last/8] != 1<<(last%8) {
			t.Errorf("the mask of code %d is % x", last, mask)
		}
	}
}

// A program that calls itself an X server must not be sent somebody else's key.
func TestServersKeyIsItsOwn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "keys")
	entry := "\xff\xff\x00\x00\x00\x010\x00\x12" + cookieName + "\x00\x03key"
	if err := os.WriteFile(file, []byte(entry), 0o600); err != nil {
		t.Fatal(err)
	}
	server := Process{PID: os.Getpid(), UID: os.Getuid(), Args: []string{"Xorg", "-auth", file}}
	if key, err := keyOf(server, "0"); string(key) != "key" || err != nil {
		t.Errorf("its own key is %q, error %v", key, err)
	}
	server.UID = 54321
	if key, err := keyOf(server, "0"); key != nil || err == nil {
		t.Errorf("somebody else's key is %q, error %v", key, err)
	}
	server.UID, server.Args = os.Getuid(), []string{"Xorg", "-auth", filepath.Dir(file)}
	if key, err := keyOf(server, "0"); key != nil || err == nil {
		t.Errorf("the key in a folder is %q, error %v", key, err)
	}
	if key, err := keyOf(Process{Args: []string{"Xvfb", ":0"}}, "0"); key != nil || err != nil {
		t.Errorf("a server without a key has %q, error %v", key, err)
	}
}
