package sensor

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// working is a laptop on which Sam runs one program, beside others.
func working(line, more string) string {
	words := strings.Fields(line)
	if !strings.Contains(more, "-- sockets.yaml --") {
		more = "-- sockets.yaml --\n[]\n" + more
	}
	return "-- processes.yaml --\n- {pid: 300, name: x11vnc, path: /usr/bin/x11vnc, args: [/usr/bin/x11vnc], user: sam}\n" +
		"- {pid: 500, name: socat, path: /usr/bin/socat, user: sam}\n- {pid: 501, parent: 500, name: socat, path: /usr/bin/socat, user: sam}\n" +
		"- {pid: 400, name: p, path: " + words[0] + ", args: [\"" + strings.Join(words, `", "`) + "\"], user: sam}\n" +
		"-- files/home/sam/.profile --\n\n" + more
}

const (
	vncWaits = "- {protocol: tcp, state: listen, local: \"127.0.0.1:5900\", pid: 300}\n"
	atServer = "- {protocol: tcp, state: established, local: \"192.0.2.20:50112\", remote: \"198.51.100.7:443\", pid: 400}\n"
	relay    = "- {protocol: tcp, state: listen, local: \"127.0.0.1:8080\", pid: 500}\n- {protocol: tcp, state: established, local: \"127.0.0.1:50114\", remote: \"127.0.0.1:5900\", pid: 501}\n"
	atVNC    = "- {protocol: tcp, state: established, local: \"127.0.0.1:50113\", remote: \"127.0.0.1:5900\", pid: 400}\n"
)

func TestTunnels(t *testing.T) {
	both := "-- sockets.yaml --\n" + vncWaits + atServer + atVNC
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"a desktop that waits": {working("/usr/bin/ssh -NR 5901:localhost:5900 relay.example", "-- sockets.yaml --\n"+vncWaits),
			[]string{"ssh_reverse 5900 loopback vnc true x11vnc arguments"}},
		"a desktop that does not": {working("/usr/bin/ngrok tcp 3389", ""), []string{"ngrok 3389 loopback remote_desktop false arguments"}},
		"a page":                  {working("/usr/bin/ngrok http 7070", ""), []string{"ngrok 7070 loopback web false arguments"}},
		"another machine":         {working("/usr/bin/ssh -R 1:192.168.1.7:22 -R 2:laptop:22 relay.example", ""), []string{"ssh_reverse 22 loopback ssh false arguments", "ssh_reverse 22 private ssh arguments"}},
		"everything":              {working("/usr/bin/ssh -R 1080 relay.example", ""), []string{"ssh_reverse any arguments"}},
		"only outwards":           {working("/usr/bin/ssh -L 5900:localhost:5900 relay.example", ""), nil},
		"settings it names":       {working("/usr/bin/frpc -c frpc.toml", "-- files/home/sam/frpc.toml --\n[[proxies]]\nlocalPort = 22\n"), []string{"frp 22 loopback ssh false settings"}},
		"settings of its person": {working("/usr/bin/ngrok start --all", "-- files/home/sam/.config/ngrok/ngrok.yml --\ntunnels:\n  a:\n    addr: 5900\n-- files/home/eve/.config/ngrok/ngrok.yml --\n  addr: 22\n"),
			[]string{"ngrok 5900 loopback vnc false settings"}},
		"settings of ssh":         {working("/usr/bin/ssh relay", "-- files/home/sam/.ssh/config --\nHost relay\n  RemoteForward 7000 localhost:3389\n"), []string{"ssh_reverse 3389 loopback remote_desktop false settings"}},
		"no settings at all":      {working("/usr/bin/ssh -F /dev/null relay", ""), nil},
		"nobody says where":       {working("/usr/bin/cloudflared tunnel run --token x", ""), []string{"cloudflared unknown arguments"}},
		"its connections say":     {working("/usr/bin/cloudflared tunnel run --token x", both), []string{"cloudflared 5900 loopback vnc true x11vnc connection"}},
		"an unlisted program":     {working("/tmp/helper", both+"-- held.yaml --\nconnection of 400: 2h\n"), []string{"unlisted 5900 loopback vnc true x11vnc connection"}},
		"for a moment":            {working("/tmp/helper", both), nil},
		"only inside":             {working("/tmp/helper", "-- sockets.yaml --\n"+vncWaits+atVNC+"-- held.yaml --\nconnection of 400: 2h\n"), nil},
		"ssh renamed":             {working("/tmp/helper -N -R 1:localhost:5900 me@relay.example", "-- sockets.yaml --\n"+vncWaits), []string{"ssh_reverse 5900 loopback vnc true x11vnc arguments"}},
		"options behind the host": {working("/usr/bin/ssh relay -R 1:localhost:22 -N", ""), []string{"ssh_reverse 22 loopback ssh false arguments"}},
		"settings that others name": {working("/usr/bin/ssh relay", "-- files/home/sam/.ssh/config --\nInclude conf.d/*.conf\nHost other\nInclude ~/not\n-- files/home/sam/.ssh/conf.d/a.conf --\nMatch host relay\nRemoteForward 1 localhost:22\nInclude ~/.ssh/config\n"+
			"-- files/home/sam/not --\nRemoteForward 1 localhost:9\n-- files/home/sam/.ssh/conf.d/a.txt --\nRemoteForward 1 localhost:9\n"), []string{"ssh_reverse 22 loopback ssh false settings"}},
		"a relay before it":         {working("/usr/bin/ngrok http 8080", "-- sockets.yaml --\n"+vncWaits+relay), []string{"ngrok 8080 loopback vnc true x11vnc arguments"}},
		"a page before a database":  {working("/usr/bin/ngrok http 8080", "-- sockets.yaml --\n"+strings.ReplaceAll(vncWaits+relay, "5900", "7070")), []string{"ngrok 8080 loopback web true socat arguments"}},
		"a virtual machine's shell": {strings.Replace(working("/opt/ide", strings.ReplaceAll(both, "5900", "22")+"-- held.yaml --\nconnection of 400: 2h\n"), "x11vnc, path: /usr/bin/x11vnc", "qemu, path: /usr/bin/qemu-system-x86_64", 1), nil},
		"a page at a port of many":  {working("/opt/browser", strings.ReplaceAll(both, "5900", "7070")+"-- held.yaml --\nconnection of 400: 2h\n"), nil},
		"renamed, by what built it": {working("/tmp/helper client relay.example R:3389", "-- programs.yaml --\n- {path: /tmp/helper, build_path: github.com/jpillora/chisel}\n"), []string{"chisel 3389 loopback remote_desktop false arguments"}},
	} {
		lines, coverage := look(t, machine(t, "-- platform.yaml --\nos: linux\nname: laptop\n"+test.text), newOwners().tunnels())
		var got []string
		for _, line := range lines {
			got = append(got, brief(line))
		}
		if diff := cmp.Diff(test.want, got); diff != "" || coverage.State != finding.CoverageOK {
			t.Errorf("%s: %s %s (-want +got):\n%s", name, coverage.State, coverage.Detail, diff)
		}
	}
}

// brief leaves out of a line which program it is, and the columns' names.
func brief(line string) string {
	var kept []string
	for _, word := range strings.Fields(line) {
		switch name, value, _ := strings.Cut(word, "="); name {
		case "kind", "exposes_port", "target_scope", "exposes", "waits", "waits_file", "told_by", "source", "scope", "host", "port":
			kept = append(kept, value)
		}
	}
	return strings.Join(kept, " ")
}

// A near end of somebody else's desktop is no way into this laptop: the viewer
// that connects to it, and ssh that waits there.
func TestTunnelsOfViewers(t *testing.T) {
	text := working("/usr/bin/remmina", "-- sockets.yaml --\n"+strings.ReplaceAll(vncWaits, "300", "600")+atServer+atVNC+"-- held.yaml --\nconnection of 400: 2h\n")
	text = strings.Replace(text, "-- processes.yaml --\n", "-- processes.yaml --\n- {pid: 600, name: ssh, path: /usr/bin/ssh, args: [ssh, -L, \"5900:localhost:5900\", relay.example], user: sam}\n", 1)
	if lines, coverage := look(t, machine(t, text), newOwners().tunnels()); len(lines) != 0 || coverage.State != finding.CoverageOK {
		t.Errorf("%q, %+v", lines, coverage)
	}
}

// However many ways somebody makes up, a look holds so many and says that there are more.
func TestTunnelsAreBounded(t *testing.T) {
	var b strings.Builder
	b.WriteString("-- processes.yaml --\n")
	for pid := range 40 {
		b.WriteString("- {pid: " + portText(pid+1) + ", name: ssh, path: /usr/bin/ssh, args: [ssh")
		for port := range 60 {
			b.WriteString(", -R, \"1:localhost:" + portText(1000+port) + "\"")
		}
		b.WriteString(", relay.example]}\n")
	}
	lines, coverage := look(t, machine(t, b.String()), newOwners().tunnels())
	if len(lines) != tunnelLimit || !strings.Contains(coverage.Detail, "more ways") {
		t.Errorf("%d rows, %+v", len(lines), coverage)
	}
}
