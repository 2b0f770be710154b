package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"time"

	"github.com/shirou/gopsutil/v3/net"
	"github.com/shirou/gopsutil/v3/process"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// A worker is one side, in a process of its own so that neither pays for the
// other's memory.
type worker struct {
	command *exec.Cmd
	ask     io.WriteCloser
	answers *json.Decoder
}

func startWorker(ctx context.Context, kind string) (*worker, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find the benchmark itself: %w", err)
	}
	w := &worker{command: exec.CommandContext(ctx, self, "-worker", kind)}
	w.command.Stderr = os.Stderr
	if w.ask, err = w.command.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start %s: %w", kind, err)
	}
	output, err := w.command.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", kind, err)
	}
	w.answers = json.NewDecoder(output)
	if err := w.command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", kind, err)
	}
	return w, nil
}

func (w *worker) turn() (a answer, err error) {
	if _, err := io.WriteString(w.ask, "\n"); err != nil {
		return a, fmt.Errorf("ask for a turn: %w", err)
	}
	if err := w.answers.Decode(&a); err != nil {
		return a, fmt.Errorf("read the turn's figures: %w", err)
	}
	return a, nil
}

func (w *worker) close() {
	_ = w.ask.Close()    // which ends it
	_ = w.command.Wait() // its figures have been read or its failure was told
}

// work is a worker's life: one period for each line asked.
func work(kind string) error {
	period := gopsutilPeriod
	clock := time.Now()
	self := host.Live(func() time.Time { return clock })
	if kind == "farmwatch" {
		period = func() (answer, error) { return farmwatchPeriod(self, &clock) }
	}
	out := json.NewEncoder(os.Stdout)
	for asked := bufio.NewScanner(os.Stdin); asked.Scan(); {
		before, err := self.Cost(context.Background())
		if err != nil {
			return err
		}
		a, err := period()
		if err != nil {
			return err
		}
		after, err := self.Cost(context.Background())
		if err != nil {
			return err
		}
		a.CPU, a.RSS = after.CPU-before.CPU, after.RSS
		if err := out.Encode(a); err != nil {
			return fmt.Errorf("tell the figures: %w", err)
		}
	}
	return nil
}

// loop is the gopsutil side by itself, at the pace of an agent.
func loop() error {
	for {
		if _, err := gopsutilPeriod(); err != nil {
			return err
		}
		time.Sleep(10 * time.Second)
	}
}

// farmwatchPeriod looks as the agent does in ten seconds.
func farmwatchPeriod(h *host.LiveHost, clock *time.Time) (answer, error) {
	ctx := context.Background()
	processes, err := h.Processes(ctx)
	if err != nil && !errors.Is(err, host.ErrDenied) {
		return answer{}, err
	}
	usb(h.Files())
	var sockets []host.Socket
	for range 5 {
		*clock = clock.Add(2 * time.Second)
		if sockets, err = h.Sockets(ctx); err != nil && !errors.Is(err, host.ErrDenied) {
			return answer{}, err
		}
	}
	return answer{Processes: len(processes), Sockets: len(sockets)}, nil
}

// gopsutilPeriod is the loop one writes first.
func gopsutilPeriod() (answer, error) {
	processes, err := process.Processes()
	if err != nil {
		return answer{}, fmt.Errorf("list processes: %w", err)
	}
	for _, p := range processes {
		// What one process does not tell is passed over, as such loops do.
		_, _ = p.Name()
		_, _ = p.Exe()
		_, _ = p.Cmdline()
		_, _ = p.Ppid()
		_, _ = p.CreateTime()
		_, _ = p.Username()
	}
	usb(os.DirFS("/"))
	sockets, err := net.Connections("inet")
	if err != nil {
		return answer{}, fmt.Errorf("list connections: %w", err)
	}
	return answer{Processes: len(processes), Sockets: len(sockets)}, nil
}

// usb lists the USB devices and reads their ids.
func usb(files fs.FS) {
	const devices = "sys/bus/usb/devices"
	entries, err := fs.ReadDir(files, devices)
	if err != nil {
		return // a machine without USB
	}
	for _, entry := range entries {
		for _, name := range []string{"idVendor", "idProduct"} {
			_, _ = fs.ReadFile(files, devices+"/"+entry.Name()+"/"+name) // interfaces have none
		}
	}
}
