//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/google/gopacket"
	"golang.org/x/net/bpf"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
)

// A tapped host tells what its capture lost, and passes everything if told to.
type tapped struct {
	*host.LiveHost
	all    bool
	source host.PacketSource
	opened chan struct{}
}

// AllPackets is the live host's, behind the filter or behind none.
func (t *tapped) AllPackets(ctx context.Context, filter []bpf.RawInstruction) (host.PacketSource, error) {
	if t.all {
		var err error
		if filter, err = bpf.Assemble([]bpf.Instruction{bpf.RetConstant{Val: 65535}}); err != nil {
			return nil, err
		}
	}
	source, err := t.LiveHost.AllPackets(ctx, filter)
	t.source = source
	if source != nil {
		source = wayless{source}
	}
	close(t.opened)
	return source, err
}

// A wayless capture does not say that its frames came from elsewhere: those of the
// sender are of addresses that this machine has not, and would be passed over.
type wayless struct{ host.PacketSource }

func (w wayless) ReadPacketData() ([]byte, gopacket.CaptureInfo, error) {
	frame, captured, err := w.PacketSource.ReadPacketData()
	captured.AncillaryData = nil
	return frame, captured, err
}

// listen is the agent's sensor of handshakes, and nothing else of it. It ends
// with its input.
func listen(s settings) error {
	h := &tapped{LiveHost: host.New(host.Options{Now: time.Now, Unpaced: s.all}), all: s.all, opened: make(chan struct{})}
	var shakes sensor.Sensor
	for _, candidate := range sensor.All() {
		if candidate.Class == "network_handshakes" {
			shakes = candidate
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- shakes.Watch(ctx, h) }()
	select {
	case <-h.opened:
	case err := <-ended:
		return fmt.Errorf("listen: %w", err)
	}
	before, err := h.Cost(ctx)
	if err != nil {
		return err
	}
	fmt.Println("listening")
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	after, err := h.Cost(ctx)
	if err != nil {
		return err
	}
	var t turn
	if lossy, ok := h.source.(host.LossyCapture); ok {
		t.Lost, t.Seen = lossy.Lost()
	}
	rows, err := shakes.Collect(ctx, h)
	if err != nil && !errors.Is(err, host.ErrNotYet) { // what was lost is told
		return err
	}
	for _, row := range rows {
		if strings.HasPrefix(row.Columns["remote_address"], hiddenAt) {
			t.Found++
		}
	}
	t.Listener = float64((after.CPU - before.CPU).Microseconds()) / 1000
	return json.NewEncoder(os.Stdout).Encode(t)
}
