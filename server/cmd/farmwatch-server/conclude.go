package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/api"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/config"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
	"github.com/farmwatch/farmwatch/server/internal/place"
	"github.com/farmwatch/farmwatch/server/internal/report"
	"github.com/farmwatch/farmwatch/server/internal/roster"
	"github.com/farmwatch/farmwatch/server/internal/wave"
	"github.com/farmwatch/farmwatch/server/web"
)

// streams is what people's decisions do to the stream of a device.
type streams struct {
	cut  func(deviceID string) // ends it, when the device is removed
	tell func(deviceID string) // tells the device what its bundle holds now
}

// keys are the two under which things are hashed.
type keys struct {
	company []byte // every agent has it: what it hashes compares equal to what laptops tell
	own     []byte // no agent has it
}

// A looker looks again and again, until the context ends.
type looker interface {
	Run(ctx context.Context) error
}

// conclude wires what concludes and what people see of it. The lookers judge beside the runner.
func conclude(w world, c config.Config, o *state, k keys, atlas *place.Atlas, connected streams, log *slog.Logger) (*assess.Runner, []looker, *http.Server, error) {
	known, err := w.catalogue()
	if err != nil {
		return nil, nil, nil, err
	}
	watch := api.NewWatch()
	changed := func(alerts []alert.Alert) {
		for _, a := range alerts {
			log.Debug("alert changed", "alert.id", a.ID, "alert.level", string(a.Level), "alert.state", string(a.State), "device.id", a.DeviceID)
		}
		watch.Tell(alerts)
	}
	o.store.Compare(known.Joining())
	runner := assess.NewRunner(o.store, known, w.now, newID(w), changed, log)
	stands, err := judgeEgress(w, c, o, known, atlas, runner.Notify, log)
	if err != nil {
		return nil, nil, nil, err
	}
	waves := assess.NewWaveRunner(o.store, known, wave.Default(), w.now, func() { runner.Notify("") }, log)
	lookers := []looker{waves, stands, assess.NewContextRunner(o.store, known, w.now, runner.Notify, log), judgeSites(w, o, known, stands, runner.Notify, changed, log)}
	server := api.NewServer(api.Options{
		Alerts: o.store, Fleet: o.store, Sanctions: o.store, Pasts: o.store, Archive: o.store, KeepRawDays: c.KeepRawDays, Tokens: o.store, TokenMaker: o.authority, Audit: o.store, Presence: o.store,
		Egress: o.store, Notices: o.store, Sites: o.store, Learned: stands.Learned, Ways: stands.Ways, Places: atlas, CollectorPlace: c.Place,
		Packs: report.NewMaker(o.store, known, version, w.now), Sessions: sessions(w, o), Catalogue: known,
		Watch: watch, Assess: func() { runner.Notify("") }, Cut: connected.cut, Tell: connected.tell, Console: web.FS(), InstallServer: installServer(c), Version: version,
		Pseudonym: func(value string) string { return enroll.Pseudonym(k.company, value) },
		Rosters:   o.store, Address: roster.AddressHash(func(value string) string { return enroll.Pseudonym(k.own, value) }),
		Secure: c.ConsoleCertificate != "", Now: w.now, NewID: newID(w), Log: log,
	})
	console := &http.Server{
		Handler:           server.Handler(),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	// One handler speaks gRPC as well, which needs HTTP/2 also where there is no TLS.
	console.Protocols = new(http.Protocols)
	console.Protocols.SetHTTP1(true)
	console.Protocols.SetHTTP2(true)
	console.Protocols.SetUnencryptedHTTP2(true)
	// A watching console never ends its request by itself.
	console.RegisterOnShutdown(watch.Close)
	return runner, lookers, console, nil
}

// installServer is the address agents are told to use: the name they know the
// collector by, else the one its certificate has in any case.
func installServer(c config.Config) string {
	host, port, err := net.SplitHostPort(c.Agents)
	if err != nil { // Validate has refused it before
		return c.Agents
	}
	if len(c.Names) > 0 {
		return net.JoinHostPort(c.Names[0], port)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
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
