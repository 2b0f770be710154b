package assess_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// picky keeps nothing of one laptop, nor of what is to be kept together with it.
type picky struct {
	not  string
	kept []string
}

func (p *picky) Concluded(context.Context, string) (map[string]device.StandingConclusion, error) {
	return nil, nil
}

func (p *picky) Conclude(_ context.Context, list []device.Conclusion) error {
	if slices.ContainsFunc(list, func(c device.Conclusion) bool { return c.DeviceID == p.not }) {
		return errors.New("not today")
	}
	for _, c := range list {
		p.kept = append(p.kept, c.DeviceID)
	}
	return nil
}

// TestALaptopOfWhichNothingCanBeKeptStopsNoOther: neither those that are kept with it nor
// those after it.
func TestALaptopOfWhichNothingCanBeKeptStopsNoOther(t *testing.T) {
	const laptops = 450
	var said []assess.Said
	for n := range laptops {
		said = append(said, assess.Said{DeviceID: fmt.Sprint("d", n), Row: finding.Observation{Class: "c", Columns: map[string]string{"a": "b"}}})
	}
	p, told := &picky{not: "d210"}, 0
	concluder := assess.NewConcluder(p, "c", time.Now, func(string) { told++ })
	if err := concluder.Keep(t.Context(), said, finding.Coverage{State: finding.CoverageOK}); err == nil {
		t.Error("it says nothing of what it could not keep")
	}
	if len(p.kept) != laptops-1 || told != laptops-1 || slices.Contains(p.kept, p.not) {
		t.Errorf("of %d laptops it kept what is said of %d, and told of %d", laptops, len(p.kept), told)
	}
}

// full is a store whose disk takes nothing more.
type full struct{ picky }

func (*full) Conclude(context.Context, []device.Conclusion) error {
	return errors.New("the disk is full, as each of very many laptops finds")
}

// TestAFullDiskIsSaidOnce: what is said of it must not fill it.
func TestAFullDiskIsSaidOnce(t *testing.T) {
	var said []assess.Said
	for n := range 5000 {
		said = append(said, assess.Said{DeviceID: fmt.Sprint("d", n), Row: finding.Observation{Class: "c", Columns: map[string]string{"a": "b"}}})
	}
	err := assess.NewConcluder(&full{}, "c", time.Now, func(string) {}).Keep(t.Context(), said, finding.Coverage{})
	if err == nil || len(err.Error()) > 1000 {
		t.Errorf("%d bytes are said of a full disk", len(fmt.Sprint(err)))
	}
}
