package main

import (
	"log/slog"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/assess"
)

// judgeSites wires what judges which laptops belong together.
func judgeSites(w world, o *state, known *catalogue.Catalogue, stands *assess.EgressRunner, concluded func(string), changed func([]alert.Alert), log *slog.Logger) *assess.SiteRunner {
	return assess.NewSiteRunner(assess.SiteOptions{
		Traits: o.store, Sites: o.store, Grounds: o.store, Conclusions: o.store, Catalogue: known, Ways: stands.Ways,
		Now: w.now, NewID: newID(w), Concluded: concluded, Changed: changed, Log: log,
	})
}
