package host

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// What a companion tells the agent is frames: two bytes of length, one that says
// what it is, and so many bytes. There is no word in them for a key: a press has
// a device, a time and whether a program made it, and nothing else has room. A
// display has a way in which it is fed, which version 1 did not tell.
const (
	companionVersion = 2
	frameHead        = 3
	mostFrame        = 32 << 10

	frameHello    = 1 // the companion's first: version, process and session
	frameWelcome  = 2 // the agent's only one: version
	frameDevices  = 3 // all there are now, and what cannot be seen
	frameInputs   = 4 // of the devices last told
	frameQuiet    = 5 // nothing happened up to a time
	frameBye      = 6 // it ends because its session does, or was asked to
	frameDisplays = 7 // how displays are fed, where the agent is not shown it
)

// The lengths that are fixed, and bounds of those that are not.
const (
	helloSize    = 10
	quietSize    = 8
	inputSize    = 10 // device, kind with the bit below, and microseconds
	placeSize    = inputSize + 8
	injectedBit  = 0x80
	longestID    = 200
	longestName  = 120
	unheardBit   = 0x01
	severalBit   = 0x02
	inputsInOne  = (mostFrame - quietSize) / placeSize
	mostTextByte = 255
)

// The closed lists that a byte of a frame points into. New words go to the end,
// and raise the version.
var (
	frameKinds = []string{
		InputPress, InputRelease, InputButtonPress, InputButtonRelease, InputMove, InputPlace, InputTouch, InputScroll,
		InputLidClose, InputLidOpen, InputLost, InputPressed, InputUsed,
	}
	framePlaces    = []string{"", InputBuiltIn, InputExternal, InputVirtual}
	frameMakers    = []string{"", makerSendInput, makerRemoteDesktop, makerDriver, makerPosted}
	frameBuses     = []string{"", "usb", "bluetooth", "serio", "i2c", "virtual", "firmware", "hid", "session"}
	frameAbilities = []string{CanType, CanMove, CanPlace, CanTouchPad, CanTouch, CanDraw, CanTellLid}
)

// greeting is how either end says who it is.
type greeting struct {
	version      uint16
	pid, session uint32
}

// errFrame is what a companion that does not speak as agreed is left for.
var errFrame = errors.New("it does not speak as agreed")

func framed(kind byte, content []byte) []byte {
	out := binary.LittleEndian.AppendUint16(make([]byte, 0, frameHead+len(content)), uint16(len(content)))
	return append(append(out, kind), content...)
}

// readFrame reads the next one. Its content is good until the buffer is used again.
func readFrame(from io.Reader, buffer *[mostFrame]byte) (kind byte, content []byte, err error) {
	var head [frameHead]byte
	if _, err := io.ReadFull(from, head[:]); err != nil {
		return 0, nil, err
	}
	size := int(binary.LittleEndian.Uint16(head[:]))
	if size > mostFrame {
		return 0, nil, fmt.Errorf("a frame of %d bytes: %w", size, errFrame)
	}
	if _, err := io.ReadFull(from, buffer[:size]); err != nil {
		return 0, nil, fmt.Errorf("a frame was cut short: %w", err)
	}
	return head[2], buffer[:size], nil
}

func (g greeting) hello() []byte {
	out := binary.LittleEndian.AppendUint16(nil, g.version)
	out = binary.LittleEndian.AppendUint32(out, g.pid)
	return framed(frameHello, binary.LittleEndian.AppendUint32(out, g.session))
}

func parseHello(content []byte) (greeting, error) {
	if len(content) < 2 {
		return greeting{}, fmt.Errorf("a greeting of %d bytes: %w", len(content), errFrame)
	}
	g := greeting{version: binary.LittleEndian.Uint16(content)}
	if g.version != companionVersion { // its other fields may be others
		return g, nil
	}
	if len(content) != helloSize {
		return greeting{}, fmt.Errorf("a greeting of %d bytes: %w", len(content), errFrame)
	}
	g.pid, g.session = binary.LittleEndian.Uint32(content[2:]), binary.LittleEndian.Uint32(content[6:])
	return g, nil
}

func welcome() []byte {
	return framed(frameWelcome, binary.LittleEndian.AppendUint16(nil, companionVersion))
}

func quiet(until time.Duration) []byte {
	return framed(frameQuiet, binary.LittleEndian.AppendUint64(nil, uint64(until/time.Microsecond)))
}

// microseconds reads a time; more than a year is cut to one, so that no sum of two overflows.
func microseconds(raw []byte) time.Duration {
	const year = 365 * 24 * time.Hour
	return time.Duration(min(binary.LittleEndian.Uint64(raw), uint64(year/time.Microsecond))) * time.Microsecond
}

// inputsFrame tells of inputs, as many as one frame holds. An input of a device
// that was not told, or of a kind that has no byte, is left out.
func inputsFrame(devices []InputDevice, until time.Duration, inputs []Input) []byte {
	content := binary.LittleEndian.AppendUint64(nil, uint64(until/time.Microsecond))
	for _, in := range inputs[:min(len(inputs), inputsInOne)] {
		device := slices.IndexFunc(devices, func(d InputDevice) bool { return d.ID == in.Device })
		kind := slices.Index(frameKinds, in.Kind)
		if device < 0 || kind < 0 {
			continue
		}
		if in.Injected {
			kind |= injectedBit
		}
		content = append(content, byte(device), byte(kind))
		content = binary.LittleEndian.AppendUint64(content, uint64(in.At/time.Microsecond))
		if placed(in.Kind) {
			content = binary.LittleEndian.AppendUint32(content, uint32(int32(in.X)))
			content = binary.LittleEndian.AppendUint32(content, uint32(int32(in.Y)))
		}
	}
	return framed(frameInputs, content)
}

func placed(kind string) bool { return kind == InputMove || kind == InputPlace }

// parseInputs reads what inputsFrame wrote, and nothing else.
func parseInputs(content []byte, devices []InputDevice, to []Input) (until time.Duration, inputs []Input, err error) {
	if len(content) < quietSize {
		return 0, to, fmt.Errorf("inputs of %d bytes: %w", len(content), errFrame)
	}
	until = microseconds(content)
	for rest := content[quietSize:]; len(rest) > 0; {
		if len(rest) < inputSize {
			return until, to, fmt.Errorf("half an input: %w", errFrame)
		}
		device, kind := int(rest[0]), int(rest[1]&^injectedBit)
		if device >= len(devices) || kind >= len(frameKinds) {
			return until, to, fmt.Errorf("input %d of device %d: %w", kind, device, errFrame)
		}
		in := Input{Device: devices[device].ID, Kind: frameKinds[kind], Injected: rest[1]&injectedBit != 0, At: microseconds(rest[2:])}
		rest = rest[inputSize:]
		if placed(in.Kind) {
			if len(rest) < placeSize-inputSize {
				return until, to, fmt.Errorf("half a place: %w", errFrame)
			}
			in.X, in.Y = coordinate(rest, in.Kind), coordinate(rest[4:], in.Kind)
			rest = rest[placeSize-inputSize:]
		}
		to = append(to, in)
	}
	return until, to, nil
}

// coordinate is bounded, so that sums of many do not overflow.
func coordinate(raw []byte, kind string) int {
	value := int(int32(binary.LittleEndian.Uint32(raw)))
	if kind == InputPlace {
		return min(max(value, 0), InputRange)
	}
	return min(max(value, -InputRange), InputRange)
}

// devicesFrame tells of devices, 64 at most, and of what cannot be seen.
func devicesFrame(devices []InputDevice, blind blindSpot) []byte {
	devices = devices[:min(len(devices), mostInputs)]
	content := binary.LittleEndian.AppendUint16(nil, uint16(blind))
	content = append(content, byte(len(devices)))
	for _, d := range devices {
		var can, is byte
		for i, ability := range frameAbilities {
			if slices.Contains(d.Can, ability) {
				can |= 1 << i
			}
		}
		if d.Unheard {
			is |= unheardBit
		}
		if d.Several {
			is |= severalBit
		}
		content = append(content, index(framePlaces, d.Place), index(frameMakers, d.Maker), index(frameBuses, d.Bus), can, is)
		for _, text := range []string{cut(d.ID, longestID), cut(d.Name, longestName), fourDigits(d.VendorID), fourDigits(d.ProductID), cut(d.USBPort, longestName)} {
			content = append(append(content, byte(len(text))), text...)
		}
	}
	return framed(frameDevices, content)
}

func index(words []string, word string) byte { return byte(max(0, slices.Index(words, word))) }

func parseDevices(content []byte) ([]InputDevice, blindSpot, error) {
	if len(content) < 3 || content[2] > mostInputs {
		return nil, 0, fmt.Errorf("a list of devices that is none: %w", errFrame)
	}
	blind, count := blindSpot(binary.LittleEndian.Uint16(content))&allBlind, int(content[2])
	devices := make([]InputDevice, 0, count)
	rest := content[3:]
	for range count {
		var d InputDevice
		var ok bool
		if d, rest, ok = parseDevice(rest); !ok || slices.ContainsFunc(devices, func(o InputDevice) bool { return o.ID == d.ID }) {
			return nil, 0, fmt.Errorf("device %d of %d: %w", len(devices)+1, count, errFrame)
		}
		devices = append(devices, d)
	}
	if len(rest) > 0 {
		return nil, 0, fmt.Errorf("%d bytes too many: %w", len(rest), errFrame)
	}
	return devices, blind, nil
}

func parseDevice(raw []byte) (d InputDevice, rest []byte, ok bool) {
	if len(raw) < 5 || int(raw[0]) >= len(framePlaces) || int(raw[1]) >= len(frameMakers) || int(raw[2]) >= len(frameBuses) {
		return d, nil, false
	}
	d.Place, d.Maker, d.Bus = framePlaces[raw[0]], frameMakers[raw[1]], frameBuses[raw[2]]
	for i, ability := range frameAbilities {
		if raw[3]>>i&1 == 1 {
			d.Can = append(d.Can, ability)
		}
	}
	slices.Sort(d.Can)
	d.Unheard, d.Several = raw[4]&unheardBit != 0, raw[4]&severalBit != 0
	raw = raw[5:]
	for _, text := range []*string{&d.ID, &d.Name, &d.VendorID, &d.ProductID, &d.USBPort} {
		if len(raw) == 0 || len(raw) <= int(raw[0]) {
			return d, nil, false
		}
		*text, raw = string(raw[1:1+int(raw[0])]), raw[1+int(raw[0]):]
	}
	ok = d.ID != "" && d.ID == cut(d.ID, longestID) && d.Name == cut(d.Name, longestName) && d.USBPort == cut(d.USBPort, longestName) &&
		d.VendorID == fourDigits(d.VendorID) && d.ProductID == fourDigits(d.ProductID)
	return d, raw, ok
}

// cut leaves of a text what is printable, up to a length.
func cut(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, text)
	for len(text) > min(most, mostTextByte) {
		_, size := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-size]
	}
	return text
}

// fourDigits is a number of four hexadecimal digits, or nothing.
func fourDigits(text string) string {
	if len(text) != 4 || strings.Trim(text, "0123456789abcdef") != "" {
		return ""
	}
	return text
}
