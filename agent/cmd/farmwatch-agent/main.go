// Command farmwatch-agent notices when the laptop it runs on is driven from
// somewhere else, and tells the company's collector. It takes no commands from it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

// version is set by the linker.
var version = "0.0.0-unversioned"

// Exit codes beyond 0 (ok) and 1 (error).
const (
	exitUsage  = 2
	exitFailed = 7 // what was asked for was looked at, and it does not hold
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := execute(ctx, world{args: os.Args[1:], environ: os.Environ(), out: os.Stdout, err: os.Stderr, now: time.Now})
	stop()
	os.Exit(code)
}

// world is what the commands see of the outside: a test hands them another.
type world struct {
	args     []string
	environ  []string
	out, err io.Writer
	now      func() time.Time
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
	var f failed
	switch {
	case err == nil:
		return 0
	case errors.As(err, &f):
		if f.error != nil {
			fmt.Fprintln(w.err, "farmwatch-agent:", f.error)
		}
		return f.code
	default:
		fmt.Fprintln(w.err, "farmwatch-agent:", err)
		return 1
	}
}

func command(w world) *cobra.Command {
	root := &cobra.Command{
		Use:           "farmwatch-agent",
		Short:         "Notices when this laptop is driven from somewhere else",
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       version,
	}
	root.SetOut(w.out)
	root.SetErr(w.err)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return failed{exitUsage, err} })
	root.AddCommand(
		scanCommand(w), recordCommand(w), simulateCommand(w), runCommand(w), enrollCommand(w), statusCommand(w),
		doctorCommand(w), selfcheckCommand(w), privacyCommand(w), presenceCommand(w), serviceCommand(w), serviceRunCommand(w), companionCommand(w), versionCommand(w),
	)
	strict(root)
	return root
}

// strict gives wrong arguments the exit code of usage, and a group an error
// where cobra would take any word for a wish to see its help.
func strict(c *cobra.Command) {
	if c.RunE == nil {
		c.Args, c.RunE = cobra.NoArgs, func(c *cobra.Command, _ []string) error { return c.Help() }
	}
	check := c.Args
	c.Args = func(c *cobra.Command, args []string) error {
		if err := check(c, args); err != nil {
			return failed{exitUsage, fmt.Errorf("%w; see %s --help", err, c.CommandPath())}
		}
		return nil
	}
	for _, sub := range c.Commands() {
		strict(sub)
	}
}
