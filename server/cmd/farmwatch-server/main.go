// Command farmwatch-server is the collector: it enrols devices, stores what
// their agents report, concludes, and serves the console.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"
	_ "time/tzdata" // hours of sanctions are in zones, also where the system knows none

	"github.com/spf13/cobra"
	"google.golang.org/grpc/grpclog"

	"github.com/farmwatch/farmwatch/proto/catalogue"
)

// version is set by the linker.
var version = "0.0.0-unversioned"

// Exit codes beyond 0 (ok) and 1 (error).
const (
	exitUsage    = 2
	exitNotFound = 3
	exitFailed   = 7 // something that was to be checked does not hold
)

func main() {
	// Of its own accord gRPC tells from where laptops call, where the environment asks it to.
	grpclog.SetLoggerV2(grpclog.NewLoggerV2(io.Discard, io.Discard, os.Stderr))
	os.Exit(begin())
}

// begin runs the command line of the process until it ends or is told to stop.
func begin() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return execute(ctx, world{args: os.Args[1:], environ: os.Environ(), out: os.Stdout, err: os.Stderr, now: time.Now, random: rand.Reader})
}

// world is what the commands see of the outside: a test hands them another.
type world struct {
	args     []string
	environ  []string
	out, err io.Writer
	now      func() time.Time
	random   io.Reader
	// known is the catalogue, where it is not the one that the program was built with.
	known *catalogue.Catalogue
}

// catalogue is what the collector judges by.
func (w world) catalogue() (*catalogue.Catalogue, error) {
	if w.known != nil {
		return w.known, nil
	}
	known, err := catalogue.Embedded()
	if err != nil {
		return nil, fmt.Errorf("load the catalogue:\n%w", err)
	}
	return known, nil
}

// failed is an error that ends the program with a code of its own.
type failed struct {
	code int
	error
}

// execute runs one command line and returns its exit code.
func execute(ctx context.Context, w world) int {
	root := command(w)
	root.SetArgs(w.args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	_, _ = fmt.Fprintln(w.err, "farmwatch-server:", err) // where errors go is all there is to tell of one
	if f := (failed{}); errors.As(err, &f) {
		return f.code
	}
	return 1
}

func command(w world) *cobra.Command {
	root := &cobra.Command{
		Args:          arguments(0),
		RunE:          help,
		Use:           "farmwatch-server",
		Short:         "Collects what laptops report, concludes, and serves the console",
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       version,
	}
	root.SetOut(w.out)
	root.SetErr(w.err)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return failed{exitUsage, err} })
	root.AddCommand(serveCommand(w), migrateCommand(w), tokenCommand(w), userCommand(w), backupCommand(w), restoreCommand(w), verifyCommand(w), versionCommand(w))
	return root
}

// arguments wants a number of arguments; another is a mistake in usage.
func arguments(n int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) > n && c.HasSubCommands():
			return failed{exitUsage, fmt.Errorf("unknown command %q for %q; --help lists them", args[0], c.CommandPath())}
		case len(args) != n:
			return failed{exitUsage, fmt.Errorf("%q takes %s, not %d: %s", c.CommandPath(), counted(n, "argument"), len(args), c.UseLine())}
		}
		return nil
	}
}

// help is what a command does that only holds others.
func help(c *cobra.Command, _ []string) error { return c.Help() }

// counted writes a number with its noun.
func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

func versionCommand(w world) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Say which collector this is", Args: arguments(0),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(w.out, "farmwatch-server %s %s/%s %s\n", version, runtime.GOOS, runtime.GOARCH, runtime.Version())
			return err
		},
	}
}
