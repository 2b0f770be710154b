package main

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/config"
	"github.com/farmwatch/farmwatch/server/web"
)

// conclude wires what concludes and what people see of it.
func conclude(w world, _ config.Config, o *state, log *slog.Logger) (*assess.Runner, *http.Server, error) {
	known, err := catalogue.Embedded()
	if err != nil {
		return nil, nil, fmt.Errorf("load the catalogue:\n%w", err)
	}
	changed := func(alerts []alert.Alert) {
		for _, a := range alerts {
			log.Info("alert changed", "alert.id", a.ID, "alert.level", string(a.Level), "alert.state", string(a.State), "device.id", a.DeviceID)
		}
	}
	runner := assess.NewRunner(o.store, known, w.now, newID(w), changed, log)
	console := &http.Server{
		Handler:           http.FileServerFS(web.FS()),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	return runner, console, nil
}

// newID makes ids that sort by when they were made.
func newID(w world) func() string {
	return func() string {
		var random [10]byte
		if _, err := io.ReadFull(w.random, random[:]); err != nil {
			return alert.NewID(w.now(), [10]byte{}) // the time alone is unique enough for a machine without randomness
		}
		return alert.NewID(w.now(), random)
	}
}
