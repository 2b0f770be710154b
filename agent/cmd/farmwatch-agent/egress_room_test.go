//go:build e2e

package main_test

import (
	"bufio"
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// A room is a network and processes of their own on this machine's disk, with
// another room's network behind a cable as all there is of the world.
type room struct {
	t    *testing.T
	init *exec.Cmd
	pid  int // of its first process, as this machine counts
}

// newRoom makes a room whose resolver is the other room's.
func newRoom(t *testing.T) *room {
	t.Helper()
	resolver := filepath.Join(t.TempDir(), "resolv.conf")
	if err := os.WriteFile(resolver, []byte("nameserver "+resolverAddress+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	const boot = `mount --bind "$1" "$(realpath /etc/resolv.conf)"; ip link set lo up; echo ready; exec >/dev/null; exec sleep 600`
	c := exec.Command("unshare", "--net", "--pid", "--mount", "--ipc", "--mount-proc", "--fork", "--kill-child", "--propagation", "private", "/bin/sh", "-euc", boot, "room", resolver)
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var errs bytes.Buffer
	c.Stderr = &errs
	said, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	if word, err := bufio.NewReader(said).ReadString('\n'); word != "ready\n" {
		_ = c.Process.Kill()
		_ = c.Wait()
		t.Fatalf("a room could not be made (%v): %s\nit takes root and a kernel with namespaces", err, errs.String())
	}
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", c.Process.Pid, c.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	r := &room{t: t, init: c}
	if r.pid, err = strconv.Atoi(strings.TrimSpace(string(children))); err != nil {
		t.Fatalf("children of unshare: %v", err)
	}
	return r
}

// twoRooms makes two rooms with a cable between them; the far one is everywhere.
func twoRooms(t *testing.T) (near, there *room) {
	t.Helper()
	near, there = newRoom(t), newRoom(t)
	near.run("ip", "link", "add", "lan0", "type", "veth", "peer", "name", "lan0", "netns", fmt.Sprintf("/proc/%d/ns/net", there.pid))
	near.run("ip", "address", "add", "192.168.77.10/24", "dev", "lan0")
	there.run("ip", "address", "add", resolverAddress+"/24", "dev", "lan0")
	there.run("ip", "route", "add", "local", elsewherePlaces, "dev", "lo")
	for _, r := range []*room{near, there} {
		r.run("ip", "link", "set", "lan0", "up")
	}
	near.run("ip", "route", "add", "default", "via", resolverAddress)
	return near, there
}

// enter is a command within the room.
func (r *room) enter(argv ...string) *exec.Cmd {
	args := []string{"-t", strconv.Itoa(r.pid), "-m", "-i", "-n", "-p", "--"}
	if len(argv) > 0 && argv[0] == "ip" {
		args = []string{"-t", strconv.Itoa(r.pid), "-n", "--"} // which names the other room's processes as this machine does
	}
	c := exec.Command("nsenter", append(args, argv...)...)
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return c
}

func (r *room) run(argv ...string) string {
	r.t.Helper()
	out, err := r.enter(argv...).CombinedOutput()
	if err != nil {
		r.t.Fatalf("%s: %v\n%s", strings.Join(argv, " "), err, out)
	}
	return string(out)
}

// begin starts a command that goes on until the test ends.
func (r *room) begin(argv ...string) *bytes.Buffer {
	r.t.Helper()
	var words bytes.Buffer
	c := r.enter(argv...)
	c.Stdout, c.Stderr = &words, &words
	c.WaitDelay = time.Second // it is nsenter that is killed, what it began only with the room
	if err := c.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	return &words
}

// watched has the built agent look for a while in which things happen, and for
// longer where this machine is too busy for that.
func (r *room) watched(bin string, gather time.Duration, happens func()) egressSeen {
	r.t.Helper()
	for {
		var out, errs bytes.Buffer
		c := r.enter(filepath.Join(bin, "farmwatch-agent"), "scan", "--rows", "--output", "json", "--for", gather.String())
		c.Stdout, c.Stderr = &out, &errs
		if err := c.Start(); err != nil {
			r.t.Fatal(err)
		}
		began := time.Now()
		eventually(r.t, gather, "the agent listens", func() bool { return listens(r.pid) })
		happens()
		took := time.Since(began)
		if err := c.Wait(); err != nil {
			r.t.Fatalf("the agent: %v\n%s", err, errs.String())
		}
		if took < gather-time.Second {
			return readSeen(r.t, out.Bytes())
		}
		if gather *= 2; gather > 4*time.Minute {
			r.t.Fatalf("what was to be seen took %s, longer than the agent looked", took)
		}
	}
}

// sshServer lets everybody in at an address of a room's network, and opens every
// way back that is asked for, to nowhere.
func (r *room) sshServer(address string) {
	r.t.Helper()
	_, secret, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		r.t.Fatal(err)
	}
	key, err := ssh.NewSignerFromKey(secret)
	if err != nil {
		r.t.Fatal(err)
	}
	config := &ssh.ServerConfig{NoClientAuth: true}
	config.AddHostKey(key)
	var l net.Listener
	if err := inNetworkOf(r.pid, func() (err error) { l, err = net.Listen("tcp", address); return err }); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go serveSSH(conn, config)
		}
	}()
}

func serveSSH(conn net.Conn, config *ssh.ServerConfig) {
	_, channels, requests, err := ssh.NewServerConn(conn, config)
	if err != nil {
		return
	}
	go func() {
		for c := range channels {
			_ = c.Reject(ssh.Prohibited, "there is nothing here")
		}
	}()
	for request := range requests {
		if request.WantReply {
			_ = request.Reply(true, nil)
		}
	}
}
