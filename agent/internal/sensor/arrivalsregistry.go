package sensor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// pauseSeconds is the longest time between two looks of a laptop that is awake.
const pauseSeconds = 120

// collectRegistry is collect on macOS, which does not say when something came:
// it is when a look met it.
func (c *companions) collectRegistry(ctx context.Context, h host.Host) ([]arrival, error) {
	power, err := powerTold(ctx, h)
	if err != nil {
		return nil, err
	}
	if power.Uptime <= 0 {
		return nil, fmt.Errorf("this machine does not tell how long it has been running: %w", host.ErrAbsent)
	}
	displays, errDisplays := registryDisplays(ctx, h)
	plugged, errPlugged := registryUSB(ctx, h)
	for _, err := range []error{errDisplays, errPlugged} {
		if errors.Is(err, host.ErrAbsent) || ctx.Err() != nil {
			return nil, err // what is not shown did not leave
		}
	}
	now := power.Uptime.Seconds()
	var held map[string]time.Duration
	if c.inputs == nil || now < c.last {
		if held, err = heldBefore(ctx, h); err != nil {
			return nil, err
		}
		c.forget()
	}
	if c.last > 0 && now-c.last > pauseSeconds { // it slept, as its clock went on
		c.wokeAt = now
	}
	c.meetRegistry(displays, plugged, now, held)
	c.part(now)
	c.pair()
	c.last = now
	return c.rows(), cmp.Or(errDisplays, errPlugged)
}

// meetRegistry learns what came and went. What is there at the first look came
// at a time that only a recording may tell.
func (c *companions) meetRegistry(displays []connectedDisplay, plugged []usbDevice, now float64, held map[string]time.Duration) {
	came := func(what string) float64 {
		since, told := held[what]
		switch {
		case told:
			return now - since.Seconds()
		case c.last == 0:
			return never
		}
		return now
	}
	screens := map[string]float64{}
	for _, d := range displays {
		if d.Output == "external" {
			screens[d.Connector] = came(d.Connector)
		}
	}
	c.showScreens(screens, now)
	there := map[string]bool{}
	for _, d := range plugged {
		there[d.Port] = true
		c.plug(d, d.VendorID+":"+d.ProductID+" "+d.Serial, came("usb "+d.Port), now)
	}
	c.unplug(there, now)
}
