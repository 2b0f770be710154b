package sensor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/rhythm"
)

// inputDevice is a keyboard or pointer and how input arrives on it. No key is in
// it, no time of day, and no amount that says how much somebody worked.
type inputDevice struct {
	Device    string `column:"device,key,public" people:"out" about:"its place in the laptop or on USB, or who made it"`
	Name      string `column:"name,public" people:"out" about:"its name, in its own words, without names of its owner"`
	Bus       string `column:"bus,public" about:"how it is connected: usb, bluetooth, serio (PS/2), i2c, spi, x11 for what is injected into a window system, session for all that macOS does not tell apart"`
	VendorID  string `column:"vendor_id,public" about:"vendor number it claims, four hexadecimal digits"`
	ProductID string `column:"product_id,public" about:"product number it claims, four hexadecimal digits"`
	Place     string `column:"place,public" about:"built_in, external, or virtual: a program on the laptop made it; empty when not known"`
	Maker     string `column:"maker,public" about:"how a program made it: uinput, uhid, dummy, usbip, or xtest for what is injected into an X server; sendinput (Windows) and posted (macOS) stand for all input that programs make, remote_desktop for that of a session seen from elsewhere, driver for a device without hardware"`
	USBPort   string `column:"usb_port,public" about:"where it is plugged into USB, as usb_devices says it"`
	Can       string `column:"can,public" about:"what it can do: keyboard, pointer (moves), absolute_pointer (jumps to positions), touchpad, touchscreen, tablet, lid"`
	Keys      string `column:"keys,public" about:"whether enough keys were pressed on it in the last ten minutes or so to say something: none, few, enough"`
	Pointer   string `column:"pointer,public" about:"the same of its pointer"`
	KeyShare  string `column:"key_percent,public" about:"share of all key presses that were made on it, where there were enough"`
	MoveShare string `column:"pointer_percent,public" about:"share of the use of all pointers that was its, where there was enough"`
	Injected  string `column:"injected_percent,public" about:"share of its inputs that programs made"`
	Only      bool   `column:"only_pointer,public" about:"whether no other pointer was used"`
	BuiltIn   string `column:"built_in,public" about:"whether the laptop's own keyboard or pointer was used in the last hour: silent or used; none where it has none or is a virtual machine, unknown where it cannot be listened to or told apart"`
	Typing    string `column:"typing,public" about:"whether there is a sample of typing of a minute or more: none, few (too few), enough"`
	Gaps      string `column:"gap_histogram,public" about:"times between presses: percent below 2, 5, 10, 20, 30, 50, 80, 110, 140, 170, 200, 250, 300, 500, 1000 and 2000 ms, each from the one before"`
	Dwells    string `column:"dwell_histogram,public" about:"times from the k-th press to the k-th release, whichever keys: percent below 2, 5, 10, 15, 20, 30, 40, 50, 60, 80, 100, 130, 170, 250, 500 and 2000 ms"`
	Short     string `column:"short_dwell_percent,public" about:"share of these below 30 ms, shorter than fingers press a key"`
	Together  string `column:"together_percent,public" about:"share of presses and releases less than 6 ms after the one before"`
	Jumps     string `column:"jump_percent,public" about:"share of its positions a tenth of the screen or more from the one before; only where it jumps to positions"`
	Cadence   string `column:"cadence,public" about:"whether its pointer moved at even intervals while nobody pressed, scrolled or touched anything: none, few (fewer than 30 intervals), enough; told for a day"`
	Every     string `column:"cadence_seconds,public" about:"mean of these intervals in seconds"`
	Variation string `column:"cadence_variation_percent,public" about:"their standard deviation in percent of the mean"`
	Net       string `column:"cadence_net_percent,public" about:"how far all these movements led, in percent of their way; 0 for a pointer that always returns"`
	Step      string `column:"cadence_step,public" about:"the longest of these movements, in counts, or in 32767ths of the screen where it jumps to positions"`
	Moves     string `column:"cadence_moves,public" about:"movements at each of these times"`
	Where     string `column:"cadence_place,public" about:"where the pointer ends each time, where it jumps to positions: corner, centre, elsewhere"`
}

// Input looks at how input arrives.
func Input() Sensor { return newInputWindow().sensor() }

func newInputWindow() *inputWindow {
	return &inputWindow{gathering: newGathering("listen to input devices"), meter: rhythm.New(), heard: func(host.InputBatch) {}}
}

func (w *inputWindow) sensor() Sensor {
	return Define(Options{
		Class: "input_devices", Every: time.Minute, Steady: true, Watch: w.watch,
		About: "Looks at how input arrives, to notice when keyboard and mouse are moved by a program or from afar: from which device, in which rhythm, whether a program made it. " +
			"Which key was pressed is dropped where it is read; how much somebody works is not measured, and what a finding says of it is told as of a whole day, so that it does not follow anybody's hours.",
		Limits: []Limit{
			{OS: "linux", Reach: Partial, Why: "A Wayland session tells nobody which inputs programs make, so they are seen only as devices of their own; a session on Xorg shows them."},
			{OS: "windows", Reach: Partial, Why: "Windows shows input only to programs of the session it goes to: a companion there hears it, but not what goes to the sign-in and consent screens or to windows that run as administrator. " +
				"That a program made an input is told, not which program, and a driver's devices without hardware are known by their place only."},
			{OS: "darwin", Reach: Partial, Why: "macOS tells how often keys and pointers were used, by hardware and by programs, and neither when nor on which device: there is no rhythm, no cadence and no share of a device, and a program may have its input counted as hardware's. " +
				"More would need the right Input Monitoring, with which every key is handed over, so the agent does not ask for it."},
		},
	}, w.collect)
}

// inputWindow keeps how input arrived, in bounded space. Its clock is that of
// the inputs, so that a recording gives what the machine gave.
type inputWindow struct {
	*gathering
	heard func(host.InputBatch) // is told of each batch too, on the goroutine that listens

	mu      sync.Mutex
	meter   *rhythm.Meter
	devices []host.InputDevice
	partial error // of some devices
}

// watch listens until ctx ends or the recording does.
func (w *inputWindow) watch(ctx context.Context, h host.Host) error {
	err := w.listen(ctx, h)
	if err != nil && ctx.Err() == nil {
		w.mu.Lock()
		w.devices, w.partial = nil, nil
		w.mu.Unlock()
	}
	return w.ended(ctx, err)
}

func (w *inputWindow) listen(ctx context.Context, h host.Host) error {
	inputs, err := host.Can[host.InputHost](h, "how input arrives")
	if err != nil {
		return err
	}
	source, err := inputs.Input(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = source.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = source.Close() })
	defer stop()
	w.take(source, host.InputBatch{})
	w.began(nil)
	for {
		batch, err := source.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("listen to input devices: %w", err)
		}
		w.take(source, batch)
		w.heard(batch)
	}
}

func (w *inputWindow) take(source host.InputSource, batch host.InputBatch) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, in := range batch.Inputs {
		w.meter.Add(rhythm.Input(in))
	}
	if batch.Until > 0 {
		w.meter.Advance(batch.Until)
	}
	w.devices, w.partial = source.Devices()
}

// collect gives a row of each device there is now.
func (w *inputWindow) collect(ctx context.Context, h host.Host) ([]inputDevice, error) {
	trouble := w.state(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	there := map[string]bool{}
	for _, d := range w.devices {
		there[d.ID] = true
	}
	w.meter.Forget(there)
	builtIn, heard := w.builtIn(h.Platform()), w.allHeard()
	rows := make([]inputDevice, 0, len(w.devices))
	for _, d := range w.devices {
		row := described(d)
		row.BuiltIn = builtIn
		row.fill(w.meter.Device(d.ID), slices.Contains(d.Can, host.CanPlace))
		row.Only = row.Only && heard && !d.Several
		rows = append(rows, row)
	}
	return rows, errors.Join(trouble, w.partial)
}

// builtIn says whether the laptop's own keyboard or pointer was used. A desktop
// has none, though its mainboard may show the socket of one, and that of a
// virtual machine is as virtual as all else.
func (w *inputWindow) builtIn(p host.Platform) string {
	said := "none"
	if p.Chassis != "laptop" {
		return said
	}
	for _, d := range w.devices {
		if d.Several && said == "none" {
			said = "unknown"
		}
		if d.Place != host.InputBuiltIn || !slices.ContainsFunc(d.Can, func(can string) bool { return can != host.CanTellLid }) {
			continue
		}
		switch {
		case !w.meter.Device(d.ID).Silent:
			return "used"
		case d.Unheard:
			said = "unknown"
		case said == "none":
			said = "silent"
		}
	}
	return said
}

// allHeard says whether every device is listened to: what is not heard is not silent.
func (w *inputWindow) allHeard() bool {
	return !slices.ContainsFunc(w.devices, func(d host.InputDevice) bool { return d.Unheard })
}

func described(d host.InputDevice) inputDevice {
	named := d.Bus == "bluetooth" // what is paired is often given a name
	return inputDevice{
		Device: impersonal(d.ID, "", named), Name: impersonal(d.Name, "", named), Bus: d.Bus, VendorID: d.VendorID, ProductID: d.ProductID,
		Place: d.Place, Maker: d.Maker, USBPort: d.USBPort, Can: strings.Join(d.Can, " "),
	}
}

// fill says what the rhythm is. What there is not enough of stays unknown.
func (d *inputDevice) fill(s rhythm.Summary, places bool) {
	d.Keys, d.Pointer, d.Only = string(s.Keys), string(s.Pointer), s.OnlyPointer && s.Pointer == rhythm.Enough
	if s.KeysOf == rhythm.Enough {
		d.KeyShare = strconv.Itoa(s.KeyShare)
	}
	if s.PointOf == rhythm.Enough {
		d.MoveShare = strconv.Itoa(s.PointerShare)
	}
	if s.Keys == rhythm.Enough || s.Pointer == rhythm.Enough {
		d.Injected = strconv.Itoa(s.Injected)
	}
	if d.Typing = string(s.Typing.Sample); s.Typing.Sample == rhythm.Enough {
		d.Gaps, d.Dwells = histogram(s.Typing.Gaps), histogram(s.Typing.Dwells)
		d.Short, d.Together = strconv.Itoa(s.Typing.Short), strconv.Itoa(s.Typing.Together)
	}
	if places && s.Pointer == rhythm.Enough {
		d.Jumps = strconv.Itoa(s.AbsoluteJumps)
	}
	c := s.Cadence
	if d.Cadence = string(c.Intervals); c.Intervals == rhythm.Enough {
		d.Every, d.Variation, d.Net = strconv.Itoa(int(max(time.Second, c.Mean.Round(time.Second)).Seconds())), strconv.Itoa(c.Variation), strconv.Itoa(c.Net)
		d.Step, d.Moves, d.Where = strconv.Itoa(c.Step), strconv.Itoa(c.Moves), c.Place
	}
}

func histogram(buckets [rhythm.Buckets]int) string {
	words := make([]string, 0, len(buckets))
	for _, percent := range buckets {
		words = append(words, strconv.Itoa(percent))
	}
	return strings.Join(words, " ")
}
