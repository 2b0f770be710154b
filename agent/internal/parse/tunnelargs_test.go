package parse

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// said writes a command's passages as "kind host:port what", and what else it says.
func said(program string, words ...string) string {
	c, ok := ParseTunnelCommand(program, words)
	if !ok {
		return "none"
	}
	parts := passageTexts(c.Passages)
	if len(c.Settings) > 0 {
		parts = append(parts, "settings "+strings.Join(c.Settings, " "))
	}
	if c.Remote != "" {
		parts = append(parts, "to "+c.Remote)
	}
	if c.Silent {
		parts = append(parts, c.Kind+" silent")
	}
	return strings.Join(parts, ", ")
}

func passageTexts(passages []Passage) []string {
	var texts []string
	for _, p := range passages {
		texts = append(texts, strings.TrimSpace(fmt.Sprintf("%s %s:%d %s", p.Kind, p.Host, p.Port, p.What)))
	}
	return texts
}

func TestTunnelCommand(t *testing.T) {
	for line, want := range map[string]string{
		"ssh -R 3389:localhost:3389 me@relay.example":                                   "ssh_reverse :3389, to relay.example",
		"ssh -R9000:[::1]:22 relay.example":                                             "ssh_reverse :22, to relay.example",
		"ssh -fNT -R *:5901:127.0.0.1:5901 -p 443 relay.example ls -R 1:2:3":            "ssh_reverse :5901, to relay.example",
		"ssh -fNR 2222:192.168.1.7:22 relay.example":                                    "ssh_reverse 192.168.1.7:22, to relay.example",
		"ssh -NR 1080 relay.example":                                                    "ssh_reverse :0 any, to relay.example",
		"ssh -R 10.0.0.1:1080 relay.example":                                            "ssh_reverse :0 any, to relay.example",
		"ssh -R 8080/localhost/80 relay.example":                                        "ssh_reverse :80, to relay.example",
		"ssh -R /tmp/a.sock:localhost:5900 relay.example":                               "ssh_reverse :5900, to relay.example",
		"ssh -R 8080:/var/run/docker.sock relay.example":                                "ssh_reverse :0, to relay.example",
		"ssh -oRemoteForward=5900:localhost:5900 relay.example":                         "ssh_reverse :5900, to relay.example",
		"ssh -R 3389:localhost:3389 -R 22:localhost:22 relay.example":                   "ssh_reverse :3389, ssh_reverse :22, to relay.example",
		"ssh -L 5901:localhost:5901 -D 1080 relay.example":                              "to relay.example",
		"ssh -p 443 -R0:localhost:8000 a.pinggy.io":                                     "pinggy :8000, to a.pinggy.io",
		"ssh -R 80:localhost:3000 nokey@localhost.run":                                  "localhost_run :3000, to localhost.run",
		"ssh relay.example -N -R 5900:localhost:5900 ls -R 9:localhost:9":               "ssh_reverse :5900, to relay.example",
		"ssh -R /run/user/1000/s relay.example":                                         "ssh_reverse :0 any, to relay.example",
		"ssh -F work.conf relay":                                                        "settings work.conf, to relay",
		"autossh -M 20000 -fN -R 2222:localhost:22 relay.example":                       "ssh_reverse :22, to relay.example",
		"autossh -M 0 -N -R 2222:localhost:22 relay.example":                            "ssh_reverse :22, to relay.example",
		"dbclient -R 2222:localhost:22 relay.example":                                   "ssh_reverse :22, to relay.example",
		`plink.exe -batch -P 443 -l me -pw secret -R 3389:127.0.0.1:3389 relay.example`: "ssh_reverse :3389",
		"ngrok tcp 3389":           "ngrok :3389",
		"ngrok tcp --region eu 22": "ngrok :22",
		"ngrok http --domain=a.ngrok.app http://localhost:8080":            "ngrok :8080 web",
		"ngrok tcp 192.168.1.4:5900":                                       "ngrok 192.168.1.4:5900",
		"ngrok start --all --config /home/sam/n.yml":                       "settings /home/sam/n.yml, ngrok silent",
		"ngrok config check":                                               "none",
		"cloudflared tunnel --url rdp://localhost:3389":                    "cloudflared :3389",
		"cloudflared tunnel --url localhost:8080":                          "cloudflared :8080 web",
		"cloudflared tunnel run --token abc":                               "cloudflared silent",
		"cloudflared access rdp --hostname a.example --url localhost:3390": "none",
		"cloudflared --config /etc/c.yml tunnel run":                       "settings /etc/c.yml, cloudflared silent",
		"frpc -c /etc/frpc.toml":                                           "settings /etc/frpc.toml, frp silent",
		"frpc tcp -s relay.example -l 5900 -i 127.0.0.1":                   "frp :5900",
		"frpc http --local_port=8080":                                      "frp :8080 web",
		"chisel client https://relay.example R:3389":                       "chisel :3389",
		"chisel client relay.example R:2222:localhost:22 R:socks":          "chisel :22, chisel :0 any",
		"chisel client relay.example R:5000:192.168.0.5:3389/tcp":          "chisel 192.168.0.5:3389",
		"chisel client relay.example R:1080:socks 3000":                    "chisel :0 any",
		"chisel server --reverse":                                          "none",
		"bore local 5900 --to bore.example":                                "bore :5900",
		"bore local --to bore.example -l 192.168.1.7 80":                   "bore 192.168.1.7:80",
		"devtunnel host -p 3389,8080":                                      "devtunnel :3389, devtunnel :8080",
		"devtunnel host mine":                                              "devtunnel silent",
		"lt --port 8000":                                                   "localtunnel :8000 web",
		"loclx tunnel tcp --to localhost:22":                               "localxpose :22",
		"zrok share public 8080":                                           "zrok :8080 web",
		"zrok share private --backend-mode tcpTunnel 127.0.0.1:5900":       "zrok :5900",
		"gost -L rtcp://:2222/:22 -F relay+tls://relay.example:443":        "gost :22",
		"wstunnel client -R tcp://2222:localhost:22 wss://relay.example":   "wstunnel :22",
		"rathole /etc/rathole/client.toml":                                 "settings /etc/rathole/client.toml, rathole silent",
		"agent -connect relay.example:11601 -ignore-cert":                  "ligolo :0 any",
		"agent --config /etc/agent.yml":                                    "none",
		"localtonet --authtoken abc":                                       "localtonet silent",
		"code tunnel --accept-server-license-terms":                        "ide :0 editor",
		"code --goto tunnel.go":                                            "none",
		"tailscale funnel 3000":                                            "tailscale_funnel :3000",
		"bash -R 1:2:3":                                                    "none",
	} {
		words := SplitCommand(line)
		if diff := cmp.Diff(want, said(words[0], words[1:]...)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", line, diff)
		}
	}
}

func TestTunnelSettings(t *testing.T) {
	for name, test := range map[string]struct {
		kind, text string
		want       []string
	}{
		"frp TOML": {"frp", "serverAddr = \"relay.example\"\nserverPort = 7000\n[[proxies]]\nname = \"a\"\ntype = \"tcp\"\nlocalIP = \"127.0.0.1\"\nlocalPort = 3389\nremotePort = 6000\n" +
			"[[proxies]]\nname = \"b\"\ntype = \"http\"\nlocalPort = 8080\n[[proxies]]\nname = \"c\"\ntype = \"tcp\"\n[proxies.plugin]\ntype = \"socks5\"\n", []string{"frp :3389", "frp :8080 web", "frp :0 any"}},
		"frp INI":  {"frp", "[common]\nserver_addr = relay.example\n[ssh]\ntype = tcp\nlocal_ip = 192.168.1.7\nlocal_port = 22\n[p]\nplugin = socks5\n", []string{"frp 192.168.1.7:22", "frp :0 any"}},
		"frp JSON": {"frp", `{"proxies":[{"name":"a","localPort":5900},{"name":"b","localPort":22}]}`, []string{"frp :5900", "frp :22"}},
		"ngrok":    {"ngrok", "version: 2\nauthtoken: secret\nweb_addr: localhost:4040\ntunnels:\n  desk:\n    proto: tcp\n    addr: 3389\n  page:\n    addr: http://localhost:8080\n    proto: http\n", []string{"ngrok :3389", "ngrok :8080 web"}},
		"ngrok 3":  {"ngrok", "version: 3\nendpoints:\n  - name: desk\n    url: tcp://1.tcp.ngrok.io:21000\n    upstream:\n      url: tcp://localhost:5900\n  - name: page\n    url: https://sam.example\n    upstream:\n      url: 8080\n", []string{"ngrok :5900", "ngrok :8080"}},
		"cloudflared": {"cloudflared", "tunnel: 11111111\ningress:\n  - hostname: a.example\n    service: rdp://localhost:3389\n  - hostname: b.example\n    service: http://localhost:8000\n  - service: http_status:404\n",
			[]string{"cloudflared :3389", "cloudflared :8000 web"}},
		"rathole": {"rathole", "[client]\nremote_addr = \"relay.example:2333\"\n[client.services.a]\ntoken = \"x\"\nlocal_addr = \"127.0.0.1:22\"\n", []string{"rathole :22"}},
	} {
		got, err := ParseTunnelSettings(test.kind, []byte(test.text))
		if diff := cmp.Diff(test.want, passageTexts(got)); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
	if _, err := ParseTunnelSettings("frp", make([]byte, settingsMaximum+1)); err == nil {
		t.Error("too large a file is read")
	}
}

// Whatever a program is called, a way back as ssh writes it is one.
func TestForwards(t *testing.T) {
	for line, want := range map[string]string{
		"-N -R 5901:localhost:5900 me@relay.example":   "ssh_reverse :5900",
		"-fNR5901:[::1]:22 relay.example":              "ssh_reverse :22",
		"-R *:1:192.0.2.7:3389 relay.example":          "ssh_reverse 192.0.2.7:3389",
		"-R 10:20:30 notes":                            "",
		"-R host.example:/srv/files 9:localhost:9":     "",
		"-L 5900:localhost:5900 relay.example":         "",
		"--to 5900:localhost:5900":                     "",
		"-v /home/sam:/data image.example:5000:latest": "",
	} {
		c, _ := ParseForwards(SplitCommand(line))
		if got := strings.Join(passageTexts(c.Passages), ", "); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

func TestSSHSettings(t *testing.T) {
	hosts, err := ParseSSHSettings([]byte("RemoteForward 9 localhost:9\nHost relay !other *.example\n  RemoteForward 3389 localhost:3389\n  remoteforward=1080\nHost plain\n  User me\nMatch exec \"true\"\n  RemoteForward 22 localhost:22\n" +
		"Match host b.example,c.other\n  RemoteForward 5900 localhost:5900\nMatch all\n  Include \"more/*\" ~/x\n"))
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string][]string{
		"relay": {"ssh_reverse :9", "ssh_reverse :3389", "ssh_reverse :0 any"}, "other": {"ssh_reverse :9"}, "a.example": {"ssh_reverse :9", "ssh_reverse :3389", "ssh_reverse :0 any"}, "plain": {"ssh_reverse :9"},
		"c.other": {"ssh_reverse :9", "ssh_reverse :5900"},
	} {
		var got []string
		for _, h := range hosts {
			if h.Fits(host) {
				got = append(got, passageTexts(h.Passages)...)
			}
		}
		if last := hosts[len(hosts)-1]; !last.Fits(host) || strings.Join(last.Included, " ") != "more/* ~/x" {
			t.Errorf("includes %+v", last)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", host, diff)
		}
	}
}

func FuzzTunnelCommand(f *testing.F) {
	f.Add("ssh", "-R 3389:localhost:3389 relay.example")
	f.Add("chisel", "client relay.example R:[::1]:22/udp R:socks")
	f.Add("gost", "-L rtcp://:0/[ -C x")
	f.Add("frpc", "tcp -l 70000 -i [::")
	f.Fuzz(func(t *testing.T, program, line string) {
		words := SplitCommand(line)
		for _, read := range []func() (TunnelCommand, bool){func() (TunnelCommand, bool) { return ParseTunnelCommand(program, words) }, func() (TunnelCommand, bool) { return ParseForwards(words) }} {
			c, _ := read()
			soundPassages(t, c.Passages)
		}
	})
}

func FuzzTunnelSettings(f *testing.F) {
	f.Add("frp", []byte("[[proxies]]\nlocalPort = 1\nlocalPort = 2\n"))
	f.Add("ngrok", []byte("{\"tunnels\":{\"a\":{\"addr\":\"tcp://[::1]:22\"}}}"))
	f.Add("ssh", []byte("Host [a\nRemoteForward 1 [::]:2\n"))
	f.Fuzz(func(t *testing.T, kind string, b []byte) {
		passages, _ := ParseTunnelSettings(kind, b)
		soundPassages(t, passages)
		hosts, _ := ParseSSHSettings(b)
		for _, h := range hosts {
			h.Fits("relay")
			soundPassages(t, h.Passages)
		}
	})
}

func soundPassages(t *testing.T, passages []Passage) {
	t.Helper()
	if len(passages) > passageLimit {
		t.Fatalf("%d passages", len(passages))
	}
	for _, p := range passages {
		if p.Port < 0 || p.Port > 65535 || len(p.Host) > 2*settingsValue {
			t.Fatalf("%+v", p)
		}
	}
}
