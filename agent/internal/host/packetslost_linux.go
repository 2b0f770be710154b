package host

import (
	"os"

	"golang.org/x/sys/unix"
)

// Lost asks the kernel of every interface listened on.
func (c *capture) Lost() (lost, seen uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, socket := range c.open {
		c.count(socket)
	}
	return c.lost, c.passed
}

// count adds what the kernel counted since it was last asked.
func (c *capture) count(socket *os.File) {
	raw, err := socket.SyscallConn()
	if err != nil {
		return // closed meanwhile
	}
	_ = raw.Control(func(fd uintptr) { // closed meanwhile, else
		stats, err := unix.GetsockoptTpacketStats(int(fd), unix.SOL_PACKET, unix.PACKET_STATISTICS)
		if err == nil {
			c.lost += uint64(stats.Drops)
			c.passed += uint64(stats.Packets)
		}
	})
}

// onceOnly leaves out of loopback what is sent, since it is received there as
// well. A kernel older than 4.20 gives it twice.
func (c *capture) onceOnly(socket *os.File) {
	raw, err := socket.SyscallConn()
	if err != nil {
		return // closed meanwhile
	}
	_ = raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING, 1) // see above
	})
}
