package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	agentv1 "github.com/farmwatch/farmwatch/proto/farmwatch/agent/v1"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/bundle"
	"github.com/farmwatch/farmwatch/server/internal/config"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
	"github.com/farmwatch/farmwatch/server/internal/ingest"
	"github.com/farmwatch/farmwatch/server/internal/place"
	"github.com/farmwatch/farmwatch/server/internal/store"
)

// patience is how long a stop waits for streams and requests to end by themselves.
const patience = 5 * time.Second

func serveCommand(w world) *cobra.Command {
	var s settings
	var agents, console, link string
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run the collector until SIGINT or SIGTERM",
		Example: "  farmwatch-server serve\n" +
			"  farmwatch-server serve --state ./state --agents :7443 --console 127.0.0.1:7480 --sign-in-link admin",
		Args: arguments(0),
		RunE: func(c *cobra.Command, _ []string) error {
			configured, err := s.read(w)
			if err != nil {
				return err
			}
			configured.Agents = over(configured.Agents, agents)
			configured.Console = over(configured.Console, console)
			return serve(c.Context(), w, configured, link)
		},
	}
	s.flags(c)
	c.Flags().StringVar(&agents, "agents", "", "where agents are listened to, host:port")
	c.Flags().StringVar(&console, "console", "", "where the console is served, host:port")
	c.Flags().StringVar(&link, "sign-in-link", "", "print a one-time sign-in link for this user, who becomes an admin if there is no such user")
	return c
}

// over is a flag over what was configured.
func over(configured, flag string) string {
	if flag != "" {
		return flag
	}
	return configured
}

// serve opens everything, serves until ctx ends, and closes everything.
func serve(ctx context.Context, w world, c config.Config, link string) error {
	o, err := openState(ctx, w, c)
	if err != nil {
		return err
	}
	ballast := make([]byte, assess.Ballast)
	defer runtime.KeepAlive(ballast)
	collector, err := assemble(w, c, o)
	if err == nil {
		err = o.store.RaiseBundles(ctx, w.now())
	}
	if err == nil {
		err = collector.run(ctx, func(bound config.Config) error {
			if link == "" {
				return nil
			}
			return firstLink(ctx, w, o, bound, link)
		})
	}
	return errors.Join(err, o.Close())
}

// A collector is everything that runs while it serves.
type collector struct {
	config  config.Config
	store   *store.SQLite
	now     func() time.Time
	log     *slog.Logger
	runner  *assess.Runner
	places  *place.Surveyor
	lookers []looker
	ingest  *ingest.Server
	agents  *grpc.Server
	console *http.Server
}

// assemble wires the parts together; nothing runs yet.
func assemble(w world, c config.Config, o *state) (*collector, error) {
	log := logger(w, c)
	var reports *ingest.Server // made below, since it needs the runner; nothing is cut before it serves
	connected := streams{cut: func(deviceID string) { reports.Cut(deviceID) }, tell: func(deviceID string) { reports.Tell(deviceID) }}
	key, err := enroll.PseudonymKey(c.StateDir, w.random)
	if err != nil {
		return nil, err
	}
	own, err := enroll.AddressKey(c.StateDir, w.random)
	if err != nil {
		return nil, err
	}
	places := survey(w, c, o, own, log)
	runner, lookers, console, err := conclude(w, c, o, keys{company: key, own: own}, places.Atlas(), connected, log)
	if err != nil {
		return nil, err
	}
	if console.TLSConfig, err = consoleTLS(c); err != nil {
		return nil, err
	}
	signer, err := o.authority.OpenSigner(c.StateDir)
	if err != nil {
		return nil, err
	}
	limits := ingest.DefaultLimits()
	limits.Streams = c.MaxAgents
	enrolment := enroll.NewService(enroll.Options{
		Authority: o.authority, Store: o.store, PseudonymKey: key, Now: w.now, Random: w.random, Log: log,
	})
	reports = ingest.NewServer(ingest.Options{
		Store: o.store, Verifier: o.authority, Renewer: enrolment, Bundles: bundle.NewMaker(o.store, signer, w.now), Places: places,
		Notify: runner.Notify, Now: w.now, Limits: limits, Log: log,
	})
	door, err := doorOf(w, c, o, log)
	if err != nil {
		return nil, err
	}
	agents := ingest.Listener(door, limits)
	agentv1.RegisterEnrollmentServiceServer(agents, enrolment)
	agentv1.RegisterAgentServiceServer(agents, reports)
	return &collector{config: c, store: o.store, now: w.now, log: log, runner: runner, places: places, lookers: lookers, ingest: reports, agents: agents, console: console}, nil
}

// consoleTLS reads the console's certificate at the start, so that a mistake in it is met there.
func consoleTLS(c config.Config) (*tls.Config, error) {
	if c.ConsoleCertificate == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(c.ConsoleCertificate, c.ConsoleKey)
	if err != nil {
		return nil, fmt.Errorf("read the console's certificate %s and key %s: %w", c.ConsoleCertificate, c.ConsoleKey, err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}, nil
}

// hostOf is the host the agents' port is bound to, so that the certificate names it.
func hostOf(address string) string {
	host, _, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err != nil || ip != nil && ip.IsUnspecified() {
		return ""
	}
	return host
}

// run listens, says so, and serves until ctx ends or a part of it breaks.
func (c *collector) run(ctx context.Context, ready func(config.Config) error) error {
	agents, err := listen(ctx, "agents", c.config.Agents)
	if err != nil {
		return err
	}
	console, err := listen(ctx, "console", c.config.Console)
	if err != nil {
		return errors.Join(err, agents.Close())
	}
	// What is stored goes on until the last stream has ended.
	storing, stored := context.WithCancel(context.WithoutCancel(ctx))
	group, serving := errgroup.WithContext(ctx)
	group.Go(func() error { c.ingest.Run(storing); return nil })
	group.Go(func() error { return c.agents.Serve(agents) })
	group.Go(func() error { return c.serveConsole(console) })
	group.Go(func() error { return c.runner.Run(serving) })
	for _, l := range c.lookers {
		group.Go(func() error { return l.Run(serving) })
	}
	group.Go(func() error { return c.forget(serving) })
	group.Go(func() error { return c.keepListsRead(serving) })
	group.Go(func() error {
		<-serving.Done()
		defer stored()
		return c.stop()
	})
	bound := c.config
	bound.Agents, bound.Console = agents.Addr().String(), console.Addr().String()
	if err := keepServed(bound); err != nil {
		c.log.Warn("sign-in links and tokens will name the configured addresses", "error", err)
	}
	group.Go(func() error { return ready(bound) })
	c.log.Info("ready", "agents.address", bound.Agents, "console.address", consoleURL(bound), "version", version)
	return group.Wait()
}

// listen takes the address of a setting, or says what to do where another program has it.
func listen(ctx context.Context, setting, address string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s: another program listens on %s already; stop it, or give another address by --%s or by %s in the configuration",
			setting, address, setting, setting)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: listen on %s: %w", setting, address, err)
	}
	return l, nil
}

func (c *collector) serveConsole(l net.Listener) error {
	var err error
	if c.console.TLSConfig != nil {
		err = c.console.ServeTLS(l, "", "")
	} else {
		err = c.console.Serve(l)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve the console: %w", err)
}

// stop ends streams and requests in order, and by force where they do not end.
func (c *collector) stop() error {
	c.log.Info("stopping")
	c.ingest.Close()
	force := time.AfterFunc(patience, c.agents.Stop)
	defer force.Stop()
	c.agents.GracefulStop()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := c.console.Shutdown(ctx); err != nil {
		return errors.Join(c.console.Close(), nil)
	}
	return nil
}
