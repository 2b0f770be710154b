package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/tools/txtar"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/privacy"
	programs "github.com/farmwatch/farmwatch/agent/internal/program"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
)

// described is this machine with what is known of its programs, since a
// recording holds none of them.
type described struct {
	*host.LiveHost
	programs *programs.Reader
}

// Program reads the program at a path.
func (d described) Program(ctx context.Context, path string) (host.Program, error) {
	return d.programs.Read(ctx, d.LiveHost, host.Process{Path: path}, "")
}

func recordCommand(w world) *cobra.Command {
	var output string
	c := &cobra.Command{
		Use:   "record",
		Short: "Write this machine as a recording, scrubbed; read it before you send it to anyone",
		Example: "  farmwatch-agent record --output laptop.txtar\n" +
			"  farmwatch-agent scan --recording laptop.txtar",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return record(c.Context(), w, output)
		},
	}
	c.Flags().StringVar(&output, "output", "", "the file to write; standard output when left out")
	return c
}

// record writes this machine to a file, or to standard output.
func record(ctx context.Context, w world, output string) error {
	text, err := recorded(ctx, w, "")
	if err != nil {
		return err
	}
	if output == "" {
		_, err := w.out.Write(text)
		return err
	}
	if err := os.WriteFile(output, text, 0o600); err != nil {
		return fmt.Errorf("write the recording: %w", err)
	}
	fmt.Fprintf(w.err, "wrote %s, %d bytes; read it before you send it\n", output, len(text))
	return nil
}

// recorded scrubs with a key that is forgotten afterwards: within one recording
// equal things stay equal, and nothing can be looked up in another. What is
// remarked stands at its top.
func recorded(ctx context.Context, w world, remark string) ([]byte, error) {
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return nil, fmt.Errorf("make a key to scrub with: %w", err)
	}
	gate, err := privacy.NewGate(sensor.All(), key)
	if err != nil {
		return nil, err
	}
	// What all units of a product share is kept: it identifies nobody, and rules read it.
	scrub := func(value string) string {
		if sensor.SharedSerial(value) {
			return value
		}
		return gate.Pseudonym(value)
	}
	archive, err := host.Record(ctx, described{host.Live(w.now), programs.NewReader()}, scrub, programs.PropertyList)
	if err != nil {
		return nil, fmt.Errorf("record this machine: %w", err)
	}
	archive.Comment = append(archive.Comment, remark...)
	return txtar.Format(archive), nil
}
