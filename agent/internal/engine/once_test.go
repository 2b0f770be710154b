package engine_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/engine"
	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
)

// watched is a laptop that tells when something is plugged in.
type watched struct {
	laptop
	plugged chan string
}

func (w watched) Platform() host.Platform { return host.Platform{OS: "linux"} }

func (w watched) Wake(context.Context) (<-chan string, error) { return w.plugged, nil }

// TestOnceLooksWhenWokenWhileItGathers: what came together is met by who was there.
func TestOnceLooksWhenWokenWhileItGathers(t *testing.T) {
	for name, test := range map[string]struct {
		gather time.Duration
		looks  int
	}{
		"one look":       {0, 1},
		"a minute of it": {time.Minute, 3}, // at first, when woken, at last
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &scene{}
				h := watched{plugged: make(chan string)}
				go func() {
					time.Sleep(20 * time.Second)
					select {
					case h.plugged <- "ports":
					case <-t.Context().Done():
					}
					close(h.plugged)
				}()
				began := time.Now()
				engine.Once(t.Context(), h, []sensor.Sensor{s.sensor("ports")}, vnc(t), began, test.gather)
				if took := time.Since(began); s.looks != test.looks || took != test.gather {
					t.Errorf("looked %d times in %v, want %d in %v", s.looks, took, test.looks, test.gather)
				}
			})
		})
	}
}
