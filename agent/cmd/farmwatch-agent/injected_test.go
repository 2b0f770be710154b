//go:build e2e

package main_test

import (
	"encoding/binary"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestInjectedInput: what a real x11vnc types into a real X server, which lets
// in only who shows its key, is no input of any device. One look that listens
// for a minute says that a program typed it.
func TestInjectedInput(t *testing.T) {
	bin, err := filepath.Abs("../../../bin")
	if err != nil {
		t.Fatal(err)
	}
	i := &installation{t: t, bin: bin, dir: t.TempDir()}
	display, port := display(t), address(t)
	_, portOnly, _ := net.SplitHostPort(port)
	key := i.path("key")
	if err := os.WriteFile(key, serverKey(strings.TrimPrefix(display, ":")), 0o600); err != nil {
		t.Fatal(err)
	}
	i.background("Xvfb", display, "-screen", "0", "1024x768x24", "-nolisten", "tcp", "-auth", key)
	time.Sleep(time.Second)
	i.background("x11vnc", "-display", display, "-auth", key, "-rfbport", portOnly, "-localhost", "-nopw", "-forever", "-shared", "-quiet")
	done := make(chan struct{})
	defer close(done)
	eventually(t, 10*time.Second, "somebody connects", func() bool { return drive(port, done) == nil })

	var scan struct {
		Findings []struct{ Rule string }
		Rows     []struct {
			Class   string
			Columns map[string]string
		}
	}
	if err := json.Unmarshal([]byte(i.run("farmwatch-agent", "scan", "--for", "62s", "--rows", "--output", "json")), &scan); err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(scan.Findings, func(f struct{ Rule string }) bool { return f.Rule == "input.injected" }) {
		t.Errorf("it was not found: %+v", scan.Findings)
	}
	for _, row := range scan.Rows {
		c := row.Columns
		if row.Class != "input_devices" || !strings.HasPrefix(c["device"], "xtest"+display) {
			continue
		}
		if c["injected_percent"] != "100" || c["place"] != "virtual" || c["maker"] != "xtest" || c["keys"] == "enough" && c["can"] != "keyboard" {
			t.Errorf("%v", c)
		}
	}
}

// serverKey is a file of keys with one for a display, on any machine (Xau(3)).
func serverKey(display string) []byte {
	out := []byte{0xff, 0xff, 0, 0}
	for _, field := range []string{display, "MIT-MAGIC-COOKIE-1", "0123456789abcdef"} {
		out = binary.BigEndian.AppendUint16(out, uint16(len(field)))
		out = append(out, field...)
	}
	return out
}
