package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/farmwatch/farmwatch/agent/internal/config"
	"github.com/farmwatch/farmwatch/agent/internal/engine"
	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

func doctorCommand(w world) *cobra.Command {
	c := &cobra.Command{
		Use: "doctor", Short: "Look at everything the agent needs, and say what to mend and how", Args: cobra.NoArgs,
		Long: "Look at everything the agent needs, and say what to mend and how.\n\nExit codes: 0 nothing needs mending, 7 something does.",
	}
	s := settingsFlags(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		conf, err := s.load(w)
		if err != nil {
			return err
		}
		known, err := catalogue.Embedded()
		if err != nil {
			return err
		}
		var b strings.Builder
		good := true
		for _, look := range []func() (string, error){
			func() (string, error) { return configured(s.file), nil },
			func() (string, error) { return enrolment(conf) },
			func() (string, error) { return knowledge(known), nil },
			func() (string, error) { return running(w, conf) },
		} {
			what, err := look()
			if err != nil {
				good = false
				fmt.Fprintf(&b, "mend  %s\n", err)
				continue
			}
			fmt.Fprintf(&b, "ok    %s\n", what)
		}
		writeSight(c.Context(), &b, w, known)
		if _, err := fmt.Fprint(w.out, b.String()); err != nil {
			return err
		}
		if !good {
			return failed{exitFailed, nil}
		}
		return nil
	}
	return c
}

// configured: a default place that is empty is no mistake, and no configuration either.
func configured(file string) string {
	if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) {
		return fmt.Sprintf("no configuration in %s, so what is built in holds", file)
	}
	return "configuration " + file
}

func enrolment(c config.Config) (string, error) {
	identity, err := keeper(c).Load()
	if errors.Is(err, os.ErrPermission) {
		return "", fmt.Errorf("the agent's state in %s cannot be read by this user; run doctor as the user the agent runs as", c.StateDir)
	}
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("enrolled with %s as device %s", identity.Server, identity.DeviceID), nil
}

func knowledge(c *catalogue.Catalogue) string {
	return fmt.Sprintf("catalogue %.12s with %d rules, %d tools, %d composites, on %s/%s",
		c.Revision, len(c.EveryRule()), len(c.Tools), len(c.Composites), runtime.GOOS, runtime.GOARCH)
}

func running(w world, c config.Config) (string, error) {
	status, ran, err := readStatus(c)
	if err != nil {
		return "", err
	}
	text, good := describe(c, status, ran, w.now())
	first, _, _ := strings.Cut(text, "\nCould look at")
	first = strings.ReplaceAll(strings.TrimSpace(first), "\n", " ")
	if !good {
		return "", errors.New(first)
	}
	return first, nil
}

// writeSight says of each class whether it can be looked at here, by this user.
func writeSight(ctx context.Context, b *strings.Builder, w world, known *catalogue.Catalogue) {
	for _, c := range engine.Once(ctx, host.Live(w.now), sensor.All(), known, w.now(), 0).Coverage {
		if c.State == finding.CoverageOK {
			fmt.Fprintf(b, "ok    sees %s\n", c.Class)
			continue
		}
		fmt.Fprintf(b, "blind %s, %s: %s\n", c.Class, c.State, c.Detail)
	}
}
