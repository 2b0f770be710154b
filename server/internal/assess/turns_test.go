package assess_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// endless is a store of one laptop whose past never ends, as one that tells of the last
// season again and again; others have news after it was begun.
type endless struct {
	sync.Mutex
	turns  int
	dirty  []string
	judged []string
	sweeps int
	broken string // cannot be judged
}

func (e *endless) DirtyDevices(context.Context) (list []device.Dirty, err error) {
	e.Lock()
	defer e.Unlock()
	for _, id := range e.dirty {
		list = append(list, device.Dirty{DeviceID: id})
	}
	return list, nil
}

func (e *endless) RestlessDevices(context.Context, string, time.Time) ([]string, error) {
	e.Lock()
	defer e.Unlock()
	e.sweeps++
	return nil, nil
}

func (e *endless) Judge(ctx context.Context, ids []string, _ func(assess.Past) (assess.Verdict, bool)) (list []assess.Verdict, err error) {
	e.Lock()
	defer e.Unlock()
	if slices.Contains(ids, e.broken) {
		return nil, errors.New("not today")
	}
	for _, id := range ids {
		if id == "endless" {
			if e.turns++; e.turns == 3 {
				e.dirty = append(e.dirty, "late")
			}
			list = append(list, assess.Verdict{More: true})
			continue
		}
		e.judged = append(e.judged, id)
		e.dirty = slices.DeleteFunc(e.dirty, func(d string) bool { return d == id })
		list = append(list, assess.Verdict{})
	}
	time.Sleep(time.Second) // of the bubble
	return list, ctx.Err()
}

// One laptop with more news than there is an end to keeps nobody waiting: neither whose
// news came after it was begun, nor what only time brings.
func TestALaptopWithoutAnEndKeepsNobodyWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &endless{dirty: []string{"broken", "endless", "soon"}, broken: "broken"}
		runner := assess.NewRunner(e, &catalogue.Catalogue{}, time.Now, nil, func([]alert.Alert) {}, slog.New(slog.DiscardHandler))
		ctx, stop := context.WithTimeout(t.Context(), 10*time.Minute)
		defer stop()
		if err := runner.Run(ctx); err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(e.judged, "soon") || !slices.Contains(e.judged, "late") {
			t.Errorf("beside %d turns of one laptop these were judged: %v", e.turns, e.judged)
		}
		if e.sweeps < 3 || e.turns < 100 {
			t.Errorf("%d sweeps in ten minutes, and %d turns", e.sweeps, e.turns)
		}
	})
}

// What only time brought and takes several turns is dirty between them: a collector that
// ends in the midst of it takes it up again.
func TestHalfAJudgementIsTakenUpAgain(t *testing.T) {
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	r := newRig(t, func() time.Time { return now })
	if err := r.runner.Catch(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, more := range []bool{false, true} {
		_, err := r.db.Judge(t.Context(), []string{"d1"}, func(assess.Past) (assess.Verdict, bool) { return assess.Verdict{Seen: now, More: more}, true })
		if err != nil {
			t.Fatal(err)
		}
		if dirty, err := r.db.DirtyDevices(t.Context()); err != nil || len(dirty) > 0 != more {
			t.Errorf("more is %v, and dirty are %v, %v", more, dirty, err)
		}
	}
}
