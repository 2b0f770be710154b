package host

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"time"
)

// maxAnswer is the longest answer that is taken from Windows at once.
const maxAnswer = 32 << 20

var errNTAnswer = errors.New("malformed answer of the system")

// ntProcess is one process as Windows lists them all at once.
type ntProcess struct {
	pid, parent int
	name        string
	created     uint64 // as a file time
	threads     uint32 // none: it has ended, and somebody holds on to it
	private     uint64 // bytes of memory that are its own and in RAM
	handles     uint32
	session     uint32 // of Remote Desktop Services; that of services is 0
}

// ntReader reads answers in which pointers lead into the answer itself, which
// stood at base when it was made.
type ntReader struct {
	raw  []byte
	base uint64
}

func (r ntReader) u16(at int) uint16 { return binary.LittleEndian.Uint16(r.raw[at:]) }
func (r ntReader) u32(at int) uint32 { return binary.LittleEndian.Uint32(r.raw[at:]) }
func (r ntReader) u64(at int) uint64 { return binary.LittleEndian.Uint64(r.raw[at:]) }

// counted reads a UNICODE_STRING: its length, its room, and where it stands.
func (r ntReader) counted(at int) (string, error) {
	length, place := int(r.u16(at)), r.u64(at+8)
	if length == 0 {
		return "", nil
	}
	if place < r.base || place-r.base > uint64(len(r.raw)) || length > len(r.raw)-int(place-r.base) {
		return "", fmt.Errorf("%w: a text outside of it", errNTAnswer)
	}
	return utf16Text(r.raw[place-r.base:][:length]), nil
}

// terminated reads a text that a pointer leads to and a zero ends.
func (r ntReader) terminated(at int) (string, error) {
	place := r.u64(at)
	if place == 0 {
		return "", nil
	}
	if place < r.base || place-r.base > uint64(len(r.raw)) {
		return "", fmt.Errorf("%w: a text outside of it", errNTAnswer)
	}
	raw := r.raw[place-r.base:]
	for end := 0; end+1 < len(raw); end += 2 {
		if raw[end] == 0 && raw[end+1] == 0 {
			return utf16Text(raw[:end]), nil
		}
	}
	return "", fmt.Errorf("%w: a text without an end", errNTAnswer)
}

// parseNTProcesses reads what NtQuerySystemInformation(SystemProcessInformation)
// answers on 64-bit Windows: SYSTEM_PROCESS_INFORMATION, each followed by its
// threads, linked by offsets.
func parseNTProcesses(raw []byte, base uint64) ([]ntProcess, error) {
	const size = 0x100
	var rows []ntProcess
	for at := 0; ; {
		if len(raw)-at < size {
			return rows, fmt.Errorf("%w: a process of %d bytes, want %d", errNTAnswer, len(raw)-at, size)
		}
		r := ntReader{raw[at:], base + uint64(at)}
		p := ntProcess{
			threads: r.u32(4), private: r.u64(8), created: r.u64(32),
			pid: int(r.u64(80)), parent: int(r.u64(88)), handles: r.u32(96), session: r.u32(100),
		}
		name, err := r.counted(56)
		if err != nil {
			return rows, err
		}
		p.name = strings.ToValidUTF8(name, "\uFFFD")
		if rows = append(rows, p); len(rows) > maxProcesses {
			return rows, fmt.Errorf("%w: more than %d processes", errNTAnswer, maxProcesses)
		}
		next := r.u32(0)
		if next == 0 {
			return rows, nil
		}
		if next < size || uint64(next) > uint64(len(raw)-at) {
			return rows, fmt.Errorf("%w: the next process is %d bytes away", errNTAnswer, next)
		}
		at += int(next)
	}
}

// runningProcesses leaves out what is no running program, and parents that are
// not: the number of one that ended may be another's now, which began later.
func runningProcesses(all []ntProcess) []ntProcess {
	created := make(map[int]uint64, len(all))
	for _, p := range all {
		created[p.pid] = p.created
	}
	rows := all[:0]
	for _, p := range all {
		if p.pid == 0 || p.threads == 0 && p.name != "Secure System" {
			continue // the idle process, or one that ended
		}
		if begun, ok := created[p.parent]; !ok || begun > p.created {
			p.parent = 0
		}
		rows = append(rows, p)
	}
	return rows
}

// parseCounted reads an answer that is one UNICODE_STRING with its text behind it.
func parseCounted(raw []byte, base uint64) (string, error) {
	if len(raw) < 16 {
		return "", fmt.Errorf("%w: %d bytes", errNTAnswer, len(raw))
	}
	return ntReader{raw, base}.counted(0)
}

// fileTime is a moment as Windows counts: tenths of microseconds since 1601.
func fileTime(ticks uint64) time.Time {
	const second, epoch = 10_000_000, 11_644_473_600
	if ticks == 0 || ticks > 1<<62 {
		return time.Time{}
	}
	return time.Unix(int64(ticks/second)-epoch, int64(ticks%second)*100).UTC()
}

// ntService is a service that runs.
type ntService struct {
	name string
	pid  int
}

// parseServices reads ENUM_SERVICE_STATUS_PROCESS entries.
func parseServices(raw []byte, base uint64, count int) ([]ntService, error) {
	const size, perPerson = 56, 0x80
	var rows []ntService
	for i := range min(count, maxRegistryNames) {
		if len(raw) < (i+1)*size {
			return rows, fmt.Errorf("%w: %d services announced, %d there", errNTAnswer, count, i)
		}
		r := ntReader{raw, base}
		name, err := r.terminated(i * size)
		if err != nil {
			return rows, err
		}
		if r.u32(i*size+16)&perPerson != 0 {
			name = withoutInstance(name)
		}
		rows = append(rows, ntService{name, int(r.u32(i*size + 44))})
	}
	return rows, nil
}

// withoutInstance takes off what Windows adds to a service that each person has
// of his own: another number at each login.
func withoutInstance(name string) string {
	at := strings.LastIndexByte(name, '_')
	if at <= 0 || strings.Trim(name[at+1:], "0123456789abcdef") != "" {
		return name
	}
	return name[:at]
}

// unitsByProcess says which service a process runs; one that runs many is none's.
func unitsByProcess(services []ntService) map[int]string {
	units := make(map[int]string, len(services))
	for _, s := range services {
		if _, more := units[s.pid]; more {
			units[s.pid] = ""
			continue
		}
		units[s.pid] = strings.ToValidUTF8(s.name, "\uFFFD")
	}
	delete(units, 0)
	return units
}

// commandWords takes a command line apart as Windows' programs do by themselves
// (CommandLineToArgvW): blanks divide but not inside of quotes, and a backslash
// quotes only before a quote.
func commandWords(line string) []string {
	line, _, _ = strings.Cut(line, "\x00")
	line = strings.TrimLeft(line[:min(len(line), maxCommandLine)], " \t")
	if line == "" {
		return nil
	}
	first, rest := firstCommandWord(line)
	words := []string{shortWord(first)}
	for len(words) < maxArgs {
		if rest = strings.TrimLeft(rest, " \t"); rest == "" {
			break
		}
		var word string
		word, rest = nextCommandWord(rest)
		words = append(words, shortWord(word))
	}
	return words
}

func shortWord(word string) string {
	return strings.ToValidUTF8(word[:min(len(word), maxArg)], "\uFFFD")
}

// firstCommandWord is the program's: no backslash quotes there.
func firstCommandWord(line string) (word, rest string) {
	if line[0] == '"' {
		word, rest, _ = strings.Cut(line[1:], `"`)
		return word, rest
	}
	if end := strings.IndexAny(line, " \t"); end >= 0 {
		return line[:end], line[end:]
	}
	return line, ""
}

func nextCommandWord(line string) (word, rest string) {
	var out strings.Builder
	quoted, i := false, 0
	for i < len(line) {
		slashes := 0
		for i < len(line) && line[i] == '\\' {
			slashes, i = slashes+1, i+1
		}
		quote := i < len(line) && line[i] == '"'
		if !quote {
			out.WriteString(strings.Repeat(`\`, slashes))
			if i == len(line) || !quoted && (line[i] == ' ' || line[i] == '\t') {
				break
			}
			out.WriteByte(line[i])
			i++
			continue
		}
		out.WriteString(strings.Repeat(`\`, slashes/2))
		i++
		switch {
		case slashes%2 == 1:
			out.WriteByte('"')
		case quoted && i < len(line) && line[i] == '"':
			out.WriteByte('"')
			i++
		default:
			quoted = !quoted
		}
	}
	return out.String(), line[i:]
}

// fileOfProgram is a path that leads to a file. What the kernel itself runs has a name
// instead, "Registry" or "MemCompression", which is the path of no program.
func fileOfProgram(path string) string {
	if !strings.Contains(path, `\`) {
		return ""
	}
	return path
}

// drivePath writes a path of the kernel, "\Device\HarddiskVolume3\x", as programs
// do, by which device each drive is.
func drivePath(native string, drives map[string]string) string {
	for device, drive := range drives {
		if rest, ok := strings.CutPrefix(native, device+`\`); ok {
			return drive + `\` + rest
		}
	}
	return native
}
