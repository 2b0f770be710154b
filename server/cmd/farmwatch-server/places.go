package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/config"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
	"github.com/farmwatch/farmwatch/server/internal/ingest"
	"github.com/farmwatch/farmwatch/server/internal/place"
)

// listsEvery is how often it is looked whether the lists of egress changed.
const listsEvery = time.Minute

// survey opens what is known of networks and countries, and says what is not.
func survey(w world, c config.Config, o *state, key []byte, log *slog.Logger) *place.Surveyor {
	atlas := place.Open(c.Geo(), w.now())
	for _, sentence := range atlas.Missing() {
		log.Warn("places are not all known", "missing", sentence)
	}
	for _, s := range atlas.Sources() {
		log.Info("places are known by", "source", s.Name, "version", s.Version, "licence", s.Licence, "attribution", s.Attribution)
	}
	return place.NewSurveyor(atlas, o.store, func(value string) string { return enroll.Pseudonym(key, value) })
}

// doorOf is how agents come in.
func doorOf(w world, c config.Config, o *state, log *slog.Logger) (ingest.Door, error) {
	proxies, err := c.ProxyRanges()
	return ingest.Door{TLS: o.authority.ServerTLS(append([]string{hostOf(c.Agents)}, c.Names...)), Proxies: proxies, Now: w.now, Log: log}, err
}

// keepListsRead reads the lists of egress at the start and whenever they changed,
// also by another process.
func (c *collector) keepListsRead(ctx context.Context) error {
	tick := time.NewTicker(listsEvery)
	defer tick.Stop()
	for {
		if err := c.places.Refresh(ctx); err != nil && ctx.Err() == nil {
			c.log.ErrorContext(ctx, "the lists of egress stay as they were read", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// tellPlaces says what a collector knows of places, for who verifies it.
func tellPlaces(w world, c config.Config) error {
	atlas := place.Open(c.Geo(), w.now())
	for _, s := range atlas.Sources() {
		if _, err := fmt.Fprintf(w.out, "places: %s %s of %s, %s. %s\n", s.Name, s.Version, s.At.Format(time.DateOnly), s.Licence, s.Attribution); err != nil {
			return err
		}
	}
	for _, sentence := range atlas.Missing() {
		if _, err := fmt.Fprintln(w.out, "places:", sentence); err != nil {
			return err
		}
	}
	return nil
}
