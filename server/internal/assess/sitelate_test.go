package assess_test

import (
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/roster"
	"github.com/farmwatch/farmwatch/server/internal/site"
)

// A KVM was at one laptop in the morning, which sleeps since then, and is at another one
// at noon. What is found of the sleeping one began when it was heard last, not later.
func TestNothingBeginsAfterALaptopFellAsleep(t *testing.T) {
	h := newHouse(t)
	h.enroll("a", "b")
	tell := func(id string, found []finding.Finding) {
		w := word{id: id, gateway: "p:home of " + id, address: "p:home of " + id, network: 3320, findings: found}
		if len(found) > 0 {
			w.facts = []finding.Facts{{Class: "usb_devices", Rows: found[0].Evidence}}
		}
		h.tell(w)
	}
	entries, err := roster.Read(roster.Devices, "f", "csv", []byte("device,person\na,p-1\nb,p-2\n"), roster.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.db.ReplaceImport(t.Context(), roster.Import{Kind: roster.Devices, Label: "f", By: "ada", At: h.now}, entries, nil); err != nil {
		t.Fatal(err)
	}
	tell("b", nil)
	h.now = h.now.AddDate(0, 0, 1)
	tell("a", h.kvm("a", "p:kvm", h.now))
	tell("b", nil)
	heard := h.now
	h.now = h.now.Add(4 * time.Hour)
	tell("b", h.kvm("b", "p:kvm", h.now))
	h.look()
	tell("b", nil)
	h.now = h.now.AddDate(0, 0, 1)
	tell("b", nil)
	h.look()
	p, err := h.db.Past(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, s := range p.Spells {
		if rule, _ := h.catalogue.Rule(s.Finding.Rule); rule.Class == site.Class {
			found++
			if s.From.After(heard) || s.Last.Before(s.From) {
				t.Errorf("%s began %s and was there last %s; the laptop was heard last %s", s.Finding.Rule, s.From, s.Last, heard)
			}
		}
	}
	if found != 1 {
		t.Errorf("%d things are found of it by what it shares, want that one KVM was at both", found)
	}
}
