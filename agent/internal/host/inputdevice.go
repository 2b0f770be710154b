package host

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const inputFolder = "sys/class/input"

// mostInputs bounds how many input devices are listened to: any program that may
// write to /dev/uinput can make as many as it likes.
const mostInputs = 64

// inputNode is an input device and where its inputs are read.
type inputNode struct {
	InputDevice
	node    string // event5
	buttons bool   // whether it has the buttons of a mouse
}

// sysfsInputs describes the input devices that type, point or tell of the lid.
func sysfsInputs(files FS) ([]inputNode, error) {
	entries, err := fs.ReadDir(files, inputFolder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list input devices: no /%s: %w", inputFolder, ErrAbsent)
	}
	if err != nil {
		return nil, fmt.Errorf("list input devices: %w", err)
	}
	var nodes []inputNode
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), "event") {
			continue
		}
		if n := describeInput(files, entry.Name()); len(n.Can) > 0 {
			nodes = append(nodes, n)
		}
	}
	if all := len(nodes); all > mostInputs {
		slices.SortStableFunc(nodes, madeLast)
		return nameApart(nodes[:mostInputs]), fmt.Errorf("there are %d, and no more than %d can be listened to", all, mostInputs)
	}
	return nameApart(nodes), nil
}

// madeLast orders devices so that those that programs make crowd out no hardware.
func madeLast(a, b inputNode) int {
	switch made, other := a.Place == InputVirtual, b.Place == InputVirtual; {
	case made == other:
		return 0
	case other:
		return -1
	}
	return 1
}

// nameApart numbers devices that would have one ID: a receiver has a keyboard
// and a mouse in one place.
func nameApart(nodes []inputNode) []inputNode {
	seen := map[string]int{}
	for i := range nodes {
		id := nodes[i].ID
		if seen[id]++; seen[id] > 1 {
			nodes[i].ID = fmt.Sprintf("%s#%d", id, seen[id])
		}
	}
	return nodes
}

func describeInput(files FS, node string) inputNode {
	dir := path.Join(inputFolder, node, "device")
	line := func(name string) string {
		text, err := fs.ReadFile(files, path.Join(dir, name))
		if err != nil {
			return "" // gone, or not told
		}
		return strings.TrimSpace(string(text[:min(len(text), 1024)]))
	}
	n := inputNode{node: node}
	n.Name, n.VendorID, n.ProductID = line("name"), line("id/vendor"), line("id/product")
	n.Bus = inputBus(line("id/bustype"))
	keys, relative, absolute := bits(line("capabilities/key")), bits(line("capabilities/rel")), bits(line("capabilities/abs"))
	n.Can, n.buttons = abilities(keys, relative, absolute, bits(line("capabilities/sw")), bits(line("properties"))), keys.has(btnLeft)
	target, err := files.ReadLink(path.Join(inputFolder, node))
	if err != nil {
		target, _ = files.ReadLink(dir) // as older recordings have it
	}
	n.locate(files, target)
	return n
}

// locate says where a device is by its place among the kernel's devices, which
// no program chooses. Bluetooth keyboards of low energy are made through uhid
// too, by the system's own Bluetooth program.
func (n *inputNode) locate(files FS, target string) {
	port, function := usbPlace(target)
	n.Place, n.USBPort = InputExternal, port
	switch {
	case strings.Contains(target, "/virtual/misc/uhid/"):
		if n.Bus != "bluetooth" {
			n.Place, n.Maker, n.USBPort = InputVirtual, makerUhid, ""
		}
	case strings.Contains(target, "/virtual/"):
		n.Place, n.Maker = InputVirtual, makerUinput
	case strings.Contains(target, "/dummy_hcd"):
		n.Place, n.Maker = InputVirtual, makerDummy
	case strings.Contains(target, "/vhci_hcd"):
		n.Place, n.Maker = InputVirtual, makerUSBIP
	case port != "":
		if fixedPort(files, port) {
			n.Place = InputBuiltIn
		}
	case n.Bus != "bluetooth" && builtInBus(target):
		n.Place = InputBuiltIn
	}
	n.ID = n.name(target, function)
}

// MadeBySoftware says whether a device's place among the kernel's devices is on
// a bus that software makes: its own pretended ones, gadgets plugged into
// themselves, USB over the network.
func MadeBySoftware(place string) bool {
	for _, maker := range []string{"/virtual/", "/vhci_hcd", "/dummy_hcd"} {
		if strings.Contains(place, maker) {
			return true
		}
	}
	return false
}

// fixedPort says whether a device and every hub on the way to it is fixed to the
// machine: a hub that is plugged in calls fixed what is built into the hub, as
// the keyboard of a keyboard with sockets is.
func fixedPort(files FS, port string) bool {
	for end := 1; end <= len(port); end++ {
		if end < len(port) && port[end] != '.' {
			continue
		}
		fixed, err := fs.ReadFile(files, path.Join("sys/bus/usb/devices", port[:end], "removable"))
		if err != nil || strings.TrimSpace(string(fixed)) != "fixed" {
			return false
		}
	}
	return true
}

// name makes an ID of the place. The numbers that the kernel counts up at each
// plug are not in it.
func (n *inputNode) name(target, function string) string {
	switch {
	case n.Maker == makerUinput, n.Maker == makerUhid, n.Bus == "bluetooth":
		return strings.Join([]string{cmp.Or(n.Maker, n.Bus), n.VendorID, n.ProductID, n.Name}, ":")
	case function != "":
		return "usb:" + function
	}
	parent, _, _ := strings.Cut(target, "/input/")
	return n.Bus + ":" + path.Base(parent)
}

// usbPlace finds the port and the interface in a device's place, as in
// …/usb1/1-2/1-2:1.0/0003:046D:C52B.0001/input/input5/event5.
func usbPlace(target string) (port, function string) {
	interfaces := regexp.MustCompile(`/(\d+-\d+(?:\.\d+)*):\d+\.\d+(?:/|$)`).FindAllStringSubmatch(target, -1)
	if len(interfaces) == 0 {
		return "", ""
	}
	last := interfaces[len(interfaces)-1]
	return last[1], strings.Trim(last[0], "/")
}

// builtInBus knows the buses that end inside a laptop: PS/2 (i8042), I²C, SPI,
// the firmware's own devices.
func builtInBus(target string) bool {
	if strings.Contains(target, "/serio") {
		return strings.Contains(target, "/i8042/") // the others are serial lines, and what a program makes of a terminal
	}
	for _, bus := range []string{"/i2c-", "/spi", "/platform/", "/LNXSYSTM"} {
		if strings.Contains(target, bus) {
			return true
		}
	}
	return false
}

// inputBus puts the kernel's bus number (linux/input.h, BUS_…) into words.
func inputBus(number string) string {
	switch number {
	case "0003":
		return "usb"
	case "0005":
		return "bluetooth"
	case "0006":
		return "virtual"
	case "0011":
		return "serio"
	case "0018":
		return "i2c"
	case "0019":
		return "firmware"
	case "001c":
		return "spi"
	case "001d":
		return "smbus"
	}
	return "bus-" + number
}

// A bitmap is a set of codes as sysfs writes it: words in hexadecimal, the
// highest first.
type bitmap []uint64

func bits(text string) bitmap {
	words := strings.Fields(text)
	set := make(bitmap, 0, len(words))
	for _, word := range slices.Backward(words) {
		value, err := strconv.ParseUint(word, 16, 64)
		if err != nil {
			return nil
		}
		set = append(set, value)
	}
	return set
}

// wordBits is how many bits the kernel puts into one word of a bitmap.
const wordBits = strconv.IntSize

func (b bitmap) has(code int) bool {
	return code/wordBits < len(b) && b[code/wordBits]>>(code%wordBits)&1 == 1
}

// The codes of linux/input-event-codes.h that say what a device is for. No code
// of a key that was pressed is ever compared with them.
const (
	btnMisc, btnLeft, btnTask, btnJoystick, btnDigi = 0x100, 0x110, 0x117, 0x120, 0x140
	btnPen, btnFinger, btnTouch                     = 0x140, 0x145, 0x14a
	keyQ, keyP                                      = 16, 25
	relX, relY, relHWheel, relWheel                 = 0, 1, 6, 8
	absX, absY, absMultiX                           = 0, 1, 0x35
	swLid                                           = 0
	propertyDirect, propertyAccelerometer           = 1, 6
)

func abilities(keys, relative, absolute, switches, properties bitmap) []string {
	var can []string
	letters := true
	for code := keyQ; code <= keyP; code++ {
		letters = letters && keys.has(code)
	}
	if letters {
		can = append(can, CanType)
	}
	if relative.has(relX) && relative.has(relY) && keys.has(btnLeft) {
		can = append(can, CanMove)
	}
	if switches.has(swLid) {
		can = append(can, CanTellLid)
	}
	if absolute.has(absX) && absolute.has(absY) && !properties.has(propertyAccelerometer) && !keys.has(btnJoystick) {
		switch {
		case keys.has(btnPen):
			can = append(can, CanDraw)
		case properties.has(propertyDirect):
			can = append(can, CanTouch)
		case keys.has(btnFinger), keys.has(btnTouch), absolute.has(absMultiX):
			can = append(can, CanTouchPad)
		case keys.has(btnLeft):
			can = append(can, CanPlace)
		}
	}
	slices.Sort(can)
	return can
}
