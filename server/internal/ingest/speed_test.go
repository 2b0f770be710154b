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
