// Command farmwatchctl is the analyst's and administrator's command line: a
// client of the console's API like any other.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/term"
)

// version is set by the linker.
var version = "0.0.0-unversioned"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := execute(ctx, world{
		args: os.Args[1:], env: os.Getenv, in: os.Stdin, out: os.Stdout, err: os.Stderr, now: time.Now, screen: screenOf(os.Stdout, os.Getenv),
	})
	stop()
	os.Exit(code)
}

// world is what the commands see of the outside: a test hands them another.
type world struct {
	args     []string
	env      func(string) string
	in       io.Reader
	out, err io.Writer
	now      func() time.Time
	screen   screen
}

// A screen is what the answer is shown on.
type screen struct {
	width int  // columns; 0 for a file or a pipe, which is as wide as it takes
	color bool // only on a terminal whose owner has not said otherwise
}

// screenOf looks at where the answer goes. Colour is for terminals only, and
// not where NO_COLOR says so (https://no-color.org).
func screenOf(f *os.File, env func(string) string) screen {
	if !term.IsTerminal(int(f.Fd())) {
		return screen{}
	}
	s := screen{width: 80, color: env("NO_COLOR") == "" && env("TERM") != "dumb"}
	if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
		s.width = w
	}
	if w, err := strconv.Atoi(env("COLUMNS")); err == nil && w > 0 {
		s.width = w
	}
	return s
}
