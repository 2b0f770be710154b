package host

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// filedProcesses reads the processes of a recorded /proc. Hand-written ones may
// lack some of a process's files; what is there is used.
func filedProcesses(files FS) ([]Process, error) {
	pids, err := filedPIDs(files)
	if err != nil {
		return nil, err
	}
	passwd, _ := fs.ReadFile(files, "etc/passwd") // no names without it
	users := parseUsers(passwd)
	stat, _ := fs.ReadFile(files, "proc/stat") // no start times without it
	boot := parseBootTime(stat)
	var processes []Process
	var problems []error
	for _, pid := range pids {
		p, ticks, ok, err := filedProcess(files, pid)
		if err != nil {
			problems = append(problems, err)
		}
		if !ok {
			continue
		}
		p.User = users[p.UID]
		if ticks > 0 {
			p.Started = startTime(boot, ticks)
		}
		processes = append(processes, p)
	}
	return processes, errors.Join(problems...)
}

func filedPIDs(files FS) ([]int, error) {
	entries, err := fs.ReadDir(files, "proc")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("neither processes.yaml nor proc/ is in the recording: %w", ErrAbsent)
	}
	if err != nil {
		return nil, fmt.Errorf("list proc of the recording: %w", err)
	}
	var pids []int
	for _, entry := range entries {
		if pid, err := strconv.Atoi(entry.Name()); err == nil && pid > 0 && entry.IsDir() {
			pids = append(pids, pid)
		}
	}
	if len(pids) == 0 {
		return nil, fmt.Errorf("no process is in the recording's proc/: %w", ErrAbsent)
	}
	slices.Sort(pids)
	return pids, nil
}

// filedProcess reads a process from the files of a recording. Any of them may be
// missing, and what one lacks another may tell; false is what was no program.
func filedProcess(files FS, pid int) (p Process, ticks uint64, ok bool, err error) {
	dir := path.Join("proc", strconv.Itoa(pid))
	p = Process{PID: pid, UID: -1}
	if text, e := fs.ReadFile(files, dir+"/status"); e == nil {
		s := parseStatus(text)
		if s.kernelThread || s.state == 'Z' || s.state == 'X' {
			return p, 0, false, nil
		}
		p.Name, p.Parent, p.UID = s.name, s.parent, s.uid
	}
	if line, e := fs.ReadFile(files, dir+"/stat"); e == nil {
		s, e := parseStat(line)
		if e != nil {
			return p, 0, false, fmt.Errorf("%s/stat: %w", dir, e)
		}
		if s.kernelThread() || s.gone() {
			return p, 0, false, nil
		}
		p.Name, p.Parent, ticks = s.name, s.parent, s.started
	}
	if text, e := fs.ReadFile(files, dir+"/cmdline"); e == nil {
		p.Args = parseCommandLine(text)
	}
	if text, e := fs.ReadFile(files, dir+"/cgroup"); e == nil {
		p.Unit = serviceUnit(string(text))
	}
	if link, e := files.ReadLink(dir + "/exe"); e == nil {
		p.Path = executable(link)
	}
	if text, e := fs.ReadFile(files, dir+"/comm"); e == nil && p.Name == "" {
		p.Name = strings.TrimSpace(string(text))
	}
	if p.Name == "" && p.Path != "" {
		p.Name = path.Base(p.Path)[:min(15, len(path.Base(p.Path)))]
	}
	return p, ticks, p.Name != "" || len(p.Args) > 0, nil
}

// procNetTables are the files below /proc/net that hold sockets.
func procNetTables() []string { return []string{"tcp", "tcp6", "udp", "udp6"} }

// filedSockets reads the sockets of a recorded /proc and finds their owners by
// the links in proc/<pid>/fd, where these were recorded.
func filedSockets(files FS) ([]Socket, error) {
	var all []kernelSocket
	var problems []error
	tables := 0
	for _, name := range procNetTables() {
		table, err := fs.ReadFile(files, "proc/net/"+name)
		if errors.Is(err, fs.ErrNotExist) || (err == nil && len(table) == 0) {
			continue // even a table of no sockets has a heading; tar makes empty files of /proc
		}
		tables++
		sockets, parseErr := parseProcNet(strings.TrimSuffix(name, "6"), table)
		all = append(all, sockets...)
		for _, e := range []error{err, parseErr} {
			if e != nil {
				problems = append(problems, fmt.Errorf("read proc/net/%s of the recording: %w", name, e))
			}
		}
	}
	if tables == 0 {
		return nil, fmt.Errorf("neither sockets.yaml nor proc/net/ is in the recording: %w", ErrAbsent)
	}
	owners := filedOwners(files)
	sockets := make([]Socket, len(all))
	for i, s := range all {
		sockets[i] = s.Socket
		sockets[i].PID = owners[s.inode]
	}
	markInbound(sockets)
	return sockets, errors.Join(problems...)
}

// filedOwners maps socket inodes to the process that holds them, the youngest
// where several do: the one a listener forked to serve the connection.
func filedOwners(files FS) map[uint64]int {
	owners := map[uint64]int{}
	pids, err := filedPIDs(files)
	if err != nil {
		return owners // no process recorded, so no owner is known
	}
	for _, pid := range pids {
		dir := fmt.Sprintf("proc/%d/fd", pid)
		entries, err := fs.ReadDir(files, dir)
		if err != nil {
			continue // this process's descriptors were not recorded
		}
		for _, entry := range entries {
			link, err := files.ReadLink(dir + "/" + entry.Name())
			if err != nil {
				continue
			}
			if inode, ok := socketInode(link); ok {
				owners[inode] = pid
			}
		}
	}
	return owners
}

// socketInode reads the target of a descriptor's link, "socket:[4711]".
func socketInode(link string) (uint64, bool) {
	inner, ok := strings.CutPrefix(link, "socket:[")
	if !ok {
		return 0, false
	}
	inner, ok = strings.CutSuffix(inner, "]")
	if !ok {
		return 0, false
	}
	return parseDigits([]byte(inner))
}
