//go:build tools

package main_test

// everyday is why a copy of ssh is not known.
const everyday = "it is the ssh of every day, and only its name and words tell a way back"

// passages open a way to the laptop, or hide where its traffic goes.
func passages() []specimen {
	shut := map[string]string{"listening": passage, "connected": passage, "session": passage}
	return []specimen{
		{tool: "shellinabox", what: "shellinabox", unit: "shellinabox.service", packages: []string{"shellinabox"}, lacks: with(shut, "carried in", nothing),
			begin: func(s *scene) {
				s.start("/usr/bin/shellinaboxd", "-t", "-p", "4200")
				s.awaits(4200)
			}},
		{tool: "tmate", what: "tmate", packages: []string{"tmate"}, lacks: with(shut, "carried in", nothing),
			begin: func(s *scene) {
				s.listens(farAddress + ":22")
				s.mine.write("/root/.tmate.conf", "set -g tmate-server-host "+farAddress+"\nset -g tmate-server-port 22\n")
				s.start("/usr/bin/tmate", "-F")
				s.reaches(22)
			}},
		{tool: "wireguard", what: "wireguard-go", packages: []string{"wireguard-go"}, lacks: shut,
			begin: func(s *scene) {
				s.start("/usr/bin/wireguard-go", "-f", "wg8")
				s.steady()
			}},
		{tool: "openvpn", what: "OpenVPN", unit: "openvpn@client.service", packages: []string{"openvpn"}, lacks: with(shut, "carried in", nothing),
			begin: func(s *scene) {
				s.mine.run("/usr/sbin/openvpn", "--genkey", "secret", "/root/key")
				s.start("/usr/sbin/openvpn", "--dev", "tun", "--ifconfig", "10.9.0.1", "10.9.0.2", "--secret", "/root/key", "--cipher", "AES-256-CBC", "--remote", farAddress)
				s.steady()
			}},
		{tool: "shadowsocks", what: "shadowsocks", unit: "shadowsocks-libev-local@home.service", packages: []string{"shadowsocks-libev"}, lacks: shut,
			begin: func(s *scene) {
				s.start("/usr/bin/ss-local", "-s", farAddress, "-p", "8388", "-l", "1080", "-k", "x", "-m", "aes-256-gcm")
				s.awaits(1080)
			}},
		{tool: "v2ray", what: "v2ray", unit: "v2ray.service", packages: []string{"v2ray"}, lacks: shut,
			begin: func(s *scene) {
				s.mine.write("/root/v2ray.json", `{"inbounds":[{"port":1080,"protocol":"socks"}],"outbounds":[{"protocol":"freedom"}]}`)
				s.start("/usr/bin/v2ray", "-config", "/root/v2ray.json")
				s.awaits(1080)
			}},
		{tool: "ssh-reverse", what: "ssh, with a way back (-R)", lacks: with(with(shut, "installed", "every Linux has ssh"), "carried in", everyday),
			begin: func(s *scene) {
				s.doorkeeper()
				s.start("/usr/bin/ssh", "-N", "-R", "2222:127.0.0.1:22", "-i", "/root/key", "-o", "StrictHostKeyChecking=no", "root@"+farAddress)
				s.reaches(22)
			}},
		{tool: "ssh-reverse", what: "dropbear's ssh, with a way back (-R)", lacks: with(with(shut, "installed", "its package serves ordinary sign-ins"), "carried in", everyday),
			begin: func(s *scene) {
				s.doorkeeper()
				s.mine.run("/usr/bin/dropbearconvert", "openssh", "dropbear", "/root/key", "/root/dropbear.key")
				s.start("/usr/bin/dbclient", "-y", "-N", "-R", "2222:127.0.0.1:22", "-i", "/root/dropbear.key", "root@"+farAddress)
				s.reaches(22)
			}},
		{tool: "tor", what: "tor", packages: []string{"tor"}, unit: "tor@default.service",
			lacks: with(shut, "carried in", nothing),
			begin: func(s *scene) {
				s.start("/usr/bin/tor", "--SocksPort", "9050", "--DataDirectory", "/run/tor")
				s.awaits(9050)
			}},
		{tool: "pagekite", what: "pagekite", packages: []string{"pagekite"}, lacks: with(shut, "carried in", script),
			begin: func(s *scene) {
				s.listens(farAddress + ":80")
				s.start("/usr/bin/pagekite", "--clean", "--frontend="+farAddress+":80", "--service_on=http:laptop.example:localhost:80:secret", "--nullui")
				s.steady()
			}},
		{tool: "tinc", what: "tinc", unit: "tinc@net.service", packages: []string{"tinc"}, lacks: with(shut, "carried in", nothing),
			begin: func(s *scene) {
				s.mine.write("/etc/tinc/net/tinc.conf", "Name = laptop\nDeviceType = dummy\n")
				s.mine.write("/etc/tinc/net/hosts/laptop", "")
				s.mine.run("/bin/sh", "-c", "yes '' | /usr/sbin/tincd -n net -K2048")
				s.start("/usr/sbin/tincd", "-n", "net", "-D")
				s.awaits(655)
			}},
		{tool: "ngrok", what: "ngrok (from npm)", lacks: with(shut, "installed", noParcel),
			begin: func(s *scene) {
				s.start("/opt/npm/node_modules/@expo/ngrok-bin-linux-x64/ngrok", "http", "8000")
				s.awaits(4040)
			}},
		{tool: "tailscale", what: "tailscaled (built by Go)", lacks: with(shut, "installed", noParcel),
			begin: func(s *scene) {
				s.start("/opt/go/tailscaled", "--tun=tailscale0", "--state=mem:")
				s.steady()
			}},
	}
}

// with adds one reason to others.
func with(reasons map[string]string, state, reason string) map[string]string {
	all := map[string]string{state: reason}
	for s, r := range reasons {
		all[s] = r
	}
	return all
}
