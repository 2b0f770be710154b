package host

import (
	"fmt"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A datagramRing is what the kernel hands over of datagrams.
type datagramRing struct {
	fd     int
	memory []byte
	next   int // block to be read next
}

// openRing has the kernel hand over the headers of datagrams of a few ports.
func openRing(ports []uint16) (*datagramRing, error) {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("count datagrams: %w", orDenied(err, "start the agent by its unit, or run setcap cap_net_raw+ep on its program"))
	}
	r := &datagramRing{fd: fd}
	if err := r.setUp(ports); err != nil {
		r.close()
		return nil, fmt.Errorf("count datagrams: %w", err)
	}
	return r, nil
}

func (r *datagramRing) setUp(ports []uint16) error {
	filter, err := ringFilter(ports)
	if err != nil {
		return err
	}
	program := make([]unix.SockFilter, len(filter))
	for n, f := range filter {
		program[n] = unix.SockFilter{Code: f.Op, Jt: f.Jt, Jf: f.Jf, K: f.K}
	}
	if err := unix.SetsockoptSockFprog(r.fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}); err != nil {
		return err
	}
	if err := unix.SetsockoptInt(r.fd, unix.SOL_PACKET, unix.PACKET_VERSION, unix.TPACKET_V3); err != nil {
		return err
	}
	const frame = 128
	ask := unix.TpacketReq3{Block_size: ringBlock, Block_nr: ringBlocks, Frame_size: frame, Frame_nr: ringBlock / frame * ringBlocks, Retire_blk_tov: ringRetire}
	if err := unix.SetsockoptTpacketReq3(r.fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &ask); err != nil {
		return err
	}
	r.memory, err = unix.Mmap(r.fd, 0, ringBlock*ringBlocks, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return err
	}
	return unix.Bind(r.fd, &unix.SockaddrLinklayer{Protocol: bigEndian16(unix.ETH_P_ALL)})
}

// drain takes what has been handed over, and gives the memory back.
func (r *datagramRing) drain(take func(datagram)) error {
	shift := wallClock() - monotonic()
	for range ringBlocks {
		block := r.memory[r.next*ringBlock : (r.next+1)*ringBlock]
		status := (*uint32)(unsafe.Pointer(&block[blockStatus])) //nolint:gosec // the kernel writes it meanwhile, so it has to be one load
		if atomic.LoadUint32(status)&unix.TP_STATUS_USER == 0 {
			return nil
		}
		err := parseRingBlock(block, shift, take)
		atomic.StoreUint32(status, unix.TP_STATUS_KERNEL)
		r.next = (r.next + 1) % ringBlocks
		if err != nil {
			return err
		}
	}
	return nil
}

func (r *datagramRing) close() {
	if r.memory != nil {
		_ = unix.Munmap(r.memory) // it was mapped
		r.memory = nil
	}
	closeFD(r.fd)
}

// wallClock is the clock of packets.
func wallClock() time.Duration {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_REALTIME, &now); err != nil {
		return 0 // not met: every kernel has this clock
	}
	return time.Duration(now.Nano())
}
