//go:build tools

package main_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// A deed is one thing that a person's hand does, some time after the one before.
type deed struct {
	wait time.Duration
	key  byte   // of the alphabet, from 0
	down bool   // the key, or the button where it is no key
	kind string // key, button, move
	x, y int
}

// hands play what people do at a laptop: words typed in bursts, the pointer moved
// and clicked, and pauses in which they read. It is made up by the measures of
// real typing: gaps spread as a logarithmic normal around 140 ms, keys held for 80.
type hands struct {
	*rand.Rand
	x, y int
}

func newHands(seed uint64) *hands { return &hands{rand.New(rand.NewPCG(seed, 7)), 300, 300} }

func (h *hands) about(middle time.Duration, spread float64) time.Duration {
	return time.Duration(float64(middle) * math.Exp(spread*h.NormFloat64()))
}

// next is some seconds of work.
func (h *hands) next() []deed {
	switch h.IntN(5) {
	case 0, 1:
		return h.writes()
	case 2, 3:
		return h.points()
	}
	return []deed{{wait: min(20*time.Second, h.about(2*time.Second, 0.8)), kind: "rest"}}
}

func (h *hands) writes() []deed {
	deeds := []deed{{wait: h.about(500*time.Millisecond, 0.6), kind: "rest"}}
	for range 4 + h.IntN(40) {
		key := byte(h.IntN(26))
		gap, held := h.about(140*time.Millisecond, 0.45), h.about(80*time.Millisecond, 0.25)
		if h.IntN(7) == 0 {
			gap += h.about(250*time.Millisecond, 0.5) // between words
		}
		deeds = append(deeds, deed{wait: max(0, gap-held), kind: "key", key: key, down: true}, deed{wait: held, kind: "key", key: key})
	}
	return deeds
}

func (h *hands) points() []deed {
	deeds := []deed{{wait: h.about(600*time.Millisecond, 0.6), kind: "rest"}}
	for range 1 + h.IntN(3) {
		toX, toY, steps := h.IntN(1000), h.IntN(740), 8+h.IntN(50)
		fromX, fromY := h.x, h.y
		for i := 1; i <= steps; i++ {
			part := float64(i) / float64(steps)
			h.x, h.y = fromX+int(part*float64(toX-fromX)), fromY+int(part*float64(toY-fromY))
			deeds = append(deeds, deed{wait: 16 * time.Millisecond, kind: "move", x: h.x, y: h.y})
		}
		if h.IntN(2) == 0 {
			deeds = append(deeds, deed{wait: h.about(200*time.Millisecond, 0.4), kind: "button", down: true}, deed{wait: h.about(90*time.Millisecond, 0.2), kind: "button"})
		}
		deeds = append(deeds, deed{wait: h.about(400*time.Millisecond, 0.7), kind: "rest"})
	}
	return deeds
}

// work does deeds until done is closed, each at its time.
func (h *hands) work(done <-chan struct{}, do func(deed) error) error {
	next := time.Now()
	for {
		for _, d := range h.next() {
			next = next.Add(d.wait)
			select {
			case <-done:
				return nil
			case <-time.After(time.Until(next)):
			}
			if d.kind == "rest" {
				continue
			}
			if err := do(d); err != nil {
				return err
			}
		}
	}
}

// xHands are hands at an X server, by its extension XTEST, as those of xdotool.
type xHands struct {
	mu     sync.Mutex
	conn   net.Conn
	xtest  byte
	root   uint32
	paint  uint32 // a graphics context
	colour uint32
}

// sitDown connects to the laptop's X server.
func (l *laptop) sitDown() (*xHands, error) {
	conn, err := net.Dial("unix", l.path("/tmp/.X11-unix/X5"))
	if err != nil {
		return nil, err
	}
	x := &xHands{conn: conn}
	if _, err := conn.Write([]byte{'l', 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0}); err != nil {
		return nil, err
	}
	head := make([]byte, 8)
	if _, err := io.ReadFull(conn, head); err != nil {
		return nil, err
	}
	setup := make([]byte, 4*int(binary.LittleEndian.Uint16(head[6:])))
	if _, err := io.ReadFull(conn, setup); err != nil || head[0] != 1 {
		return nil, fmt.Errorf("the X server lets nobody in: %w", err)
	}
	screen := setup[32+(int(binary.LittleEndian.Uint16(setup[16:]))+3)/4*4+8*int(setup[21]):]
	x.root, x.paint = binary.LittleEndian.Uint32(screen), binary.LittleEndian.Uint32(setup[4:])
	ask := append([]byte{98, 0, 4, 0, 5, 0, 0, 0}, "XTEST\x00\x00\x00"...)
	if _, err := conn.Write(ask); err != nil {
		return nil, err
	}
	answer := make([]byte, 32)
	if _, err := io.ReadFull(conn, answer); err != nil {
		return nil, err
	}
	if x.xtest = answer[9]; answer[8] == 0 {
		return nil, errors.New("the X server has no XTEST")
	}
	gc := []byte{55, 0, 4, 0}
	for _, v := range []uint32{x.paint, x.root, 0} {
		gc = binary.LittleEndian.AppendUint32(gc, v)
	}
	if _, err := conn.Write(gc); err != nil {
		return nil, err
	}
	go func() { _, _ = io.Copy(io.Discard, conn) }()
	return x, nil
}

// do makes one deed happen.
func (x *xHands) do(d deed) error {
	m := make([]byte, 36)
	m[0], m[1], m[2] = x.xtest, 2, 9 // FakeInput
	switch d.kind {
	case "key":
		m[4], m[5] = 3, 24+d.key%10
	case "button":
		m[4], m[5] = 5, 1
	case "move":
		m[4] = 6
		binary.LittleEndian.PutUint16(m[24:], uint16(d.x))
		binary.LittleEndian.PutUint16(m[26:], uint16(d.y))
	}
	if d.kind != "move" && d.down {
		m[4]--
	}
	binary.LittleEndian.PutUint32(m[12:], x.root)
	x.mu.Lock()
	defer x.mu.Unlock()
	_, err := x.conn.Write(m)
	return err
}

// show changes a part of the screen, as programs do that are typed into.
func (x *xHands) show(left, top, width, height int) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.colour += 0x123457
	m := []byte{56, 0, 4, 0}
	for _, v := range []uint32{x.paint, 4, x.colour & 0xffffff} {
		m = binary.LittleEndian.AppendUint32(m, v)
	}
	m = append(m, 70, 0, 5, 0)
	for _, v := range []uint32{x.root, x.paint, uint32(left) | uint32(top)<<16, uint32(width) | uint32(height)<<16} {
		m = binary.LittleEndian.AppendUint32(m, v)
	}
	_, err := x.conn.Write(m)
	return err
}
