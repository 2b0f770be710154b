// Package host is the machine as its operating system describes it.
//
// It is the only package that knows the platform: system calls, commands,
// gopsutil and packet capture live here and nowhere else. It hands out bytes
// and rows and understands neither.
package host

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net/netip"
	"time"

	"github.com/google/gopacket"
	"golang.org/x/net/bpf"
)

// A Host answers questions about one machine. It never changes the machine.
// There are two: Live, the machine we run on, and Recording, a machine met
// earlier and kept in a file. Callers cannot tell them apart.
//
// Every question can fail with ErrAbsent, ErrDenied or ErrUnsupported (wrapped,
// with the reason in words); rows that came beside such an error are good but
// not complete.
type Host interface {
	Platform() Platform
	// Files is the read-only disk. Names are as in io/fs: no leading slash.
	// On Windows the registry is below "registry/".
	Files() FS
	// Run runs one of the fixed command lines of tools.go; no caller can add an argument.
	Run(ctx context.Context, t Tool) ([]byte, error)
	Processes(ctx context.Context) ([]Process, error)
	Sockets(ctx context.Context) ([]Socket, error)
	Sessions(ctx context.Context) ([]Session, error)
	// AccessPoints are the Wi-Fi networks this machine is joined to now, usually one or none.
	AccessPoints(ctx context.Context) ([]AccessPoint, error)
	// Packets opens a capture behind a filter that runs in the kernel: what the
	// filter refuses never reaches this process. In a recording it is a .pcap.
	Packets(ctx context.Context, filter []bpf.RawInstruction) (PacketSource, error)
}

// A Waker is a host that can say early that something changed, so that a
// sensor need not wait for its next turn. A missed wake delays and never loses.
type Waker interface {
	// Wake sends the class that wants a look ("usb_devices"). The channel closes when ctx ends.
	Wake(ctx context.Context) (<-chan string, error)
}

// A LoopbackHost is a host whose capture can include what programs of this
// machine say to each other, always.
type LoopbackHost interface {
	// AllPackets is Packets on every interface, the one for this machine itself among them.
	AllPackets(ctx context.Context, filter []bpf.RawInstruction) (PacketSource, error)
}

// FS is a file system whose symbolic links can be read as well as followed.
type FS interface {
	fs.ReadLinkFS
}

// PacketSource gives captured frames, Ethernet header first, until io.EOF.
type PacketSource interface {
	gopacket.PacketDataSource
	io.Closer
}

// The reasons a question has no answer. Each becomes a state of coverage.
var (
	ErrAbsent      = errors.New("not there")
	ErrDenied      = errors.New("permission denied")
	ErrUnsupported = errors.New("not supported on this platform")
)

// Platform says what machine this is. Hardware is what tells one machine from
// another after its disk was wiped.
type Platform struct {
	OS        string // linux, windows, darwin
	OSVersion string // e.g. "Debian GNU/Linux 12 (bookworm)"
	Arch      string // as Go names it: amd64, arm64
	Name      string // the host name: an attribute, never an identity
	Chassis   string // SMBIOS chassis in words: laptop, desktop, server, vm; empty when unknown
	Vendor    string // SMBIOS system vendor
	Product   string // SMBIOS product name
	Hardware  string // SMBIOS UUID, serial and board joined, or the machine id where the rest is hidden; never leaves the device unhashed
	BootID    string // changes with every boot
}

// Process is one running program.
type Process struct {
	PID     int
	Parent  int
	Name    string   // the kernel's short name; Linux cuts it at 15 bytes
	Path    string   // of its executable; empty when it cannot be read
	Args    []string // its command line; stays inside the process that reads it
	UID     int      // numeric owner, -1 when unknown
	User    string   // owner's name where known
	Unit    string   // service that runs it, as systemd names it; empty when none or unknown
	Started time.Time
}

// Socket is one TCP or UDP socket of this machine.
type Socket struct {
	Protocol string // tcp, udp
	State    string // listen, established, other
	Local    netip.AddrPort
	Remote   netip.AddrPort // not valid for a listener
	PID      int            // 0 when its process is not known
	Inbound  bool           // established on a port that this machine listens on, so the other side opened it
	UID      int            // numeric owner, -1 when unknown
}

// Session is one person's login.
type Session struct {
	ID       string
	User     string
	Terminal string
	Remote   string // host or address it comes from, empty for local
	Kind     string // console, graphical, ssh, remote_desktop, unknown
	PID      int    // of the session's leader
	Since    time.Time
}

// AccessPoint is the Wi-Fi network an interface is joined to.
type AccessPoint struct {
	Interface string
	BSSID     string
	SSID      string
}
