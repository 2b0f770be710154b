package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/kardianos/service"
	"github.com/spf13/cobra"

	"github.com/farmwatch/farmwatch/agent/internal/config"
	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// unit is the hardened systemd unit, the same one the package installs.
//
//go:embed farmwatch-agent.service
var unit string

// launchdPlist is the daemon of macOS: the same program as root, started again
// whenever it ends, and out of the way of people.
//
//go:embed launchd.plist
var launchdPlist string

// serviceName is what every system knows the service by.
const serviceName = "farmwatch-agent"

const unitStart = "ExecStart=/usr/bin/farmwatch-agent run"

func serviceCommand(w world) *cobra.Command {
	c := &cobra.Command{Use: "service", Short: "Have the operating system run the agent", Example: serviceExample(runtime.GOOS)}
	var settings string
	add := func(use, short, done string, act func(service.Service) error) {
		c.AddCommand(&cobra.Command{
			Use: use, Short: short, Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error {
				s, err := newService(settings)
				if err != nil {
					return err
				}
				if err := act(s); err != nil {
					return fmt.Errorf("%s the service: %s refused: %w", use, s.Platform(), rightsFor(err))
				}
				_, err = fmt.Fprintf(w.out, "%s (%s)\n", done, s.Platform())
				return err
			},
		})
	}
	add("install", "Install and enable the service", "farmwatch-agent is installed as a service", install)
	add("uninstall", "Stop and remove the service; state and configuration stay", "farmwatch-agent is no longer a service", uninstall)
	add("start", "Start the service", "farmwatch-agent was started", service.Service.Start)
	add("stop", "Stop the service", "farmwatch-agent was stopped", service.Service.Stop)
	c.PersistentFlags().StringVar(&settings, "config", config.Path(), "the configuration file the service will read")
	return c
}

func serviceExample(system string) string {
	if system == "windows" {
		return "  farmwatch-agent service install   (in a terminal opened as administrator)\n  farmwatch-agent service start"
	}
	return "  sudo farmwatch-agent service install\n  sudo farmwatch-agent service start"
}

// rightsFor adds to a refusal how to get the rights.
func rightsFor(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%w: %s", err, asAdministrator(runtime.GOOS))
	}
	return err
}

// asAdministrator says how a person gets the rights that this needs.
func asAdministrator(system string) string {
	if system == "windows" {
		return `run it in a terminal that was opened with "Run as administrator"`
	}
	return "run it as root, with sudo"
}

// install leaves nothing half installed.
func install(s service.Service) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	if err := errors.Join(host.GuardProgram(program), guardOwn(config.Own())); err != nil {
		return err
	}
	if err := s.Install(); err != nil {
		return err
	}
	err = installCompanion(runtime.GOOS, launchAgents, program)
	if err = errors.Join(err, host.SettleService(serviceName)); err != nil {
		return errors.Join(err, removeCompanion(runtime.GOOS, launchAgents), s.Uninstall())
	}
	return nil
}

// uninstall stops first; a service that does not run needs no stopping.
func uninstall(s service.Service) error {
	if status, err := s.Status(); err == nil && status == service.StatusRunning {
		if err := s.Stop(); err != nil {
			return err
		}
	}
	return errors.Join(removeCompanion(runtime.GOOS, launchAgents), s.Uninstall())
}

// newService describes the agent to whatever the operating system runs services with.
func newService(settings string) (service.Service, error) {
	settings, err := filepath.Abs(settings)
	if err != nil {
		return nil, err
	}
	s, err := service.New(idle{}, &service.Config{
		Name:        serviceName,
		DisplayName: "farmwatch agent",
		Description: "Notices when this laptop is driven from somewhere else",
		Arguments:   []string{serviceVerb(runtime.GOOS), "--config", settings},
		Option: service.KeyValue{
			"SystemdScript": strings.Replace(unit, unitStart, `ExecStart={{Path | cmdEscape}}{{range Arguments}} {{. | cmd}}{{end}}`, 1),
			"LaunchdConfig": launchdPlist,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("find what runs services here: %w", err)
	}
	return s, nil
}

// serviceVerb is how a system starts the agent. systemd and OpenRC keep what a
// service prints and stop it by a signal, so that they run what a person runs.
func serviceVerb(system string) string {
	if system == "linux" {
		return "run"
	}
	return serviceRun
}

// idle is what the agent is to the library that installs it, and only installs
// it: host.Serve is what runs.
type idle struct{}

func (idle) Start(service.Service) error { return nil }
func (idle) Stop(service.Service) error  { return nil }
