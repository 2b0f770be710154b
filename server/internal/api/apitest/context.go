package apitest

import (
	"context"
	"log/slog"

	"github.com/farmwatch/farmwatch/server/internal/assess"
)

// LookAtContext judges what is imported of every laptop, and then the laptops.
func (r *Rig) LookAtContext() {
	r.t.Helper()
	runner := assess.NewContextRunner(r.Store, r.known, r.Now, func(string) {}, slog.New(slog.DiscardHandler))
	if err := runner.Look(context.Background()); err != nil {
		r.t.Fatal(err)
	}
	r.Assess()
}
