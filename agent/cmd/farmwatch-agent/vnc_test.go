//go:build e2e

package main_test

import (
	"fmt"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// seen is what the test reads of an alert and of a device's findings.
type seen struct {
	Alert struct {
		ID, Level, State, Title, Conclusion string
		Active                              bool
	} `json:"alert"`
	Ledger   []struct{ Reason string }       `json:"ledger"`
	Findings []struct{ Rule, Status string } `json:"findings"`
}

// TestRealVNCSession: a real x11vnc on a real (virtual) display first listens,
// then is driven by a client, and the collector says each within seconds.
func TestRealVNCSession(t *testing.T) {
	if out, err := exec.Command("pgrep", "-x", "x11vnc").Output(); err == nil {
		t.Fatalf("an x11vnc of somebody else runs here (process %s), which the agent would rightly report too", strings.TrimSpace(string(out)))
	}
	i := install(t)
	i.startAgent()

	display, port := display(t), address(t)
	_, portOnly, _ := net.SplitHostPort(port)
	i.background("Xvfb", display, "-screen", "0", "1024x768x24", "-nolisten", "tcp")
	time.Sleep(time.Second)
	i.background("x11vnc", "-display", display, "-rfbport", portOnly, "-localhost", "-nopw", "-forever", "-shared", "-quiet")

	eventually(t, 30*time.Second, "x11vnc is reported as listening", func() bool { return i.open("tool.x11vnc.listening") })
	if i.open("tool.x11vnc.controlled") {
		t.Fatal("x11vnc is reported as controlled while nobody is connected")
	}

	done := make(chan struct{})
	defer close(done)
	if err := drive(port, done); err != nil {
		t.Fatal(err)
	}
	took := eventually(t, 5*time.Second, "the alert says that the laptop is controlled now", func() bool {
		return i.controlledNow()
	})
	t.Logf("the collector's alert said controlled now %s after the connection", took.Round(10*time.Millisecond))
}

// open says whether a rule's finding is open on the one device there is.
func (i *installation) open(rule string) bool {
	var devices []struct{ ID string }
	i.ask(&devices, "devices", "list")
	if len(devices) != 1 {
		return false
	}
	var device struct {
		Findings []struct{ Rule, Status string }
	}
	i.ask(&device, "devices", "show", devices[0].ID)
	for _, f := range device.Findings {
		if f.Rule == rule && f.Status == "open" {
			return true
		}
	}
	return false
}

// controlledNow says whether an alert is open whose evidence is an open session.
func (i *installation) controlledNow() bool {
	var alerts []struct{ ID, Conclusion, State string }
	i.ask(&alerts, "alerts", "list")
	for _, a := range alerts {
		if a.Conclusion != "remotely_controlled" || a.State == "closed" {
			continue
		}
		var alert seen
		i.ask(&alert, "alerts", "show", a.ID)
		for _, f := range alert.Findings {
			if f.Rule == "tool.x11vnc.controlled" && f.Status == "open" && alert.Alert.Active {
				return true
			}
		}
	}
	return false
}

// background runs a program of the system for as long as the test lasts.
func (i *installation) background(program string, args ...string) {
	i.t.Helper()
	c := exec.Command(program, args...)
	if err := c.Start(); err != nil {
		i.t.Fatalf("start %s (make setup installs it): %v", program, err)
	}
	i.t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
}

// display is the name of an X display that nobody uses.
func display(t *testing.T) string {
	t.Helper()
	for n := 90; n < 200; n++ {
		l, err := net.Listen("unix", fmt.Sprintf("@/tmp/.X11-unix/X%d", n))
		if err == nil {
			l.Close()
			return fmt.Sprintf(":%d", n)
		}
	}
	t.Fatal("no free X display")
	return ""
}
