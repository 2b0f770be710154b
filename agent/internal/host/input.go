package host

import (
	"context"
	"io"
	"time"
)

// An InputHost is a host that can tell how input arrives: on which device, when
// and of what kind. Which key it was is dropped where it is read and is known
// to nobody above.
type InputHost interface {
	// Input opens what tells of inputs until ctx ends or the source is closed.
	Input(ctx context.Context) (InputSource, error)
}

// An InputSource tells of inputs as they arrive. One goroutine calls Next;
// Devices and Close may be called by others meanwhile.
type InputSource interface {
	// Devices are the input devices there are now, also those that cannot be
	// listened to. Rows beside an error are good but not complete.
	Devices() ([]InputDevice, error)
	// Next waits for inputs, some seconds at most, and gives those that came. The
	// batch is good until the next call. The end of a source is io.EOF.
	Next() (InputBatch, error)
	io.Closer
}

// InputBatch is what arrived since the last one. Inputs of one device are in
// order; those of two devices may be a few milliseconds out of it.
type InputBatch struct {
	Inputs []Input
	Until  time.Duration // the time up to which all has been told
}

// The kinds of an Input.
const (
	InputPress         = "press" // of a key; repeats of a key that is held are not told
	InputRelease       = "release"
	InputButtonPress   = "button_press" // of a mouse button
	InputButtonRelease = "button_release"
	InputMove          = "move"   // of a pointer, by X and Y counts
	InputPlace         = "place"  // of a pointer, to X and Y
	InputTouch         = "touch"  // a finger or pen moved on a pad or screen; where is not told
	InputScroll        = "scroll" // of a wheel
	InputLidClose      = "lid_close"
	InputLidOpen       = "lid_open"
	InputLost          = "lost" // some inputs of this device were not told: what is held down is not known

	// Where the system only counts, and says neither when nor on which device:
	InputPressed = "pressed" // a key was pressed some time since the last look; repeats of a held one may be among them
	InputUsed    = "used"    // a pointer, button, wheel or pad was used some time since the last look
)

// Input is one thing that a hand, or what stands for one, did.
type Input struct {
	Device   string // the ID of its InputDevice
	Kind     string
	At       time.Duration // on a clock that begins anywhere and never jumps
	X, Y     int           // of a move in counts, of a place from 0 to InputRange
	Injected bool          // the system says that a program made it. On Linux: the device is one that a program made
}

// Paces of listening.
const (
	inputGather  = 40 * time.Millisecond // how long inputs are let gather: a mouse may send 1000 a second, and Linux keeps some 40
	inputTick    = 5 * time.Second       // the longest a batch is waited for
	inputRescan  = 30 * time.Second      // between two looks for devices that nobody told of
	inputPending = 4096                  // inputs on their way from elsewhere
)

// InputRange is the largest position of a place: the far edge of the device's
// own range, which is 32767 on nearly all devices.
const InputRange = 32767

// The places of an InputDevice.
const (
	InputBuiltIn  = "built_in" // on a bus that ends inside the machine, or fixed to it as the firmware says
	InputExternal = "external"
	InputVirtual  = "virtual" // a program on this machine made it
)

// What an InputDevice can do.
const (
	CanType       = "keyboard"
	CanMove       = "pointer"          // moves a pointer, as a mouse does
	CanPlace      = "absolute_pointer" // puts a pointer at positions
	CanTouchPad   = "touchpad"
	CanTouch      = "touchscreen"
	CanDraw       = "tablet"
	CanTellLid    = "lid"
	makerUinput   = "uinput" // made through the kernel's door for programs
	makerUhid     = "uhid"   // the same one layer below: it claims to be hardware
	makerDummy    = "dummy"  // on a USB bus that is not there
	makerUSBIP    = "usbip"  // on a USB bus that comes over the network
	makerXTest    = "xtest"  // injected through a window system of the kind X11
	systemOfXTest = "x11"

	makerSendInput     = "sendinput"      // on Windows: a program made the input; the system does not say which
	makerRemoteDesktop = "remote_desktop" // the system's own, of a session that is seen from elsewhere
	makerDriver        = "driver"         // of a driver without hardware
	makerPosted        = "posted"         // on macOS: a program made the input; the system does not say which
)

// InputDevice is one keyboard, pointer or lid as the operating system lists it.
type InputDevice struct {
	ID        string // opaque; the same again for the same device at the same place
	Name      string // in its own words
	Bus       string // usb, bluetooth, serio, i2c, spi, virtual, x11 …
	VendorID  string // four hexadecimal digits; empty when it has none
	ProductID string
	Place     string   // built_in, external, virtual; empty when not known
	Maker     string   // how a program made it: uinput, uhid, dummy, usbip, xtest, sendinput, remote_desktop, driver, posted; empty for others
	USBPort   string   // where it is plugged into USB, as usb_devices says it
	Can       []string // what it can do, of the words above, sorted
	Unheard   bool     // it cannot be listened to
	Several   bool     // it stands for all devices of its kind, which the system does not tell apart; their places are not known
}
