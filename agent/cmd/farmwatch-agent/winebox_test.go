//go:build wine

package main_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// wineFolder is where `make wine` builds the windows programs and keeps what it
// need not make anew.
const wineFolder = "../../../var/wine"

// box is a Windows of its own, played by Wine: its registry and its disk are
// gone when the test ends. Its network is this machine's.
type box struct {
	t      *testing.T
	prefix string
}

// newBox makes one from the prepared one. Files are shared with it, since Wine
// copies 600 MB of its own into each and changes none of them; the registry is not.
func newBox(t *testing.T) *box {
	t.Helper()
	base := preparedBox(t)
	folder, err := os.MkdirTemp(filepath.Dir(base), "box") //nolint:usetesting // on the disk of the prepared one, whose files it shares
	if err != nil {
		t.Fatal(err)
	}
	b := &box{t: t, prefix: filepath.Join(folder, "prefix")}
	t.Cleanup(func() {
		b.shutDown()
		if err := os.RemoveAll(folder); err != nil {
			t.Log(err)
		}
	})
	err = filepath.WalkDir(base, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := b.prefix + strings.TrimPrefix(path, base)
		switch {
		case entry.IsDir():
			return os.MkdirAll(target, 0o700)
		case entry.Type()&fs.ModeSymlink != 0:
			link, err := os.Readlink(path)
			return errors.Join(err, os.Symlink(link, target))
		case strings.HasSuffix(path, ".reg"):
			text, err := os.ReadFile(path)
			return errors.Join(err, os.WriteFile(target, text, 0o600))
		}
		return os.Link(path, target)
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var preparing sync.Mutex

// preparedBox is a Windows 10 that has booted once and can run Go programs. It
// is made once for each version of Wine.
func preparedBox(t *testing.T) string {
	t.Helper()
	preparing.Lock()
	defer preparing.Unlock()
	version, err := exec.Command("wine", "--version").Output()
	if err != nil {
		t.Fatalf("make wine installs what this needs: %v", err)
	}
	folder, err := filepath.Abs(wineFolder)
	if err != nil {
		t.Fatal(err)
	}
	ready := filepath.Join(folder, "prepared-"+strings.Fields(string(version))[0])
	if _, err := os.Stat(ready); err == nil {
		return ready
	}
	fresh, err := os.MkdirTemp(folder, "preparing") //nolint:usetesting // it is moved to where it stays
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(fresh)
	b := &box{t: t, prefix: filepath.Join(fresh, "prefix")}
	b.run("wineboot", "--init")
	library := filepath.Join(b.prefix, "drive_c/windows/system32/bcryptprimitives.dll")
	if err := os.WriteFile(library, forwarder(), 0o600); err != nil {
		t.Fatal(err)
	}
	b.run("winecfg", "-v", "win10") // it is a Windows 7 unless told otherwise
	b.shutDown()
	if err := os.Rename(b.prefix, ready); err != nil {
		t.Fatal(err)
	}
	return ready
}

// shutDown ends everything in the box, after which its registry is on the disk.
func (b *box) shutDown() {
	for _, how := range []string{"-k", "-w"} {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		c := exec.CommandContext(ctx, "wineserver", how)
		c.Env = b.environ()
		_ = c.Run() // none may run
		cancel()
	}
}

func (b *box) environ() []string {
	var kept []string
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		if name == "DISPLAY" || strings.HasPrefix(name, "WINE") || strings.HasPrefix(name, "FARMWATCH") {
			continue
		}
		kept = append(kept, pair)
	}
	return append(kept, "WINEPREFIX="+b.prefix, "WINEDEBUG=-all", "WINEDLLOVERRIDES=mscoree=d;mshtml=d")
}

// command is a program of the box, one of its own or one of our programs.
func (b *box) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	if strings.HasSuffix(program, ".exe") && !filepath.IsAbs(program) && !strings.Contains(program, `\`) {
		program = filepath.Join(wineFolder, program)
	}
	c := exec.CommandContext(ctx, "wine", append([]string{program}, args...)...)
	c.Env = b.environ()
	c.WaitDelay = time.Second // what it started may hold on to its output
	return c
}

// try runs a program to its end and returns what it printed and its exit code.
func (b *box) try(program string, args ...string) (out, errs string, code int) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 3*time.Minute)
	defer cancel()
	var o, e bytes.Buffer
	c := b.command(ctx, program, args...)
	c.Stdout, c.Stderr = &o, &e
	err := c.Run()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) && !errors.Is(err, exec.ErrWaitDelay) {
		b.t.Fatalf("%s %s: %v", program, strings.Join(args, " "), err)
	}
	return strings.ReplaceAll(o.String(), "\r\n", "\n"), strings.ReplaceAll(e.String(), "\r\n", "\n"), c.ProcessState.ExitCode()
}

// run is try for what must end well.
func (b *box) run(program string, args ...string) string {
	b.t.Helper()
	out, errs, code := b.try(program, args...)
	if code != 0 {
		b.t.Fatalf("%s %s: ends with %d\n%s%s", program, strings.Join(args, " "), code, out, errs)
	}
	return out
}

// path is where a file of the box's drive C: is on this machine.
func (b *box) path(name string) string { return filepath.Join(b.prefix, "drive_c", name) }

// write puts a file on drive C:.
func (b *box) write(name, text string) {
	b.t.Helper()
	if err := os.MkdirAll(filepath.Dir(b.path(name)), 0o700); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(b.path(name), []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// read gives a file of drive C:, or nothing.
func (b *box) read(name string) string {
	text, err := os.ReadFile(b.path(name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		b.t.Fatal(err)
	}
	return string(text)
}

// copied puts one of our programs onto drive C: and says what it is called there.
func (b *box) copied(program, name string) string {
	b.t.Helper()
	content, err := os.ReadFile(filepath.Join(wineFolder, program))
	if err != nil {
		b.t.Fatal(err)
	}
	b.write(name, string(content))
	return `C:\` + strings.ReplaceAll(name, "/", `\`)
}

// plant writes values into the registry as `reg import` takes them.
func (b *box) plant(reg string) {
	b.t.Helper()
	b.write("plant.reg", "Windows Registry Editor Version 5.00\r\n\r\n"+reg)
	if out, errs, code := b.try("reg", "import", `C:\plant.reg`); code != 0 {
		b.t.Fatal(fmt.Sprintf("reg import ends with %d: ", code) + out + errs)
	}
}
