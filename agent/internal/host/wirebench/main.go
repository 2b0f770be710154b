//go:build linux

// Command wirebench measures what listening to the network costs: the agent's own
// capture behind its filter, beside the same capture that passes everything.
//
// It makes two network namespaces with a pair of virtual interfaces between them
// and sends mixed traffic from one to the other at a steady rate, with handshakes
// hidden in it. In the other one the agent's sensor of handshakes listens, as it
// is and with a filter that passes all, by turns, and by turns nobody does: what
// the kernel's part costs shows in the sender's time, since there its work for
// the receiver is done. It wants root and prints raw figures.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"time"
)

type settings struct {
	rate, turns, hidden int
	window              time.Duration
	be, device          string
	all                 bool
}

func main() {
	var s settings
	flag.IntVar(&s.rate, "rate", 80_000, "frames a second")
	flag.IntVar(&s.turns, "turns", 3, "turns of each side")
	flag.IntVar(&s.hidden, "hidden", 600, "handshakes hidden in each turn")
	flag.DurationVar(&s.window, "window", 10*time.Second, "how long a turn takes")
	flag.StringVar(&s.be, "be", "", "internal: listen or send")
	flag.StringVar(&s.device, "device", "", "internal: interface to send on")
	flag.BoolVar(&s.all, "all", false, "internal: pass everything")
	flag.Parse()
	run := measure
	switch s.be {
	case "listen":
		run = listen
	case "send":
		run = send
	}
	if err := run(s); err != nil {
		fmt.Fprintln(os.Stderr, "wirebench:", err)
		os.Exit(1)
	}
}

// A turn is what one turn costs, in milliseconds of CPU time, and what was found.
type turn struct {
	Listener, Sender float64
	Sent             int // frames
	Found            int // handshakes
	Lost, Seen       uint64
}

func measure(s settings) error {
	a, b := "fwbencha"+strconv.Itoa(os.Getpid()), "fwbenchb"+strconv.Itoa(os.Getpid())
	near, far := "fwn"+strconv.Itoa(os.Getpid()%100000), "fwf"+strconv.Itoa(os.Getpid()%100000)
	defer func() {
		_ = ip("netns", "del", a) // what is not there need not go
		_ = ip("netns", "del", b)
	}()
	for _, step := range [][]string{
		{"netns", "add", a}, {"netns", "add", b},
		{"link", "add", near, "netns", a, "type", "veth", "peer", "name", far, "netns", b},
		{"-n", a, "link", "set", near, "up"}, {"-n", b, "link", "set", far, "up"}, {"-n", b, "link", "set", "lo", "up"},
	} {
		if err := ip(step...); err != nil {
			return err
		}
	}
	time.Sleep(time.Second) // until both ends are up
	turns := map[string][]turn{}
	for n := range s.turns {
		for _, side := range []string{"nobody", "filtered", "all"} {
			t, err := s.turn(side, a, b, near)
			if err != nil {
				return fmt.Errorf("%s: %w", side, err)
			}
			turns[side] = append(turns[side], t)
			fmt.Printf("turn %d  %-8s listens: agent %6.0f ms, sender %6.0f ms CPU in %.0f s; %d frames sent, %d of %d handshakes found, kernel dropped %d of %d passed\n",
				n+1, side, t.Listener, t.Sender, s.window.Seconds(), t.Sent, t.Found, s.hidden, t.Lost, t.Seen)
		}
	}
	return judge(s, turns)
}

func judge(s settings, turns map[string][]turn) error {
	middle := func(side string, of func(turn) float64) float64 {
		var all []float64
		for _, t := range turns[side] {
			all = append(all, of(t))
		}
		slices.Sort(all)
		return all[len(all)/2]
	}
	own := func(t turn) float64 { return t.Listener }
	whole := func(t turn) float64 { // what it would have cost to take in what was dropped
		return t.Listener * float64(t.Seen) / float64(max(t.Seen-t.Lost, 1))
	}
	sender := func(t turn) float64 { return t.Sender }
	f, u, w := middle("filtered", own), middle("all", own), middle("all", whole)
	quiet := middle("nobody", sender)
	kf, ku := middle("filtered", sender)-quiet, middle("all", sender)-quiet
	fmt.Printf("median   agent %.0f ms filtered, %.0f ms unfiltered: ratio %.3f\n", f, u, f/u)
	fmt.Printf("median   agent %.0f ms filtered, %.0f ms unfiltered had it kept up with all of it: ratio %.3f (goal: at most 0.10)\n", f, w, f/w)
	fmt.Printf("median   with the kernel's part, by the sender's time: %.0f ms filtered, %.0f ms unfiltered: ratio %.3f\n", f+kf, w+ku, (f+kf)/(w+ku))
	var problems []error
	if f/w > 0.10 {
		problems = append(problems, fmt.Errorf("filtered capture costs %.3f of unfiltered", f/w))
	}
	for _, t := range turns["filtered"] {
		if t.Found < s.hidden {
			problems = append(problems, fmt.Errorf("%d of %d handshakes were found", t.Found, s.hidden))
		}
		if float64(t.Sent) < 0.95*float64(s.rate)*s.window.Seconds() {
			problems = append(problems, fmt.Errorf("only %d frames were sent: the machine is too slow or too busy", t.Sent))
		}
	}
	return errors.Join(problems...)
}

// turn lets one side listen while the other sends.
func (s settings) turn(side, a, b, device string) (turn, error) {
	var t turn
	itself, err := os.Executable()
	if err != nil {
		return t, err
	}
	if side != "nobody" {
		listener := exec.CommandContext(context.Background(), "ip", "netns", "exec", b, itself, "-be", "listen", "-all="+strconv.FormatBool(side == "all"))
		listener.Stderr = os.Stderr
		in, out, err := piped(listener)
		if err != nil {
			return t, err
		}
		lines := bufio.NewReader(out)
		if _, err := lines.ReadString('\n'); err != nil { // it listens
			return t, fmt.Errorf("start to listen: %w", err)
		}
		defer func() { _ = listener.Wait() }()
		if err := s.sent(a, itself, device, &t); err != nil {
			return t, err
		}
		time.Sleep(300 * time.Millisecond) // for what is on its way
		if err := in.Close(); err != nil {
			return t, err
		}
		var heard turn
		err = json.NewDecoder(lines).Decode(&heard)
		heard.Sender, heard.Sent = t.Sender, t.Sent
		return heard, err
	}
	return t, s.sent(a, itself, device, &t)
}

func (s settings) sent(a, itself, device string, t *turn) error {
	sender := exec.CommandContext(context.Background(), "ip", "netns", "exec", a, itself, "-be", "send", "-device", device,
		"-rate", strconv.Itoa(s.rate), "-hidden", strconv.Itoa(s.hidden), "-window", s.window.String())
	sender.Stderr = os.Stderr
	out, err := sender.Output()
	if err != nil {
		return fmt.Errorf("send: %w", err)
	}
	return json.Unmarshal(out, t)
}

func piped(c *exec.Cmd) (io.WriteCloser, io.Reader, error) {
	in, err := c.StdinPipe()
	if err != nil {
		return nil, nil, err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	return in, out, c.Start()
}

func ip(args ...string) error {
	if out, err := exec.CommandContext(context.Background(), "ip", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("ip %v: %w: %s", args, err, out)
	}
	return nil
}
