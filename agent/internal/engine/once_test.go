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

// watched is a laptop that tells, after a while, that something was plugged in.
type watched struct{ laptop }

func (watched) Platform() host.Platform { return host.Platform{OS: "linux"} }

func (watched) Wake(ctx context.Context) (<-chan string, error) {
	plugged := make(chan string)
	go func() {
		time.Sleep(20 * time.Second)
		plugged <- "ports"
		<-ctx.Done()
		close(plugged)
	}()
	return plugged, nil
}

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
				began := time.Now()
				engine.Once(t.Context(), watched{}, []sensor.Sensor{s.sensor("ports")}, vnc(t), began, test.gather)
				if took := time.Since(began); s.looks != test.looks || took != test.gather {
					t.Errorf("looked %d times in %v, want %d in %v", s.looks, took, test.looks, test.gather)
				}
			})
		})
	}
}
