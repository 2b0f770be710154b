//go:build e2e

package main_test

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// connections is how often each client connects: a power of two, since what is
// counted is rounded down to one.
const connections = 16

// TestEgress: real clients of one room, with the internet in another. Names and
// connections are seen, with the program that wanted them; a program
// that goes where only a tool's own goes is found, and one that lets others in. A
// browser at the same vendor's page is nothing.
func TestEgress(t *testing.T) {
	bin, err := filepath.Abs("../../../bin")
	if err != nil {
		t.Fatal(err)
	}
	near, there := twoRooms(t)
	world := newElsewhere(t, there.pid)
	there.sshServer("203.0.113.50:22")
	near.waitsAt("127.0.0.1:5900", "127.0.0.1:8000")
	stranger := filepath.Join(t.TempDir(), "notes-sync")
	near.run("cp", "-L", "/usr/bin/curl", stranger)

	seen := near.watched(bin, 25*time.Second, func() {
		way := []string{"ssh", "-F", "/dev/null", "-N", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"}
		near.begin(append(way, "-R", "5900:127.0.0.1:5900", "kim@203.0.113.50")...)
		near.begin(append(way, "-R", "8080:127.0.0.1:8000", "kim@203.0.113.50")...)
		near.browses("https://anydesk.com/")
		near.run(stranger, "-sk", "--http1.1", "-H", "Connection: close", "https://relay-1a2b.net.anydesk.com/[1-8]")
		near.run("curl", "-sko", "/dev/null", "https://relay-3c4d.net.anydesk.com/")
		near.run("dig", "+short", "relay-5e6f.net.anydesk.com")
		near.run("sh", "-c", "dig +short +tries=1"+strings.Repeat(" looked-up.example", connections))
		near.run("curl", "-sk", "--http1.1", "-H", "Connection: close", fmt.Sprintf("https://downloads.example/[1-%d]", connections))
		near.run("sh", "-euc", fmt.Sprintf("for i in $(seq %d); do openssl s_client -connect peer.example:443 -servername peer.example </dev/null >/dev/null 2>&1; done", connections))
	})

	// On a busy machine a connection may be over before its program is asked for;
	// that all of them are told is held by make tools.
	const least = connections / 2
	for _, file := range []string{"curl", "openssl"} {
		begun := seen.rows("network_handshakes", "kind", "tls", "file", file, "named", "yes", "direction", "outbound", "remote_scope", "public", "version", "1.3")
		wanted := seen.rows("observed_names", "kind", "tls", "file", file)
		if len(begun) == 0 || begun[0]["ja4"] == "" || atLeast(begun) < least || atLeast(wanted) < least {
			t.Errorf("connections that %s begins: %s\nnames it wants: %s", file, brief(begun), brief(wanted))
		}
	}
	if atLeast(seen.rows("observed_names", "kind", "dns", "file", "dig")) < least {
		t.Errorf("names that dig wants, among all looked up: %s", brief(seen.rows("observed_names", "kind", "dns")))
	}
	if got := seen.finders("tool.anydesk.reached"); !slices.Equal(got, []string{"notes-sync"}) {
		t.Errorf("AnyDesk's own servers are reached by %q, want notes-sync and nobody else; names: %s", got, brief(seen.rows("observed_names")))
	}
	for _, rule := range []string{"tunnel.exposes_remote_desktop", "tunnel.exposes_port"} {
		if got := seen.finders(rule); !slices.Equal(got, []string{"ssh"}) {
			t.Errorf("%s: by %q, want ssh; tunnels: %s", rule, got, brief(seen.rows("network_tunnels")))
		}
	}
	browser := filepath.Base(browserProgram())
	if world.heard("anydesk.com") == 0 || len(seen.rows("observed_names", "kind", "tls", "file", browser)) == 0 {
		t.Errorf("the browser %s was not seen at the vendor's page, which heard it %d times", browser, world.heard("anydesk.com"))
	}
	if got := seen.findings(browser); len(got) > 0 {
		t.Errorf("the browser is found, by %q", got)
	}
}

// browses opens a page in a real browser.
func (r *room) browses(page string) {
	r.t.Helper()
	home, err := os.MkdirTemp("", "browser")
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = os.RemoveAll(home) })
	var out string
	for range 3 { // a browser gives a page up when an address of the machine settles meanwhile
		out = r.run("env", "HOME="+home, browserProgram(), "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir="+home,
			"--ignore-certificate-errors", "--timeout=5000", "--dump-dom", page)
		if !strings.Contains(out, "ERR_NETWORK_CHANGED") {
			break
		}
	}
	if !strings.Contains(out, "Welcome") {
		r.t.Errorf("the browser shows %s", tail(out, 5))
	}
}

// browserProgram is the browser that installer/dev/setup.sh sees to, behind its scripts.
func browserProgram() string {
	for _, name := range []string{os.Getenv("CHROMIUM"), "/usr/lib/chromium/chromium", "chromium", "/opt/google/chrome/chrome", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return "chromium"
}

// waitsAt has somebody wait at addresses of a room.
func (r *room) waitsAt(addresses ...string) {
	r.t.Helper()
	for _, address := range addresses {
		var l net.Listener
		if err := inNetworkOf(r.pid, func() (err error) { l, err = net.Listen("tcp", address); return err }); err != nil {
			r.t.Fatal(err)
		}
		r.t.Cleanup(func() { l.Close() })
	}
}
