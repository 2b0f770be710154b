package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/config"
	"github.com/farmwatch/farmwatch/server/internal/session"
)

func userCommand(w world) *cobra.Command {
	var s settings
	c := &cobra.Command{Use: "user", Args: arguments(0), RunE: help, Short: "Make users of the console and let them in"}
	s.flags(c)
	c.AddCommand(userCreateCommand(w, &s), userLinkCommand(w, &s))
	return c
}

func userCreateCommand(w world, s *settings) *cobra.Command {
	var role string
	c := &cobra.Command{
		Use:     "create NAME",
		Short:   "Make a user and print a one-time sign-in link",
		Example: "  farmwatch-server user create ana --role analyst",
		Args:    arguments(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.with(c.Context(), w, func(o *state) error {
				_, err := sessions(w, o).CreateUser(c.Context(), args[0], role)
				if errors.Is(err, session.ErrTaken) {
					return fmt.Errorf("%w; a new link for %s: farmwatch-server user link %s", err, args[0], args[0])
				}
				if err != nil {
					return err
				}
				return printLink(c.Context(), w, o, consoleURL(lastServed(o.config)), args[0])
			})
		},
	}
	c.Flags().StringVar(&role, "role", "analyst", "admin, analyst or auditor")
	return c
}

func userLinkCommand(w world, s *settings) *cobra.Command {
	return &cobra.Command{
		Use:     "link NAME",
		Short:   "Print a one-time sign-in link for a user",
		Example: "  farmwatch-server user link ana",
		Args:    arguments(1),
		RunE: func(c *cobra.Command, args []string) error {
			return s.within(c.Context(), w, func(o *state) error {
				return printLink(c.Context(), w, o, consoleURL(lastServed(o.config)), args[0])
			})
		},
	}
}

func sessions(w world, o *state) *session.Service {
	return session.NewService(o.store, w.now, w.random)
}

// printLink prints to standard output, never to the log: who reads it is signed in.
func printLink(ctx context.Context, w world, o *state, console, name string) error {
	code, until, err := sessions(w, o).Invite(ctx, name)
	if errors.Is(err, session.ErrNoUser) {
		return failed{exitNotFound, err}
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w.out, "sign-in link for %s, once, until %s: %s\n", name, until.UTC().Format(time.TimeOnly+" MST"), session.Link(console, code))
	return err
}

// firstLink makes the user where there is none yet and prints a link.
func firstLink(ctx context.Context, w world, o *state, c config.Config, name string) error {
	_, err := sessions(w, o).CreateUser(ctx, name, string(alert.Admin))
	if err != nil && !errors.Is(err, session.ErrTaken) {
		return err
	}
	return printLink(ctx, w, o, consoleURL(c), name)
}

// These files hold where the collector of this state last served.
const (
	consoleFile = "console.address"
	agentsFile  = "agents.address"
)

func keepServed(c config.Config) error {
	return errors.Join(
		os.WriteFile(filepath.Join(c.StateDir, consoleFile), []byte(c.Console), 0o600),
		os.WriteFile(filepath.Join(c.StateDir, agentsFile), []byte(c.Agents), 0o600),
	)
}

// lastServed is the configuration with the addresses that were last served: a
// flag or port 0 may have put them elsewhere than the configuration says.
func lastServed(c config.Config) config.Config {
	for file, field := range map[string]*string{consoleFile: &c.Console, agentsFile: &c.Agents} {
		if address, err := os.ReadFile(filepath.Join(c.StateDir, file)); err == nil {
			*field = string(address)
		}
	}
	return c
}

func consoleURL(c config.Config) string {
	if c.ConsoleCertificate != "" {
		return "https://" + c.Console
	}
	return "http://" + c.Console
}
