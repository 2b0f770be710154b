package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/farmwatch/farmwatch/agent/internal/config"
	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// serviceRun is the word by which Windows and macOS start the service.
const serviceRun = "service-run"

// serviceRunCommand is run for a system that gives a service neither a standard
// error nor, on Windows, a signal to end by.
func serviceRunCommand(w world) *cobra.Command {
	c := &cobra.Command{
		Use: serviceRun, Short: "What Windows and macOS start as the service", Args: cobra.NoArgs, Hidden: true,
	}
	s := settingsFlags(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		return host.Serve(c.Context(), serviceName, func(ctx context.Context) error {
			if err := guardOwn(config.Own()); err != nil {
				return err
			}
			conf, err := s.load(w)
			if err != nil {
				return err
			}
			conf.LogFile = cmp.Or(conf.LogFile, config.ServiceLog(), filepath.Join(conf.StateDir, "agent.log"))
			return run(ctx, w, conf, host.Live(w.now))
		})
	}
	return c
}

// guardOwn closes the folder in which configuration, token and state lie, before
// anything is read from it or written into it: everybody may make files below
// C:\ProgramData, and a configuration that somebody put there would say where the
// system's account writes.
func guardOwn(folder string) error {
	if folder == "" {
		return nil
	}
	return host.GuardFolder(folder)
}

// keepCrash has the runtime write into a file what it says when the program
// crashes, which otherwise nobody would ever read.
func keepCrash(log string) {
	file, err := os.OpenFile(log+".crash", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return // the log, beside it, will say why
	}
	if about, err := file.Stat(); err == nil && about.Size() > longestLog {
		_ = file.Truncate(0) // what is there is old, and no disk is to fill
	}
	_ = debug.SetCrashOutput(file, debug.CrashOptions{}) // keeps a handle of its own
	_ = file.Close()
}

// prepared opens what the agent needs before all else: its folder, closed to
// others, and its log.
func prepared(w world, c config.Config) (world, func(), error) {
	if err := host.GuardFolder(c.StateDir); err != nil {
		return w, nil, mendable(err)
	}
	out, done, err := kept(c.LogFile, w.err)
	if err != nil {
		return w, nil, mendable(err)
	}
	w.err = out
	if c.LogFile != "" {
		keepCrash(c.LogFile) // not before both folders were looked at
	}
	return w, done, nil
}

// mendable says of a folder that this account may not write what to do about it.
func mendable(err error) error {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, host.ErrDenied) {
		return fmt.Errorf("%w: %s, as the service does, or name another folder with --state", err, asAdministrator(runtime.GOOS))
	}
	return err
}
