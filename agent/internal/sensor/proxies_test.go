package sensor

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/proto/finding"
)

const (
	waitsAt9050 = "-- processes.yaml --\n- {pid: 300, name: relay, path: /opt/relay, args: [/opt/relay]}\n-- sockets.yaml --\n- {protocol: tcp, state: listen, local: \"127.0.0.1:9050\", pid: 300}\n"
	user        = "-- files/registry/HKU/S-1-5-21-1-2-3-1001/Software/Microsoft/Windows/CurrentVersion/Internet Settings/"
)

func TestProxies(t *testing.T) {
	plist := func(inside string) string {
		return "-- files/Library/Preferences/SystemConfiguration/preferences.plist --\n<plist version=\"1.0\"><dict><key>NetworkServices</key><dict><key>A</key><dict><key>Proxies</key><dict>" + inside + "</dict></dict></dict></dict></plist>\n"
	}
	for name, test := range map[string]struct {
		os, text string
		want     []string
	}{
		"environment":                    {"linux", "-- files/etc/environment --\nhttp_proxy=http://me:secret@proxy.example:3128/\n", []string{"environment public proxy.example 3128 http"}},
		"one that a program here serves": {"linux", "-- files/home/sam/.profile --\nexport ALL_PROXY=socks5://127.0.0.1:9050\n" + waitsAt9050, []string{"environment loopback 127.0.0.1 9050 socks true relay"}},
		"one that nobody serves":         {"linux", "-- files/etc/profile.d/p.sh --\nexport all_proxy=socks5://localhost:1080\n" + waitsAt9050, []string{"environment loopback localhost 1080 socks false"}},
		"GNOME for all": {"linux", "-- files/etc/dconf/db/local.d/00-proxy --\n[system/proxy]\nmode='manual'\n[system/proxy/http]\nhost='10.0.0.7'\nport=8080\n[system/proxy/socks]\nhost='127.0.0.1'\nport=9050\n",
			[]string{"gnome private 10.0.0.7 8080 http", "gnome loopback 127.0.0.1 9050 socks false"}},
		"GNOME by a script":   {"linux", "-- files/etc/dconf/db/local.d/00-proxy --\n[system/proxy]\nmode='auto'\nautoconfig-url='http://wpad.example/a.pac'\n", []string{"gnome public wpad.example 80 pac"}},
		"GNOME, switched off": {"linux", "-- files/etc/dconf/db/local.d/00-proxy --\n[system/proxy]\nmode='none'\n[system/proxy/http]\nhost='10.0.0.7'\nport=8080\n", nil},
		"KDE": {"linux", "-- files/home/sam/.config/kioslaverc --\n[Proxy Settings]\nProxyType=1\nhttpProxy=http://proxy.example 3128\nsocksProxy=socks://127.0.0.1 9050\n",
			[]string{"kde public proxy.example 3128 http", "kde loopback 127.0.0.1 9050 socks false"}},
		"KDE by a script":   {"linux", "-- files/home/sam/.config/kioslaverc --\n[Proxy Settings]\nProxyType=2\nProxy Config Script=file:///home/sam/a.pac\n", []string{"kde pac"}},
		"a connection's":    {"linux", "-- files/etc/NetworkManager/system-connections/a.nmconnection --\n[ipv4]\nmethod=auto\n[proxy]\nmethod=1\npac-url=https://wpad.example/a.pac\n", []string{"networkmanager public wpad.example 443 pac"}},
		"none":              {"linux", "-- files/etc/environment --\nPATH=/usr/bin\n", nil},
		"Windows":           {"windows", user + "ProxyEnable --\n1\n" + user + "ProxyServer --\nhttp=proxy.example:8080;socks=127.0.0.1:9050\n", []string{"internet_settings public proxy.example 8080 http", "internet_settings loopback 127.0.0.1 9050 socks false"}},
		"Windows, off":      {"windows", user + "ProxyEnable --\n0\n" + user + "ProxyServer --\nproxy.example:8080\n", nil},
		"Windows, a script": {"windows", user + "AutoConfigURL --\nhttp://wpad.example/a.pac\n", []string{"internet_settings public wpad.example 80 pac"}},
		"Windows, services": {"windows", "-- files/registry/HKLM/SOFTWARE/Microsoft/Windows/CurrentVersion/Internet Settings/Connections/WinHttpSettings --\n" +
			"1800000000000000030000001200000070726f78792e6578616d706c653a3830383000000000\n", []string{"winhttp public proxy.example 8080 http"}},
		"macOS": {"darwin", plist("<key>SOCKSEnable</key><integer>1</integer><key>SOCKSProxy</key><string>127.0.0.1</string><key>SOCKSPort</key><integer>9050</integer><key>HTTPEnable</key><integer>0</integer><key>HTTPProxy</key><string>proxy.example</string>"),
			[]string{"system_configuration loopback 127.0.0.1 9050 socks false"}},
		"macOS, a script": {"darwin", plist("<key>ProxyAutoConfigEnable</key><integer>1</integer><key>ProxyAutoConfigURLString</key><string>http://wpad.example/a.pac</string>"), []string{"system_configuration public wpad.example 80 pac"}},
	} {
		if !strings.Contains(test.text, "-- sockets.yaml --") {
			test.text += "-- sockets.yaml --\n[]\n"
		}
		lines, coverage := look(t, machine(t, "-- platform.yaml --\nos: "+test.os+"\nname: laptop\n"+test.text), newOwners().proxies())
		var got []string
		for _, line := range lines {
			got = append(got, briefProxy(line))
		}
		if diff := cmp.Diff(test.want, got); diff != "" || coverage.State != finding.CoverageOK {
			t.Errorf("%s: %s %s (-want +got):\n%s", name, coverage.State, coverage.Detail, diff)
		}
	}
}

// briefProxy puts what a proxy is for behind where it is.
func briefProxy(line string) string {
	var where, what []string
	for _, word := range strings.Fields(line) {
		switch name, value, _ := strings.Cut(word, "="); name {
		case "source", "scope", "host", "port":
			where = append(where, value)
		case "kind", "served", "file":
			what = append(what, value)
		}
	}
	return strings.Join(append(where, what...), " ")
}
