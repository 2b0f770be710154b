package ingest_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	agentv1 "github.com/farmwatch/farmwatch/proto/farmwatch/agent/v1"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
	"github.com/farmwatch/farmwatch/server/internal/ingest"
	"github.com/farmwatch/farmwatch/server/internal/place"
)

// placing has a collector note where devices stand, without any data of networks.
func placing(o *ingest.Options) {
	o.Places = place.NewSurveyor(place.Open("no such folder", time.Time{}), nil, func(v string) string { return enroll.Pseudonym([]byte("key"), v) })
}

// through dials as a load balancer does that calls for an address.
func through(header []byte) grpc.DialOption {
	return grpc.WithContextDialer(func(ctx context.Context, to string) (net.Conn, error) {
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", to)
		if err == nil {
			_, err = c.Write(header)
		}
		return c, err
	})
}

// header is one of the PROXY protocol, for an agent at an address.
func header(from string) []byte {
	a, b := netip.MustParseAddr(from), []byte("\r\n\r\n\x00\r\nQUIT\n\x21\x11")
	if a.Is6() {
		b[13] = 0x21
	}
	ends := append(a.AsSlice(), make([]byte, a.BitLen()/8)...)
	ends = append(ends, 0xd4, 0x31, 0x1d, 0x13, 0x04, 0, 2, 'n', 'o') // ports, and a note
	return append(binary.BigEndian.AppendUint16(b, uint16(len(ends))), ends...)
}

var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// beat sends a heartbeat and waits until it is on the disk, as an entry behind it tells.
func (s *stream) beat(seq uint64) {
	s.Helper()
	s.send(heartbeat(s.now()), entry(seq, report("0123456789abcdef0123456789abcdef", s.now())))
	s.acked(seq)
}

func (a *agent) stays() (list []device.Stay) {
	a.Helper()
	err := a.store.EachStay(context.Background(), "", func(s *device.Stay) {
		if s.DeviceID == a.id {
			list = append(list, *s)
		}
	})
	if err != nil {
		a.Fatal(err)
	}
	return list
}

// attached tells of a network as a laptop does.
func attached(at time.Time, gateway string) finding.Report {
	return finding.Report{At: at, Facts: []finding.Facts{{Class: "network_interfaces", Rows: []finding.Observation{
		{Class: "network_interfaces", UID: "row", Columns: map[string]string{"up": "true", "default_route": "true", "gateway": gateway}}}}}}
}

func TestStands(t *testing.T) {
	b := newBenchBehind(t, loopback, placing)
	a := b.enrol("anchor", through(header("203.0.113.77")))
	s := a.hello("e1", 0)
	s.send(entry(1, attached(a.now(), "p:home")))
	s.acked(1)
	if s.beat(2); len(a.stays()) != 0 {
		t.Error("it is noted where a device stands before it had the time to tell which network it is in")
	}
	b.move(time.Minute)
	for seq := range uint64(3) {
		s.beat(3 + seq) // the second and third change nothing
	}
	b.move(time.Minute)
	s.send(entry(6, attached(a.now(), "p:hotel")))
	s.beat(7)
	b.move(10 * time.Minute)
	s.beat(8)
	var got [][3]any
	for _, stay := range a.stays() {
		got = append(got, [3]any{stay.Gateway, stay.Times, stay.NetworkClass})
		if stay.Address == "" || stay.Address == device.AddressInternal || stay.RoundTrip <= 0 || stay.RoundTrip > 2*time.Second {
			t.Errorf("a stay with the address %q, round trip %s", stay.Address, stay.RoundTrip)
		}
	}
	if diff := cmp.Diff([][3]any{{"p:home", 1, "unknown"}, {"p:hotel", 2, "unknown"}}, got); diff != "" {
		t.Errorf("where it stood (-want +got):\n%s", diff)
	}
	// Another laptop behind the same address, by way of IPv6 as it may be written.
	other := b.enrol("another", through(header("::ffff:203.0.113.77")))
	s = other.hello("e1", 0)
	b.move(time.Minute)
	s.beat(1)
	if one, two := a.stays(), other.stays(); len(two) != 1 || one[0].Address != two[0].Address {
		t.Errorf("two laptops behind one address: %+v, %+v", one, two)
	}
	nowhere(t, b, "203.0.113.77")
}

// nowhere looks for an address in all that the collector left on the disk.
func nowhere(t *testing.T, b *bench, address string) {
	t.Helper()
	for _, name := range []string{"farmwatch.db", "farmwatch.db-wal"} {
		content, err := os.ReadFile(filepath.Join(b.folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(content, []byte(address)) {
			t.Errorf("the address %s is in %s", address, name)
		}
	}
}

// TestStandsInside: without a load balancer a test's agent calls from loopback, which tells nothing.
func TestStandsInside(t *testing.T) {
	a := newBench(t, placing, func(o *ingest.Options) { o.Limits.Settle = 0 }).enrol("anchor")
	a.hello("e1", 0).beat(1)
	if got := a.stays(); len(got) != 1 || got[0].Address != device.AddressInternal || got[0].NetworkClass != device.NetworkInternal {
		t.Errorf("where it stood: %+v", got)
	}
}

// TestStandsNowhere: a load balancer that calls for itself stands for no laptop.
func TestStandsNowhere(t *testing.T) {
	a := newBenchBehind(t, loopback, placing, func(o *ingest.Options) { o.Limits.Settle = 0 }).enrol("anchor", through([]byte(proxyLocal)))
	a.hello("e1", 0).beat(1)
	if got := a.stays(); len(got) != 0 {
		t.Errorf("where it stood: %+v", got)
	}
}

const proxyLocal = "\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00"

// TestProxies: whoever is in the list has to say for whom it calls, and nobody else may.
func TestProxies(t *testing.T) {
	cut := header("203.0.113.77")
	cut[15] = 200
	udp := header("203.0.113.77")
	udp[13] = 0x12
	one := []byte("PROXY TCP4 203.0.113.77 192.0.2.1 54321 7443\r\n")
	for name, c := range map[string]struct {
		proxies []netip.Prefix
		header  []byte
		taken   bool
	}{
		"a proxy":                   {loopback, header("203.0.113.77"), true},
		"a proxy over IPv6":         {loopback, header("2001:db8::1"), true},
		"a proxy for itself":        {loopback, []byte(proxyLocal), true},
		"a proxy without header":    {loopback, nil, false},
		"an older version":          {loopback, one, false},
		"cut short":                 {loopback, cut, false},
		"not over TCP":              {loopback, udp, false},
		"nobody":                    {nil, nil, true},
		"a stranger with header":    {nil, header("203.0.113.77"), false},
		"beside the list":           {[]netip.Prefix{netip.MustParsePrefix("127.0.0.99/32")}, header("203.0.113.77"), false},
		"beside the list, as it is": {[]netip.Prefix{netip.MustParsePrefix("127.0.0.99/32")}, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBenchBehind(t, c.proxies, func(o *ingest.Options) { o.Limits.HelloTimeout = 500 * time.Millisecond })
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			client := agentv1.NewEnrollmentServiceClient(b.dial(nil, nil, through(c.header)))
			_, err := client.Enroll(ctx, &agentv1.EnrollRequest{Token: "x", AgentTime: timestamppb.New(b.now())})
			if taken := status.Code(err) != codes.Unavailable; taken != c.taken {
				t.Errorf("taken is %v, want %v: %v", taken, c.taken, err)
			}
		})
	}
}

// TestRoundTrip puts a way of a known length between an agent and its collector.
func TestRoundTrip(t *testing.T) {
	const oneWay = 25 * time.Millisecond
	measure := func(options ...grpc.DialOption) time.Duration {
		a := newBench(t, placing, func(o *ingest.Options) { o.Limits.Settle = 0 }).enrol("anchor", options...)
		a.hello("e1", 0).beat(1)
		return a.stays()[0].RoundTrip
	}
	near := measure()
	far := measure(grpc.WithContextDialer(func(ctx context.Context, to string) (net.Conn, error) {
		c, err := (&net.Dialer{}).DialContext(ctx, "tcp", to)
		if err != nil {
			return nil, err
		}
		mine, theirs := net.Pipe()
		go slowly(c, theirs, oneWay)
		go slowly(theirs, c, oneWay)
		return mine, nil
	}))
	t.Logf("near %s, far %s", near, far)
	if far < 2*oneWay || far > 2*oneWay+time.Second || near <= 0 || near > far {
		t.Errorf("over a way of %s there and back it measures %s, and %s over none", 2*oneWay, far, near)
	}
}

// slowly passes bytes on, each after a delay.
func slowly(to io.WriteCloser, from io.Reader, delay time.Duration) {
	type piece struct {
		bytes []byte
		due   time.Time
	}
	pieces := make(chan piece, 1024)
	go func() {
		defer close(pieces)
		for {
			b := make([]byte, 32<<10)
			n, err := from.Read(b)
			if err != nil {
				return
			}
			pieces <- piece{b[:n], time.Now().Add(delay)}
		}
	}()
	for p := range pieces {
		time.Sleep(time.Until(p.due))
		if _, err := to.Write(p.bytes); err != nil {
			break
		}
	}
	_ = to.Close()
}
