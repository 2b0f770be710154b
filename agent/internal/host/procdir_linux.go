package host

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// A numberedDir lists directories whose entries are numbers, /proc and
// /proc/<pid>/fd, without allocating a name for each. Inodes are those of the
// entries last listed, in the same order.
type numberedDir struct {
	buffer [32 << 10]byte
	inodes []uint64
}

// dirent64 is the fixed part of struct linux_dirent64 before the name.
const dirent64 = 19

// list appends the numbers in the open directory, at most limit.
func (d *numberedDir) list(fd int, numbers []int, limit int) ([]int, error) {
	d.inodes = d.inodes[:0]
	for len(numbers) < limit {
		n, err := unix.Getdents(fd, d.buffer[:])
		if err != nil || n <= 0 {
			return numbers, err
		}
		numbers, d.inodes = appendNumbers(d.buffer[:n], numbers, d.inodes)
	}
	return numbers[:limit], nil
}

// appendNumbers walks the entries of one getdents answer.
func appendNumbers(entries []byte, numbers []int, inodes []uint64) ([]int, []uint64) {
	for len(entries) >= dirent64 {
		length := int(binary.NativeEndian.Uint16(entries[16:]))
		if length < dirent64 || length > len(entries) {
			return numbers, inodes
		}
		if number, ok := entryNumber(entries[dirent64:length]); ok {
			numbers = append(numbers, number)
			inodes = append(inodes, binary.NativeEndian.Uint64(entries))
		}
		entries = entries[length:]
	}
	return numbers, inodes
}

func entryNumber(name []byte) (int, bool) {
	number, digits := 0, 0
	for _, c := range name {
		if c == 0 {
			break
		}
		if c < '0' || c > '9' || digits == 10 {
			return 0, false
		}
		number = number*10 + int(c-'0')
		digits++
	}
	return number, digits > 0
}

// readAt reads a small file below an open directory in one go, which is how
// files of /proc are made.
func readAt(dir int, name string, buffer []byte) (int, error) {
	fd, err := unix.Openat(dir, name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	n, err := unix.Read(fd, buffer)
	closeFD(fd)
	return max(n, 0), err
}

// closeFD closes a descriptor that was only read; nothing can be lost by it.
func closeFD(fd int) { _ = unix.Close(fd) }
