package sensor

import (
	"regexp"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// systemNames are the interface names that kernels, systems and known programs
// give: by number, by place in the machine, by chance. The rest a person chose.
var systemNames = []*regexp.Regexp{
	regexp.MustCompile(`^(lo|eth|wlan|wifi|wwan|wwp|usb|rmnet|ib|tun|tap|utun|wg|ppp|sit|gre|gretap|ip6gre|ip6tnl|tunl|ip_vti|ip6_vti|erspan|bond|team|dummy|ifb|br|bridge|bridge-|virbr|vnet|vmnet|docker|podman|cni|lxcbr|lxdbr|incusbr|waydroid|tailscale|wt|nordlynx|nordtun|proton|ipv6leakintrf|cscotun|gpd|ham|edge|can|sl|veth)[0-9]*(\.[0-9]{1,4})?$`),
	regexp.MustCompile(`^(en|wl|ww|sl|ib)(P[0-9]+)?(b[0-9]+|c[0-9a-f.]+|o[0-9]+|a[0-9]+i[0-9]+|s[0-9]+|p[0-9]+s[0-9]+|v[0-9]+)(f[0-9]+)?(u[0-9]+)*(c[0-9]+)?(i[0-9]+)?(n[ps]?[0-9]+|d[0-9]+|r[0-9]+|v[0-9]+)?(\.[0-9]{1,4})?$`),
	regexp.MustCompile(`^(veth|tap|vnet|zt)[0-9a-z]{7,10}$|^br-[0-9a-f]{12}$|^virbr[0-9]+-nic$`),
	regexp.MustCompile(`^(CloudflareWARP|wg[0-9]*-mullvad|wgpia[0-9]*|pvpnksintrf[0-9]*|mullvad[0-9]*|expressvpn[0-9]*|windscribe[0-9]*|docker_gwbridge|bonding_masters)$`),
}

// addressed are names that a system made of the hardware address.
var addressed = regexp.MustCompile(`^(en|wl|ww)x[0-9a-f]{12}$`)

// windowsNames are those that Windows and known programs give there, in the
// languages in which Windows is most often set up.
var windowsNames = []*regexp.Regexp{
	regexp.MustCompile(`^(Ethernet|Wi-Fi|WLAN|WiFi|Cellular|Mobilfunk|Loopback Pseudo-Interface|Local Area Connection\*?|LAN-Verbindung\*?|Wireless Network Connection|Drahtlosnetzwerkverbindung|Bluetooth Network Connection|Bluetooth-Netzwerkverbindung|Npcap Loopback Adapter|Network Bridge|Netzwerkbrücke|Teredo Tunneling Pseudo-Interface|6to4 Adapter)( [0-9]+)?$`),
	regexp.MustCompile(`^vEthernet \((Default Switch|WSL|WSL \(Hyper-V firewall\)|nat|DockerNAT|External Switch|Ethernet|Wi-Fi)\)( [0-9]+)?$`),
	regexp.MustCompile(`^(VMware Network Adapter VMnet|VirtualBox Host-Only Network #?|VirtualBox Host-Only Network|VirtualBox Host-Only Ethernet Adapter #?)[0-9]*$`),
	regexp.MustCompile(`^(Tailscale|NordLynx|NordVPN|OpenVPN (TAP-Windows6|Wintun|Data Channel Offload)|ProtonVPN( TUN)?|Mullvad|CloudflareWARP|ZeroTier One \[[0-9a-f]{16}\]|Hamachi|PANGP Virtual Ethernet Adapter|NetBird|wt0)( [0-9]+)?$`),
}

// macNames are those that macOS gives besides the ones it shares with Linux.
var macNames = []*regexp.Regexp{
	regexp.MustCompile(`^(lo|en|utun|ipsec|ppp|gif|stf|awdl|llw|ap|anpi|bridge|p2p|fw|pktap|XHC|vmenet|vmnet|feth|bond|vlan|pdp_ip)[0-9]+$`),
}

// givenNames are the names that a machine's system and known programs give.
func givenNames(h host.Host) []*regexp.Regexp {
	switch h.Platform().OS {
	case "windows":
		return windowsNames
	case "darwin":
		return macNames
	}
	return systemNames
}

// plainName is the name under which an interface leaves the laptop. One named
// after its hardware address (enx00e04c…) keeps only its kind and gets its
// number; so does one that a person named (wg-anna), since such a name may say
// who that is.
func plainName(names []*regexp.Regexp, row networkInterface, number string) string {
	for _, known := range names {
		if known.MatchString(row.Name) {
			return row.Name
		}
	}
	if addressed.MatchString(row.Name) {
		return row.Name[:3] + "-" + number
	}
	return row.Kind + "-" + number
}
