package host

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Bounds on one search for owners.
const (
	maxDescriptors = 16384 // of one process
	maxChildren    = 64    // of one listener, its grandchildren included
	maxThreads     = 64    // of one process, asked for children
)

// initPID is the process that holds sockets for services not yet started.
const initPID = 1

// An ownerFinder looks through the descriptors of processes for sockets.
type ownerFinder struct {
	proc    string
	fd      int
	dir     numberedDir
	numbers []int
	link    [64]byte
	buffer  [4096]byte
	wanted  wantedSockets
	sizes   map[int]int64 // how many descriptors each process had at the last sweep
}

// wantedSockets are those whose owner is looked for. A weak one is held by init
// as far as we know; whoever else holds it too is who really serves it.
type wantedSockets struct {
	byInode map[uint64]*owner
}

// wants says whose owner is not known, or may have changed.
func wants(sockets []Socket, owners []*owner) wantedSockets {
	w := wantedSockets{byInode: map[uint64]*owner{}}
	weak := 0
	for i, o := range owners {
		switch {
		case o.inode == 0:
		case o.pid == 0 && o.tries < maxTries, sockets[i].Inbound && !o.settled:
			w.byInode[o.inode] = o
		case o.pid == initPID:
			w.byInode[o.inode] = o
			weak++
		}
	}
	if weak == len(w.byInode) {
		return wantedSockets{} // nothing else makes a search worth its price
	}
	return w
}

// missing counts those without any owner.
func (w wantedSockets) missing() int {
	n := 0
	for _, o := range w.byInode {
		if o.pid == 0 {
			n++
		}
	}
	return n
}

func (f *ownerFinder) open() (err error) {
	f.fd, err = unix.Open(f.proc, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	return err
}

func (f *ownerFinder) close() {
	closeFD(f.fd)
	f.wanted = wantedSockets{}
}

// bury forgets owners that have ended: a daemon's first process ends once its
// child holds the socket.
func (f *ownerFinder) bury(owners []*owner) {
	ended := map[int]bool{}
	for _, o := range owners {
		if o.pid == 0 {
			continue
		}
		dead, asked := ended[o.pid]
		if !asked {
			dead = errors.Is(unix.Faccessat(f.fd, strconv.Itoa(o.pid), unix.F_OK, 0), unix.ENOENT)
			ended[o.pid] = dead
		}
		if dead {
			o.pid, o.tries, o.settled = 0, 0, false
		}
	}
}

// claim gives the process all wanted sockets among its descriptors.
func (f *ownerFinder) claim(pid int) error {
	fds, err := unix.Openat(f.fd, strconv.Itoa(pid)+"/fd", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer closeFD(fds)
	f.numbers, err = f.dir.list(fds, f.numbers[:0], maxDescriptors)
	if err != nil {
		return err
	}
	for _, number := range f.numbers {
		n, err := unix.Readlinkat(fds, strconv.Itoa(number), f.link[:])
		if errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM) {
			return err
		}
		if err != nil || n >= len(f.link) {
			continue // closed meanwhile, or a long path and so no socket
		}
		inode, ok := linkedInode(f.link[:n])
		if !ok {
			continue
		}
		if o := f.wanted.byInode[inode]; o != nil && (o.pid == 0 || o.pid == initPID) {
			o.pid = pid
		}
	}
	return nil
}

// linkedInode is socketInode without an allocation.
func linkedInode(link []byte) (uint64, bool) {
	const prefix = "socket:["
	if len(link) <= len(prefix) || string(link[:len(prefix)]) != prefix || link[len(link)-1] != ']' {
		return 0, false
	}
	return parseDigits(link[len(prefix) : len(link)-1])
}

// family looks for one connection in a listener, then in its children, the
// youngest first, then in theirs. It says whether it was found.
func (f *ownerFinder) family(listener int, o *owner) bool {
	generation := []int{listener}
	for asked := 0; len(generation) > 0 && asked < maxChildren; {
		var next []int
		for _, pid := range generation {
			if f.claim(pid) == nil && o.pid != 0 && o.pid != initPID {
				return true
			}
			if asked++; asked >= maxChildren {
				break
			}
			next = append(next, f.children(pid)...)
		}
		slices.SortFunc(next, func(a, b int) int { return cmp.Compare(b, a) })
		generation = next
	}
	return false
}

// children lists those a process started, from every one of its threads.
func (f *ownerFinder) children(pid int) []int {
	base := strconv.Itoa(pid) + "/task"
	tasks, err := unix.Openat(f.fd, base, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil // ended meanwhile
	}
	defer closeFD(tasks)
	threads, err := f.dir.list(tasks, nil, maxThreads)
	if err != nil {
		return nil // ended meanwhile
	}
	var children []int
	for _, thread := range threads {
		n, err := readAt(tasks, strconv.Itoa(thread)+"/children", f.buffer[:])
		if err != nil {
			continue // a kernel without the file: a sweep finds what this does not
		}
		for word := range strings.FieldsSeq(string(f.buffer[:n])) {
			if child, err := strconv.Atoi(word); err == nil && len(children) < maxChildren {
				children = append(children, child)
			}
		}
	}
	return children
}

// sweep looks through all processes until every wanted socket has an owner. It
// counts those whose descriptors it may not see.
func (f *ownerFinder) sweep(ctx context.Context, owners []*owner) (hidden int, err error) {
	if _, err := unix.Seek(f.fd, 0, unix.SEEK_SET); err != nil {
		return 0, fmt.Errorf("list %s: %w", f.proc, err)
	}
	pids, err := f.dir.list(f.fd, nil, maxProcesses)
	if err != nil {
		return 0, fmt.Errorf("list %s: %w", f.proc, err)
	}
	f.order(pids, owners)
	for i, pid := range pids {
		if ctx.Err() != nil {
			return hidden, fmt.Errorf("sweep descriptors: %w", ctx.Err())
		}
		if err := f.claim(pid); errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM) {
			hidden++
		}
		if i%16 == 15 && f.wanted.missing() == 0 {
			break
		}
	}
	return hidden, nil
}

// order puts the likely owners first: those that own sockets already, then
// those that have more or fewer descriptors than at the last sweep, then the
// youngest. Linux tells the number as the size of the directory since 6.2;
// before, it is zero for all.
func (f *ownerFinder) order(pids []int, owners []*owner) {
	likely, sizes := map[int]int{}, make(map[int]int64, len(pids))
	for _, pid := range pids {
		var stat unix.Stat_t
		if unix.Fstatat(f.fd, strconv.Itoa(pid)+"/fd", &stat, 0) != nil {
			continue // ended meanwhile
		}
		sizes[pid] = stat.Size
		if before, met := f.sizes[pid]; !met || before != stat.Size {
			likely[pid] = 1
		}
	}
	for _, o := range owners {
		if o.pid != initPID {
			likely[o.pid] = 2
		}
	}
	f.sizes = sizes
	slices.SortFunc(pids, func(a, b int) int {
		return cmp.Or(cmp.Compare(likely[b], likely[a]), cmp.Compare(b, a))
	})
}
