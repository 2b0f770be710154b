package main

import (
	"fmt"
	"log/slog"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/config"
	"github.com/farmwatch/farmwatch/server/internal/egress"
	"github.com/farmwatch/farmwatch/server/internal/place"
)

// judgeEgress wires what judges where devices stand.
func judgeEgress(w world, c config.Config, o *state, known *catalogue.Catalogue, atlas *place.Atlas, concluded func(string), log *slog.Logger) (*assess.EgressRunner, error) {
	var stands *egress.Place
	if c.Place != "" {
		var err error
		if stands, err = egress.ReadPlace(c.Place); err != nil {
			return nil, fmt.Errorf("place: %w", err)
		}
	}
	return assess.NewEgressRunner(assess.EgressOptions{
		Store: o.store, Catalogue: known, Numbers: egress.Numbers(c.Egress), Place: stands, Missing: func() []string { return absent(atlas) }, Now: w.now, Concluded: concluded, Log: log,
	}), nil
}

// everySource is how many files an atlas is made of: networks and countries.
const everySource = 2

// absent says which files about addresses are not there. One that is only old still tells.
func absent(atlas *place.Atlas) []string {
	if len(atlas.Sources()) >= everySource {
		return nil
	}
	return atlas.Missing()
}
