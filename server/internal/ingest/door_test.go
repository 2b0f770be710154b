package ingest

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// A script is a connection whose clock moves as it is told.
type script struct {
	net.Conn
	at *time.Time
}

func (s script) Read([]byte) (int, error)    { *s.at = s.at.Add(100 * time.Millisecond); return 1, nil }
func (s script) Write(b []byte) (int, error) { *s.at = s.at.Add(time.Second); return len(b), nil }

func TestTimedConn(t *testing.T) {
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	c := &timedConn{Conn: script{at: &at}, now: func() time.Time { return at }}
	play := func(steps string) time.Duration {
		c.over, c.asked, c.answered = false, time.Time{}, time.Time{}
		for _, s := range steps {
			if s == 'r' {
				_, _ = c.Read(nil)
			} else {
				_, _ = c.Write(nil)
			}
		}
		return c.done()
	}
	for steps, want := range map[string]time.Duration{
		"":       0,
		"r":      0,
		"rw":     0,                       // it answered nothing
		"rwr":    1100 * time.Millisecond, // from before the writing began
		"rwrrr":  1300 * time.Millisecond, // to the last bytes: the first ones may have been sent too soon
		"rwrwr":  1100 * time.Millisecond, // after being asked for another beginning, only the second time counts
		"rwwrrr": 1300 * time.Millisecond,
	} {
		if got := play(steps); got != want {
			t.Errorf("%s: %s, want %s", steps, got, want)
		}
	}
}

func TestTrace(t *testing.T) {
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	told := func(class string, columns map[string]string) finding.Report {
		return finding.Report{Facts: []finding.Facts{{Class: class, Rows: []finding.Observation{{Columns: columns}}}}}
	}
	network := func(gateway, mtu string) finding.Report {
		return told("network_interfaces", map[string]string{"up": "true", "default_route": "true", "gateway": gateway, "mtu": mtu})
	}
	var trace trace
	for i, step := range []struct {
		after   time.Duration
		hears   finding.Report
		address string
		due     bool
	}{
		{0, finding.Report{}, "a", true},
		{time.Minute, finding.Report{}, "a", false},
		{time.Minute, finding.Report{}, "b", true},
		{10 * time.Second, finding.Report{}, "a", false}, // at most every half a minute
		{20 * time.Second, finding.Report{}, "a", true},
		{time.Minute, network("p:1", "1500"), "a", true},
		{time.Minute, network("p:1", "1400"), "a", false}, // nothing that says where
		{time.Minute, told("usb_devices", nil), "a", false},
		{time.Minute, told("system", map[string]string{"time_zone": "Asia/Shanghai", "utc_offset": "480"}), "a", true},
		{time.Minute, network("p:1", "1400"), "a", false},
		{time.Minute, network("p:2", "1400"), "a", true},
		{10 * time.Minute, finding.Report{}, "a", true},
		{-time.Hour, finding.Report{}, "a", true}, // the clock was put back
	} {
		at = at.Add(step.after)
		trace.hears(step.hears)
		if got := trace.due(step.address, at); got != step.due {
			t.Errorf("step %d: due is %v, want %v", i+1, got, step.due)
		}
	}
}

// FuzzProxyHeader reads anything: it is refused, or no byte behind it is touched.
func FuzzProxyHeader(f *testing.F) {
	f.Add([]byte(proxySignature + "\x21\x11\x00\x0c\xcb\x00\x71\x4d\xc0\x00\x02\x01\xd4\x31\x1d\x13rest"))
	f.Add([]byte(proxySignature + "\x20\x00\x00\x00rest"))
	f.Add([]byte(proxySignature + "\x21\x21\xff\xff"))
	f.Add([]byte("PROXY TCP4 203.0.113.77 192.0.2.1 54321 7443\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bytes.NewReader(b)
		from, err := readProxyHeader(r)
		if err != nil {
			return
		}
		rest, err := io.ReadAll(r)
		length := 16 + int(b[14])<<8 + int(b[15])
		if err != nil || length+len(rest) != len(b) || b[12] == proxyCalls && !from.IsValid() {
			t.Errorf("of %d bytes %d are left, it is for %s", len(b), len(rest), from)
		}
	})
}
