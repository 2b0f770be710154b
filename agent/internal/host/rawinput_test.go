package host

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/rhythm"
)

// rawRecord makes a RAWINPUT as 64-bit Windows does.
func rawRecord(kind uint32, device uint64, body ...any) []byte {
	content := little(body...)
	return append(little(kind, uint32(rawHead+len(content)), uint32(device), uint32(device>>32), uint32(0), uint32(0)), content...)
}

func rawKey(device uint64, code, flags, virtual uint16) []byte {
	return rawRecord(rawKeyboard, device, code, flags, uint16(0), virtual, uint32(0x100), uint32(0))
}

func rawMoved(device uint64, flags, buttons uint16, x, y int32) []byte {
	return rawRecord(rawMouse, device, flags, uint16(0), buttons, uint16(120), uint32(0), uint32(x), uint32(y), uint32(0))
}

func TestRawInput(t *testing.T) {
	for _, test := range []struct {
		name    string
		records [][]byte
		want    string
	}{
		{"a key that repeats", [][]byte{rawKey(5, 30, 0, 65), rawKey(5, 30, 0, 65), rawKey(5, 30, 1, 65)}, "press release"},
		{"two keys, of which the second repeats", [][]byte{rawKey(5, 30, 0, 65), rawKey(5, 48, 0, 66), rawKey(5, 48, 0, 66), rawKey(5, 30, 1, 65), rawKey(5, 48, 1, 66)}, "press press release release"},
		{"the same key of two keyboards", [][]byte{rawKey(5, 30, 0, 65), rawKey(6, 30, 0, 65)}, "press press"},
		{"two keys of one code", [][]byte{rawKey(5, 0x1d, 0, 17), rawKey(5, 0x1d, 2, 17)}, "press press"},
		{"a part of another key's sequence, and too many keys", [][]byte{rawKey(5, 0x2a, 2, 255), rawKey(5, 255, 0, 65)}, ""},
		{"a mouse", [][]byte{rawMoved(7, 0, 0, 3, -2), rawMoved(7, 0, 0x401, 0, 0), rawMoved(7, 0, 2, 1, 0)}, "move 3 -2 button_press scroll move 1 0 button_release"},
		{"places", [][]byte{rawMoved(7, 1, 0, 65535, 0), rawMoved(7, 3, 0, 32768, 2)}, "place 32767 0 place 16384 1"},
		{"a pad", [][]byte{rawRecord(rawHID, 9, uint32(2), uint32(1), uint16(7))}, "touch"},
		{"cut short, or of no kind", [][]byte{rawKey(5, 30, 0, 65)[:38], rawMoved(7, 0, 0, 3, -2)[:40], {1, 0}, rawRecord(9, 9, uint32(2), uint32(1))}, ""},
	} {
		var held keyRepeat
		var got []string
		for i, raw := range test.records {
			for _, in := range parseRaw(raw, time.Duration(i), &held, nil) {
				got = append(got, frameKinds[in.kind])
				if placed(frameKinds[in.kind]) {
					got = append(got, fmt.Sprint(in.x, " ", in.y))
				}
				if in.at != time.Duration(i) || in.device == 0 {
					t.Errorf("%s: %+v", test.name, in)
				}
			}
		}
		if said := strings.Join(got, " "); said != test.want {
			t.Errorf("%s: %q, want %q", test.name, said, test.want)
		}
	}
}

func keyHook(virtual, scan, flags uint32) []byte {
	return little(virtual, scan, flags, uint32(1), uint32(0), uint32(0))
}

func mouseHook(x, y int32, flags uint32) []byte {
	return little(uint32(x), uint32(y), uint32(0), flags, uint32(1), uint32(0), uint32(0), uint32(0))
}

func TestHooks(t *testing.T) {
	var held keyRepeat
	var got []string
	for _, raw := range [][]byte{keyHook(65, 30, 0), keyHook(65, 30, 0x10), keyHook(65, 30, 0x10), keyHook(65, 30, 0x90), keyHook(66, 48, 2), keyHook(66, 48, 0x82), keyHook(66, 48, 2)[:20]} {
		if kind, made := parseKeyHook(raw, &held); made {
			got = append(got, frameKinds[kind])
		}
	}
	last := [2]int32{100, 100}
	for _, m := range []struct {
		message uintptr
		raw     []byte
	}{
		{0x200, mouseHook(90, 100, 0)}, {0x200, mouseHook(95, 101, 1)}, {0x201, mouseHook(95, 101, 1)}, {0x205, mouseHook(95, 101, 2)}, {0x20a, mouseHook(95, 101, 1)},
		{0x20a, mouseHook(95, 101, 0)}, {0x999, mouseHook(95, 101, 1)}, {0x200, mouseHook(95, 101, 1)[:30]},
	} {
		if in, made := parseMouseHook(m.raw, m.message, &last); made {
			got = append(got, fmt.Sprint(frameKinds[in.kind], in.x, in.y))
		}
	}
	want := []string{"press", "release", "press", "release", "move5 1", "button_press0 0", "button_release0 0", "scroll0 0"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if held != 0 {
		t.Error("a key is remembered that nobody holds")
	}
}

func TestMadeOfTouch(t *testing.T) {
	finger := mouseHook(90, 100, 1)
	binary.LittleEndian.PutUint32(finger[24:], 0xff515780)
	const now = time.Hour
	for _, c := range []struct {
		name    string
		raw     []byte
		touched time.Duration
		want    bool
	}{
		{"a finger", finger, now - time.Second, true},
		{"what says it is one, and nothing is touched", finger, now - time.Minute, false},
		{"the same, and nothing ever was", finger, 0, false},
		{"a program while a screen is touched", mouseHook(90, 100, 1), now - time.Second, false},
		{"cut short", finger[:26], now, false},
	} {
		if madeOfTouch(c.raw, now, c.touched) != c.want {
			t.Errorf("%s: %v", c.name, !c.want)
		}
	}
}

// FuzzRawKeyCodes: whichever keys are pressed, what is known above is the same.
// The two runs press different keys in the same rhythm, each key's release by the
// same one; no code may be left where it was read, and none once all is let go.
func FuzzRawKeyCodes(f *testing.F) {
	f.Add([]byte("\x01\x10\x41\x01\x00\x20\x02\x05"), uint16(3), uint16(700))
	f.Fuzz(func(t *testing.T, script []byte, one, other uint16) {
		script = script[:min(len(script), 600)]
		if first, second := rawPlayed(t, script, one), rawPlayed(t, script, other); first != second {
			t.Fatalf("the rhythm depends on which keys were pressed:\n%s\n%s", first, second)
		}
	})
}

// rawPlayed presses and releases ten keys as a script says, where the keys' codes
// depend on a number, and gives all that is known afterwards.
func rawPlayed(t *testing.T, script []byte, number uint16) string {
	meter := rhythm.New()
	var held, hookHeld keyRepeat
	at := time.Hour
	var inputs []rawInput
	for _, b := range script {
		at += time.Duration(b>>4) * 7 * time.Millisecond
		code := number%200 + uint16(b%10) // all different, none the ones that are left out
		flags := uint16(b>>1) & 1
		raw := rawKey(5, code, flags, code%200+1)
		inputs = parseRaw(raw, at, &held, inputs)
		if !bytes.Equal(raw[rawHead:], make([]byte, 16)) {
			t.Fatal("a key is left in the buffer")
		}
		hooked := keyHook(uint32(code), uint32(code)+7, 0x10|uint32(flags)*keyUpFlag)
		if kind, made := parseKeyHook(hooked, &hookHeld); made {
			inputs = append(inputs, rawInput{at: at, kind: kind})
		}
		if binary.LittleEndian.Uint64(hooked) != 0 {
			t.Fatal("a key is left in the copy")
		}
	}
	for _, in := range inputs {
		meter.Add(rhythm.Input{Device: fmt.Sprint(in.device), Kind: frameKinds[in.kind], At: in.at})
	}
	for b := range uint16(10) {
		parseRaw(rawKey(5, number%200+b, 1, 9), at, &held, nil)
		parseKeyHook(keyHook(uint32(number%200+b), uint32(number%200+b)+7, 0x90), &hookHeld)
	}
	if held != 0 || hookHeld != 0 {
		t.Fatal("a key is remembered that nobody holds")
	}
	meter.Advance(at + time.Minute)
	return fmt.Sprintf("%+v\n%+v\n%+v", inputs, meter.Device("5"), meter.Device("0"))
}

// FuzzRaw: whatever Windows, or what stands in for it, hands over.
func FuzzRaw(f *testing.F) {
	f.Add(rawKey(5, 30, 0, 65), []byte(`\\?\HID#VID_046D&PID_C31C&MI_00#8&1#{884b96c3-56ef-11d1-bc8c-00a0c91405dd}`))
	f.Add(keyHook(65, 30, 0x10), mouseHook(1, 2, 1))
	f.Fuzz(func(t *testing.T, one, other []byte) {
		var held keyRepeat
		var last [2]int32
		for _, in := range parseRaw(slices.Clone(one), 0, &held, nil) {
			if int(in.kind) >= len(frameKinds) {
				t.Fatalf("%+v", in)
			}
		}
		parseKeyHook(one, &held)
		parseMouseHook(other, 0x200, &last)
		parseRawUsage(one)
		for _, d := range parseRawList(one) {
			d.path = string(other)
			in := describeRaw(d, nil)
			if len(in.VendorID) != 0 && len(in.VendorID) != 4 {
				t.Fatalf("%+v", in)
			}
		}
		LocationPort(string(other))
	})
}

func TestRing(t *testing.T) {
	r := &inputRing{}
	const all = 3 * ringSize
	go func() {
		for i := range all {
			r.put(rawInput{at: time.Duration(i)})
		}
		r.put(rawInput{at: -1})
	}()
	var got []rawInput
	missing := false
	for deadline := time.Now().Add(5 * time.Second); time.Now().Before(deadline); {
		var lost bool
		got, lost = r.take(got)
		missing = missing || lost
		if n := len(got); n > 0 && (got[n-1].at == -1 || missing && n < all) && got[n-1].at < all {
			break
		}
	}
	for i := 1; i < len(got); i++ {
		if got[i].at != -1 && got[i].at <= got[i-1].at {
			t.Fatalf("%d after %d", got[i].at, got[i-1].at)
		}
	}
	if !missing && len(got) != all+1 {
		t.Errorf("%d of %d without a word of loss", len(got), all)
	}
}

func TestCountedTime(t *testing.T) {
	if got := countedTime(10_000_000*86400*30+5_000_000, 10_000_000); got != 30*24*time.Hour+500*time.Millisecond {
		t.Error(got)
	}
	if countedTime(5, 0) != 0 {
		t.Error("a counter without a pace")
	}
}
