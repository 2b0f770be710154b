package sensor

import (
	"io"
	"path"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// readTailscale: a profile names the network, and whose server runs it where that
// is not the maker's.
func readTailscale(l *accessLook) {
	enabled := l.known("tailscaled", "tailscale", "com.tailscale.tailscaled")
	for _, place := range []string{"var/lib/tailscale/tailscaled.state", "ProgramData/Tailscale/server-state.conf", "Library/Tailscale/tailscaled.state"} {
		nets, err := l.shelf.tailnets.read(l.fsys, place, func(r io.Reader) ([]parse.Tailnet, error) {
			content, err := io.ReadAll(io.LimitReader(r, settingsLimit+1))
			if err != nil {
				return nil, err
			}
			return parse.ParseTailnets(content)
		})
		l.trouble(place, err)
		for _, net := range nets {
			row := remoteAccess{Tool: "tailscale", How: "enrolled", SelfHosted: "false", Enabled: enabled, Tenant: net.Name, TenantKind: "tailnet"}
			if server := serverName(net.Control); server != "" && !strings.HasSuffix(server, ".tailscale.com") {
				row.Tenant, row.TenantKind, row.SelfHosted = server, "custom_server", "true"
			}
			l.add(place, row)
		}
	}
}

// readZeroTier: a network that was joined is a file with its number.
func readZeroTier(l *accessLook) {
	for _, home := range []string{"var/lib/zerotier-one", "Library/Application Support/ZeroTier/One", "ProgramData/ZeroTier/One"} {
		moons := l.matching("*.moon", path.Join(home, "moons.d"))
		for _, place := range l.matching("*.conf", path.Join(home, "networks.d")) {
			id := strings.TrimSuffix(path.Base(place), ".conf")
			if len(id) == 16 && hexName(id) != "" {
				l.add(place, remoteAccess{Tool: "zerotier", How: "enrolled", Tenant: id, TenantKind: "network", SelfHosted: yes(len(moons) > 0),
					Enabled: l.known("zerotier-one", "zerotieroneservice", "com.zerotier.one")})
			}
		}
	}
}

func readNetBird(l *accessLook) {
	wanted := parse.Wanted{Values: []string{"managementurl/host", "managementurl"}, Presence: []string{"privatekey"}}
	for _, place := range []string{"etc/netbird/config.json", "var/lib/netbird/default.json", "ProgramData/Netbird/config.json", "ProgramData/Netbird/default.json"} {
		found, ok := l.settings(place, parse.ParseSettingsJSON, wanted)
		if !ok || len(found) == 0 {
			continue
		}
		row := remoteAccess{Tool: "netbird", How: "enrolled", SelfHosted: "false", Enabled: l.known("netbird")}
		server := serverName(firstOf(found.Value("managementurl/host"), found.Value("managementurl")))
		if server != "" && server != "…" && !strings.HasSuffix(server, ".netbird.io") && !strings.HasSuffix(server, ".wiretrustee.com") {
			row.Tenant, row.TenantKind, row.SelfHosted = server, "custom_server", "true"
		}
		l.add(place, row)
	}
}

// readWarp reads whose network a managed WARP client joins.
func readWarp(l *accessLook) {
	wanted := parse.Wanted{Values: []string{"organization", "configs//organization"}, Presence: []string{"auth_client_secret"}}
	for _, place := range []string{"var/lib/cloudflare-warp/mdm.xml", "ProgramData/Cloudflare/mdm.xml", "Library/Managed Preferences/com.cloudflare.warp.plist"} {
		found, ok := l.settings(place, parse.ParsePropertyList, wanted)
		if !ok {
			continue
		}
		for _, one := range found {
			if one.Value != "" {
				l.add(place, remoteAccess{Tool: "cloudflare-warp", How: "enrolled", Tenant: one.Value, TenantKind: "organisation", SelfHosted: "false",
					Enabled: l.known("warp-svc", "cloudflarewarp", "com.cloudflare.*warp*")})
			}
		}
	}
}

// readCloudflared: who may open a tunnel has its credentials, which name the account.
func readCloudflared(l *accessLook) {
	folders := append([]string{"etc/cloudflared", "usr/local/etc/cloudflared"}, l.inHomes(".cloudflared")...)
	row := remoteAccess{Tool: "cloudflared", How: "enrolled", SelfHosted: "false", Enabled: l.known("cloudflared", "com.cloudflare.cloudflared")}
	owned := false
	for _, place := range l.matching("*.json", folders...) {
		found, ok := l.settings(place, parse.ParseSettingsJSON, parse.Wanted{Values: []string{"accounttag"}, Presence: []string{"tunnelsecret"}})
		if account := found.Value("accounttag"); ok && account != "" {
			owned = true
			row.Tenant, row.TenantKind = account, "account"
			l.add(place, row)
		}
	}
	places := l.configs("cloudflared")
	for _, folder := range folders {
		places = append(places, folder+"/config.yml", folder+"/config.yaml")
	}
	for _, place := range places {
		found, ok := l.settings(place, parse.ParseSettings, parse.Wanted{Values: []string{"tunnel"}, Presence: []string{"credentials-file", "token"}})
		if !ok || len(found) == 0 {
			continue
		}
		if row.Tenant, row.TenantKind = found.Value("tunnel"), "tunnel"; owned {
			row.Tenant = "" // the account says more than the tunnel
		}
		l.add(place, row)
	}
}

// configs are the files of settings that command lines of a program name.
func (l *accessLook) configs(program string) []string {
	var places []string
	for _, s := range l.starts {
		if s.config != "" && strings.TrimSuffix(path.Base(s.program), ".exe") == program {
			places = append(places, s.config)
		}
	}
	return places
}

// readNgrok: with a token it belongs to an account, which it does not name.
func readNgrok(l *accessLook) {
	wanted := parse.Wanted{Values: []string{"server_addr", "connect_url"}, Presence: []string{"authtoken"}}
	places := append(l.configs("ngrok"), l.inHomes(".config/ngrok/ngrok.yml", ".ngrok2/ngrok.yml", "Library/Application Support/ngrok/ngrok.yml", "AppData/Local/ngrok/ngrok.yml")...)
	for _, place := range places {
		found, ok := l.settings(place, parse.ParseSettings, wanted)
		if !ok || len(found) == 0 {
			continue
		}
		row := remoteAccess{Tool: "ngrok", SelfHosted: "false", Enabled: l.known("ngrok")}
		if found.Has("authtoken") {
			row.How = "enrolled"
		}
		if server := serverName(firstOf(found.Value("connect_url"), found.Value("server_addr"))); server != "" && !strings.HasSuffix(server, "ngrok.com") && !strings.HasSuffix(server, "ngrok-agent.com") {
			row.Tenant, row.TenantKind, row.SelfHosted = server, "server", "true"
		}
		l.add(place, row)
	}
}

// readCodeTunnel: an editor's tunnel is registered under a number of its own. As a
// service it is open whether or not anybody edits.
func readCodeTunnel(l *accessLook) {
	for _, editor := range []struct{ tool, folder, unit, label string }{
		{"vscode-tunnel", ".vscode/cli", "code-tunnel", "com.visualstudio.code.tunnel"},
		{"vscode-tunnel", ".vscode-insiders/cli", "code-insiders-tunnel", "com.visualstudio.code.insiders.tunnel"},
		{"cursor-tunnel", ".cursor/cli", "cursor-tunnel", "com.cursor.tunnel"},
	} {
		for _, folder := range l.inHomes(editor.folder) {
			place := path.Join(folder, "code_tunnel.json")
			found, ok := l.settings(place, parse.ParseSettingsJSON, parse.Wanted{Values: []string{"id"}, Presence: []string{"name"}})
			if !ok || len(found) == 0 {
				continue
			}
			row := remoteAccess{Tool: editor.tool, How: "enrolled", Tenant: found.Value("id"), TenantKind: "tunnel", SelfHosted: "false", Enabled: l.known(editor.unit, editor.label)}
			if row.Enabled == "true" {
				row.Unattended, row.How = "true", "enrolled service"
			}
			l.add(place, row)
		}
	}
}

// readTunnelClients reads where tunnels go whose other end is somebody's own server.
func readTunnelClients(l *accessLook) {
	places := append([]string{"etc/frp/frpc.toml", "etc/frp/frpc.ini"}, l.configs("frpc")...)
	for _, place := range places {
		if found, ok := l.settings(place, parse.ParseSettings, parse.Wanted{Values: []string{"serveraddr", "server_addr"}}); ok {
			l.served(place, "frp", firstOf(found.Value("serveraddr"), found.Value("server_addr")), l.known("frpc"))
		}
	}
	places = append([]string{"etc/rathole/client.toml"}, l.configs("rathole")...)
	for _, place := range places {
		if found, ok := l.settings(place, parse.ParseSettings, parse.Wanted{Values: []string{"remote_addr"}}); ok {
			l.served(place, "rathole", found.Value("remote_addr"), l.known("rathole", "ratholec", "ratholec@"))
		}
	}
}

func (l *accessLook) served(place, tool, server, enabled string) {
	for _, row := range servedBy(tool, server) {
		row.Enabled = enabled
		l.add(place, row)
	}
}

// network adds a private network by the host at its other end.
func (l *accessLook) network(place, tool, address, enabled string) {
	first, _, _ := strings.Cut(address, " ")
	if server := serverName(first); server != "" {
		l.add(place, remoteAccess{Tool: tool, Tenant: server, TenantKind: "network", Enabled: enabled})
	}
}

func readOpenVPN(l *accessLook) {
	enabled := l.known("openvpn-client@", "openvpn@", "openvpnservice")
	places := append(l.configs("openvpn"), l.matching("*.conf", "etc/openvpn", "etc/openvpn/client")...)
	places = append(places, l.matching("*.ovpn", append([]string{"Program Files/OpenVPN/config", "Program Files/OpenVPN/config-auto"}, l.inHomes("OpenVPN/config")...)...)...)
	for _, place := range places {
		if found, ok := l.settings(place, parse.ParseSettings, parse.Wanted{Values: []string{"remote"}}); ok {
			l.network(place, "openvpn", found.Value("remote"), enabled)
		}
	}
}

func readWireGuard(l *accessLook) {
	for _, place := range l.matching("*.conf", "etc/wireguard", "opt/homebrew/etc/wireguard", "usr/local/etc/wireguard") {
		if found, ok := l.settings(place, parse.ParseSettings, parse.Wanted{Values: []string{"endpoint"}}); ok {
			l.network(place, "wireguard", found.Value("endpoint"), l.known("wg-quick@"))
		}
	}
	for _, place := range l.matching("*.nmconnection", "etc/NetworkManager/system-connections") {
		found, ok := l.settings(place, parse.ParseSettings, parse.Wanted{Values: []string{"endpoint", "remote", "service-type", "autoconnect"}})
		if !ok {
			continue
		}
		enabled := yes(found.Value("autoconnect") != "false")
		l.network(place, "wireguard", found.Value("endpoint"), enabled)
		if strings.HasSuffix(found.Value("service-type"), ".openvpn") {
			l.network(place, "openvpn", found.Value("remote"), enabled)
		}
	}
}
