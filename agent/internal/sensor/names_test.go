package sensor

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
	"golang.org/x/net/bpf"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
	"github.com/farmwatch/farmwatch/proto/finding"
)

var began = time.Date(2026, time.November, 2, 9, 0, 0, 0, time.UTC)

// listening is a recorded machine with these frames, one second apart.
func listening(t testing.TB, frames ...[]byte) host.Host {
	t.Helper()
	var file bytes.Buffer
	w := pcapgo.NewWriter(&file)
	if err := w.WriteFileHeader(65536, layers.LinkTypeEthernet); err != nil {
		t.Fatal(err)
	}
	for i, frame := range frames {
		info := gopacket.CaptureInfo{Timestamp: began.Add(time.Duration(i) * time.Second), CaptureLength: len(frame), Length: len(frame)}
		if err := w.WritePacket(info, frame); err != nil {
			t.Fatal(err)
		}
	}
	return machine(t, "-- packets.pcap [base64] --\n"+base64.StdEncoding.EncodeToString(file.Bytes())+"\n")
}

func TestNames(t *testing.T) {
	ask := udp4(t, 53, parsetest.DNS(t, false, "relay.example.org."))
	h := listening(t,
		ask, tcp4(t, 443, parsetest.ClientHello(t, "Login.Example.org")), ask, ask,
		tcp4(t, 80, []byte("GET / HTTP/1.1\r\nHost: secret.example.org\r\n\r\n")),
		udp4(t, 53, parsetest.DNS(t, false, "a\x01b.example.org.")),
		tcp4(t, 443, parsetest.ClientHello(t, "192.0.2.1")),
	)
	s := Names()
	for range 2 { // the second time nothing is new
		if err := s.Watch(context.Background(), h); err != nil {
			t.Fatal(err)
		}
	}
	got, coverage := look(t, h, s)
	want := []string{"name=relay.example.org kind=dns count=2", "name=login.example.org kind=tls count=1"}
	if diff := cmp.Diff(want, got); diff != "" || coverage.State != finding.CoverageOK {
		t.Errorf("coverage %+v (-want +got):\n%s", coverage, diff)
	}
}

func TestNamesCoverage(t *testing.T) {
	for name, c := range map[string]struct {
		machine string
		state   finding.CoverageState
		detail  string
	}{
		"denied":          {"-- denied.yaml --\npackets: no capability\n", finding.CoverageDenied, "setcap cap_net_raw+ep"},
		"no capture":      {"", finding.CoverageAbsent, "packets.pcap is not in the recording"},
		"damaged capture": {"-- packets.pcap [hex] --\n00\n", finding.CoverageFailed, "read packets.pcap"},
	} {
		h, s := machine(t, c.machine), Names()
		if err := s.Watch(context.Background(), h); err == nil {
			t.Errorf("%s: watching succeeded", name)
		}
		if _, coverage := Look(context.Background(), h, s); coverage.State != c.state || !strings.Contains(coverage.Detail, c.detail) {
			t.Errorf("%s: coverage %+v, want %s with %q", name, coverage, c.state, c.detail)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, coverage := Look(ctx, machine(t, ""), Names()); coverage.State != finding.CoverageFailed {
		t.Errorf("never watched: coverage %+v; silence must not look like a clean machine", coverage)
	}
}

func TestNamesAreBounded(t *testing.T) {
	w := newNameWindow(newOwners())
	for i := range namesLimit + 100 {
		w.see(nameKey{name: fmt.Sprintf("n%d.example.org", i), kind: "dns"}, sighting{last: began.Add(time.Duration(i) * time.Millisecond)})
	}
	w.began(nil)
	rows, err := w.collect(context.Background(), nil)
	if err != nil || len(rows) != namesLimit || rows[len(rows)-1].Host != "n100.example.org" {
		t.Errorf("%d rows, the oldest %+v, error %v", len(rows), rows[len(rows)-1], err)
	}
	w.see(nameKey{name: "tomorrow.example.org", kind: "tls"}, sighting{last: began.Add(namesAge + 3*time.Second)})
	if rows, _ = w.collect(context.Background(), nil); len(rows) >= namesLimit || rows[0].Host != "tomorrow.example.org" {
		t.Errorf("%d rows after a day, the newest %+v", len(rows), rows[0])
	}
	w.see(nameKey{name: "later.example.org", kind: "tls"}, sighting{last: began.Add(3 * namesAge)})
	if rows, _ = w.collect(context.Background(), nil); len(rows) != 1 {
		t.Errorf("%d rows after three days, want the one that is new", len(rows))
	}
}

func TestNamesCountInPowersOfTwo(t *testing.T) {
	w := newNameWindow(newOwners())
	w.began(nil)
	for n, want := range []int{1, 2, 2, 4, 4, 4, 4, 8} {
		w.see(nameKey{name: "a.example.org", kind: "dns"}, sighting{last: began.Add(time.Duration(n) * time.Second)})
		if rows, _ := w.collect(context.Background(), nil); rows[0].Count != want {
			t.Errorf("seen %d times: count %d, want %d", n+1, rows[0].Count, want)
		}
	}
}

// endless is a live machine's capture: it gives frames until it is closed.
type endless struct {
	host.Host
	frame []byte
	once  sync.Once
	ended chan struct{}
}

func (e *endless) Packets(context.Context, []bpf.RawInstruction) (host.PacketSource, error) {
	return e, nil
}

func (e *endless) ReadPacketData() ([]byte, gopacket.CaptureInfo, error) {
	select {
	case <-e.ended:
		return nil, gopacket.CaptureInfo{}, io.EOF
	case <-time.After(time.Millisecond):
		return e.frame, gopacket.CaptureInfo{Timestamp: time.Now()}, nil
	}
}

func (e *endless) Close() error {
	e.once.Do(func() { close(e.ended) })
	return nil
}

func TestNamesWatchEndsWithItsContext(t *testing.T) {
	h := &endless{Host: machine(t, ""), frame: udp4(t, 53, parsetest.DNS(t, false, "relay.example.org.")), ended: make(chan struct{})}
	s := Names()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Watch(ctx, h) }()
	for {
		if rows, coverage := Look(context.Background(), h, s); coverage.State != finding.CoverageOK {
			t.Fatalf("coverage while listening: %+v", coverage)
		} else if len(rows) > 0 {
			break
		}
	}
	cancel()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("ended with %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("still watching")
	}
}
