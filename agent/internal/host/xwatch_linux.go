package host

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A serverWatch is a watch on one X server with the two conversations it needs.
type serverWatch struct {
	*xWatch
	server int // its process
	user   int // its account
	conns  [2]net.Conn
}

func (c *liveConduct) connect(p Process) (err error) {
	w := &serverWatch{server: p.PID, user: p.UID}
	defer func() {
		if err != nil {
			hangUpBoth(w.conns)
		}
	}()
	var x [2]*xServer
	for i := range x {
		conn, display, err := dialX(p)
		if err != nil {
			return orDenied(err, "start the agent by its unit")
		}
		w.conns[i] = conn
		_ = conn.SetDeadline(c.host.options.Now().Add(xPatience))
		cookie, err := keyOf(p, display)
		if err != nil {
			return orDenied(err, "start the agent by its unit")
		}
		x[i] = &xServer{conn: conn, now: monotonic}
		if err := x[i].greet(cookie); err != nil {
			return err
		}
	}
	x[1].conn = &gathered{Writer: w.conns[1], from: w.conns[1]}
	if w.xWatch, err = watchX(x[0], x[1]); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watches[p.PID] = w
	if c.ctx.Err() != nil {
		c.leave(p.PID)
	}
	return nil
}

func hangUpBoth(conns [2]net.Conn) {
	for _, conn := range conns {
		if conn != nil {
			done(conn)
		}
	}
}

// programs samples what the server's clients do, and whose processes they are.
func (w *serverWatch) programs(until time.Time) ([]Conduct, error) {
	for _, conn := range w.conns {
		_ = conn.SetDeadline(until.Add(2 * xPatience))
	}
	clients, err := w.sample(sampleFor)
	var programs []Conduct
	for client, d := range clients {
		captures := d.captures(w.ask)
		if d.fakes == 0 && !captures {
			continue
		}
		pid, problem := w.process(client)
		if problem != nil {
			return programs, problem
		}
		one := Conduct{PID: here(w.server, pid)}
		if d.fakes > 0 {
			one.Injects = []string{byXTest}
		}
		if captures {
			one.Captures = []string{byX11}
		}
		if one.PID != 0 && believable(w.user, one.PID) {
			programs = append(programs, one)
		}
	}
	return programs, err
}

// believable says whether a server's word counts for a process. Anybody may run
// one and say anything through it: of the system's own processes and of the
// server's account it is believed, and of any where the server is the system's.
func believable(user, pid int) bool {
	if user == 0 {
		return true
	}
	stat, err := os.Stat(fmt.Sprintf("/proc/%d", pid))
	if err != nil {
		return false
	}
	whose, ok := stat.Sys().(*syscall.Stat_t)
	return ok && (whose.Uid == 0 || int(whose.Uid) == user)
}

// here gives our number of a process that an X server numbers: in a container
// numbers are others. It gives 0 for one that cannot be found.
func here(server, pid int) int {
	theirs, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", server))
	ours, ownErr := os.Readlink("/proc/self/ns/pid")
	if err != nil || ownErr != nil || theirs == ours || pid == 0 {
		return pid
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return 0
	}
	for _, entry := range entries[:min(len(entries), maxProcesses)] {
		number, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		if space, err := os.Readlink("/proc/" + entry.Name() + "/ns/pid"); err != nil || space != theirs {
			continue
		}
		text, err := os.ReadFile("/proc/" + entry.Name() + "/status")
		if err == nil && numberInside(string(text)) == pid {
			return number
		}
	}
	return 0
}

// numberInside is a process's number in the innermost space that it is in.
func numberInside(status string) int {
	_, after, _ := strings.Cut(status, "\nNSpid:")
	line, _, _ := strings.Cut(after, "\n")
	numbers := strings.Fields(line)
	if len(numbers) == 0 {
		return 0
	}
	pid, err := strconv.Atoi(numbers[len(numbers)-1])
	if err != nil {
		return 0
	}
	return pid
}
