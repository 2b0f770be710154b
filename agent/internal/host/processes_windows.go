package host

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"unsafe"

	"github.com/shirou/gopsutil/v3/process"
	"golang.org/x/sys/windows"
)

const (
	serviceLooks = 60 // looks after which services are listed anew though none was started
	ntTooSmall   = 0xC0000004
	ntOverflow   = 0x80000005
	ntShort      = 0xC0000023
	ntNoQuestion = 0xC0000003 // STATUS_INVALID_INFO_CLASS
	ntNotMade    = 0xC0000002 // STATUS_NOT_IMPLEMENTED
)

// A processTable lists processes at the price of one call. Who a process is was
// read when it was first met: neither its program nor its command line nor its
// owner changes while it runs, and its number with the time it began are its own.
type processTable struct {
	mu      sync.Mutex
	right   sync.Once // to look at other accounts' programs
	known   map[processKey]*metProcess
	raw     []byte
	units   map[int]string // by the processes that run them
	listed  int            // looks since services were listed
	users   accountNames
	drives  map[string]string // by devices
	problem error             // of the last list of services
}

type processKey struct {
	pid     int
	created uint64
}

type metProcess struct {
	row    Process
	hidden bool // whether we were refused
	look   bool // whether the present look met it
}

func (t *processTable) list(ctx context.Context) ([]Process, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.right.Do(func() { _ = takeRight("SeDebugPrivilege") }) // without it, what is hidden is told
	running, err := t.running()
	if err != nil {
		return nil, err
	}
	rows, hidden, started := make([]Process, 0, len(running)), 0, false
	names := make(map[int]string, len(running))
	for _, p := range running {
		names[p.pid] = p.name
	}
	for i, p := range running {
		if i%64 == 63 && ctx.Err() != nil {
			return rows, fmt.Errorf("list processes: %w", ctx.Err())
		}
		met := t.known[processKey{p.pid, p.created}]
		if met == nil {
			met = t.meet(p)
			started = started || strings.EqualFold(names[p.parent], "services.exe")
		}
		met.look, met.row.Parent = true, p.parent
		if met.hidden {
			hidden++
		}
		rows = append(rows, met.row)
	}
	t.forget()
	t.serve(rows, started)
	return rows, errors.Join(t.incomplete(len(rows), hidden), t.problem)
}

// running are the processes by the one call that lists them all.
func (t *processTable) running() ([]ntProcess, error) {
	raw, err := systemAnswer(windows.SystemProcessInformation, t.raw)
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	t.raw = raw
	all, err := parseNTProcesses(raw, uint64(uintptr(unsafe.Pointer(&raw[0]))))
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	return runningProcesses(all), nil
}

// systemAnswer asks the system a question whose answer may be long, and uses the
// room of the last one.
func systemAnswer(question uintptr, last []byte) ([]byte, error) {
	raw := last[:cap(last)]
	if len(raw) == 0 {
		raw = room(256 << 10)
	}
	for {
		var got uint32
		status, _, err := querySystem.do(question, uintptr(unsafe.Pointer(&raw[0])), uintptr(len(raw)), uintptr(unsafe.Pointer(&got)))
		switch {
		case err != nil:
			return nil, err
		case uint32(status) == ntTooSmall && len(raw) < maxAnswer:
			raw = room(max(2*len(raw), int(got)+64<<10)) // more may begin meanwhile
		case status != 0:
			return nil, windows.NTStatus(status)
		case got == 0 || int(got) > len(raw):
			return raw, nil // some say nothing of the length
		default:
			return raw[:got], nil
		}
	}
}

// meet reads who a process is.
func (t *processTable) meet(p ntProcess) *metProcess {
	met := &metProcess{row: Process{PID: p.pid, Name: p.name, UID: -1, Started: fileTime(p.created)}}
	if t.known == nil {
		t.known = map[processKey]*metProcess{}
	}
	t.known[processKey{p.pid, p.created}] = met
	opened, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, uint32(p.pid))
	if err != nil {
		met.row.Path = t.nativePath(p.pid)
		met.hidden = errors.Is(err, windows.ERROR_ACCESS_DENIED)
		return met
	}
	defer closeHandle(opened)
	if met.row.Path = imagePath(opened); met.row.Path == "" {
		met.row.Path = t.nativePath(p.pid)
	}
	met.row.Args = commandWords(commandLine(opened, p.pid))
	met.row.User = t.users.owner(opened)
	return met
}

func imagePath(opened windows.Handle) string {
	path := make([]uint16, windows.MAX_LONG_PATH)
	length := uint32(len(path))
	if windows.QueryFullProcessImageName(opened, 0, &path[0], &length) != nil {
		return "" // the kernel's own processes have none
	}
	return fileOfProgram(windows.UTF16ToString(path[:length]))
}

// nativePath is the program of a process that may not be opened, which the kernel
// tells all the same.
func (t *processTable) nativePath(pid int) string {
	const processIDInformation = 88 // SystemProcessIdInformation
	text := make([]uint16, windows.MAX_LONG_PATH)
	asked := struct {
		pid          uintptr
		length, room uint16
		text         *uint16
	}{pid: uintptr(pid), room: uint16(len(text) - 2), text: &text[0]}
	status, _, err := querySystem.do(processIDInformation, uintptr(unsafe.Pointer(&asked)), unsafe.Sizeof(asked), 0)
	if err != nil || status != 0 || int(asked.length) > len(text)*2 {
		return ""
	}
	native := fileOfProgram(windows.UTF16ToString(text[:asked.length/2]))
	path := drivePath(native, t.drives)
	if path == native && native != "" { // or the drive was put in since
		t.drives = driveDevices()
		path = drivePath(native, t.drives)
	}
	return path
}

// driveDevices are the drives by the devices they stand for.
func driveDevices() map[string]string {
	drives := map[string]string{}
	for letter := 'A'; letter <= 'Z'; letter++ {
		name, err := windows.UTF16PtrFromString(string(letter) + ":")
		if err != nil {
			continue
		}
		device := make([]uint16, windows.MAX_PATH)
		if n, err := windows.QueryDosDevice(name, &device[0], uint32(len(device))); err == nil && n > 0 {
			drives[windows.UTF16ToString(device)] = string(letter) + ":"
		}
	}
	return drives
}

// commandLine is what a process was started with. What stands in for Windows may
// not know the question; then it is read from the process's own memory.
func commandLine(opened windows.Handle, pid int) string {
	raw := room(2048)
	for {
		var got uint32
		err := windows.NtQueryInformationProcess(opened, windows.ProcessCommandLineInformation, unsafe.Pointer(&raw[0]), uint32(len(raw)), &got)
		status, _ := err.(windows.NTStatus) //nolint:errorlint // it gives an NTStatus and nothing else
		short := uint32(status) == ntTooSmall || uint32(status) == ntShort || uint32(status) == ntOverflow
		if short && int(got) > len(raw) && got <= 128<<10 {
			raw = room(int(got))
			continue
		}
		if uint32(status) == ntNoQuestion || uint32(status) == ntNotMade {
			return readCommandLine(pid)
		}
		if err != nil {
			return ""
		}
		text, _ := parseCounted(raw, uint64(uintptr(unsafe.Pointer(&raw[0]))))
		return strings.ToValidUTF8(text, "\uFFFD")
	}
}

func readCommandLine(pid int) string {
	p := process.Process{Pid: int32(pid)}
	line, err := p.Cmdline()
	if err != nil {
		return ""
	}
	return strings.ToValidUTF8(line, "\uFFFD")
}

func (t *processTable) forget() {
	for key, met := range t.known {
		if !met.look {
			delete(t.known, key)
		}
		met.look = false
	}
}

// serve says which service each process runs.
func (t *processTable) serve(rows []Process, started bool) {
	if t.listed++; started || t.units == nil || t.listed >= serviceLooks {
		services, err := runningServices()
		t.units, t.listed, t.problem = unitsByProcess(services), 0, err
	}
	for i := range rows {
		rows[i].Unit = t.units[rows[i].PID]
	}
}

// incomplete says what the system hides from us, if anything: who is elevated has
// the right to look at all programs, and what is hidden all the same nobody sees.
func (t *processTable) incomplete(rows, hidden int) error {
	if hidden > 0 && !windows.GetCurrentProcessToken().IsElevated() {
		return fmt.Errorf("the command lines and owners of %d of %d processes are hidden: %w: run as administrator, as the service does", hidden, rows, ErrDenied)
	}
	return nil
}

func closeHandle(h windows.Handle) { _ = windows.CloseHandle(h) } // it was only read
