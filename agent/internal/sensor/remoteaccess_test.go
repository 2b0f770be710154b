package sensor

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// access gives the rows of a recorded machine without the places they are from.
func access(t *testing.T, h host.Host) ([]string, finding.Coverage) {
	t.Helper()
	rows, coverage := look(t, h, RemoteAccess())
	for i, row := range rows {
		rows[i], _, _ = strings.Cut(row, " place=")
	}
	return rows, coverage
}

func TestRemoteAccessOfRecordedMachines(t *testing.T) {
	const (
		mesh   = "tool=meshagent unattended=true how=enrolled tenant="
		a48    = "1111111111111111111111111111111111111111111111111111111111111111aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		b48    = "2222222222222222222222222222222222222222222222222222222222222222bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
		served = " tenant_kind=server self_hosted=true enabled=false"
	)
	for name, want := range map[string][]string{
		"linux-let-in": {
			"tool=anydesk unattended=true how=password tenant=example-co tenant_kind=organisation self_hosted=false",
			"tool=chrome-remote-desktop unattended=true how=pin tenant=somebody@example.com tenant_kind=account self_hosted=false",
			"tool=gnome-remote-desktop unattended=true how=password",
			"tool=krfb unattended=true how=password",
			mesh + a48 + " tenant_kind=mesh self_hosted=true enabled=true",
			mesh + b48 + " tenant_kind=server self_hosted=true enabled=true",
			"tool=nomachine unattended=true how=service",
			"tool=rustdesk unattended=true how=password tenant=desk.example.net tenant_kind=custom_server self_hosted=true",
			"tool=vino unattended=true how=password",
		},
		"linux-asked": {
			"tool=anydesk unattended=false self_hosted=false", "tool=gnome-remote-desktop unattended=false", "tool=krfb unattended=false",
			"tool=nomachine unattended=false how=service", "tool=rustdesk unattended=false self_hosted=false", "tool=sunshine unattended=false how=password",
			"tool=vino unattended=false", "tool=x11vnc unattended=false how=password",
		},
		"linux-servers": {
			"tool=krdp unattended=true how=password enabled=true", "tool=sunshine unattended=true how=password trusted",
			"tool=tigervnc unattended=true how=password service enabled=true", "tool=wayvnc unattended=true how=password service enabled=true",
			"tool=x11vnc unattended=true how=password enabled=true", "tool=xrdp unattended=true how=service enabled=true",
		},
		"linux-passages": {
			"tool=chisel tenant=chisel.example.net" + served,
			"tool=cloudflare-warp how=enrolled tenant=example-team tenant_kind=organisation self_hosted=false",
			"tool=cloudflared how=enrolled tenant=0123456789abcdef0123456789abcdef tenant_kind=account self_hosted=false",
			"tool=frp tenant=frp.example.net tenant_kind=server self_hosted=true",
			"tool=netbird how=enrolled tenant=bird.example.net tenant_kind=custom_server self_hosted=true",
			"tool=ngrok how=enrolled self_hosted=false",
			"tool=openvpn tenant=vpn.example.net tenant_kind=network",
			"tool=rathole tenant=rat.example.net" + served,
			"tool=ssh-reverse tenant=back.example.net" + served,
			"tool=tailscale how=enrolled tenant=head.example.net tenant_kind=custom_server self_hosted=true",
			"tool=tailscale how=enrolled tenant=example.com tenant_kind=tailnet self_hosted=false",
			"tool=vscode-tunnel unattended=true how=enrolled service tenant=quick-example-1abc tenant_kind=tunnel self_hosted=false enabled=true",
			"tool=wireguard tenant=home.example.net tenant_kind=network",
			"tool=zerotier how=enrolled tenant=0123456789abcdef tenant_kind=network self_hosted=false",
		},
		"windows-let-in": {
			"tool=anydesk unattended=true how=password self_hosted=false",
			"tool=atera unattended=true how=enrolled tenant=001q300000example tenant_kind=account",
			"tool=connectwise-automate unattended=true how=enrolled tenant=rmm.example.net tenant_kind=server",
			mesh + strings.Repeat("a1", 48) + " tenant_kind=mesh self_hosted=true enabled=true",
			mesh + strings.Repeat("b2", 48) + " tenant_kind=server self_hosted=true enabled=true",
			"tool=microsoft-rdp unattended=true how=password trusted self_hosted=false enabled=true",
			"tool=n-able unattended=true how=enrolled tenant=ncentral.example.net tenant_kind=server",
			"tool=ninjaone unattended=true how=enrolled",
			"tool=rustdesk unattended=true how=password self_hosted=false",
			"tool=screenconnect unattended=true how=service tenant=0123456789abcdef tenant_kind=instance self_hosted=false enabled=true",
			"tool=syncro unattended=true how=enrolled tenant=example-shop tenant_kind=organisation",
			"tool=tactical-rmm unattended=true how=enrolled tenant=api.example.net tenant_kind=server self_hosted=true",
			"tool=teamviewer unattended=true how=enrolled password tenant=somebody@example.com tenant_kind=account self_hosted=false enabled=true",
		},
		"windows-asked": {
			"tool=anydesk unattended=false self_hosted=false",
			"tool=microsoft-rdp unattended=false self_hosted=false enabled=false",
			"tool=rustdesk unattended=false self_hosted=false",
			"tool=teamviewer unattended=false self_hosted=false",
			"tool=windows-remote-assistance unattended=false self_hosted=false enabled=true",
		},
		"mac-asked":  nil,
		"mac-shared": {"tool=apple-remote-desktop unattended=true how=service enabled=true"},
		"mac-let-in": {
			"tool=apple-remote-desktop unattended=true how=service enabled=true",
			"tool=chrome-remote-desktop unattended=true how=pin tenant=somebody@example.com tenant_kind=account self_hosted=false enabled=true",
			"tool=cloudflared how=enrolled tenant=0123456789abcdef0123456789abcdef tenant_kind=account enabled=true",
			"tool=rustdesk unattended=true how=password tenant=desk.example.net tenant_kind=custom_server self_hosted=true",
			"tool=screenconnect unattended=true how=service tenant=fedcba9876543210 tenant_kind=instance self_hosted=true",
			"tool=teamviewer unattended=true how=enrolled password tenant=example helpers tenant_kind=organisation self_hosted=false enabled=true",
		},
		"company-mesh": {
			mesh + strings.Repeat("c0", 48) + " tenant_kind=mesh self_hosted=true enabled=true",
			mesh + strings.Repeat("d0", 48) + " tenant_kind=server self_hosted=true enabled=true",
		},
	} {
		h, err := host.OpenRecording("../../../proto/catalogue/machines/settings/" + name + ".txtar")
		if err != nil {
			t.Fatal(err)
		}
		got, coverage := access(t, h)
		if diff := cmp.Diff(want, got); diff != "" || coverage.State != finding.CoverageOK {
			t.Errorf("%s: %s %s (-want +got):\n%s", name, coverage.State, coverage.Detail, diff)
		}
	}
}

// Every tool that a reader names is one of the catalogue's.
func TestRemoteAccessNamesKnownTools(t *testing.T) {
	files, err := filepath.Glob("../../../proto/catalogue/tools/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d tools, error %v", len(files), err)
	}
	known := map[string]bool{}
	for _, file := range files {
		known[strings.TrimSuffix(filepath.Base(file), ".yaml")] = true
	}
	named := toolsNamed(t)
	if len(named) < 40 {
		t.Errorf("only %d tools found in the readers: %q", len(named), named)
	}
	for _, tool := range named {
		if !known[tool] {
			t.Errorf("%s is not one of the catalogue's tools", tool)
		}
	}
}

func TestTenantsAreWrittenInOneWay(t *testing.T) {
	for address, want := range map[string]string{
		"https://Mesh.Example.NET:443/agent.ashx": "mesh.example.net", "Desk.Example.NET:21116": "desk.example.net", "user@back.example.net": "back.example.net",
		"[2001:db8::1]:51820": "2001:db8::1", "2001:db8::1": "2001:db8::1", "192.0.2.1": "192.0.2.1", "localhost:8080": "", "127.0.0.1": "", "": "", "$SERVER": "", "host.": "host",
	} {
		if got := serverName(address); got != want {
			t.Errorf("%q is %q, want %q", address, got, want)
		}
	}
	for text, want := range map[string]string{"0xAB01": "ab01", "ab\t": "ab", "0x": "", "xyz": "", "ab\x00": ""} {
		if got := hexName(text); got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
	if got := tenantName(" Somebody@Example.COM "); got != "somebody@example.com" {
		t.Errorf("%q", got)
	}
}

func TestCommandLinesSay(t *testing.T) {
	for line, want := range map[string]string{
		"/usr/bin/x11vnc -forever -passwd hunter2":              "x11vnc true password  ",
		"x11vnc -accept popup -rfbauth x":                       "x11vnc false password  ",
		`/bin/sh -c "exec x11vnc -forever -nopw"`:               "x11vnc true   ",
		"/usr/bin/perl /usr/bin/x0vncserver -PasswordFile=x":    "tigervnc true password  ",
		"X0tigervnc -QueryConnect":                              "tigervnc false   ",
		"cloudflared --no-autoupdate tunnel run --token $TOKEN": "cloudflared  enrolled  ",
		"cloudflared access ssh":                                "",
		"bore local 22 --to bore.example.net":                   "bore   server bore.example.net",
		"ssh -fNR 2222:localhost:22 -p 2200 a@b.example.net":    "ssh-reverse   server b.example.net",
		"ssh b.example.net -R 1:2:3":                            "",
		"ssh -L 1:2:3 b.example.net":                            "",
		"chisel client --auth a:hunter2 c.example.net R:socks":  "chisel   server c.example.net",
		`C:\x\AnyDesk.exe --install C:\y --silent`:              "anydesk  silent_install  ",
		"frpc -s frp.example.net:7000":                          "frp   server frp.example.net",
		"vi x11vnc":                                             "",
		"ngrok http 80 --authtoken=hunter2":                     "ngrok  enrolled  ",
	} {
		var got []string
		for _, row := range commandSays(parse.SplitCommand(line)) {
			got = append(got, strings.Join([]string{row.Tool, row.Unattended, row.How, row.TenantKind, row.Tenant}, " "))
		}
		if strings.Join(got, ";") != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}
