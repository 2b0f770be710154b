//go:build tools

package main_test

import (
	"fmt"
	"strings"
	"time"
)

// A ventureGroup goes out from one laptop, one after the other, while the agent looks.
type ventureGroup struct {
	packages []string
	watch    time.Duration
	ventures []venture
}

func ventures() map[string]ventureGroup {
	return map[string]ventureGroup{
		"names":    {[]string{"bind9-dnsutils", "curl", "openssl", "chromium", "python3-minimal"}, 60 * time.Second, namers()},
		"calls":    {nil, 60 * time.Second, callers()},
		"vpns":     {[]string{"wireguard-go", "openvpn", "strongswan-charon", "ike-scan"}, 60 * time.Second, tunnellers()},
		"passages": {[]string{"tor", "openssh-client", "x11vnc"}, 75 * time.Second, passersby()},
	}
}

// namers look names up and connect to them.
func namers() []venture {
	browse := `HOME=/tmp/b /usr/lib/chromium/chromium --headless --no-sandbox --disable-gpu --user-data-dir=/tmp/b%d --ignore-certificate-errors --timeout=5000 --dump-dom %s https://anydesk.com/ 2>/dev/null | grep -q Welcome || echo no page`
	return []venture{
		{what: "chromium, at AnyDesk's website", file: "chromium", kinds: []string{"names/dns", "names/tls", "begins/tls"}, begin: func(o *outing) {
			o.shell(fmt.Sprintf(browse, 1, "--disable-quic"))
		}},
		{what: "chromium, at the same by QUIC", file: "chromium", kinds: []string{"names/quic", "begins/quic"}, begin: func(o *outing) {
			o.quic()
			o.shell(fmt.Sprintf(browse, 2, "--origin-to-force-quic-on=anydesk.com:443"))
		}},
		{what: "dig", file: "dig", kinds: []string{"names/dns"}, count: often, begin: func(o *outing) {
			o.shell("dig +short +tries=1" + strings.Repeat(" looked-up.example", often))
		}},
		{what: "curl", file: "curl", kinds: []string{"names/tls", "begins/tls"}, count: often, other: []string{"tool.anydesk.contacted"}, begin: func(o *outing) {
			o.shell(fmt.Sprintf("curl -sk --http1.1 -H 'Connection: close' 'https://downloads.example/[1-%d]' -o /dev/null", often))
		}},
		{what: "openssl s_client, each time anew", file: "openssl", kinds: []string{"names/tls", "begins/tls"}, count: often, begin: func(o *outing) {
			o.shell(fmt.Sprintf("for i in $(seq %d); do openssl s_client -connect peer.example:443 -servername peer.example </dev/null >/dev/null 2>&1; done", often))
		}},
		{what: "a copy of curl, at AnyDesk's relays", file: "notes-sync", kinds: []string{"names/tls", "begins/tls"}, rules: []string{"tool.anydesk.reached"}, other: []string{"tool.anydesk.contacted"}, begin: func(o *outing) {
			o.shell(o.copies("/usr/bin/curl", "notes-sync") + " -sk -o /dev/null https://relay-1a2b.net.anydesk.com/")
		}},
		{what: "a copy of curl, with DNS over HTTPS, at AnyDesk's relays", file: "notes-doh", kinds: []string{"names/tls", "begins/tls"}, rules: []string{"tool.anydesk.reached"}, other: []string{"tool.anydesk.contacted"}, begin: func(o *outing) {
			o.shell(o.copies("/usr/bin/curl", "notes-doh") + " -sk -o /dev/null --doh-insecure --doh-url https://dns.example/dns-query https://relay-7a8b.net.anydesk.com/")
		}},
		{what: "a script of python3, at RustDesk's servers", file: "python3.11", kinds: []string{"names/tls", "begins/tls"}, rules: []string{"tool.rustdesk.reached"}, other: []string{"tool.rustdesk.contacted"}, begin: func(o *outing) {
			o.shell(`python3 -c 'import ssl,socket; c=ssl._create_unverified_context(); s=c.wrap_socket(socket.create_connection(("rs-ny.rustdesk.com",443)),server_hostname="rs-ny.rustdesk.com"); s.close()'`)
		}},
		{what: "curl, by hand at AnyDesk's relays", file: "curl", kinds: []string{"names/tls"}, rules: []string{"tool.anydesk.contacted"}, begin: func(o *outing) {
			o.shell("curl -sk -o /dev/null https://relay-3c4d.net.anydesk.com/")
		}},
	}
}

// callers talk over UDP.
func callers() []venture {
	return []venture{
		{what: "pion, a WebRTC pair", file: "talk", kinds: []string{"begins/stun", "begins/dtls"}, begin: func(o *outing) {
			o.theirs.start("", "/opt/go/peers", "relay", farAddress+":3478")
			o.theirs.start("", "/opt/go/peers", "answer", farAddress+":9000", "stun:"+farAddress+":3478")
			o.theirs.dial(farAddress + ":9000").Close()
			o.shell(o.copies("/opt/go/peers", "talk") + " call " + farAddress + ":9000 stun:" + farAddress + ":3478")
		}},
		{what: "pion, the same through a relay (TURN)", file: "talk-relayed", kinds: []string{"begins/turn"}, rules: []string{"network.relay_by_unlisted"}, begin: func(o *outing) {
			o.shell(o.copies("/opt/go/peers", "talk-relayed") + " call " + farAddress + ":9000 turn:" + farAddress + ":3478")
		}},
		{what: "quic-go", file: "quic-client", kinds: []string{"names/quic", "begins/quic"}, count: often, begin: (*outing).speaksQUIC},
	}
}

// tunnellers carry traffic elsewhere.
func tunnellers() []venture {
	return []venture{
		{what: "wireguard-go", file: "wireguard-go", kinds: []string{"begins/wireguard"}, rules: []string{"tool.wireguard.running"}, begin: func(o *outing) {
			o.wireGuard("/usr/bin/wireguard-go", "wg8", 51820)
		}},
		{what: "OpenVPN", file: "openvpn", kinds: []string{"begins/openvpn"}, rules: []string{"tool.openvpn.running"}, begin: func(o *outing) {
			o.openVPN(false)
		}},
		{what: "ike-scan", file: "ike-scan", kinds: []string{"begins/ike"}, rules: []string{"network.vpn_handshake"}, begin: func(o *outing) {
			o.shell("ike-scan --sport=0 --retry=2 " + farAddress + " >/dev/null")
		}},
		{what: "strongSwan (charon)", file: "charon", kinds: []string{"begins/ike"}, begin: func(o *outing) {
			o.mine.write("/etc/ipsec.conf", "config setup\nconn away\n  keyexchange=ikev2\n  authby=psk\n  left=%defaultroute\n  right="+farAddress+"\n  auto=start\n")
			o.mine.write("/etc/ipsec.secrets", ": PSK \"correct-horse\"\n")
			o.mine.start("", "/usr/sbin/ipsec", "start", "--nofork")
			time.Sleep(4 * time.Second)
		}},
	}
}

// wireGuard begins a WireGuard of the laptop's with one elsewhere.
func (o *outing) wireGuard(program, device string, port int) {
	o.mine.t.Helper()
	keys := map[*laptop]string{}
	for _, l := range []*laptop{o.mine, o.theirs} {
		keys[l] = l.run("/bin/sh", "-c", "umask 077; wg genkey | tee /root/"+device+".key | wg pubkey")
	}
	for i, l := range []*laptop{o.mine, o.theirs} {
		if i == 0 {
			o.startAs("", program, "-f", device)
		} else {
			l.start("", "/usr/bin/wireguard-go", "-f", device)
		}
		other := keys[o.theirs]
		if i == 1 {
			other = keys[o.mine]
		}
		eventually(o.mine.t, patience, device, func() bool { return l.exists("/run/wireguard/" + device + ".sock") })
		set := []string{"/usr/bin/wg", "set", device, "private-key", "/root/" + device + ".key", "peer", other, "allowed-ips", "10.8.0.0/24"}
		if i == 0 {
			set = append(set, "endpoint", fmt.Sprintf("%s:%d", farAddress, port), "persistent-keepalive", "5")
		} else {
			set = append(set[:3], append([]string{"listen-port", fmt.Sprint(port)}, set[3:]...)...)
		}
		l.run(set...)
		l.link("address", "add", fmt.Sprintf("10.8.0.%d/24", i+1), "dev", device)
		l.link("link", "set", device, "up")
	}
	time.Sleep(7 * time.Second)
	if done := o.mine.run("/usr/bin/wg", "show", device, "latest-handshakes"); strings.HasSuffix(done, "\t0") {
		o.mine.t.Errorf("WireGuard's other side did not answer: %s", done)
	}
}

// openVPN connects to an OpenVPN server elsewhere, through which everything goes
// where all says so.
func (o *outing) openVPN(all bool) {
	o.mine.t.Helper()
	authority, ca := issue(o.mine.t, nil, "authority")
	_, server := issue(o.mine.t, &authority, "server")
	_, client := issue(o.mine.t, &authority, "client")
	o.theirs.write("/root/ca.pem", ca)
	o.theirs.write("/root/server.pem", server)
	o.mine.write("/root/ca.pem", ca)
	o.mine.write("/root/client.pem", client)
	o.theirs.start("", "/usr/sbin/openvpn", "--local", farAddress, "--dev", "tun", "--server", "10.9.0.0", "255.255.255.0", "--dh", "none", "--ca", "/root/ca.pem", "--cert", "/root/server.pem", "--key", "/root/server.pem")
	args := []string{"/usr/sbin/openvpn", "--dev", "tun", "--client", "--remote", farAddress, "1194", "--nobind", "--ca", "/root/ca.pem", "--cert", "/root/client.pem", "--key", "/root/client.pem"}
	if all {
		args = append(args, "--redirect-gateway", "def1")
	}
	p := o.startAs("", args...)
	defer func() {
		if o.mine.t.Failed() {
			o.mine.t.Log(o.words())
		}
	}()
	eventually(o.mine.t, patience/2, "OpenVPN is connected", func() bool { return strings.Contains(o.mine.read(p.log), "Initialization Sequence Completed") })
}

// passersby let others in, or go where nobody sees.
func passersby() []venture {
	reverse := []string{"tool.ssh-reverse.running", "tool.ssh-reverse.tenant"}
	return []venture{
		{what: "ssh, a way back to a desktop (-R 5900)", file: "ssh", kinds: []string{"tunnels/ssh_reverse"}, rules: []string{"tunnel.exposes_remote_desktop"}, other: append(reverse, "tunnel.exposes_port"), begin: func(o *outing) {
			o.mine.screen()
			o.mine.start("", "/usr/bin/x11vnc", "-display", ":5", "-nopw", "-forever", "-localhost", "-quiet")
			o.awaits(5900)
			o.doorkeeper()
			o.mine.start("", "/usr/bin/ssh", "-N", "-R", "5900:127.0.0.1:5900", "-i", "/root/key", "-o", "StrictHostKeyChecking=no", "root@"+farAddress)
		}},
		{what: "ssh, a way back to a page (-R 8000)", file: "ssh", kinds: []string{"tunnels/ssh_reverse"}, rules: []string{"tunnel.exposes_port"}, other: append(reverse, "tunnel.exposes_remote_desktop"), begin: func(o *outing) {
			o.mine.start("", "/usr/bin/python3", "-m", "http.server", "8000", "--bind", "127.0.0.1")
			o.awaits(8000)
			o.mine.start("", "/usr/bin/ssh", "-N", "-R", "8080:127.0.0.1:8000", "-i", "/root/key", "-o", "StrictHostKeyChecking=no", "root@"+farAddress)
		}},
		{what: "ngrok (from npm)", file: "ngrok", kinds: []string{"names/dns", "names/tls", "begins/tls", "tunnels/ngrok"}, rules: []string{"tool.ngrok.running", "tunnel.exposes_port", "network.encrypted_dns"}, other: []string{"tool.ngrok.contacted"}, begin: func(o *outing) {
			o.startAs("", "/opt/npm/node_modules/@expo/ngrok-bin-linux-x64/ngrok", "http", "8000")
			time.Sleep(2 * time.Second)
		}},
		{what: "tor, to a bridge", file: "tor", kinds: []string{"begins/tls"}, rules: []string{"tool.tor.running"}, begin: func(o *outing) {
			o.startAs("", "/usr/bin/tor", "--SocksPort", "9050", "--DataDirectory", "/run/tor", "--UseBridges", "1", "--Bridge", farAddress+":443")
			o.awaits(9050)
			time.Sleep(4 * time.Second)
		}},
		{what: "tailscaled (built by Go)", file: "tailscaled", kinds: []string{"names/dns", "names/tls", "begins/tls"}, rules: []string{"tool.tailscale.running"}, other: []string{"tool.tailscale.contacted"}, begin: func(o *outing) {
			o.startAs("", "/opt/go/tailscaled", "--tun=tailscale0", "--state=mem:", "--socket=/run/tailscaled.sock")
			eventually(o.mine.t, patience, "tailscaled", func() bool { return o.mine.exists("/run/tailscaled.sock") })
			o.shell(`curl -s --max-time 5 --unix-socket /run/tailscaled.sock -X POST http://local-tailscaled.sock/localapi/v0/start -d '{"AuthKey":"tskey-auth-x","UpdatePrefs":{"WantRunning":true,"ControlURL":"https://controlplane.tailscale.com"}}'; curl -s --max-time 5 --unix-socket /run/tailscaled.sock -X POST http://local-tailscaled.sock/localapi/v0/login-interactive`)
			time.Sleep(3 * time.Second)
		}},
		{what: "sing-box, VLESS in TLS", file: "sing-box", kinds: []string{"names/tls", "begins/tls"}, rules: []string{"tool.sing-box.running"}, begin: func(o *outing) {
			o.singBoxes()
			o.shell("curl -s --max-time 5 -x socks5h://127.0.0.1:1081 http://page.example/")
		}},
		{what: "sing-box, a copy, Shadowsocks", file: "notes-box", rules: []string{"tool.sing-box.running"}, lacks: "what it sends begins with nothing but chance", begin: func(o *outing) {
			o.shell("curl -s --max-time 5 -x socks5h://127.0.0.1:1082 http://page.example/")
		}},
	}
}

// singBoxes runs a server elsewhere, and two clients of it.
func (o *outing) singBoxes() {
	o.mine.t.Helper()
	const user, secret = "bf000d23-0752-40b4-affe-68f7707a9661", "8JCsPssfgS8tiRwiMlhARg=="
	_, cert := issue(o.theirs.t, nil, "cdn.example")
	o.theirs.write("/root/tls.pem", cert)
	o.theirs.write("/root/box.json", `{"inbounds":[
		{"type":"vless","listen":"0.0.0.0","listen_port":8443,"users":[{"uuid":"`+user+`"}],"tls":{"enabled":true,"server_name":"cdn.example","certificate_path":"/root/tls.pem","key_path":"/root/tls.pem"}},
		{"type":"shadowsocks","listen":"0.0.0.0","listen_port":8388,"method":"2022-blake3-aes-128-gcm","password":"`+secret+`"}],
		"outbounds":[{"type":"direct"}]}`)
	o.theirs.start("", "/opt/go/sing-box", "run", "-c", "/root/box.json")
	o.theirs.dial(farAddress + ":8443").Close()
	o.mine.write("/root/vless.json", `{"inbounds":[{"type":"mixed","listen":"127.0.0.1","listen_port":1081}],"outbounds":[
		{"type":"vless","server":"`+farAddress+`","server_port":8443,"uuid":"`+user+`","tls":{"enabled":true,"server_name":"cdn.example","insecure":true}}]}`)
	o.mine.write("/root/ss.json", `{"inbounds":[{"type":"mixed","listen":"127.0.0.1","listen_port":1082}],"outbounds":[
		{"type":"shadowsocks","server":"`+farAddress+`","server_port":8388,"method":"2022-blake3-aes-128-gcm","password":"`+secret+`"}]}`)
	o.startAs("", "/opt/go/sing-box", "run", "-c", "/root/vless.json")
	o.startAs("", o.copies("/opt/go/sing-box", "notes-box"), "run", "-c", "/root/ss.json")
	o.awaits(1081)
	o.awaits(1082)
}
