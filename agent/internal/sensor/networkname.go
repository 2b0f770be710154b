package sensor

import (
	"cmp"
	"io/fs"
	"path"
	"regexp"
	"strconv"
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

// plainName is the name under which an interface leaves the laptop. One named
// after its hardware address (enx00e04c…) keeps only its kind and gets its
// number; so does one that a person named (wg-anna), since such a name may say
// who that is. Place stands in for a number that is not known.
func plainName(fsys fs.FS, row networkInterface, place int) string {
	for _, known := range systemNames {
		if known.MatchString(row.Name) {
			return row.Name
		}
	}
	number := cmp.Or(attribute(fsys, path.Join(interfaceFolder, row.Name, "ifindex")), strconv.Itoa(place))
	if addressed.MatchString(row.Name) {
		return row.Name[:3] + "-" + number
	}
	return row.Kind + "-" + number
}
