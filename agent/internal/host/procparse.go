package host

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Bounds on what one process may say of itself.
const (
	maxCommandLine = 8192
	maxArg         = 1024
	maxArgs        = 128
	maxProcesses   = 65536 // that one look takes in
)

// flagKernelThread is PF_KTHREAD of the kernel's task flags.
const flagKernelThread = 0x00200000

// procStat is what farmwatch needs of /proc/<pid>/stat. Stack and arg place the
// program's memory: they change when a process executes another program, and
// are zero to those who may not know.
type procStat struct {
	pid, parent int
	name        string
	state       byte
	flags       uint64
	cpuTicks    uint64
	started     uint64 // ticks after boot
	stack, arg  uint64
}

func (s procStat) kernelThread() bool { return s.flags&flagKernelThread != 0 }

// gone is a process that has ended and waits to be reaped.
func (s procStat) gone() bool { return s.state == 'Z' || s.state == 'X' }

var errStat = errors.New("not a /proc/<pid>/stat line")

// parseStat reads /proc/<pid>/stat. The name may hold anything, even ") ", so
// it ends at the last parenthesis. It allocates only the name.
func parseStat(line []byte) (procStat, error) {
	open, end := bytes.IndexByte(line, '('), bytes.LastIndexByte(line, ')')
	if open < 2 || end < open || end+3 > len(line) {
		return procStat{}, errStat
	}
	pid, err := strconv.Atoi(string(line[:open-1]))
	if err != nil || pid < 0 {
		return procStat{}, errStat
	}
	s := procStat{pid: pid, name: string(line[open+1 : end])}
	rest, field := line[end+2:], 3
	for ; len(rest) > 0; field++ {
		word := rest
		if cut := bytes.IndexByte(rest, ' '); cut >= 0 {
			word, rest = rest[:cut], rest[cut+1:]
		} else {
			rest = nil
		}
		if err := s.take(field, bytes.TrimRight(word, "\n")); err != nil {
			return procStat{}, err
		}
		if field == 48 {
			break
		}
	}
	if field < 22 {
		return procStat{}, fmt.Errorf("%w: ends after field %d", errStat, field-1)
	}
	return s, nil
}

// take keeps the fields of proc(5) that matter here.
func (s *procStat) take(field int, word []byte) error {
	switch field {
	case 3:
		if len(word) == 1 {
			s.state = word[0]
			return nil
		}
		return errStat
	case 4, 9, 14, 15, 22, 28, 48:
	default:
		return nil
	}
	number, ok := parseDigits(word)
	if !ok {
		return fmt.Errorf("%w: field %d", errStat, field)
	}
	switch field {
	case 4:
		s.parent = int(number)
	case 9:
		s.flags = number
	case 14, 15:
		s.cpuTicks += number
	case 22:
		s.started = number
	case 28:
		s.stack = number
	case 48:
		s.arg = number
	}
	return nil
}

// parseDigits is strconv.ParseUint without an allocation.
func parseDigits(word []byte) (uint64, bool) {
	if len(word) == 0 || len(word) > 20 {
		return 0, false
	}
	var n uint64
	for _, c := range word {
		if c < '0' || c > '9' {
			return 0, false
		}
		next := n*10 + uint64(c-'0')
		if next/10 != n {
			return 0, false
		}
		n = next
	}
	return n, true
}

// parseCommandLine splits /proc/<pid>/cmdline. A program that wrote over its
// arguments (sshd: "sshd: ann@pts/0") gives one with the spaces in it.
func parseCommandLine(raw []byte) []string {
	raw = bytes.TrimRight(raw[:min(len(raw), maxCommandLine)], "\x00")
	if len(raw) == 0 {
		return nil
	}
	var args []string
	for word := range bytes.SplitSeq(raw, []byte{0}) {
		if len(args) == maxArgs {
			break
		}
		args = append(args, strings.ToValidUTF8(string(word[:min(len(word), maxArg)]), "\uFFFD"))
	}
	return args
}

// procStatus is what farmwatch needs of /proc/<pid>/status.
type procStatus struct {
	name         string
	state        byte
	parent, uid  int
	kernelThread bool
}

func parseStatus(text []byte) procStatus {
	s := procStatus{uid: -1}
	for line := range strings.SplitSeq(string(text), "\n") {
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		first, _, _ := strings.Cut(value, "\t")
		switch key {
		case "Name":
			s.name = value
		case "State":
			if value != "" {
				s.state = value[0]
			}
		case "PPid":
			s.parent, _ = strconv.Atoi(value)
		case "Uid":
			if uid, err := strconv.Atoi(first); err == nil {
				s.uid = uid
			}
		case "Kthread":
			s.kernelThread = value == "1"
		}
	}
	return s
}

// parseUsers reads /etc/passwd: numeric id to name, the first of an id wins.
func parseUsers(passwd []byte) map[int]string {
	users := map[int]string{}
	for line := range strings.SplitSeq(string(passwd), "\n") {
		parts := strings.Split(line, ":")
		if len(parts) < 3 {
			continue
		}
		if uid, err := strconv.Atoi(parts[2]); err == nil && users[uid] == "" {
			users[uid] = parts[0]
		}
	}
	return users
}

// ticksPerSecond is USER_HZ, which is 100 on every platform Go supports on Linux.
const ticksPerSecond = 100

// startTime turns ticks after boot into a time, none when the boot time is unknown.
func startTime(boot time.Time, ticks uint64) time.Time {
	if boot.IsZero() || ticks > 1<<50 {
		return time.Time{}
	}
	return boot.Add(time.Duration(ticks) * (time.Second / ticksPerSecond)).UTC()
}

// parseBootTime finds btime in /proc/stat.
func parseBootTime(stat []byte) time.Time {
	for line := range bytes.SplitSeq(stat, []byte("\n")) {
		if word, ok := bytes.CutPrefix(line, []byte("btime ")); ok {
			if seconds, ok := parseDigits(bytes.TrimSpace(word)); ok && seconds < 1<<40 {
				return time.Unix(int64(seconds), 0).UTC()
			}
		}
	}
	return time.Time{}
}

// executable cleans what /proc/<pid>/exe points to: a program that was replaced
// while it runs, as after an update, is still that program.
func executable(link string) string { return strings.TrimSuffix(link, " (deleted)") }
