package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// rewalk is the number of samples after which a process's descriptors are looked
// through again though their number is what it was. Before Linux 6.2 the number
// is not told.
const rewalk = 30

// deviceMakers finds the processes that hold the kernel's doors for making
// input devices. It walks descriptors only while there is a device that a program
// made, and then only those of processes that are new or have more or fewer.
type deviceMakers struct {
	finder  ownerFinder
	files   FS
	met     map[int]heldDoors
	samples int
}

type heldDoors struct {
	size  int64 // of the folder of descriptors
	doors []string
}

// find adds who holds a door.
func (m *deviceMakers) find(ctx context.Context, found map[int]*Conduct) error {
	if !m.made() {
		m.met = nil
		return nil
	}
	if err := m.finder.open(); err != nil {
		return fmt.Errorf("find what makes input devices: %w", orDenied(err, "run as root"))
	}
	defer m.finder.close()
	pids, err := m.finder.dir.list(m.finder.fd, nil, maxProcesses)
	if err != nil {
		return fmt.Errorf("find what makes input devices: %w", err)
	}
	m.samples++
	met, hidden := make(map[int]heldDoors, len(pids)), 0
	for _, pid := range pids {
		if ctx.Err() != nil {
			return fmt.Errorf("find what makes input devices: %w", ctx.Err())
		}
		held, err := m.held(pid)
		if errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM) {
			hidden++
		}
		if err != nil {
			continue // ended meanwhile, or hidden
		}
		met[pid] = held
		if len(held.doors) > 0 {
			one := of(found, pid)
			one.Injects = merged(one.Injects, held.doors)
		}
	}
	m.met = met
	if hidden > 0 && os.Geteuid() != 0 { // root can be granted no more
		return fmt.Errorf("find what makes input devices: the descriptors of %d of %d processes are hidden: %w: run as root, or grant CAP_SYS_PTRACE", hidden, len(pids), ErrDenied)
	}
	return nil
}

// made says whether there is a device that a program made.
func (m *deviceMakers) made() bool {
	for _, folder := range []string{"sys/devices/virtual/input", "sys/devices/virtual/misc/uhid"} {
		entries, err := fs.ReadDir(m.files, folder)
		if err != nil {
			continue // none of the kind was ever made
		}
		for _, entry := range entries {
			if entry.IsDir() && entry.Name() != "power" && entry.Name() != "mice" {
				return true
			}
		}
	}
	return false
}

func (m *deviceMakers) held(pid int) (heldDoors, error) {
	name := strconv.Itoa(pid) + "/fd"
	var stat unix.Stat_t
	if err := unix.Fstatat(m.finder.fd, name, &stat, 0); err != nil {
		return heldDoors{}, err
	}
	before, known := m.met[pid]
	if known && before.size == stat.Size && (m.samples+pid)%rewalk != 0 {
		return before, nil
	}
	doors, err := m.walk(name)
	return heldDoors{size: stat.Size, doors: doors}, err
}

func (m *deviceMakers) walk(name string) (doors []string, err error) {
	fds, err := unix.Openat(m.finder.fd, name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer closeFD(fds)
	f := &m.finder
	if f.numbers, err = f.dir.list(fds, f.numbers[:0], maxDescriptors); err != nil {
		return nil, err
	}
	for _, number := range f.numbers {
		n, err := unix.Readlinkat(fds, strconv.Itoa(number), f.link[:])
		if errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM) {
			return nil, err
		}
		if err != nil {
			continue // closed meanwhile
		}
		switch string(f.link[:n]) {
		case "/dev/uinput", "/dev/input/uinput", "/dev/misc/uinput":
			doors = merged(doors, []string{byUinput})
		case "/dev/uhid":
			doors = merged(doors, []string{byUhid})
		}
	}
	return doors, nil
}
