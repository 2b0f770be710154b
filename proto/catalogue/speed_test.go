package catalogue_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
)

// workdays is what a laptop tells over so many spells: what is there all the time, and
// what comes and goes day by day, of a laptop that is driven.
func workdays(n int) catalogue.History {
	always := []string{
		"tool.anydesk.installed", "tool.anydesk.unattended", "tool.teamviewer.installed", "posture.always_on_power", "posture.never_suspended",
		"posture.lid_closed_only_external_display", "network.corporate_neighbours", "network.shelf_of_laptops", "kvm.gadget_constants", "input.injected",
	}
	daily := []string{"tool.anydesk.running", "tool.anydesk.connected", "tool.anydesk.controlled", "network.interpreter_stays_connected", "input.jiggler_pattern"}
	h := catalogue.History{At: now, EnrolledAt: enrolled}
	for _, id := range always {
		h.Spells = append(h.Spells, spell(id, 600, 0))
	}
	for i := 0; len(h.Spells) < n; i++ {
		began := float64(i/len(daily)*24 + 9)
		h.Spells = append(h.Spells, spell(daily[i%len(daily)], began, began-8, fmt.Sprint(i)))
	}
	return h
}

func BenchmarkAssess(b *testing.B) {
	c := embedded(b)
	for _, n := range []int{0, 30, 200, 1000} {
		h := workdays(max(n, 10))
		if n == 0 {
			h.Spells = nil
		}
		b.Run(fmt.Sprintf("spells=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.Assess(h)
			}
		})
		b.Run(fmt.Sprintf("prepared/spells=%d", n), func(b *testing.B) {
			p := c.Prepare(h)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				p.At(now.Add(-time.Duration(i%600) * time.Hour))
			}
		})
	}
}

// BenchmarkAssessSite judges a house of driven laptops, forty spells each.
func BenchmarkAssessSite(b *testing.B) {
	c := embedded(b)
	for _, n := range []int{3, 25, 100} {
		h := catalogue.History{At: now, Subject: catalogue.SubjectSite}
		for i := range n {
			device, person := fmt.Sprint("d", i), fmt.Sprint("p", i)
			for _, s := range join(workdays(38).Spells, one(spell("site.shares_place", 300, 0), spell("site.shares_tenant", 200, 0))) {
				h.Spells = append(h.Spells, at(s, device, person))
			}
		}
		b.Run(fmt.Sprintf("laptops=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.AssessSite(h)
			}
		})
	}
}
