package sensor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// setupLog is where Windows writes when it met a device first, which tells what
// came together while the agent was not there yet.
const setupLog = "Windows/INF/setupapi.dev.log"

// firstSeconds is within which Windows begins to set up all parts of what came
// together: it does so one after the other.
const firstSeconds = 30

// setUps are when Windows met devices first, by their instance in capitals, and
// when it started. Both are as its log has them.
type setUps struct {
	met    map[string]time.Time
	starts []time.Time
}

// collectTree is collect on Windows, which says of each device when it came.
func (c *companions) collectTree(ctx context.Context, h host.Host) ([]arrival, error) {
	devices, err := deviceNodes(ctx, h, "what is plugged in together")
	if err != nil && len(devices) == 0 {
		return nil, err
	}
	power, errPower := powerTold(ctx, h)
	clock, errClock := host.Can[host.Clock](h, "what is plugged in together")
	if err := errors.Join(errPower, errClock); err != nil {
		return nil, err
	}
	wall, _, errNow := clock.Now(ctx)
	if errNow != nil || power.Uptime <= 0 {
		return nil, fmt.Errorf("this machine does not tell how long it has been running: %w", host.ErrAbsent)
	}
	started, now := wall.Add(-power.Uptime), power.Uptime.Seconds()
	if c.inputs == nil || now < c.last {
		c.forget()
	}
	c.noteSleep(counted(power.Suspends), now)
	plugged, problem := pluggedUSB(devices)
	c.meetTreeScreens(devices, started, now)
	c.meetTreeInputs(plugged, started, now)
	c.part(now)
	c.pair()
	c.pairFirst(plugged, devices, c.setUps(h))
	c.last = now
	return c.rows(), errors.Join(err, problem)
}

// came is when a device arrived, in seconds since the laptop started.
func (c *companions) came(d host.Device, started time.Time, now float64) float64 {
	switch {
	case !d.Arrived.IsZero():
		return max(d.Arrived.Sub(started).Seconds(), 0)
	case c.last == 0:
		return never
	}
	return now
}

// meetTreeScreens learns which displays came and went. The laptop's own panel,
// and what a program made, are not plugged in.
func (c *companions) meetTreeScreens(devices []host.Device, started time.Time, now float64) {
	there := map[string]float64{}
	for _, d := range devices {
		if connector, ok := plugsIn(d); ok {
			there[connector] = c.came(d, started, now)
		}
	}
	c.showScreens(there, now)
}

// showScreens takes in which displays are there, and when each came. One of
// which that is not told is said to have come now and stays as it was met.
func (c *companions) showScreens(there map[string]float64, now float64) {
	for connector, at := range c.screens {
		again, still := there[connector]
		if still && (again == now || near(again, at)) {
			there[connector] = at
			continue
		}
		delete(c.screens, connector)
		c.left.connectors[connector] = now
		for _, input := range c.inputs {
			delete(input.met, connector)
		}
	}
	for connector, at := range there {
		c.screens[connector] = at
	}
}

// plugsIn gives the connector of a display that people plug in. What a companion
// says is no reason to leave one out: a program of the person may have made it.
func plugsIn(d host.Device) (connector string, ok bool) {
	bus, _ := instanceOf(d)
	if hidden := d.Output == "internal" || d.Output == "virtual"; bus != "DISPLAY" || hidden && !d.OutputTold {
		return "", false
	}
	return d.Instance[strings.LastIndexByte(d.Instance, '\\')+1:], true
}

// meetTreeInputs learns which USB devices came and went.
func (c *companions) meetTreeInputs(plugged []pluggedDevice, started time.Time, now float64) {
	there := map[string]bool{}
	for _, one := range plugged {
		there[one.Port] = true
		number := one.node.Instance + " " + strconv.FormatInt(one.node.Arrived.Unix(), 10)
		c.plug(one.usbDevice, number, c.came(one.node, started, now), now)
	}
	c.unplug(there, now)
}

// plug takes in a device that is there. Number is another one when it came anew.
func (c *companions) plug(device usbDevice, number string, at, now float64) {
	known := c.inputs[device.Port]
	if known != nil && known.number != number {
		c.left.ports[device.Port] = now
		known = nil
	}
	if known != nil && (known.unready == 0 || known.unready > readyLooks) {
		return
	}
	if known == nil {
		known = &pluggedIn{number: number, at: at, met: map[string]bool{}}
		c.inputs[device.Port] = known
	}
	c.know(known, device)
}

// unplug notes which devices are there no more.
func (c *companions) unplug(there map[string]bool, now float64) {
	for port := range c.inputs {
		if !there[port] {
			delete(c.inputs, port)
			c.left.ports[port] = now
		}
	}
}

// setUps reads Windows' log of devices that it met first, if it changed.
func (c *companions) setUps(h host.Host) setUps {
	found, err := c.log.read(h.Files(), setupLog, func(r io.Reader) (setUps, error) {
		text, err := io.ReadAll(r)
		if err != nil {
			return setUps{}, err
		}
		found := setUps{met: map[string]time.Time{}, starts: parse.ParseSetupAPIBoots(text, time.UTC)}
		for _, one := range parse.ParseSetupAPILog(text, time.UTC) {
			if name := strings.ToUpper(one.Instance); found.met[name].IsZero() {
				found.met[name] = one.At
			}
		}
		return found, nil
	})
	if err != nil {
		return setUps{} // a machine that keeps none, or nobody may read it: what came later is told by the devices
	}
	return found
}

// deliberate says whether a device was met first while the laptop ran.
func (s setUps) deliberate(at time.Time) bool {
	if at.IsZero() || len(s.starts) == 0 {
		return false
	}
	for _, start := range s.starts {
		if since := at.Sub(start).Seconds(); since >= 0 && since < bootSeconds {
			return false
		}
	}
	return true
}

// pairFirst joins what is there together and was met first of all together.
func (c *companions) pairFirst(plugged []pluggedDevice, devices []host.Device, log setUps) {
	if len(log.met) == 0 {
		return
	}
	first := func(d host.Device) time.Time { return log.met[strings.ToUpper(d.Instance)] }
	for _, display := range devices {
		connector, ok := plugsIn(display)
		shown := first(display)
		if !ok || !log.deliberate(shown) {
			continue
		}
		for _, one := range plugged {
			at := first(one.node)
			if input := c.inputs[one.Port]; input == nil || !input.hand || !log.deliberate(at) || !within(at, shown) {
				continue
			}
			dock := false
			for _, other := range plugged {
				dock = dock || dockish(other.usbDevice) && (within(first(other.node), at) || within(first(other.node), shown))
			}
			c.join(bond{one.Port, connector}, distance(float64(at.Unix()), float64(shown.Unix())), dock)
		}
	}
}

func within(a, b time.Time) bool { return a.Sub(b).Abs() <= firstSeconds*time.Second }
