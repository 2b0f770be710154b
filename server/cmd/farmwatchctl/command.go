package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"connectrpc.com/connect"
	"github.com/spf13/cobra"
)

// Exit codes.
const (
	exitOK       = 0
	exitError    = 1
	exitUsage    = 2
	exitNotFound = 3
	exitDenied   = 4
	exitConflict = 5
	exitPartial  = 6
	exitFailed   = 7
)

// failed is an error that ends the program with a code of its own.
type failed struct {
	code int
	error
}

// Unwrap gives the error below.
func (f failed) Unwrap() error { return f.error }

func usage(format string, args ...any) error {
	return failed{exitUsage, fmt.Errorf(format, args...)}
}

// execute runs one command line and returns its exit code.
func execute(ctx context.Context, w world) int {
	root := command(w)
	root.SetArgs(w.args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	_, _ = fmt.Fprintln(w.err, "farmwatchctl:", sentence(err)) // there is no other place to say it
	return exitCode(err)
}

// sentence is what an error says to people: the server's own words without the code before them.
func sentence(err error) string {
	var from *connect.Error
	if errors.As(err, &from) {
		switch {
		case from.Code() == connect.CodeUnauthenticated:
			return clean(from.Message()) + "\nsign in with: farmwatchctl login LINK"
		case from.Code() == connect.CodeUnavailable && !connect.IsWireError(from):
			return "the server does not answer: " + clean(from.Message())
		}
		return cleanLines(from.Message())
	}
	return err.Error()
}

// cleanLines is clean for what has a line for each mistake.
func cleanLines(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = clean(lines[i])
	}
	return strings.Join(lines, "\n")
}

func exitCode(err error) int {
	if f := (failed{}); errors.As(err, &f) {
		return f.code
	}
	var from *connect.Error
	if !errors.As(err, &from) {
		return exitError
	}
	switch from.Code() {
	case connect.CodeInvalidArgument, connect.CodeOutOfRange:
		return exitUsage
	case connect.CodeNotFound:
		return exitNotFound
	case connect.CodePermissionDenied, connect.CodeUnauthenticated:
		return exitDenied
	case connect.CodeAborted, connect.CodeAlreadyExists, connect.CodeFailedPrecondition:
		return exitConflict
	default:
		return exitError
	}
}

// A program is one run: the flags that all commands share, and the world.
type program struct {
	world
	format string
	url    string
	ca     string
}

func command(w world) *cobra.Command {
	p := &program{world: w}
	root := &cobra.Command{
		Use:   "farmwatchctl",
		Short: "Review alerts and keep a farmwatch server from the command line",
		Long: "Review alerts and keep a farmwatch server from the command line.\n\n" +
			"Sign in once with the link the server printed (farmwatchctl login LINK), or set\n" +
			"FARMWATCH_URL and FARMWATCH_TOKEN.\n\n" +
			"Exit codes: 0 ok, 1 error, 2 usage, 3 not found, 4 denied, 5 conflict, 6 partial, 7 a check failed.",
		SilenceUsage: true, SilenceErrors: true, Version: version,
		PersistentPreRunE: func(*cobra.Command, []string) error { return knownFormat(p.format) },
		Args:              cobra.NoArgs,
		RunE:              func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetOut(w.out)
	root.SetErr(w.err)
	root.SetIn(w.in)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usage("%w; %s --help lists what it takes", err, c.CommandPath())
	})
	root.PersistentFlags().StringVarP(&p.format, "format", "o", "table", "table, json, yaml or csv")
	root.PersistentFlags().StringVar(&p.url, "url", "", "the console's address (else FARMWATCH_URL, else where you signed in)")
	root.PersistentFlags().StringVar(&p.ca, "ca", "", "PEM file of the authority that signed the console's certificate (else FARMWATCH_CA, else the system's)")
	root.AddCommand(loginCommand(p), logoutCommand(p), whoamiCommand(p), alertsCommand(p), devicesCommand(p), assessmentsCommand(p), sitesCommand(p), rulesCommand(p),
		sanctionsCommand(p), presenceCommand(p), egressCommand(p), contextCommand(p), noticesCommand(p), tokensCommand(p), auditCommand(p), reportCommand(p), versionCommand(p))
	strictArguments(root)
	return root
}

// connected is what a command does that asks the collector.
func (p *program) connected(do func(c *cobra.Command, conn *connection, args []string) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) error {
		conn, err := p.connect()
		if err != nil {
			return err
		}
		return do(c, conn, args)
	}
}

// strictArguments gives wrong arguments the exit code of usage, and a group
// without a subcommand an error instead of a silent help text.
func strictArguments(c *cobra.Command) {
	if given := c.Args; given != nil {
		c.Args = func(c *cobra.Command, args []string) error {
			if err := given(c, args); err != nil {
				return misused(c, args, err)
			}
			return nil
		}
	}
	for _, sub := range c.Commands() {
		strictArguments(sub)
	}
}

// misused says what is wrong with the words after a command, and what it takes.
func misused(c *cobra.Command, args []string, err error) error {
	if !c.HasSubCommands() {
		return usage("this command does not take %s\nusage: %s", counted(len(args), "argument"), c.UseLine())
	}
	c.SuggestionsMinimumDistance = 2
	if near := c.SuggestionsFor(args[0]); len(near) > 0 {
		return usage("%w; did you mean %s?", err, strings.Join(near, " or "))
	}
	return usage("%w; %s --help lists what there is", err, c.CommandPath())
}

// group is a command that only holds others.
func group(use, short string, subs ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error {
		return usage("say what to do: %s", c.CommandPath()+" --help lists it")
	}}
	c.AddCommand(subs...)
	return c
}
