//go:build tools

package main_test

import (
	"io"
	"math/rand/v2"
	"net"
	"strconv"
	"time"
)

// serves lets whoever calls a port of a machine be served.
func (l *laptop) serves(port int, serve func(net.Conn)) {
	l.t.Helper()
	err := l.within(func() error {
		listener, err := net.Listen("tcp", ":"+strconv.Itoa(port))
		if err != nil {
			return err
		}
		l.t.Cleanup(func() { listener.Close() })
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				go serve(conn)
			}
		}()
		return nil
	})
	if err != nil {
		l.t.Fatal(err)
	}
}

func (l *laptop) hands() *xHands {
	l.t.Helper()
	x, err := l.sitDown()
	if err != nil {
		l.t.Fatal(err)
	}
	return x
}

// desktop runs an x11vnc that shows the laptop's desktop.
func (s *scene) desktop(l *laptop) {
	l.start("", "/usr/bin/x11vnc", "-display", ":5", "-rfbport", "5900", "-nopw", "-forever", "-shared", "-quiet")
	eventually(l.t, patience, "x11vnc waits", func() bool { return l.sockets("0A", 1, 5900) })
}

func drivenByVNC(s *scene, done <-chan struct{}) {
	s.desktop(s.mine)
	s.drives(1, s.mine.hands(), laptopAddress+":5900", done)
	s.alongside(done)
}

// drivenFromAfar is the same over a way that takes its time, now more and now less.
func drivenFromAfar(s *scene, done <-chan struct{}) {
	s.desktop(s.mine)
	s.theirs.serves(5901, func(conn net.Conn) {
		late(conn, s.theirs.dial(laptopAddress+":5900"), 60*time.Millisecond, 25*time.Millisecond)
	})
	s.drives(2, s.mine.hands(), "127.0.0.1:5901", done)
	s.alongside(done)
}

// drives has somebody on the visitor's machine work at a desktop by RFB. What he
// does changes what is seen, as it would.
func (s *scene) drives(seed uint64, screen *xHands, address string, done <-chan struct{}) {
	o := &operator{conn: s.theirs.dial(address)}
	if err := o.handshake(); err != nil {
		s.mine.t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, o.conn) }()
	go func() {
		_ = newHands(seed).work(done, func(d deed) error {
			reacts(screen, d)
			return o.does(d)
		})
		o.conn.Close()
	}()
	go func() { // a viewer asks for pictures as fast as it shows them
		for wait(done, 100*time.Millisecond) {
			_, _ = o.conn.Write([]byte{3, 1, 0, 0, 0, 0, o.size[0], o.size[1], o.size[2], o.size[3]})
		}
	}()
}

func (o *operator) does(d deed) error {
	down, message := byte(0), []byte{5, 0, byte(d.x >> 8), byte(d.x), byte(d.y >> 8), byte(d.y)}
	if d.down {
		down = 1
	}
	switch d.kind {
	case "key":
		message = []byte{4, down, 0, 0, 0, 0, 0, 'a' + d.key}
	case "button":
		message = []byte{5, down, 0, 100, 0, 100}
	}
	_, err := o.conn.Write(message)
	return err
}

func reacts(screen *xHands, d deed) {
	switch {
	case d.kind == "key" && d.down:
		time.AfterFunc(25*time.Millisecond, func() { _ = screen.show(int(d.key)*12, 200, 10, 14) })
	case d.kind == "button" && d.down:
		time.AfterFunc(60*time.Millisecond, func() { _ = screen.show(100, 100, 600, 400) })
	}
}

// drivenByRDP has the visitor work at the laptop by RDP.
func drivenByRDP(s *scene, done <-chan struct{}) {
	s.start("/usr/bin/freerdp-shadow-cli", "/bind-address:0.0.0.0", "-auth")
	s.awaits(3389)
	using(3389, "/usr/bin/xfreerdp", "/v:"+laptopAddress, "/u:kim", "/p:x", "/cert:ignore", "/log-level:ERROR")(s)
	there, screen := s.theirs.hands(), s.mine.hands()
	go func() {
		_ = newHands(3).work(done, func(d deed) error {
			reacts(screen, d)
			return there.do(d)
		})
	}()
	s.alongside(done)
}

func wait(done <-chan struct{}, d time.Duration) bool {
	select {
	case <-done:
		return false
	case <-time.After(d):
		return true
	}
}

// late passes on what both sides say, later, and in the order it came.
func late(a, b net.Conn, middle, spread time.Duration) {
	type parcel struct {
		at   time.Time
		what []byte
	}
	way := func(from, to net.Conn) {
		parcels := make(chan parcel, 4096)
		go func() {
			for p := range parcels {
				time.Sleep(time.Until(p.at))
				if _, err := to.Write(p.what); err != nil {
					return
				}
			}
			to.Close()
		}()
		defer close(parcels)
		buffer := make([]byte, 64<<10)
		for {
			n, err := from.Read(buffer)
			if err != nil {
				return
			}
			parcels <- parcel{time.Now().Add(middle + time.Duration(float64(spread)*rand.ExpFloat64())), append([]byte{}, buffer[:n]...)}
		}
	}
	go way(a, b)
	way(b, a)
}

// alongside is what else goes on at a laptop: a call and a download.
func (s *scene) alongside(done <-chan struct{}) {
	s.theirs.serves(7001, func(c net.Conn) { talks(c, done, 11) })
	go talks(s.mine.dial(farAddress+":7001"), done, 12)
	s.theirs.serves(7002, func(c net.Conn) {
		for wait(done, 10*time.Millisecond) {
			if _, err := c.Write(make([]byte, 8<<10)); err != nil {
				return
			}
		}
	})
	download := s.mine.dial(farAddress + ":7002")
	go func() { _, _ = io.Copy(io.Discard, download) }()
}

// talks sends as a call does: sound every 20 ms, and a picture every 33 in some packets.
func talks(c net.Conn, done <-chan struct{}, seed uint64) {
	go func() { _, _ = io.Copy(io.Discard, c) }()
	r := rand.New(rand.NewPCG(seed, 1))
	for n := 0; wait(done, time.Duration(28+r.IntN(10))*time.Millisecond); n++ {
		size := 150
		if n%2 == 0 {
			size += int(1200 * r.ExpFloat64())
		}
		if _, err := c.Write(make([]byte, size)); err != nil {
			return
		}
	}
}

// workedAt is a laptop at which somebody sits and works, with all that follows
// what he does: input that causes packets, and not packets that cause input.
func workedAt(s *scene, done <-chan struct{}) {
	s.alongside(done)
	s.calls(done)
	s.theirs.screen()
	s.desktop(s.theirs)
	var sends []func(deed)
	sends = append(sends, s.plays(done), s.browses(), s.writesTogether(), s.looksElsewhere(done), s.signsInElsewhere("root@"+farAddress, 22, 0), s.signsInElsewhere("root@"+farAddress, 2222, 30*time.Millisecond))
	here := s.mine.hands()
	go func() {
		_ = newHands(5).work(done, func(d deed) error {
			err := here.do(d)
			time.AfterFunc(2*time.Millisecond, func() {
				for _, send := range sends {
					send(d)
				}
			})
			return err
		})
	}()
}

// plays is a game: what the person does goes out, and how the world is comes in.
func (s *scene) plays(done <-chan struct{}) func(deed) {
	s.theirs.serves(7003, func(c net.Conn) {
		go func() { _, _ = io.Copy(io.Discard, c) }()
		for wait(done, 33*time.Millisecond) {
			if _, err := c.Write(make([]byte, 200+rand.IntN(300))); err != nil {
				return
			}
		}
	})
	c := s.mine.dial(farAddress + ":7003")
	go func() { _, _ = io.Copy(io.Discard, c) }()
	return func(deed) { _, _ = c.Write(make([]byte, 40)) }
}

// browses asks for a page at each click, and for a little at each tenth key.
func (s *scene) browses() func(deed) {
	s.theirs.serves(7004, func(c net.Conn) {
		ask := make([]byte, 600)
		for {
			if _, err := io.ReadFull(c, ask); err != nil {
				return
			}
			for range 1 + rand.IntN(12) {
				time.Sleep(time.Duration(20+rand.IntN(60)) * time.Millisecond)
				if _, err := c.Write(make([]byte, 2000+rand.IntN(30000))); err != nil {
					return
				}
			}
		}
	})
	c := s.mine.dial(farAddress + ":7004")
	go func() { _, _ = io.Copy(io.Discard, c) }()
	keys := 0
	return func(d deed) {
		if d.kind == "key" && d.down {
			keys++
		}
		if d.kind == "button" && d.down || keys == 10 {
			keys = 0
			_, _ = c.Write(make([]byte, 600))
		}
	}
}

// writesTogether is a document that several write: each key goes out and is
// confirmed, and what others write comes in by itself.
func (s *scene) writesTogether() func(deed) {
	s.theirs.serves(7005, func(c net.Conn) {
		said := make([]byte, 120)
		for {
			if _, err := io.ReadFull(c, said); err != nil {
				return
			}
			time.AfterFunc(time.Duration(45+rand.IntN(20))*time.Millisecond, func() { _, _ = c.Write(make([]byte, 90)) })
		}
	})
	c := s.mine.dial(farAddress + ":7005")
	go func() { _, _ = io.Copy(io.Discard, c) }()
	return func(d deed) {
		if d.kind == "key" && d.down {
			_, _ = c.Write(make([]byte, 120))
		}
	}
}

// looksElsewhere is the same remote desktop the other way round: the person here
// drives the visitor's machine.
func (s *scene) looksElsewhere(done <-chan struct{}) func(deed) {
	o := &operator{conn: s.mine.dial(farAddress + ":5900")}
	if err := o.handshake(); err != nil {
		s.mine.t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, o.conn) }()
	go func() {
		for wait(done, 100*time.Millisecond) {
			_, _ = o.conn.Write([]byte{3, 1, 0, 0, 0, 0, o.size[0], o.size[1], o.size[2], o.size[3]})
		}
	}()
	screen := s.theirs.hands()
	return func(d deed) {
		reacts(screen, d)
		_ = o.does(d)
	}
}

// signsInElsewhere types into a shell on the visitor's machine, which writes back
// each letter; over a way that takes a while, where it is given.
func (s *scene) signsInElsewhere(who string, port int, way time.Duration) func(deed) {
	if port == 22 {
		s.doorkeeper()
	} else {
		s.theirs.serves(port, func(c net.Conn) { late(c, s.theirs.dial("127.0.0.1:22"), way/2, time.Millisecond) })
	}
	c := s.mine.enter("/usr/bin/ssh", "-tt", "-i", "/root/key", "-o", "StrictHostKeyChecking=no", "-p", strconv.Itoa(port), who, "stty -icanon echo; exec cat >/dev/null")
	typed, err := c.StdinPipe()
	if err != nil {
		s.mine.t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		s.mine.t.Fatal(err)
	}
	s.mine.t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	s.reaches(port)
	return func(d deed) {
		if d.kind == "key" && d.down {
			_, _ = typed.Write([]byte{'a' + d.key})
		}
	}
}
