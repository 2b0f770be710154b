package host

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"path"
	"strings"
	"time"
)

// Where things stand in a struct kinfo_proc of macOS (sys/sysctl.h, sys/proc.h),
// the same on Intel and on Apple's chips. processlayout_darwin.go compares them
// with x/sys wherever it is compiled.
const (
	kinfoSize       = 648
	kinfoStarted    = 0   // kp_proc.p_un.__p_starttime, a struct timeval
	kinfoState      = 36  // kp_proc.p_stat
	kinfoPID        = 40  // kp_proc.p_pid
	kinfoName       = 243 // kp_proc.p_comm, MAXCOMLEN and a zero byte
	kinfoNameLength = 17
	kinfoUID        = 420 // kp_eproc.e_ucred.cr_uid
	kinfoParent     = 560 // kp_eproc.e_ppid
	kinfoZombie     = 5   // SZOMB: it ended, and nobody asked how
	maxKinfo        = 65536 * kinfoSize
)

// parseKinfo reads what sysctl kern.proc.all answers. The kernel itself, number
// 0, is no program.
func parseKinfo(answer []byte) ([]Process, error) {
	if len(answer)%kinfoSize != 0 || len(answer) > maxKinfo {
		return nil, fmt.Errorf("a list of processes of %d bytes, want a multiple of %d", len(answer), kinfoSize)
	}
	rows := make([]Process, 0, len(answer)/kinfoSize)
	for ; len(answer) > 0; answer = answer[kinfoSize:] {
		pid := int(int32(binary.LittleEndian.Uint32(answer[kinfoPID:])))
		if pid <= 0 || answer[kinfoState] == kinfoZombie {
			continue
		}
		seconds, micro := int64(binary.LittleEndian.Uint64(answer[kinfoStarted:])), int64(int32(binary.LittleEndian.Uint32(answer[kinfoStarted+8:])))
		p := Process{
			PID: pid, Parent: int(int32(binary.LittleEndian.Uint32(answer[kinfoParent:]))),
			Name: cString(answer[kinfoName : kinfoName+kinfoNameLength]), UID: int(int32(binary.LittleEndian.Uint32(answer[kinfoUID:]))),
		}
		if seconds > 0 && seconds < 1<<40 {
			p.Started = time.Unix(seconds, micro*1000).UTC()
		}
		rows = append(rows, p)
	}
	return rows, nil
}

// fullName is a process's name in full where the kernel cut it and its file is known.
func fullName(name, file string) string {
	if base := path.Base(file); len(name) == kinfoNameLength-1 && strings.HasPrefix(base, name) {
		return base
	}
	return name
}

// maxProcargs is more than a command line and its environment can have (ARG_MAX).
const maxProcargs = 1<<20 + 4096

// A startedAs is how a process was started.
type startedAs struct {
	file string // as it was given, which may be by another name or from another folder
	args []string
	unit string
}

// parseProcargs reads what sysctl kern.procargs2 answers for one process: how many
// words its command line has, its file, the words and its environment, each
// ended by a zero byte. Of the environment nothing is taken but the name under
// which launchd started it, or a program above it; of Apple's own programs the
// kernel leaves it out.
func parseProcargs(answer []byte) (s startedAs, err error) {
	if len(answer) < 4 || len(answer) > maxProcargs {
		return s, fmt.Errorf("a command line of %d bytes", len(answer))
	}
	count, rest := binary.LittleEndian.Uint32(answer), answer[4:]
	file, rest := nextWord(rest)
	s.file = strings.ToValidUTF8(string(file), "\uFFFD")
	rest = bytes.TrimLeft(rest, "\x00") // up to a multiple of eight
	for range count {
		if len(rest) == 0 {
			return s, nil // the kernel tells no more than this
		}
		var word []byte
		if word, rest = nextWord(rest); len(s.args) < maxArgs {
			s.args = append(s.args, strings.ToValidUTF8(string(word), "\uFFFD"))
		}
	}
	for len(rest) > 0 {
		var word []byte
		if word, rest = nextWord(rest); len(word) == 0 {
			break // what follows is for the loader
		}
		if label, ok := bytes.CutPrefix(word, []byte("XPC_SERVICE_NAME=")); ok {
			s.unit = launchdLabel(string(label))
		}
	}
	return s, nil
}

// knownFile is a process's file: the one the kernel finds it by, or, where that
// was deleted since, as an update does, the one it was started from.
func (s startedAs) knownFile(found string) string {
	if found == "" && path.IsAbs(s.file) {
		return path.Clean(s.file)
	}
	return found
}

// nextWord is what stands before the first zero byte, and what stands behind it.
func nextWord(b []byte) (word, rest []byte) {
	word, rest, _ = bytes.Cut(b, []byte{0})
	return word, rest
}

// launchdLabel is the name of a service. Programs that a person opened have a
// name too, "application.com.example.app.123.456", or none, "0": they are no services.
func launchdLabel(label string) string {
	if label == "0" || strings.HasPrefix(label, "application.") || strings.HasPrefix(label, "[") || len(label) > 256 {
		return ""
	}
	return strings.ToValidUTF8(label, "\uFFFD")
}
