package apitest

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/wave"
)

// Notice looks for what appeared on many laptops at once, and judges those again.
func (r *Rig) Notice() {
	r.t.Helper()
	waves := assess.NewWaveRunner(r.Store, r.known, wave.Default(), r.Now, func() {}, slog.New(slog.DiscardHandler))
	if err := waves.Look(context.Background()); err != nil {
		r.t.Fatal(err)
	}
	r.Assess()
}

// Rollout enrols so many laptops, r1 named rolled-01 and so on, on which a rule begins
// to hold, a minute after one another.
func (r *Rig) Rollout(laptops int, rule string) {
	r.t.Helper()
	for i := range laptops {
		id := fmt.Sprintf("r%d", i+1)
		r.Enrol(id, fmt.Sprintf("rolled-%02d", i+1))
		r.Find(id, rule, "u-"+id, finding.Open)
		r.Pass(time.Minute)
	}
}
