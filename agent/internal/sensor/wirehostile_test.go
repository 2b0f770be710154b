package sensor

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// segmented is a hello in segments of a size, in an order of their numbers.
func segmented(t testing.TB, hello []byte, size int, order ...int) [][]byte {
	var frames [][]byte
	for _, n := range order {
		from := min(n*size, len(hello))
		frames = append(frames, parsetest.TCP(t, nearEnd, "198.51.100.7:443", uint32(1+from), hello[from:min(from+size, len(hello))]))
	}
	return frames
}

func longHello(t testing.TB, extra int) []byte {
	form := parsetest.HelloForm{Version: 0x303, Ciphers: []uint16{0x1301}, Extensions: []parsetest.Extension{parsetest.Name(t, "long.example.org"), {Number: 21, Content: make([]byte, extra)}}}
	return parsetest.Records(t, form.Message(t), 16<<10)
}

// TestWireHostile: what is out of order, repeated, cut, looped or huge gives what
// can be known of it, or nothing.
func TestWireHostile(t *testing.T) {
	vm := filterVM(t, wireFilter)
	two, loop := longHello(t, 1800), append([]byte{0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0}, 0xc0, 12, 0, 1, 0, 1)
	fragment := parsetest.UDP(t, nearEnd, awayEnd, parsetest.WireGuard(true))
	fragment[14+6] |= 0x20
	overlap := parsetest.TCP(t, nearEnd, "198.51.100.7:443", 1+1000, two[1000:])
	for name, c := range map[string]struct {
		frames [][]byte
		want   []string
	}{
		"in order":            {segmented(t, two, 1448, 0, 1), []string{"tls long.example.org", "tls long.example.org"}},
		"repeated":            {segmented(t, two, 1448, 0, 0, 1, 1), []string{"tls long.example.org", "tls long.example.org", "tls long.example.org"}},
		"overlapping":         {append(segmented(t, two, 1448, 0), overlap), []string{"tls long.example.org", "tls long.example.org"}},
		"the second alone":    {segmented(t, two, 1448, 1), nil},
		"the first alone":     {segmented(t, two, 1448, 0), []string{"tls long.example.org"}},
		"64 KB":               {segmented(t, longHello(t, 64<<10-300), 1448, 0, 1, 2, 3), []string{"tls long.example.org"}},
		"64 KB at once":       {[][]byte{parsetest.TCP(t, nearEnd, "198.51.100.7:443", 1, longHello(t, 60<<10))}, []string{"tls long.example.org"}},
		"longer than it may":  {[][]byte{parsetest.TCP(t, nearEnd, "198.51.100.7:443", 1, append([]byte{22, 3, 1, 64, 0, 1, 0xff, 0xff, 0xff, 3, 3}, make([]byte, 500)...))}, nil},
		"a fragment":          {[][]byte{fragment}, nil},
		"a name in a loop":    {[][]byte{parsetest.UDP(t, nearEnd, "192.0.2.1:53", loop)}, []string{"lookup"}},
		"DHCP without an end": {[][]byte{parsetest.UDP(t, "0.0.0.0:68", "255.255.255.255:67", bytes.Repeat([]byte{12}, 300))}, nil},
	} {
		e, heard := heardOn(t)
		for _, frame := range c.frames {
			if kept, _ := vm.Run(frame); kept > 0 {
				e.hear(frame[:min(kept, len(frame))], began)
			}
		}
		if got := fmt.Sprint(*heard); got != fmt.Sprint(c.want) && len(*heard)+len(c.want) > 0 {
			t.Errorf("%s: heard %q, want %q", name, *heard, c.want)
		}
	}
}

// TestWireIsBounded: neither floods of connections, half hellos and datagrams nor
// ten thousand devices that tell their names make the memory grow.
func TestWireIsBounded(t *testing.T) {
	owners := newOwners()
	names, shakes := newNameWindow(owners), newHandshakeWindow(owners)
	announced := 0
	owners.wire.onAnnouncement(func(parse.Announcement, time.Time) { announced++ })
	e := newEar(owners.wire)
	half := longHello(t, 1800)[:1400]
	flood := func(from, to int) {
		for i := from; i < to; i++ {
			client := fmt.Sprintf("192.0.%d.%d:%d", i>>8&0xff, i&0xff, 1024+i%60000)
			at := began.Add(time.Duration(i) * time.Millisecond)
			syn := parsetest.Frame{From: netip.MustParseAddrPort(client), To: netip.MustParseAddrPort("198.51.100.7:443"), TCP: true, SYN: true, Sequence: uint32(i)}
			e.hear(syn.Bytes(t), at)
			e.hear(parsetest.TCP(t, client, "198.51.100.8:443", 1, half), at)
			e.hear(parsetest.UDP(t, client, "198.51.100.9:3478", parsetest.STUN(0, 1, "")), at)
			e.hear(parsetest.UDP(t, client, "192.0.2.1:53", parsetest.DNS(t, false, fmt.Sprintf("n%d.example.", i))), at)
			e.hear(parsetest.UDP(t, "192.0.2.9:5353", "224.0.0.251:5353", parsetest.MDNS(t, fmt.Sprintf("d%d", i), netip.MustParseAddr("192.0.2.9"))), at)
		}
	}
	flood(0, 5000)
	before := heap()
	flood(5000, 10_000)
	if grown := int64(heap()) - int64(before); grown > 1<<20 || announced > 2000 {
		t.Errorf("the heap grew by %d bytes, %d names were announced", grown, announced)
	}
	if n, m := len(names.known.known), len(shakes.known.known); n > namesLimit || m > handshakesLimit {
		t.Errorf("%d names, %d handshakes", n, m)
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// lossy is a capture that lost frames.
type lossy struct {
	host.PacketSource
	lost uint64
}

func (l *lossy) Lost() (lost, seen uint64) { return l.lost, 100 }

// TestWireSaysWhatWasLost: for a while, and as no failure.
func TestWireSaysWhatWasLost(t *testing.T) {
	w, source := newWire(), &lossy{}
	w.began(nil)
	w.opened(source)
	w.tick(began)
	for i, step := range []struct {
		lost  uint64
		later time.Duration
		state finding.CoverageState
		said  bool
	}{{0, 0, finding.CoverageOK, false}, {7, 0, finding.CoverageOK, true}, {7, lossTold, finding.CoverageOK, true}, {7, lossTold + time.Second, finding.CoverageOK, false}} {
		source.lost = step.lost
		w.tick(began.Add(step.later))
		c := coverage(context.Background(), Sensor{}, w.state(context.Background()))
		if c.State != step.state || (c.Detail != "") != step.said || c.Late != step.said {
			t.Errorf("step %d: %+v", i, c)
		}
	}
}

// TestWireLive: on a real machine a connection of this very program is known
// with its name, its fingerprint and its program.
func TestWireLive(t *testing.T) {
	if os.Geteuid() != 0 || runtime.GOOS != "linux" {
		if os.Getenv("CI") == "true" {
			t.Fatal("CI has to grant it: capturing needs root")
		}
		t.Skip("not tested on this machine: capturing needs root")
	}
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	place := netip.MustParseAddrPort(server.Listener.Addr().String())
	owners := newOwners()
	shakes := owners.handshakes()
	h := host.Live(time.Now)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- shakes.Watch(ctx, h) }()
	defer func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	found := func(s Sensor, is map[string]string) bool {
		rows, c := Look(ctx, h, s)
		if c.State != finding.CoverageOK {
			t.Fatalf("%+v", c)
		}
		for _, row := range rows {
			same := true
			for column, value := range is {
				same = same && row.Columns[column] == value
			}
			if same && (row.Class != "network_handshakes" || len(row.Columns["ja4"]) > 20) {
				return true
			}
		}
		return false
	}
	itself := filepath.Base(os.Args[0])

	for range 20 {
		conn, err := tls.Dial("tcp4", place.String(), &tls.Config{ServerName: "live.example", InsecureSkipVerify: true, NextProtos: []string{"http/1.1"}})
		if err != nil {
			t.Fatal(err)
		}
		shown := false
		for n := 0; n < 100 && !shown; n++ { // while it is open: whose it is is asked when it is heard
			time.Sleep(10 * time.Millisecond)
			shown = found(shakes, map[string]string{"pid": strconv.Itoa(os.Getpid()), "file": itself, "kind": "tls", "remote_port": strconv.Itoa(int(place.Port())), "remote_scope": "loopback", "named": "yes", "alpn": "http/1.1", "version": "1.3", "direction": "outbound"})
		}
		_ = conn.Close()
		if shown {
			return
		}
	}
	rows, _ := Look(ctx, h, shakes)
	t.Errorf("a TLS connection of %s to %s does not show: %d rows %+v", itself, place, len(rows), rows)
}
