package host

import (
	"encoding/binary"
	"time"
)

// Windows tells of input in two ways, and it takes both: raw input (RAWINPUT;
// learn.microsoft.com, winuser.h) says on which device, and names none for what
// programs make; hooks (KBDLLHOOKSTRUCT, MSLLHOOKSTRUCT) say whether a program
// made it, and name no device. The layouts are those of 64-bit Windows.
const (
	rawHead        = 24 // kind, size, device, wParam
	rawMouseSize   = rawHead + 24
	rawKeySize     = rawHead + 16
	rawHIDSize     = rawHead + 8
	keyHookSize    = 24
	mouseHookSize  = 32
	rawMouse       = 0 // RIM_TYPEMOUSE
	rawKeyboard    = 1 // RIM_TYPEKEYBOARD
	rawHID         = 2 // RIM_TYPEHID
	rawAbsolute    = 0x01
	rawDowns       = 0x001 | 0x004 | 0x010 | 0x040 | 0x100 // RI_MOUSE_…_DOWN of five buttons
	rawUps         = 0x002 | 0x008 | 0x020 | 0x080 | 0x200
	rawWheels      = 0x400 | 0x800
	rawBreak       = 0x01 // RI_KEY_BREAK: the key was let go
	noVirtualKey   = 0xff // part of another key's sequence
	overrun        = 0xff // KEYBOARD_OVERRUN_MAKE_CODE
	keyUpFlag      = 0x80 // LLKHF_UP
	keyMadeFlags   = 0x12 // LLKHF_INJECTED, LLKHF_LOWER_IL_INJECTED
	mouseMadeFlags = 0x03 // LLMHF_INJECTED, LLMHF_LOWER_IL_INJECTED
)

// rawInput is one input as it lies in the ring: no words, so that nothing is
// allocated where Windows waits.
type rawInput struct {
	at     time.Duration
	device uint64 // Windows' handle; 0 for what programs made
	x, y   int32
	kind   rawKind
}

// rawKind is the place of a kind in frameKinds, and one more.
type rawKind uint8

// The kinds that are told of here.
const (
	rawPress rawKind = iota
	rawRelease
	rawButtonPress
	rawButtonRelease
	rawMove
	rawPlace
	rawTouch
	rawScroll
)

// keyRepeat knows whether a press is a key that is held and repeats by itself:
// only the key pressed last repeats. It is all that is known of any key, and is
// gone when another is pressed or it is let go.
type keyRepeat uint64

// again says whether a press is a repeat. The number that stands for the key is
// kept in no other place.
func (k *keyRepeat) again(key uint64, released bool) bool {
	held := *k == keyRepeat(key)
	switch {
	case released && held:
		*k = 0
	case !released:
		*k = keyRepeat(key)
	}
	return held && !released
}

// wipe forgets a key in what was read, before anything else looks at it.
func wipe(raw []byte, from, to int) { clear(raw[from:to]) }

// parseRaw reads one RAWINPUT and appends what it tells. The key is wiped out of
// it. What is cut short tells nothing.
func parseRaw(raw []byte, at time.Duration, held *keyRepeat, to []rawInput) []rawInput {
	if len(raw) < rawHead {
		return to
	}
	in := rawInput{at: at, device: binary.LittleEndian.Uint64(raw[8:])}
	switch kind := binary.LittleEndian.Uint32(raw); {
	case kind == rawMouse && len(raw) >= rawMouseSize:
		return parseRawMouse(raw[rawHead:], in, to)
	case kind == rawKeyboard && len(raw) >= rawKeySize:
		if pressed, tells := parseRawKey(raw[rawHead:], in.device, held); tells {
			in.kind = pressed
			return append(to, in)
		}
	case kind == rawHID && len(raw) >= rawHIDSize:
		in.kind = rawTouch // of a pad, screen or pen, which are all that is asked for; where is not looked at
		return append(to, in)
	}
	return to
}

// parseRawKey reads RAWKEYBOARD: make code, flags, nothing, virtual key, message.
func parseRawKey(raw []byte, device uint64, held *keyRepeat) (rawKind, bool) {
	code, flags, virtual := binary.LittleEndian.Uint16(raw), binary.LittleEndian.Uint16(raw[2:]), binary.LittleEndian.Uint16(raw[6:])
	wipe(raw, 0, 16)
	if virtual == noVirtualKey || code == overrun {
		return 0, false
	}
	released := flags&rawBreak != 0
	key := uint64(code)<<3 | uint64(flags&6) | 1 | device<<24
	if held.again(key, released) {
		return 0, false
	}
	if released {
		return rawRelease, true
	}
	return rawPress, true
}

// parseRawMouse reads RAWMOUSE: flags, buttons, wheel, and how far or where to.
func parseRawMouse(raw []byte, in rawInput, to []rawInput) []rawInput {
	flags, buttons := binary.LittleEndian.Uint16(raw), binary.LittleEndian.Uint16(raw[4:])
	in.x, in.y = int32(binary.LittleEndian.Uint32(raw[12:])), int32(binary.LittleEndian.Uint32(raw[16:]))
	moved := in
	switch {
	case flags&rawAbsolute != 0:
		moved.kind, moved.x, moved.y = rawPlace, in.x/2, in.y/2 // from 0 to 65535
		if buttons == 0 || in.x != 0 || in.y != 0 {
			to = append(to, moved)
		}
	case in.x != 0 || in.y != 0:
		moved.kind = rawMove
		to = append(to, moved)
	}
	in.x, in.y = 0, 0
	for _, of := range []struct {
		bits uint16
		kind rawKind
	}{{rawDowns, rawButtonPress}, {rawUps, rawButtonRelease}, {rawWheels, rawScroll}} {
		if buttons&of.bits != 0 {
			in.kind = of.kind
			to = append(to, in)
		}
	}
	return to
}

// parseKeyHook reads a KBDLLHOOKSTRUCT: virtual key, scan code, flags, time. Only
// what a program made is told; where the key is wiped is the caller's copy, since
// what Windows handed out goes on to others.
func parseKeyHook(raw []byte, held *keyRepeat) (kind rawKind, made bool) {
	if len(raw) < keyHookSize {
		return 0, false
	}
	virtual, scan, flags := binary.LittleEndian.Uint32(raw), binary.LittleEndian.Uint32(raw[4:]), binary.LittleEndian.Uint32(raw[8:])
	wipe(raw, 0, 8)
	if flags&keyMadeFlags == 0 {
		return 0, false
	}
	released := flags&keyUpFlag != 0
	if held.again(uint64(virtual)<<17|uint64(scan&0xffff)<<1|1, released) {
		return 0, false
	}
	if released {
		return rawRelease, true
	}
	return rawPress, true
}

// touchLasts is how long after a touch Windows may still make input of a mouse of
// it: a tap is told when it is over, a long one as the other button.
const touchLasts = 2 * time.Second

// madeOfTouch says whether an MSLLHOOKSTRUCT is what Windows itself made of a
// finger on the screen or of a pen, for programs that know only mice. It marks it
// as made by a program, and says so beside (learn.microsoft.com, "System Events
// and Mouse Messages": MI_WP_SIGNATURE), as any program can: only while something
// is touched is it believed.
func madeOfTouch(raw []byte, at, touched time.Duration) bool {
	const signature, part = 0xff515700, 0xffffff00
	return len(raw) >= mouseHookSize && binary.LittleEndian.Uint32(raw[24:])&part == signature && touched > 0 && at-touched <= touchLasts
}

// parseMouseHook reads an MSLLHOOKSTRUCT: place, wheel, flags, time. How far it
// moved follows from the place before, which the caller keeps.
func parseMouseHook(raw []byte, message uintptr, last *[2]int32) (in rawInput, made bool) {
	if len(raw) < mouseHookSize {
		return in, false
	}
	x, y, flags := int32(binary.LittleEndian.Uint32(raw)), int32(binary.LittleEndian.Uint32(raw[4:])), binary.LittleEndian.Uint32(raw[12:])
	in.x, in.y = x-last[0], y-last[1]
	last[0], last[1] = x, y
	if flags&mouseMadeFlags == 0 {
		return rawInput{}, false
	}
	switch message {
	case 0x200: // WM_MOUSEMOVE
		in.kind = rawMove
		return in, true
	case 0x201, 0x204, 0x207, 0x20b: // WM_…BUTTONDOWN
		in.kind = rawButtonPress
	case 0x202, 0x205, 0x208, 0x20c: // WM_…BUTTONUP
		in.kind = rawButtonRelease
	case 0x20a, 0x20e: // WM_MOUSEWHEEL, WM_MOUSEHWHEEL
		in.kind = rawScroll
	default:
		return rawInput{}, false
	}
	in.x, in.y = 0, 0
	return in, true
}
