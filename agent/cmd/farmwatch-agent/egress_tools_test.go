//go:build tools

package main_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/quic-go/quic-go"
)

// A venture is a program that goes out, and what is to be seen of it.
type venture struct {
	what  string // for people
	begin func(s *outing)
	file  string   // by which it is to be named
	kinds []string // of its connections and names: class/kind, such as handshakes/tls
	count int      // how often it connects, where each is to be counted
	rules []string // found by it, all of them
	other []string // found by it that are said elsewhere, and may be
	lacks string   // why there is nothing to see of connections
}

// An outing is a laptop with the internet of a test behind its cable.
type outing struct {
	*scene
	world *elsewhere
}

// often is how often clients connect that are counted: a power of two, since
// counts are rounded down to one, so that a single one missed shows.
const often = 64

// newOuting makes one. The other machine is all addresses there are.
func newOuting(t *testing.T, packages ...string) *outing {
	t.Helper()
	o := &outing{scene: newScene(t, false, packages...)}
	o.theirs.link("route", "add", "local", elsewherePlaces, "dev", "lo")
	o.mine.run("/bin/sh", "-c", "rm -f /etc/resolv.conf; echo nameserver "+resolverAddress+" >/etc/resolv.conf")
	o.world = newElsewhere(t, o.theirs.pid)
	return o
}

// watched lets the built agent look for a while in which things happen, and for
// longer where this machine is too busy for that.
func (o *outing) watched(gather time.Duration, happens func()) egressSeen {
	t := o.mine.t
	t.Helper()
	for {
		var out, errs bytes.Buffer
		c := o.mine.enter("/opt/farmwatch/farmwatch-agent", "scan", "--rows", "--output", "json", "--for", gather.String())
		c.Stdout, c.Stderr = &out, &errs
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		eventually(t, gather, "the agent listens", func() bool { return listens(o.mine.pid) })
		o.mine.run("/usr/bin/dig", "+short", "first.example") // the agent has met everybody once it hears this
		time.Sleep(2 * time.Second)
		happens()
		took := time.Since(began)
		if err := c.Wait(); err != nil {
			t.Fatalf("the agent: %v\n%s", err, errs.String())
		}
		if took < gather-time.Second {
			return readSeen(t, out.Bytes())
		}
		if gather *= 2; gather > 6*time.Minute {
			t.Fatalf("what was to be seen took %s, longer than the agent looked", took)
		}
	}
}

// TestToolsEgress lets real programs go out, and asks the agent what it saw.
func TestToolsEgress(t *testing.T) {
	rows := &egressTable{lines: map[string]string{}}
	t.Cleanup(func() { rows.compare(t) })
	for name, group := range ventures() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := newOuting(t, group.packages...)
			seen := o.watched(group.watch, func() {
				for _, v := range group.ventures {
					v.begin(o)
				}
				time.Sleep(2 * time.Second)
			})
			for _, v := range group.ventures {
				rows.add(v.what, v.judge(t, seen))
			}
			if t.Failed() {
				t.Logf("names:%s\nhandshakes:%s\ntunnels:%s\n%s", brief(seen.rows("observed_names")), brief(seen.rows("network_handshakes")), brief(seen.rows("network_tunnels")), o.words())
			}
		})
	}
}

// judge compares what was seen with what was to be seen, and says it in cells.
func (v venture) judge(t *testing.T, seen egressSeen) []string {
	t.Helper()
	var told []string
	for _, kind := range v.kinds {
		class, kind, _ := strings.Cut(kind, "/")
		found := seen.rows(map[string]string{"names": "observed_names", "begins": "network_handshakes", "tunnels": "network_tunnels"}[class], "kind", kind, "file", v.file)
		switch times := atLeast(found); {
		case len(found) == 0:
			t.Errorf("%s: no row of %s, %s with the program named", v.what, class, kind)
			told = append(told, "**"+class+" "+kind+" not seen**")
		case v.count > 0 && times != v.count:
			t.Errorf("%s: %s %s: seen %d to %d times of %d", v.what, class, kind, times, 2*times-1, v.count)
			told = append(told, fmt.Sprintf("%s %s (%d of %d)", class, kind, times, v.count))
		case v.count > 0:
			told = append(told, fmt.Sprintf("%s %s (all %d)", class, kind, v.count))
		default:
			told = append(told, class+" "+kind)
		}
	}
	found := seen.findings(v.file)
	for _, rule := range v.rules {
		if !slices.Contains(found, rule) {
			t.Errorf("%s: %s was not found by %s, which is found by %q", v.what, rule, v.file, found)
		}
	}
	for _, rule := range found {
		if !slices.Contains(v.rules, rule) && !slices.Contains(v.other, rule) {
			t.Errorf("%s: %s was found by %s", v.what, rule, v.file)
		}
	}
	if len(told) == 0 {
		told = []string{"— " + v.lacks}
	}
	rules := "none"
	if len(v.rules) > 0 {
		rules = "`" + strings.Join(v.rules, "`, `") + "`"
	}
	return []string{"`" + v.file + "`", strings.Join(told, ", "), rules}
}

// shell runs a line of the laptop's shell to its end; how it ends is nobody's business.
func (o *outing) shell(line string) {
	out, err := o.mine.enter("/bin/bash", "-c", line).CombinedOutput()
	if err != nil && len(out) > 0 {
		o.mine.t.Logf("%.80s: %v: %s", line, err, tail(string(out), 5))
	}
}

// copies puts a program of the laptop elsewhere under another name.
func (o *outing) copies(from, to string) string {
	o.mine.t.Helper()
	to = "/home/kim/.local/lib/" + to
	o.mine.run("/bin/sh", "-c", `mkdir -p "$(dirname "$1")" && cp -L "$0" "$1"`, from, to)
	return to
}

// quic takes QUIC connections at all addresses there are, and says nothing.
func (o *outing) quic() {
	o.mine.t.Helper()
	var conn net.PacketConn
	err := o.theirs.within(func() (err error) { conn, err = net.ListenPacket("udp4", "0.0.0.0:443"); return err })
	if err != nil {
		o.mine.t.Fatal(err)
	}
	config := o.world.tls()
	config.NextProtos, config.MinVersion = []string{"h3", "words"}, tls.VersionTLS13
	listener, err := quic.Listen(conn, config, nil)
	if err != nil {
		o.mine.t.Fatal(err)
	}
	o.mine.t.Cleanup(func() { listener.Close(); conn.Close() })
	go func() {
		for {
			if _, err := listener.Accept(context.Background()); err != nil {
				return
			}
		}
	}()
}

// TestQUICClient is no test: a copy of this program under another name runs it.
func TestQUICClient(t *testing.T) {
	to, name := os.Getenv("QUIC_TO"), os.Getenv("QUIC_NAME")
	if to == "" {
		return
	}
	for range often {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		conn, err := quic.DialAddr(ctx, to, &tls.Config{ServerName: name, NextProtos: []string{"words"}, InsecureSkipVerify: true}, nil)
		cancel()
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * far)
		_ = conn.CloseWithError(0, "")
	}
}

// speaksQUIC runs it on the laptop.
func (o *outing) speaksQUIC() {
	o.mine.t.Helper()
	o.quic()
	self, err := os.Executable()
	if err != nil {
		o.mine.t.Fatal(err)
	}
	if out, err := exec.Command("cp", self, o.mine.path("/run/quic-client")).CombinedOutput(); err != nil {
		o.mine.t.Fatalf("%v: %s", err, out)
	}
	o.mine.run("/usr/bin/env", "QUIC_TO="+farAddress+":443", "QUIC_NAME=talk.example", "/run/quic-client", "-test.run", "^TestQUICClient$")
}
