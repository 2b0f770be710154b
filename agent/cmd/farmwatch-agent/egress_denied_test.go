//go:build tools

package main_test

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

// needsCapture are the classes that come from listening.
var needsCapture = []string{"observed_names", "network_handshakes", "network_neighbourhood", "arp_relay"}

// setcapLine is the command that coverage names, with the program it is for.
var setcapLine = regexp.MustCompile("`(setcap \\S+) (/\\S+)`")

// TestToolsEgressDenied: an agent without capabilities says of each class that it
// could not look, and with which command it can; after that command it sees.
func TestToolsEgressDenied(t *testing.T) {
	t.Parallel()
	o := newOuting(t, "curl", "bind9-dnsutils")
	o.mine.person()
	const program = "/opt/try/farmwatch-agent"
	o.mine.run("/bin/sh", "-c", "mkdir -p /opt/try && cp /opt/farmwatch/farmwatch-agent "+program)
	unable := o.asKim(program, 3*time.Second, func() {})
	lines := map[string]bool{}
	for _, class := range needsCapture {
		state, detail := unable.covered(class)
		found := setcapLine.FindStringSubmatch(detail)
		if state != "denied" || len(found) == 0 || found[2] != program {
			t.Errorf("%s is %q, since %q, want denied and a line with setcap for %s", class, state, detail, program)
			continue
		}
		lines[found[1]+" "+found[2]] = true
	}
	if len(lines) != 1 {
		t.Fatalf("%d different commands: %v", len(lines), lines)
	}
	for line := range lines {
		t.Log(line)
		o.mine.run(strings.Fields(line)...)
	}
	able := o.asKim(program, 15*time.Second, func() {
		o.shell("runuser -u kim -- sh -c 'for i in 1 2 3 4; do curl -sk -o /dev/null https://downloads.example/; done'")
	})
	for _, class := range needsCapture {
		if state, detail := able.covered(class); state == "denied" || state == "failed" {
			t.Errorf("%s is %q after the command, since %q", class, state, detail)
		}
	}
	if rows := able.rows("observed_names", "kind", "tls", "file", "curl"); len(rows) == 0 {
		t.Errorf("names after the command: %s", brief(able.rows("observed_names")))
	}
}

// asKim lets somebody without rights run a program of ours for a while.
func (o *outing) asKim(program string, gather time.Duration, happens func()) egressSeen {
	o.mine.t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		time.Sleep(5 * time.Second)
		happens()
	}()
	c := o.mine.enter("/usr/sbin/runuser", "-u", "kim", "--", program, "scan", "--rows", "--output", "json", "--for", gather.String())
	out, err := c.Output()
	if err != nil {
		o.mine.t.Fatalf("the agent: %v", err)
	}
	<-done
	return readSeen(o.mine.t, out)
}
