package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/farmwatch/farmwatch/agent/internal/config"
	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/uplink"
	"github.com/farmwatch/farmwatch/proto/finding"
)

func enrollCommand(w world) *cobra.Command {
	c := &cobra.Command{
		Use: "enroll", Short: "Give this device its identity, with a token from the collector", Args: cobra.NoArgs,
		Example: "  farmwatch-agent enroll --server collector.example.com:7443 --token-file token",
	}
	s := settingsFlags(c)
	var token, recording string
	c.Flags().StringVar(&recording, "recording", "", "enrol this recorded machine instead of this one")
	c.Flags().StringVar(&s.server, "server", "", "the collector's agent port, host:port")
	c.Flags().StringVar(&s.token, "token-file", "", "a file that holds the token")
	c.Flags().StringVar(&token, "token", "", "the token itself; others on this machine may see it in the list of processes")
	c.RunE = func(c *cobra.Command, _ []string) error {
		conf, err := s.load(w)
		if err != nil {
			return err
		}
		if token != "" {
			conf.Token = token
		}
		if _, err := keeper(conf).Load(); err == nil {
			return fmt.Errorf("this device is enrolled already (%s); remove that folder to enrol it anew", conf.StateDir)
		}
		enrolled, err := machine(w, recording)
		if err != nil {
			return err
		}
		identity, err := enroll(c.Context(), w, conf, enrolled.Platform())
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w.out, "enrolled with %s as device %s\n", identity.Server, identity.DeviceID)
		return err
	}
	return c
}

// errNoToken says that there is nothing to enrol with yet.
var errNoToken = errors.New("no enrolment token")

// enroll turns the configured token into an identity on disk, and forgets the token.
func enroll(ctx context.Context, w world, c config.Config, p host.Platform) (uplink.Identity, error) {
	if c.Server == "" {
		return uplink.Identity{}, fmt.Errorf("%w: no collector is named; set server in the configuration or give --server", errNoToken)
	}
	token, err := tokenOf(c)
	if err != nil {
		return uplink.Identity{}, err
	}
	if err := host.GuardFolder(c.StateDir); err != nil {
		return uplink.Identity{}, mendable(err)
	}
	identity, err := uplink.Enroll(ctx, uplink.EnrollConfig{
		Server: c.Server, Token: token, Now: w.now,
		Host: uplink.Host{
			Name: p.Name, OS: p.OS, OSVersion: p.OSVersion, Arch: p.Arch,
			AgentVersion: version, Anchor: anchor(p),
		},
	})
	if err != nil {
		return identity, err
	}
	if err := keeper(c).Save(identity); err != nil {
		return identity, err
	}
	if err := os.Remove(c.TokenFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintf(w.err, "the token was used and could not be removed: %v\n", err)
	}
	return identity, nil
}

// anchor hashes what tells this machine from others. Where nothing does it is
// empty, so that two such machines never become one device.
func anchor(p host.Platform) string {
	if p.Hardware == "" {
		return ""
	}
	return finding.UID("hardware", p.Hardware)
}

// tokenOf is the token itself or what its file holds.
func tokenOf(c config.Config) (string, error) {
	if c.Token != "" {
		return c.Token, nil
	}
	text, err := os.ReadFile(c.TokenFile)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%w: %s is not there; ask for one with: farmwatch-server token create", errNoToken, c.TokenFile)
	}
	if err != nil {
		return "", fmt.Errorf("read the enrolment token: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}
