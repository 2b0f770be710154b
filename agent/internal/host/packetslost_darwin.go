package host

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

var _ LossyCapture = (*capture)(nil)

// Lost asks the kernel of every interface listened on.
func (c *capture) Lost() (lost, seen uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	lost, seen = c.lost, c.seen
	for _, device := range c.open {
		dropped, came := dropped(device)
		lost, seen = lost+dropped, seen+came
	}
	return lost, seen
}

// dropped is what the kernel counts of one device, a struct bpf_stat: frames
// that came by, and those that passed the filter and found no room.
func dropped(device int) (lost, seen uint64) {
	var counts struct{ received, dropped uint32 }
	if ask(device, unix.BIOCGSTATS, unsafe.Pointer(&counts)) != 0 {
		return 0, 0
	}
	return uint64(counts.dropped), uint64(counts.received)
}
