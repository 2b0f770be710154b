package sensor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// arrival is a keyboard or pointer and an external display that came together,
// one row for each such pair while both are there. A KVM is both in one box.
type arrival struct {
	Port         string `column:"usb_port,key,public" about:"where the keyboard or pointer is plugged in, as in usb_devices"`
	Connector    string `column:"connector,key,public" about:"connector of the display, as in connected_displays"`
	VendorID     string `column:"vendor_id,public" about:"vendor number the USB device claims, four hexadecimal digits"`
	ProductID    string `column:"product_id,public" about:"product number the USB device claims, four hexadecimal digits"`
	Speed        string `column:"speed_mbps,public" about:"speed of the USB device's connection in Mbit/s"`
	Keyboard     bool   `column:"has_boot_keyboard,public" about:"whether the USB device can type"`
	Absolute     bool   `column:"has_absolute_pointer,public" about:"whether the USB device has a mouse that jumps to positions"`
	SecondsApart int    `column:"seconds_apart,public" about:"seconds between the two; the display's time is that of the look that met it, mostly within a second"`
	Times        int    `column:"times_together,public" about:"how often the two came together since the agent started"`
	LeftTogether bool   `column:"disconnected_together,public" about:"whether they also went together since the agent started"`
	Dock         bool   `column:"dock_with_them,public" about:"whether a hub, a network adapter, a display adapter or a dock's USB-C helper (billboard) came along"`
	SamePort     string `column:"same_usb_c_port,public" about:"whether both are at one USB-C socket, as a monitor with sockets of its own is; left out where the system does not tell"`
}

// Arrivals looks at what is plugged in together.
func Arrivals() Sensor {
	return Define(Options{
		Class: "arrivals", Every: 30 * time.Second,
		About: "Looks at whether a keyboard or pointer and a display are plugged in at the same moment without a dock, as one box that is both would be.",
		Limits: []Limit{
			{OS: "windows", Reach: Partial, Why: "When a laptop starts from hibernation or by Windows' fast start, what was plugged in while it was off may look as if it came when it woke."},
			{OS: "darwin", Reach: Partial, Why: "macOS does not say when something came, so that whatever came between two looks, half a minute apart at most, counts as come together. What came while the laptop slept, or before the agent started, is not told."},
		},
	}, (&companions{}).collect)
}

const (
	togetherSeconds = 10 // REPORT H15 says 5, and people plug two cables of one box in turn
	bootSeconds     = 60 // what is there when the laptop starts comes all at once
	wakeSeconds     = 30 // after a sleep everything comes at once, too
	bondLimit       = 64 // pairs remembered; a desk has a few
	dockLimit       = 64 // arrivals of docks remembered
)

// never is the arrival of what was there before we looked.
const never = -1

// companions remember when things came, in seconds since the laptop started.
type companions struct {
	mu      sync.Mutex
	last    float64 // when we looked last; 0 before the first look
	slept   string  // how often the laptop had slept by then
	wokeAt  float64
	inputs  map[string]*pluggedIn // by port
	screens map[string]float64    // when displays came, by connector
	docks   []float64             // when docks came
	bonds   map[bond]*together
	left    departures

	log memory[setUps] // of Windows
}

// A bond is an input device's port and a display's connector.
type bond struct{ port, connector string }

type together struct {
	times int
	left  bool
	dock  bool // a dock came with them when they came first of all
	apart float64
}

// departures are what went, and when.
type departures struct{ ports, connectors map[string]float64 }

func (c *companions) collect(ctx context.Context, h host.Host) ([]arrival, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch h.Platform().OS {
	case "linux":
	case "windows":
		return c.collectTree(ctx, h)
	default:
		return c.collectRegistry(ctx, h)
	}
	fsys := h.Files()
	connectors, errScreens := listed(h, displayFolder, "displays", connectorName)
	ports, errPorts := listed(h, usbFolder, "USB devices", `^\d+-\d+(\.\d+)*$`)
	if err := errors.Join(errScreens, errPorts, ctx.Err()); err != nil {
		return nil, err
	}
	now := readUptime(fsys)
	if now == 0 {
		return nil, fmt.Errorf("this machine does not tell how long it has been running: %w", host.ErrAbsent)
	}
	var held map[string]time.Duration
	if c.inputs == nil || now < c.last {
		var err error
		if held, err = heldBefore(ctx, h); err != nil {
			return nil, err
		}
		c.forget()
	}
	c.noteSleep(attribute(fsys, "sys/power/suspend_stats/success"), now)
	c.meetScreens(fsys, connectors, now, held)
	problem := c.meetInputs(fsys, ports, now)
	c.part(now)
	c.pair()
	c.last = now
	rows := c.rows()
	for i := range rows {
		rows[i].SamePort = sameSocket(fsys, bond{rows[i].Port, rows[i].Connector})
	}
	return rows, problem
}

// forget begins anew, as at the first look.
func (c *companions) forget() {
	c.last, c.slept, c.wokeAt, c.docks = 0, "", 0, nil
	c.inputs, c.screens, c.bonds = map[string]*pluggedIn{}, map[string]float64{}, map[bond]*together{}
	c.left = departures{ports: map[string]float64{}, connectors: map[string]float64{}}
}

// noteSleep learns that the laptop woke since the last look.
func (c *companions) noteSleep(slept string, now float64) {
	if c.last > 0 && slept != c.slept {
		c.wokeAt = now
	}
	c.slept = slept
}

// deliberate says whether somebody may have plugged it in then: not before we
// looked, and not while the laptop started or woke.
func (c *companions) deliberate(at float64) bool {
	justWoken := c.wokeAt > 0 && at >= c.wokeAt-wakeSeconds && at <= c.wokeAt+wakeSeconds
	return at != never && at >= bootSeconds && !justWoken
}

// pair joins what came together, each arrival once.
func (c *companions) pair() {
	for port, input := range c.inputs {
		for connector, shown := range c.screens {
			if !input.hand || !c.deliberate(input.at) || !c.deliberate(shown) || !near(input.at, shown) {
				continue
			}
			c.join(bond{port, connector}, distance(input.at, shown), false)
		}
	}
}

// join notes that two came together, each arrival once.
func (c *companions) join(who bond, apart float64, dock bool) {
	input, b := c.inputs[who.port], c.bonds[who]
	if input.met[who.connector] || b == nil && len(c.bonds) >= bondLimit {
		return
	}
	if b == nil {
		b = &together{}
		c.bonds[who] = b
	}
	input.met[who.connector] = true
	b.times, b.apart, b.dock = b.times+1, apart, b.dock || dock
}

// part notes which of those that came together went together.
func (c *companions) part(now float64) {
	for who, b := range c.bonds {
		port, connector := c.left.ports[who.port], c.left.connectors[who.connector]
		if port > 0 && connector > 0 && near(port, connector) {
			b.left = true
		}
	}
	for _, gone := range []map[string]float64{c.left.ports, c.left.connectors} {
		for name, at := range gone {
			if !near(at, now) {
				delete(gone, name)
			}
		}
	}
}

func distance(a, b float64) float64 { return max(a-b, b-a) }

func near(a, b float64) bool { return distance(a, b) <= togetherSeconds }

// rows are the pairs that are both there.
func (c *companions) rows() []arrival {
	var rows []arrival
	for who, b := range c.bonds {
		input := c.inputs[who.port]
		shown, there := c.screens[who.connector]
		if input == nil || !there || !input.met[who.connector] {
			continue
		}
		row := input.row
		row.Port, row.Connector = who.port, who.connector
		row.SecondsApart, row.Times, row.LeftTogether = int(b.apart+0.5), b.times, b.left
		row.Dock = b.dock
		for _, dock := range c.docks {
			row.Dock = row.Dock || near(dock, input.at) || near(dock, shown)
		}
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b arrival) int {
		return cmp.Or(cmp.Compare(a.Port, b.Port), cmp.Compare(a.Connector, b.Connector))
	})
	return rows
}
