package main

import (
	"context"
	_ "embed"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/kardianos/service"
	"github.com/spf13/cobra"

	"github.com/farmwatch/farmwatch/agent/internal/config"
)

// unit is the hardened systemd unit, the same one the package installs.
//
//go:embed farmwatch-agent.service
var unit string

const unitStart = "ExecStart=/usr/bin/farmwatch-agent run"

func serviceCommand(w world) *cobra.Command {
	c := &cobra.Command{Use: "service", Short: "Have the operating system run the agent",
		Example: "  sudo farmwatch-agent service install\n  sudo farmwatch-agent service start"}
	var settings string
	add := func(use, short, done string, act func(service.Service) error) {
		c.AddCommand(&cobra.Command{
			Use: use, Short: short, Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error {
				s, err := newService(settings, idle{})
				if err != nil {
					return err
				}
				if err := act(s); err != nil {
					return fmt.Errorf("%s the service: %s refused: %w", use, s.Platform(), err)
				}
				_, err = fmt.Fprintf(w.out, "%s (%s)\n", done, s.Platform())
				return err
			},
		})
	}
	add("install", "Install and enable the service", "farmwatch-agent is installed as a service", service.Service.Install)
	add("uninstall", "Stop and remove the service; state and configuration stay", "farmwatch-agent is no longer a service", uninstall)
	add("start", "Start the service", "farmwatch-agent was started", service.Service.Start)
	add("stop", "Stop the service", "farmwatch-agent was stopped", service.Service.Stop)
	c.PersistentFlags().StringVar(&settings, "config", config.Path, "the configuration file the service will read")
	return c
}

// uninstall stops first; a service that does not run needs no stopping.
func uninstall(s service.Service) error {
	if status, err := s.Status(); err == nil && status == service.StatusRunning {
		if err := s.Stop(); err != nil {
			return err
		}
	}
	return s.Uninstall()
}

// newService describes the agent to whatever the operating system runs services with.
func newService(settings string, program service.Interface) (service.Service, error) {
	settings, err := filepath.Abs(settings)
	if err != nil {
		return nil, err
	}
	s, err := service.New(program, &service.Config{
		Name:        "farmwatch-agent",
		DisplayName: "farmwatch agent",
		Description: "Notices when this laptop is driven from somewhere else",
		Arguments:   []string{"run", "--config", settings},
		Option: service.KeyValue{
			"SystemdScript": strings.Replace(unit, unitStart, `ExecStart={{Path | cmdEscape}}{{range Arguments}} {{. | cmd}}{{end}}`, 1),
			"OnFailure":     "restart",
			"RunAtLoad":     true,
			"KeepAlive":     true,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("find what runs services here: %w", err)
	}
	return s, nil
}

// idle is the program of a command that only installs or removes.
type idle struct{}

func (idle) Start(service.Service) error { return nil }
func (idle) Stop(service.Service) error  { return nil }

// program runs the agent under a service manager that starts and stops it by
// calls (Windows) and just as well under one that sends signals.
type program struct {
	run    func(context.Context) error
	cancel context.CancelFunc
	done   chan error
}

func (p *program) Start(service.Service) error {
	ctx, cancel := context.WithCancel(context.Background())
	p.cancel, p.done = cancel, make(chan error, 1)
	go func() { p.done <- p.run(ctx) }()
	return nil
}

func (p *program) Stop(service.Service) error {
	p.cancel()
	return <-p.done
}
