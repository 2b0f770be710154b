package api_test

import (
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
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
