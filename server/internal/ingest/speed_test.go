package ingest_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
	"github.com/farmwatch/farmwatch/server/internal/ingest"
)

// A void takes everything and keeps nothing: the ceiling for any store.
type void struct {
	ingest.Store
	mu    sync.Mutex
	acked map[string]uint64
}

func (v *void) Acked(_ context.Context, id, epoch string) (uint64, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.acked[id+epoch], nil
}

func (v *void) Record(_ context.Context, deliveries []device.Delivery) ([]device.Receipt, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	receipts := make([]device.Receipt, len(deliveries))
	for i, d := range deliveries {
		if d.Entry != nil {
			v.acked[d.DeviceID+d.Epoch] = d.Entry.Seq
		}
		receipts[i] = device.Receipt{Outcome: device.Stored, Acked: v.acked[d.DeviceID+d.Epoch]}
	}
	return receipts, nil
}

// BenchmarkIngest sends entries over 16 streams and waits for every
// acknowledgement; both ends run in this process. Compare the two.
func BenchmarkIngest(b *testing.B) {
	unlimited := func(o *ingest.Options) { o.Limits.Entries = rate.Inf }
	nothing := func(o *ingest.Options) { o.Store = &void{Store: o.Store, acked: make(map[string]uint64)} }
	b.Run("void", func(b *testing.B) { benchmark(b, unlimited, nothing) })
	b.Run("sqlite", func(b *testing.B) { benchmark(b, unlimited) })
}

func benchmark(b *testing.B, edit ...func(*ingest.Options)) {
	const streams = 16
	collector := newBench(b, edit...)
	open := make([]*stream, streams)
	for i := range open {
		open[i] = collector.enrol(fmt.Sprint("device ", i)).hello("e1", 0)
	}
	at := collector.now()
	each := uint64(b.N/streams + 1)
	b.ResetTimer()
	var all sync.WaitGroup
	for _, s := range open {
		all.Go(func() { s.acked(each) })
		all.Go(func() {
			for seq := range each {
				s.send(entry(seq+1, routine(at.Add(time.Duration(seq)*time.Millisecond))))
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N), "µs/entry")
}

// routine is what an agent mostly says: one finding is still there, one class changed.
func routine(at time.Time) finding.Report {
	r := report("0123456789abcdef0123456789abcdef", at)
	for i := range 4 {
		r.Facts = append(r.Facts[:0], finding.Facts{Class: "usb_devices", Rows: append(rowsOf(r), finding.Observation{
			Class: "usb_devices", UID: fmt.Sprint("row", i), Columns: map[string]string{"port": "1-1", "vendor_id": "046d", "product": "Unifying Receiver"}})})
	}
	r.Coverage = []finding.Coverage{{Class: "usb_devices", State: finding.CoverageOK, Since: at}}
	return r
}

func rowsOf(r finding.Report) []finding.Observation {
	if len(r.Facts) == 0 {
		return nil
	}
	return r.Facts[0].Rows
}

// BenchmarkBundle is what each Welcome costs beside the stream: what the device
// is asked is read, and signed. A fleet that comes back at once has as many.
func BenchmarkBundle(b *testing.B) {
	collector := newBench(b)
	a := collector.enrol("one")
	a.ask("q1")
	for b.Loop() {
		if signed, _, err := collector.options.Bundles.Make(b.Context(), a.id, 0); err != nil || signed == nil {
			b.Fatal(signed, err)
		}
	}
}

// BenchmarkHeard is what a heartbeat costs the store, in batches as a fleet of 512
// brings them: as most are, that note no place; as every tenth is, that notes one
// with what the device last told of its network; and one that notes a new place.
func BenchmarkHeard(b *testing.B) {
	const fleet = 512
	stay := device.Stay{Address: "p:0123456789abcdef0123456789abcdef", Network: 7922, NetworkName: "Comcast Cable Communications, LLC", NetworkClass: device.NetworkResidential, Country: "US", RoundTrip: 31 * time.Millisecond}
	for name, note := range map[string]func(i int) *device.Stay{
		"unnoted": func(int) *device.Stay { return nil },
		"noted":   func(int) *device.Stay { return &stay },
		"moved": func(i int) *device.Stay {
			moved := stay
			moved.Address = fmt.Sprint("p:", i%60)
			return &moved
		},
	} {
		b.Run(name, func(b *testing.B) {
			collector := newBench(b)
			batch := make([]device.Delivery, fleet)
			for i := range batch {
				id := fmt.Sprint("device ", i)
				collector.save(id)
				batch[i] = device.Delivery{DeviceID: id, AgentID: id, Epoch: "e1", ReceivedAt: collector.now()}
				told := batch[i]
				told.Entry = &device.Entry{Seq: 1, Wire: []byte("as it came"), Report: attached(collector.now(), "p:0123456789abcdef0123456789abcdef")}
				if _, err := collector.store.Record(b.Context(), []device.Delivery{told}); err != nil {
					b.Fatal(err)
				}
			}
			rounds := 0
			for b.Loop() {
				for i := range batch {
					batch[i].Heard = &device.Heard{Stay: note(rounds)}
				}
				if _, err := collector.store.Record(b.Context(), batch); err != nil {
					b.Fatal(err)
				}
				rounds++
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(rounds*fleet), "µs/heartbeat")
		})
	}
}

// save brings a device into the store without the wire.
func (b *bench) save(id string) {
	b.Helper()
	err := b.store.Enrolment(context.Background(), func(tx enroll.Tx) error {
		return tx.SaveEnrolment(context.Background(), device.Device{ID: id, AgentID: id, Name: id, EnrolledAt: b.now()}, "token")
	})
	if err != nil {
		b.Fatal(err)
	}
}
