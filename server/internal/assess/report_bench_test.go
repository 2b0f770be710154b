package assess_test

import (
	"database/sql"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/store"
)

// benchEnd is the present of the fleets.
var benchEnd = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

// fleetPast fills a store with laptops and 90 days of each: six findings that are there, and
// of ten more that come and go three a day where a laptop is busy, as every tenth is, and one
// in three days elsewhere.
const fleetPast = `
CREATE TEMP TABLE r (k INTEGER PRIMARY KEY, rule TEXT, class TEXT);
INSERT INTO r VALUES (0,'tool.teamviewer.installed','programs'),(1,'tool.openvpn.running','processes'),(2,'posture.always_on_power','posture'),
 (3,'tool.vscode-tunnel.installed','programs'),(4,'tool.tailscale.running','processes'),(5,'kvm.absolute_pointer','usb_devices'),
 (6,'tool.quick-assist.opened','processes'),(7,'tool.quick-assist.controlled','process_open_sockets'),(8,'tool.ngrok.running','processes'),
 (9,'posture.lid_closed_only_external_display','posture'),(10,'tool.anydesk.contacted','dns_names'),(11,'tool.teamviewer.running','processes'),
 (12,'tool.teamviewer.connected','process_open_sockets'),(13,'display.default_serial','connected_displays'),(14,'session.remote_desktop','remote_sessions'),(15,'posture.never_suspended','posture');
CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < @devices - 1) SELECT i FROM n;
INSERT INTO devices (id, agent_id, certificate, name, os, os_version, arch, agent_version, enrolled_at, last_seen, told_at)
SELECT printf('d%06d', i), 'a', 'c', printf('laptop-%d', i), 'linux', '', 'amd64', 'v1', @end - 200 * 86400000000, @end - 60000000, @end - 60000000 FROM n;
INSERT INTO agents (id, device_id, token_id, enrolled_at) SELECT printf('a%06d', i), printf('d%06d', i), 't', @end - 200 * 86400000000 FROM n;
INSERT INTO epochs (device_id, epoch, acked, started_at) SELECT printf('d%06d', i), 'e', 0, 1 FROM n;
INSERT INTO findings (device_id, uid, rule, title, status, severity, confidence, first_seen, last_seen, first_seen_raw, last_seen_raw, received_at, epoch_id, evidence)
SELECT printf('d%06d', i), printf('%08x%08x', i, k), rule, rule, CASE WHEN k < 6 THEN 'open' ELSE 'closed' END, 'medium', 'medium', @end - 90 * 86400000000, @end - 60000000, 0, 0, @end, i + 1,
 printf('[{"class":"%s","uid":"%08x","columns":{"name":"some-program","path_hash":"p:0123456789abcdef0123456789abcdef","parent":"explorer","pid":"%d","state":"running","started":"2026-11-01","user":"p:fedcba9876543210"}}]', class, i, 4000 + k)
FROM n, r;
INSERT INTO spells (device_id, uid, from_raw, from_at, last_at, to_at)
SELECT printf('d%06d', i), printf('%08x%08x', i, k), 0, @end - (40 + k) * 86400000000, @end - 60000000, NULL FROM n, r WHERE k < 6;
CREATE TEMP TABLE s AS WITH RECURSIVE s(j) AS (SELECT 0 UNION ALL SELECT j + 1 FROM s WHERE j < 269) SELECT j FROM s;
INSERT INTO spells (device_id, uid, from_raw, from_at, last_at, to_at)
SELECT printf('d%06d', i), printf('%08x%08x', i, 6 + j % 10), j + 1, at, at + 2400000000, at + 2400000000
FROM (SELECT i, j, @end - 90 * 86400000000 + j * 28800000000 + (i % 97) * 60000000 AS at FROM n, s WHERE i % 10 = 0 OR j % 10 = 3);`

// A benchFleet is a collector with a fleet in its store.
type benchFleet struct {
	db     *store.SQLite
	runner *assess.Runner
	now    time.Time
	seqs   map[int]uint64
}

func newBenchFleet(b *testing.B, devices int) *benchFleet {
	b.Helper()
	path := filepath.Join(b.TempDir(), "s.db")
	db, err := store.Open(b.Context(), path)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	raw, err := sql.Open("sqlite", "file:"+path+"?_pragma=synchronous(OFF)&_pragma=foreign_keys(0)&_pragma=busy_timeout(10000)&_pragma=temp_store(MEMORY)")
	if err != nil {
		b.Fatal(err)
	}
	raw.SetMaxOpenConns(1)
	defer func() { _ = raw.Close() }()
	fill := strings.NewReplacer("@devices", strconv.Itoa(devices), "@end", strconv.FormatInt(benchEnd.UnixMicro(), 10)).Replace(fleetPast)
	if _, err := raw.ExecContext(b.Context(), "BEGIN;"+fill+"COMMIT; PRAGMA wal_checkpoint(TRUNCATE);"); err != nil {
		b.Fatal(err)
	}
	known, err := catalogue.Embedded()
	if err != nil {
		b.Fatal(err)
	}
	f := &benchFleet{db: db, now: benchEnd, seqs: map[int]uint64{}}
	ids := 0
	f.runner = assess.NewRunner(db, known, func() time.Time { return f.now }, func() string { ids++; return fmt.Sprintf("alert-%08d", ids) }, func([]alert.Alert) {}, slog.New(slog.DiscardHandler))
	return f
}

// tell lets a laptop report that something it has not told of came, or went again.
func (f *benchFleet) tell(b *testing.B, i int) {
	b.Helper()
	f.now = f.now.Add(90 * time.Second)
	f.seqs[i]++
	seq := f.seqs[i]
	v := finding.Finding{UID: fmt.Sprintf("%08x%08x", i, 7), Rule: "tool.quick-assist.controlled", Title: "This device is controlled now", Status: finding.Open, Severity: finding.SeverityHigh,
		Confidence: finding.ConfidenceHigh, FirstSeen: f.now, LastSeen: f.now, Evidence: []finding.Observation{{Class: "process_open_sockets", UID: "x", Columns: map[string]string{"name": "quickassist", "pid": "4711", "state": "ESTABLISHED"}}}}
	if seq%2 == 0 {
		v.Status, v.FirstSeen = finding.Closed, f.now.Add(-90*time.Second)
	}
	receipts, err := f.db.Record(b.Context(), []device.Delivery{{DeviceID: fmt.Sprintf("d%06d", i), AgentID: "a", Epoch: "e", ReceivedAt: f.now,
		Entry: &device.Entry{Seq: seq, Wire: fmt.Appendf(nil, "%d", seq), Report: finding.Report{At: f.now, Findings: []finding.Finding{v}}}}})
	if err != nil || receipts[0].Outcome != device.Stored {
		b.Fatalf("Record = %v, %v", receipts, err)
	}
}

// BenchmarkAssessOneReport is what it costs to assess one report, from what is dirty in
// SQLite to the verdict in SQLite: half of the reports come from busy laptops, as they
// would. FARMWATCH_BENCH_DEVICES names other sizes of the fleet.
func BenchmarkAssessOneReport(b *testing.B) {
	sizes := []int{100, 1000, 10000}
	if named := os.Getenv("FARMWATCH_BENCH_DEVICES"); named != "" {
		sizes = nil
		for word := range strings.FieldsSeq(named) {
			n, err := strconv.Atoi(word)
			if err != nil {
				b.Fatal(err)
			}
			sizes = append(sizes, n)
		}
	}
	for _, devices := range sizes {
		b.Run(strconv.Itoa(devices), func(b *testing.B) { assessReports(b, devices) })
	}
}

func assessReports(b *testing.B, devices int) {
	ballast := make([]byte, assess.Ballast) // as the collector has
	defer runtime.KeepAlive(ballast)
	f := newBenchFleet(b, devices)
	chance := rand.New(rand.NewPCG(1, 2))
	var sample []int
	for range min(400, devices) {
		i := chance.IntN(devices)
		if len(sample)%2 == 0 {
			i -= i % 10
		} else if i%10 == 0 {
			i++
		}
		sample = append(sample, i)
	}
	look := func() {
		if err := f.runner.Catch(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
	for _, i := range sample { // their first judgement looks at all of their past
		f.tell(b, i)
		f.tell(b, i)
		look()
	}
	var costs, waits []time.Duration
	who := 0
	for n := 0; b.Loop(); n++ {
		if n%2 == 0 { // and what came goes again
			who = sample[chance.IntN(len(sample))]
		}
		f.tell(b, who)
		began, cpu := time.Now(), cpuTime(b)
		look()
		costs, waits = append(costs, cpuTime(b)-cpu), append(waits, time.Since(began))
	}
	began := time.Now()
	if err := f.runner.Sweep(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(ms(time.Since(began)), "sweep-ms")
	for name, list := range map[string][]time.Duration{"cpu": costs, "wall": waits} {
		slices.Sort(list)
		b.ReportMetric(ms(list[len(list)/2]), name+"-median-ms")
		b.ReportMetric(ms(list[len(list)*99/100]), name+"-p99-ms")
	}
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// cpuTime is the time that all threads of this process were on a processor, to the
// nanosecond as the kernel's scheduler counts it.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	threads, err := filepath.Glob("/proc/self/task/*/schedstat")
	if err != nil || len(threads) == 0 {
		b.Skip("this system does not tell what its processors did")
	}
	var sum int64
	for _, path := range threads {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // a thread that ended meanwhile
		}
		spent, _, _ := strings.Cut(string(text), " ")
		n, err := strconv.ParseInt(spent, 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		sum += n
	}
	return time.Duration(sum)
}
