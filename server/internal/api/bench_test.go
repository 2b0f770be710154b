package api_test

import (
	"fmt"
	"testing"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/api/apitest"
)

// BenchmarkFleet measures what a fleet of a thousand laptops, each with an
// alert, costs to sweep and to show.
func BenchmarkFleet(b *testing.B) {
	r := apitest.New(b)
	for i := range 1000 {
		id := fmt.Sprintf("d%04d", i)
		r.Enrol(id, "laptop-"+id)
		r.Find(id, "kvm.test", "u"+id, finding.Open)
	}
	ctx := b.Context()
	b.Run("sweep", func(b *testing.B) {
		for b.Loop() {
			if err := r.Runner.Sweep(ctx); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("alerts", func(b *testing.B) {
		for b.Loop() {
			if p, err := r.Store.AlertPage(ctx, alert.Filter{States: []string{"new"}, Words: []string{"laptop"}, Limit: 50}); err != nil || p.Total != 1000 {
				b.Fatal(p.Total, err)
			}
		}
	})
	b.Run("devices", func(b *testing.B) {
		for b.Loop() {
			if f, err := r.Store.Fleet(ctx); err != nil || len(f) != 1000 {
				b.Fatal(len(f), err)
			}
		}
	})
	b.Run("case", func(b *testing.B) {
		for b.Loop() {
			if _, err := r.Store.AlertCase(ctx, "00000000-0000-7000-8000-000000000001"); err != nil {
				b.Fatal(err)
			}
		}
	})
}
