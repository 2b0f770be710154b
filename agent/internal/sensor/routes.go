package sensor

import (
	"encoding/hex"
	"io"
	"io/fs"
	"net/netip"
	"slices"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// routes is where packets without a nearer way go: the interfaces that have a
// default route and the address of the gateway each one uses.
type routes map[string]netip.Addr // by interface; not valid for a route without gateway, as in tunnels

// readRoutes joins both address families; a machine may have only one. Without
// any table it is nil.
func readRoutes(h host.Host) (routes, error) {
	v4, there4 := readFamily(h.Files(), "proc/net/route", parseRoute4)
	v6, there6 := readFamily(h.Files(), "proc/net/ipv6_route", parseRoute6)
	if !there4 && !there6 {
		return nil, missing(h, "routes")
	}
	for device, gateway := range v6 {
		if old := v4[device]; !old.IsValid() {
			v4[device] = gateway
		}
	}
	return v4, nil
}

func readFamily(fsys fs.FS, name string, parse func(io.Reader) routes) (found routes, there bool) {
	f, err := fsys.Open(name)
	if err != nil {
		return routes{}, false
	}
	defer done(f)
	return parse(f), true
}

// parseRoute4 reads the kernel's table, whose numbers are hexadecimal in the
// machine's byte order: every machine that runs farmwatch is little-endian.
// A VPN often takes the default as two halves, 0.0.0.0/1 and 128.0.0.0/1, so that
// the former default stays; a half counts as a default.
func parseRoute4(r io.Reader) routes {
	found := routes{}
	ignoreError(eachLine(r, func(line string) {
		f := strings.Fields(line)
		if len(f) < 8 || len(f[1]) != 8 {
			return
		}
		whole := f[1] == "00000000" && f[7] == "00000000"
		half := (f[1] == "00000000" || f[1] == "00000080") && f[7] == "00000080"
		if !whole && !half {
			return
		}
		gateway, _ := littleEndian4(f[2])
		if gateway.IsValid() && gateway.IsUnspecified() {
			gateway = netip.Addr{}
		}
		if old, ok := found[f[0]]; !ok || !old.IsValid() {
			found[f[0]] = gateway
		}
	}))
	return found
}

func littleEndian4(text string) (netip.Addr, bool) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != 4 {
		return netip.Addr{}, false
	}
	slices.Reverse(b)
	return netip.AddrFromSlice(b)
}

// parseRoute6 reads the same of IPv6. The kernel lists a rejecting default on
// the loopback interface of every machine without IPv6; that is no route.
func parseRoute6(r io.Reader) routes {
	found := routes{}
	zero := strings.Repeat("0", 32)
	ignoreError(eachLine(r, func(line string) {
		f := strings.Fields(line)
		if len(f) < 10 || f[0] != zero || f[1] != "00" || f[9] == "lo" {
			return
		}
		var gateway netip.Addr
		if b, err := hex.DecodeString(f[4]); err == nil && len(b) == 16 && f[4] != zero {
			gateway = netip.AddrFrom16([16]byte(b))
		}
		if old, ok := found[f[9]]; !ok || !old.IsValid() {
			found[f[9]] = gateway
		}
	}))
	return found
}

// neighbour finds the hardware address that the kernel knows for an address on
// an interface, in the text of /proc/net/arp; "" when it knows none.
func neighbour(r io.Reader, address netip.Addr, device string) string {
	mac := ""
	ignoreError(eachLine(r, func(line string) {
		f := strings.Fields(line)
		if len(f) < 6 || f[5] != device || f[0] != address.String() {
			return
		}
		if b, ok := hardwareAddress(f[3]); ok && b != [6]byte{} {
			mac = strings.ToLower(f[3])
		}
	}))
	return mac
}

func hardwareAddress(text string) (mac [6]byte, ok bool) {
	b, err := hex.DecodeString(strings.ReplaceAll(text, ":", ""))
	if err != nil || len(b) != 6 || len(text) != 17 {
		return mac, false
	}
	return [6]byte(b), true
}

// makerPrefix is the part of a hardware address that names its maker; "" for an
// address that was made up (locally administered) and names nobody.
func makerPrefix(text string) string {
	mac, ok := hardwareAddress(text)
	if !ok || mac[0]&0x02 != 0 {
		return ""
	}
	return strings.ToLower(text[:8])
}

// ignoreError is for tables the kernel makes up on reading: what came before an
// error is as good as without it, and a route that is missing is asked for again.
func ignoreError(error) {}
