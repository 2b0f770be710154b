//go:build !linux

package host

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"syscall"
	"time"

	system "github.com/shirou/gopsutil/v3/host"
	network "github.com/shirou/gopsutil/v3/net"
	"github.com/shirou/gopsutil/v3/process"
)

func (h *LiveHost) start() {
	h.platform = Platform{OS: runtime.GOOS, Arch: runtime.GOARCH}
	about, err := system.Info()
	if err != nil {
		return // what is unknown stays empty
	}
	h.platform.OSVersion = strings.TrimSpace(about.Platform + " " + about.PlatformVersion)
	h.platform.Name = about.Hostname
	h.platform.BootID = fmt.Sprintf("boot-%d", about.BootTime)
	if about.HostID != "" {
		h.platform.Hardware = "machine-id:" + about.HostID
	}
}

// listProcesses asks gopsutil. A process that ends meanwhile or hides a part of
// itself gives what it gives.
func (h *LiveHost) listProcesses(ctx context.Context) ([]Process, error) {
	found, err := process.ProcessesWithContext(ctx)
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	rows, hidden := make([]Process, 0, len(found)), 0
	for _, p := range found {
		if ctx.Err() != nil {
			return rows, fmt.Errorf("list processes: %w", ctx.Err())
		}
		name, err := p.NameWithContext(ctx)
		if err != nil {
			continue // ended meanwhile
		}
		row := Process{PID: int(p.Pid), Name: name, UID: -1}
		if row.Path, err = p.ExeWithContext(ctx); denied(err) {
			hidden++
		}
		if parent, err := p.PpidWithContext(ctx); err == nil {
			row.Parent = int(parent)
		}
		if args, err := p.CmdlineSliceWithContext(ctx); err == nil {
			row.Args = args[:min(len(args), maxArgs)]
		}
		if user, err := p.UsernameWithContext(ctx); err == nil {
			row.User = user
		}
		if ids, err := p.UidsWithContext(ctx); err == nil && len(ids) > 0 {
			row.UID = int(ids[0])
		}
		if milliseconds, err := p.CreateTimeWithContext(ctx); err == nil {
			row.Started = time.UnixMilli(milliseconds).UTC()
		}
		rows = append(rows, row)
	}
	if hidden > 0 {
		return rows, fmt.Errorf("the executables of %d of %d processes are hidden: %w: run as administrator", hidden, len(rows), ErrDenied)
	}
	return rows, nil
}

func denied(err error) bool {
	return errors.Is(err, os.ErrPermission) || errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES)
}

func (h *LiveHost) listSockets(ctx context.Context) ([]Socket, error) {
	found, err := network.ConnectionsWithContext(ctx, "inet")
	if err != nil {
		return nil, fmt.Errorf("list sockets: %w", err)
	}
	rows := make([]Socket, 0, len(found))
	for _, c := range found {
		s := Socket{Protocol: "tcp", State: stateOther, PID: int(c.Pid), UID: -1, Local: addrPort(c.Laddr), Remote: addrPort(c.Raddr)}
		if c.Type == syscall.SOCK_DGRAM {
			s.Protocol = "udp"
		}
		switch {
		case c.Status == "LISTEN", s.Protocol == "udp" && c.Raddr.Port == 0:
			s.State, s.Remote = stateListen, netip.AddrPort{}
		case c.Status == "ESTABLISHED":
			s.State = stateEstablished
		}
		if s.Local.IsValid() {
			rows = append(rows, s)
		}
	}
	markInbound(rows)
	return rows, nil
}

// addrPort reads gopsutil's address, which is "*" on macOS for any.
func addrPort(a network.Addr) netip.AddrPort {
	if a.Port == 0 || a.Port > 65535 {
		return netip.AddrPort{}
	}
	address, err := netip.ParseAddr(a.IP)
	if err != nil {
		address = netip.IPv6Unspecified()
	}
	return netip.AddrPortFrom(address.Unmap(), uint16(a.Port))
}

func (h *LiveHost) cost(ctx context.Context) (Cost, error) {
	self, err := process.NewProcessWithContext(ctx, int32(os.Getpid()))
	if err != nil {
		return Cost{}, fmt.Errorf("find own process: %w", err)
	}
	times, err := self.TimesWithContext(ctx)
	if err != nil {
		return Cost{}, fmt.Errorf("read own CPU time: %w", err)
	}
	memory, err := self.MemoryInfoWithContext(ctx)
	if err != nil {
		return Cost{}, fmt.Errorf("read own memory: %w", err)
	}
	c := Cost{CPU: time.Duration((times.User + times.System) * float64(time.Second)), RSS: memory.RSS}
	if files, err := self.NumFDsWithContext(ctx); err == nil {
		c.OpenFiles = int(files) // not told on every platform
	}
	return c, nil
}
