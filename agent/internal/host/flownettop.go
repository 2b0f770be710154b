package host

import (
	"bytes"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// NetworkCounts prints how many bytes passed through each connection of a Mac, as
// its program nettop tells them. Which program it is of is dropped with its line.
var NetworkCounts = Tool{
	Name:    "network-counts",
	Command: []string{"nettop", "-L", "1", "-n", "-x", "-J", "bytes_in,bytes_out"},
	Timeout: 15 * time.Second,
	Keep:    `^(tcp|udp|quic)[46] [^*,]+<->[^*,]+,\d+,\d+,?$`,
}

// nettopEvery is the time between two questions: each starts a program.
const nettopEvery = time.Minute

// maxNettop bounds the flows of one answer.
const maxNettop = 1 << 16

// parseNettop reads lines such as "tcp4 10.0.0.2:50000<->192.0.2.7:443,120,3400,":
// bytes that came and that went. Ports of IPv6 stand behind a dot. What it does
// not understand it passes over, as the program's own lines are.
func parseNettop(output []byte, take func(Flow)) {
	n := 0
	for line := range bytes.Lines(output) {
		fields := strings.Split(strings.TrimSpace(string(line)), ",")
		kind, ends, found := strings.Cut(fields[0], " ")
		local, remote, between := strings.Cut(ends, "<->")
		if !found || !between || len(fields) < 3 {
			continue
		}
		f := Flow{FlowID: FlowID{Protocol: "udp"}} // QUIC is of UDP
		if strings.HasPrefix(kind, "tcp") {
			f.Protocol = "tcp"
		}
		var ok [4]bool
		f.Local, ok[0] = nettopEnd(local)
		f.Remote, ok[1] = nettopEnd(remote)
		f.In.Bytes, ok[2] = parseDigits([]byte(fields[1]))
		f.Out.Bytes, ok[3] = parseDigits([]byte(fields[2]))
		if ok != [4]bool{true, true, true, true} || !f.carries() {
			continue
		}
		if n++; n > maxNettop {
			return
		}
		take(f)
	}
}

// nettopEnd reads "10.0.0.2:443" or "2001:db8::2.443".
func nettopEnd(text string) (netip.AddrPort, bool) {
	at := strings.LastIndexByte(text, '.')
	if colon := strings.LastIndexByte(text, ':'); strings.Count(text, ":") == 1 {
		at = colon
	}
	if at < 0 {
		return netip.AddrPort{}, false
	}
	address, err := netip.ParseAddr(text[:at])
	port, bad := strconv.ParseUint(text[at+1:], 10, 16)
	if err != nil || bad != nil || port == 0 {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(address.WithZone("").Unmap(), uint16(port)), true
}
