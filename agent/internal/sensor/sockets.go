package sensor

import (
	"context"
	"net/netip"
	"strconv"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// listeningPort is a port on which a program waits for somebody to connect.
type listeningPort struct {
	PID      int    `column:"pid,key,public" about:"number of the process that listens"`
	*program        // never nil
	Protocol string `column:"protocol,key,public" about:"tcp or udp"`
	Address  string `column:"address,key,public" about:"from where it can be reached, in words: loopback, any, private or public"`
	Port     int    `column:"port,key,public" about:"port number"`
	Scope    string `column:"scope,public" about:"who can connect: loopback (this laptop only), any (every interface), lan or public"`
	Banner   string `column:"banner,public" about:"protocol in which it greets those who connect to it, where somebody did: rfb (VNC), rdp, spice, nx, x11, barrier, synergy or ssh"`
}

// openSocket is a connection between a program and another machine or program.
type openSocket struct {
	PID           int    `column:"pid,key,public" about:"number of the connected process"`
	*program             // never nil
	Protocol      string `column:"protocol,key,public" about:"tcp or udp"`
	LocalPort     string `column:"local_port,key,public" about:"port number on this laptop, where the other side connected to it"`
	RemoteScope   string `column:"remote_scope,public" about:"where the other side is: itself (another part of the same program), loopback (this laptop), private (the local network) or public"`
	RemoteAddress string `column:"remote_address,key,pseudonym" about:"address of the other side"`
	RemotePort    string `column:"remote_port,key,public" about:"port number of the other side, where this laptop connected to it"`
	Direction     string `column:"direction,public" about:"inbound when the other side opened it, outbound when this laptop did"`
	State         string `column:"state,public" about:"state of the connection"`
}

// Sockets gives the two sensors of ports and connections, which share what they
// know of the processes behind them.
func Sockets() []Sensor { return newOwners().sockets() }

func (t *ownerTable) sockets() []Sensor {
	return []Sensor{
		Define(Options{
			Class: "listening_ports", Every: 2 * time.Second, Watch: t.wire.watch,
			About: "Looks at the ports on which programs of this laptop wait for others to connect, to recognise remote control that is ready for use.",
			Limits: []Limit{
				{OS: "windows", Reach: Partial, Why: "Windows does not say whether a program that uses UDP waits for others or asked somebody itself: both are told as waiting."},
				{OS: "darwin", Reach: Partial, Why: "Programs that use Apple's own Network framework, as Apple's do, speak past the kernel's sockets since macOS 12, and the lists of sockets do not have what they do: such a program may wait unseen. Programs made for several systems use sockets."},
			},
		}, t.listening),
		Define(Options{
			Class: "process_open_sockets", Every: 2 * time.Second,
			About: "Looks at which programs are connected and whether the other side connected to them, never at what is sent, to recognise remote control in use.",
			Limits: []Limit{
				{OS: "windows", Reach: Partial, Why: "Windows does not say to whom a program talks by UDP, which the fast ways of remote control use: such a program is seen at its port, and not as connected."},
				{OS: "darwin", Reach: Partial, Why: "Connections that a program makes through Apple's own Network framework, as Safari does, pass by the kernel's sockets since macOS 12, and the lists of sockets do not have them; the names that it looks up may be seen. Programs made for several systems use sockets."},
			},
		}, t.open),
	}
}

func (t *ownerTable) listening(ctx context.Context, h host.Host) ([]listeningPort, error) {
	sockets, err := t.look(ctx, h)
	seen := map[listeningPort]bool{}
	var rows []listeningPort
	for _, s := range sockets {
		if !s.listens() || len(rows) >= rowLimit {
			continue
		}
		reach := reachOf(s.Local.Addr())
		row := listeningPort{
			PID: s.PID, program: s.owner,
			Protocol: s.Protocol, Address: reach, Port: int(s.Local.Port()), Scope: lan(reach), Banner: t.banners.of(s.Socket),
		}
		if !seen[row] {
			seen[row] = true
			rows = append(rows, row)
		}
	}
	return rows, err
}

func (t *ownerTable) open(ctx context.Context, h host.Host) ([]openSocket, error) {
	sockets, err := t.look(ctx, h)
	t.within(sockets)
	seen := map[openSocket]bool{}
	var rows []openSocket
	for _, s := range sockets {
		if s.listens() || s.State == "other" || !s.Remote.IsValid() || len(rows) >= rowLimit {
			continue
		}
		row := s.connection()
		if !seen[row] {
			seen[row] = true
			rows = append(rows, row)
		}
	}
	return rows, err
}

// listens: UDP has no listeners, so one without a peer counts as such.
func (s ownedSocket) listens() bool {
	return s.State == "listen" || s.Protocol == "udp" && !s.Remote.IsValid()
}

// connection makes the row of one connection. Of the two port numbers only the
// serving side's says anything; the other is picked by chance, and leaving it
// out makes one row of a browser's fifty connections to one address.
func (s ownedSocket) connection() openSocket {
	row := openSocket{
		PID: s.PID, program: s.owner, Protocol: s.Protocol,
		RemoteScope: scopeOf(s.Remote.Addr()), RemoteAddress: s.Remote.Addr().Unmap().String(), State: s.State,
	}
	if s.within {
		row.RemoteScope = "itself"
	}
	if s.Inbound {
		row.Direction, row.LocalPort = "inbound", strconv.Itoa(int(s.Local.Port()))
	} else {
		row.Direction, row.RemotePort = "outbound", strconv.Itoa(int(s.Remote.Port()))
	}
	return row
}

// scopeOf says where an address is, as far as the address alone can say.
func scopeOf(a netip.Addr) string {
	a = a.Unmap()
	carrier := netip.MustParsePrefix("100.64.0.0/10") // shared by a provider's customers, and by mesh networks
	switch {
	case a.IsLoopback():
		return "loopback"
	case a.IsPrivate(), a.IsLinkLocalUnicast(), a.IsMulticast(), carrier.Contains(a):
		return "private"
	default:
		return "public"
	}
}

func reachOf(a netip.Addr) string {
	if a.Unmap().IsUnspecified() {
		return "any"
	}
	return scopeOf(a)
}

func lan(reach string) string {
	if reach == "private" {
		return "lan"
	}
	return reach
}
