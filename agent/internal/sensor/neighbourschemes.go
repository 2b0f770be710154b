package sensor

import (
	"regexp"
	"slices"
	"strings"
)

// schemeOf is the scheme by which a company would have named a machine: what is
// the same in the names of all its machines, "acme-kind-number" of ACME-LT-00123.
// It is empty for names that people, makers of devices and operating systems give,
// and so for nearly all names of a home.
//
// It errs towards fewer: names that one company may have given are one scheme,
// also where two companies did.
func schemeOf(name string) string {
	name, _, _ = strings.Cut(strings.ToLower(strings.TrimSuffix(name, ".")), ".") // what follows is a network's name
	if len(name) < minScheme || len(name) > maxScheme || unowned.MatchString(name) || slices.ContainsFunc(unownedWords, func(word string) bool { return strings.Contains(name, word) }) {
		return ""
	}
	chunks := strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '_' })
	parts := make([]string, 0, len(chunks)+2)
	numbered := false
	for _, chunk := range chunks {
		for _, p := range partsOf(chunk) {
			switch {
			case slices.Contains(foreignParts, p):
				return ""
			case isNumber(p) && len(p) >= 3 && !isYear(p), p == serialPart:
				numbered = true
			}
			parts = append(parts, p)
		}
	}
	if !numbered || len(chunks) == 1 && !aloneEnough(chunks[0], parts) {
		return ""
	}
	return abstract(parts)
}

// Bounds of a name that a company gives: NetBIOS cuts at 15 letters, and hosts
// may have 63.
const (
	minScheme = 5
	maxScheme = 32
)

// serialPart stands for a maker's serial number in a name.
const serialPart = "#"

// unowned are names that operating systems, makers of devices and the tools of
// Linux' installers give: Windows' DESKTOP-1A2B3C4, an address or an identifier.
var unowned = regexp.MustCompile(`^(?:desktop-[a-z0-9]{7}|laptop-[a-z0-9]{8}|win-[a-z0-9]{11}|minint-[a-z0-9]+|winpe.*|npi[0-9a-f]{6}|br[nw][0-9a-f]{12}|[0-9a-f]{8,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-?[0-9a-f]*|[a-z0-9-]*[0-9a-f]{2}(?:[-_:][0-9a-f]{2}){3,5}|[a-z0-9]+[-_](?:[0-9a-f]{6}|[0-9a-f]{12}))$`)

// unownedWords are words in names that a person keeps as the maker of a device
// gave them, or a system: a model behind the name of whoever installed it.
var unownedWords = []string{
	"macbook", "imac", "mac-mini", "macmini", "mac-studio", "macstudio", "iphone", "ipad", "ipod", "watch", "apple", "homepod", "airport", "android", "galaxy", "pixel", "redmi", "oneplus", "huawei", "xiaomi", "phone",
	"thinkpad", "thinkbook", "thinkcentre", "thinkstation", "ideapad", "latitude", "inspiron", "optiplex", "vostro", "alienware", "elitebook", "probook", "pavilion", "spectre", "zbook", "aspire", "predator", "vivobook", "zenbook", "surface", "legion", "matebook", "chromebook", "steamdeck",
	"system-product", "virtual", "vmware", "raspberry", "ubuntu", "debian", "fedora", "localhost", "archlinux", "openwrt", "router", "gateway", "fritz", "switch", "print", "canon", "epson", "brother", "camera", "doorbell", "thermostat", "vacuum",
	"chromecast", "google", "nest", "amazon", "echo", "alexa", "firetv", "fire-tv", "kindle", "sonos", "roku", "shelly", "tasmota", "samsung", "bravia", "playstation", "xbox", "nintendo", "synology", "diskstation", "qnap", "homeassistant", "home-assistant", "octopi", "pihole", "pi-hole", "proxmox", "docker", "kube", "kvm", "pilot", "server",
}

// foreignParts are words of names that no laptop has: of servers, of what hangs
// on a wall, and of boards and models that the installers of Linux put in.
var foreignParts = []string{
	"srv", "svr", "dc", "esx", "esxi", "vm", "nas", "dns", "ap", "wap", "sw", "gw", "fw", "rtr", "ups", "pdu", "prn", "mfp", "scan", "cam", "ipc", "nvr", "dvr",
	"tv", "stb", "atv", "voip", "sip", "tel", "esp", "hue", "bulb", "plug", "light", "sensor", "node", "pi", "rpi", "plex", "ps", "rog", "tuf", "xps", "omen", "envy", "hp", "lg", "nuc", "iot", "test", "kiosk", "pos",
}

// kinds, groups and regions are what companies put into names beside their own.
var (
	kindParts   = []string{"lt", "lap", "laptop", "nb", "nbk", "ntb", "notebook", "note", "pc", "ws", "wks", "wkst", "dt", "desk", "desktop", "mb", "mbp", "mba", "mac", "win", "lx", "lnx", "tab", "vdi", "l", "d", "n", "w", "m", "p", "x"}
	groupParts  = []string{"hr", "fin", "it", "eng", "dev", "ops", "sales", "mkt", "mktg", "legal", "acc", "acct", "adm", "admin", "qa", "rnd", "rd", "cs", "sup", "support", "corp", "remote", "rem", "usr", "user", "emp", "ext", "con"}
	regionParts = []string{"us", "usa", "uk", "gb", "de", "fr", "nl", "be", "ch", "at", "it", "es", "pt", "pl", "cz", "se", "no", "dk", "fi", "ie", "ca", "mx", "br", "ar", "in", "sg", "jp", "kr", "cn", "hk", "tw", "au", "nz", "za", "ae", "il", "tr", "ro", "hu", "ua", "emea", "apac", "amer", "nam", "na", "eu", "latam"}
)

// partsOf splits what stands between hyphens into letters and digits: "mb001"
// into "mb" and "001". What changes between them more often is a serial number.
func partsOf(chunk string) []string {
	var parts []string
	for start := 0; start < len(chunk); {
		end := start + 1
		for end < len(chunk) && isDigit(chunk[end]) == isDigit(chunk[start]) {
			end++
		}
		parts = append(parts, chunk[start:end])
		start = end
	}
	if len(parts) >= 3 {
		if len(chunk) < 6 {
			return []string{"w"} // a model, a floor: x1c, 2f3
		}
		return []string{serialPart}
	}
	return parts
}

// aloneEnough says whether a name without any hyphen has the form of an asset
// number: maria2847 has not, and neither has anna1985.
func aloneEnough(chunk string, parts []string) bool {
	switch {
	case len(parts) == 1:
		return parts[0] == serialPart && len(chunk) >= 7 && len(chunk) <= 14
	case len(parts) != 2 || !isNumber(parts[1]):
		return false
	case len(parts[1]) >= 5:
		return len(parts[0]) >= 2 && len(parts[0]) <= 8
	}
	return len(parts[1]) >= 4 && !isYear(parts[1]) && len(parts[0]) >= 4 && len(parts[0]) <= 8 &&
		slices.ContainsFunc(kindParts, func(kind string) bool { return len(kind) > 1 && strings.HasSuffix(parts[0], kind) })
}

// abstract keeps of the parts of a name what all names of its company have: its
// own word where it comes first, and the kinds of the others. What comes behind a
// region is a place, which one company has several of.
func abstract(parts []string) string {
	kept := make([]string, len(parts))
	for i, p := range parts {
		switch {
		case p == serialPart:
			kept[i] = "serial"
		case isNumber(p):
			kept[i] = "number"
		case slices.Contains(kindParts, p):
			kept[i] = "kind"
		case slices.Contains(groupParts, p):
			kept[i] = "group"
		case slices.Contains(regionParts, p):
			kept[i] = "region"
		case i == 0:
			kept[i] = "=" + p
		default:
			kept[i] = "word"
		}
	}
	return strings.Join(kept, "-")
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func isNumber(part string) bool { return part != "" && isDigit(part[0]) }

// isYear says whether a number is rather that of a year, as of birth.
func isYear(part string) bool {
	return len(part) == 4 && (strings.HasPrefix(part, "19") || strings.HasPrefix(part, "20"))
}
