package sensor

import (
	"strings"
	"testing"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// A program that talks to its own worker has no visitor, whatever their names;
// one whose visitor came through another program of this laptop has.
func TestConnectionsOfAProgramWithItself(t *testing.T) {
	h := &answers{
		processes: []host.Process{
			{PID: 1, Name: "systemd", Path: "/usr/lib/systemd/systemd"},
			{PID: 7, Parent: 1, Name: "veyon-server", Path: "/usr/bin/veyon-server"},
			{PID: 8, Parent: 7, Name: "veyon-worker", Path: "/usr/bin/veyon-worker"},
			{PID: 9, Parent: 1, Name: "x11vnc", Path: "/usr/bin/x11vnc"},
			{PID: 10, Parent: 1, Name: "sshd", Path: "/usr/sbin/sshd"},
		},
		sockets: []host.Socket{
			listener("tcp", "127.0.0.1:11300", 7), listener("tcp", "127.0.0.1:5900", 9),
			connection("127.0.0.1:11300", "127.0.0.1:40000", 7, true), connection("127.0.0.1:40000", "127.0.0.1:11300", 8, false),
			connection("127.0.0.1:5900", "127.0.0.1:40002", 9, true), connection("127.0.0.1:40002", "127.0.0.1:5900", 10, false),
		},
	}
	rows, _ := look(t, h, Sockets()[1])
	for _, row := range rows {
		want := "remote_scope=loopback"
		if strings.Contains(row, "veyon") {
			want = "remote_scope=itself"
		}
		if !strings.Contains(row, want) {
			t.Errorf("row %q, want %s", row, want)
		}
	}
	if len(rows) != 4 {
		t.Errorf("%d rows, want 4", len(rows))
	}
}

// A copy that a server makes of itself for a visitor is told from a program that
// another one started, and from a second one that a person started.
func TestForkedProcesses(t *testing.T) {
	h := &answers{processes: []host.Process{
		{PID: 1, Name: "systemd", Path: "/usr/lib/systemd/systemd"},
		{PID: 7, Parent: 1, Name: "updated", Path: "/opt/updated"},
		{PID: 8, Parent: 7, Name: "updated", Path: "/opt/updated"},
		{PID: 9, Parent: 7, Name: "bash", Path: "/usr/bin/bash"},
		{PID: 10, Parent: 1, Name: "updated", Path: "/opt/updated"},
		{PID: 11, Parent: 9, Name: "python3", Path: "/usr/bin/python3", Args: []string{"python3", "/opt/one.py"}},
		{PID: 12, Parent: 11, Name: "python3", Path: "/usr/bin/python3", Args: []string{"python3", "/opt/two.py"}},
		{PID: 13, Parent: 13, Name: "own", Path: "/opt/own"},
		{PID: 14, Parent: 2, Name: "hidden"},
	}}
	rows, _ := look(t, h, Processes())
	for _, row := range rows {
		if got, want := strings.Contains(row, "forked=true"), strings.HasPrefix(row, "pid=8 "); got != want {
			t.Errorf("row %q: forked %v, want %v", row, got, want)
		}
	}
}
