package api_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/api/apitest"
)

// BenchmarkBusyLaptop measures what it costs to judge a laptop whose past is
// long: a tool that came and went five hundred times.
func BenchmarkBusyLaptop(b *testing.B) {
	r := apitest.New(b)
	r.Enrol("d1", "laptop")
	for range 500 {
		for _, status := range []finding.Status{finding.Open, finding.Closed} {
			r.Find("d1", "tool.anydesk.running", "u1", status)
			r.Pass(10 * time.Minute)
		}
	}
	for b.Loop() {
		r.Pass(time.Second)
		r.Find("d1", "tool.anydesk.running", "u1", finding.Open)
		r.Pass(time.Second)
		r.Find("d1", "tool.anydesk.running", "u1", finding.Closed)
	}
}

// BenchmarkSanctionedLaptop measures what it costs to read the past of a
// laptop where a hundred sanctions hold, each of which was changed ten times.
func BenchmarkSanctionedLaptop(b *testing.B) {
	r := apitest.New(b)
	r.Enrol("d1", "laptop")
	for version := range 10 {
		r.Pass(time.Hour)
		var list []alert.Sanction
		for i := range 100 {
			list = append(list, alert.Sanction{ID: fmt.Sprint(i, "/", version), Name: fmt.Sprint("s", i), Version: version + 1, Tools: []string{fmt.Sprint("tool", i)}, Groups: []string{alert.AllWorkstations},
				Tenants: []alert.Tenant{{Pseudonym: "p:0123456789abcdef", Label: "ours"}}, CreatedAt: r.Now(), StartsAt: r.Now(), ExpiresAt: r.Now().Add(alert.LongestSanction)})
		}
		if err := r.Store.AddSanctions(b.Context(), "sanction.apply", list...); err != nil {
			b.Fatal(err)
		}
	}
	r.Pass(200 * 24 * time.Hour)
	r.Find("d1", "tool.anydesk.running", "u1", finding.Open)
	for b.Loop() {
		if p, err := r.Store.Past(b.Context(), "d1"); err != nil || len(p.Sanctions) != 100 {
			b.Fatal(len(p.Sanctions), err)
		}
	}
}
