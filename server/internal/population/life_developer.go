package population

import (
	"fmt"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// The lives of those whose tools look like those of people elsewhere.

// developers' programs, none of which lets anybody in, and those that do so for a demo.
var (
	viewers = []finding.Observation{
		program("ssh.exe"), program("Code.exe"), program("Docker Desktop.exe"), program("node.exe", "script", "server.js"), program("wireshark.exe"), program("putty.exe"),
		program("mstsc.exe", "signer", "Microsoft Corporation", "signature", "valid", "original_name", "mstsc.exe"), program("vncviewer.exe"),
	}
	mesh = []finding.Observation{
		program("tailscaled.exe"), program("tailscale-ipn.exe"),
		rowOf("remote_access", map[string]string{"tool": "tailscale", "tenant": "corp.example", "tenant_kind": "tailnet", "enabled": "true"}),
	}
	editorTunnel = []finding.Observation{program("code-tunnel.exe", "args", "code-tunnel.exe tunnel", "flags", "tunnel")}
)

func demo(n int) []finding.Observation {
	tool := []string{"ngrok", "cloudflared"}[n%2]
	return []finding.Observation{
		program(tool + ".exe"),
		rowOf("network_tunnels", map[string]string{"pid": "31", "file": tool + ".exe", "name": tool + ".exe", "kind": tool, "exposes": "web", "exposes_port": "8000", "target_scope": "loopback", "waits": "true", "told_by": "arguments"}),
	}
}

func developer(f *Fleet, life string) int {
	p, at := f.commuter()
	l := f.laptop(life, p, inOffice(at, 0.3), atHome, desk("home", f.desktop()...), meets, kept(carriedAbout), family, carriedRows(viewers...))
	if chance(f.random, 0.5) {
		l.also(carriedRows(mesh...))
	}
	if chance(f.random, 0.2) {
		l.also(func(l *laptop, d *day) {
			if chance(l.random, 0.5) {
				d.during(1, 5, editorTunnel...)
			}
		})
	}
	if chance(f.random, 0.25) {
		l.also(func(l *laptop, d *day) {
			if chance(l.random, 0.15) {
				d.during(2, 1.5, demo(l.number)...)
			}
		})
	}
	if chance(f.random, 0.15) { // a server for remote work, reached by the developer's own other machine
		l.also(carriedRows(rowOf("listening_ports", map[string]string{"pid": "21", "file": "sshd.exe", "name": "sshd.exe", "protocol": "tcp", "address": "any", "scope": "any", "port": "22"})))
	}
	return 1
}

// carriedRows are there whenever the laptop is awake.
func carriedRows(rows ...finding.Observation) habit {
	return func(_ *laptop, d *day) { d.is(0.1, rows...) }
}

// homelabKVM has a PiKVM of its owner plugged in, as some developers do to reach their
// own machines: the hardware is there, and so is the way in.
func homelabKVM(f *Fleet, life string) int {
	f.laptop(life, f.anybody(), atHome, desk("home", "pikvm"), meets, kept(closedInDock), carriedRows(viewers...),
		neighbourhood("home", map[string]string{"watched": "hours", "devices": "10", "laptops": "2", "kvms": "1", "single_boards": "3", "kvm_names": "pikvm"}))
	return 1
}

// ownRemoteAccess reaches the laptop from another computer of its owner, without asking.
func ownRemoteAccess(f *Fleet, life string) int {
	l := f.laptop(life, f.anybody(), allDay(theirHome), desk("home", f.desktop()...), meets, kept(leftOn), family)
	tool := pick(f.random, "chrome-remote-desktop", "anydesk", "parsec")
	l.also(carriedRows(hostOf(tool, "own-"+l.id)...), func(l *laptop, d *day) {
		if chance(l.random, 0.3) {
			d.session(tool, "password", "own-computer", 18+2*l.random.Float64(), 0.5+l.random.Float64())
		}
	})
	return 1
}

func gamer(f *Fleet, life string) int {
	l := f.laptop(life, f.anybody(), atHome, desk("home", "gaming_mouse", "gaming_keyboards"), meets, kept(carriedAbout), family, carried("gaming_mouse_use"), func(l *laptop, d *day) {
		if chance(l.random, 0.2) {
			d.during(4, 0.7, program("Moonlight.exe"), program("steam.exe", "product", "Steam", "signature", "valid", "signer", "Valve Corp."), program("Discord.exe"))
		}
	})
	l.system = "windows"
	return 1
}

func helpdeskWorker(f *Fleet, life string) int {
	l := f.laptop(life, f.somebody(berlin), inOffice(f.company.offices[0], 0.8), atHome, desk("company", f.desktop()...), meets, kept(carriedAbout), officeOf)
	l.also(func(_ *laptop, d *day) {
		for n := range 3 {
			begun := fmt.Sprintf("%d-%d", d.number, n)
			d.during(1+2*float64(n), 0.6, rowOf("remote_sessions", map[string]string{
				"tool": "teamviewer", "source": "connections", "direction": "outgoing", "state": "active", "approval": "unknown", "kind": "screen", "started": begun, "peer": begun, "peer_scope": "unknown",
			}))
		}
		d.is(0.1, program("TeamViewer.exe"), program("mstsc.exe"), program("vncviewer.exe"))
	})
	l.group = "helpdesk"
	return 1
}
