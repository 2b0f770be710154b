package host

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/rhythm"
)

// evdevRecord makes a record as the kernel does.
func evdevRecord(at time.Duration, kind, code uint16, value int32) []byte {
	raw := make([]byte, recordSize)
	if seconds, micro := uint64(at/time.Second), uint64(at%time.Second/time.Microsecond); recordWord == 8 {
		binary.NativeEndian.PutUint64(raw, seconds)
		binary.NativeEndian.PutUint64(raw[8:], micro)
	} else {
		binary.NativeEndian.PutUint32(raw, uint32(seconds))
		binary.NativeEndian.PutUint32(raw[4:], uint32(micro))
	}
	binary.NativeEndian.PutUint16(raw[recordType:], kind)
	binary.NativeEndian.PutUint16(raw[recordCode:], code)
	binary.NativeEndian.PutUint32(raw[recordValue:], uint32(value))
	return raw
}

func TestRecords(t *testing.T) {
	for _, test := range []struct {
		name    string
		reader  inputReader
		records [][3]int // type, code, value; a millisecond apart
		want    []string
	}{
		{"a key that repeats", inputReader{}, [][3]int{{evKey, 30, 1}, {evSyn, 0, 0}, {evKey, 30, 2}, {evSyn, 0, 1}, {evKey, 30, 0}, {evSyn, 0, 0}}, []string{"press 1ms", "release 5ms"}},
		{"a button", inputReader{buttons: true}, [][3]int{{evKey, btnLeft, 1}, {evSyn, 0, 0}, {evKey, btnLeft, 0}}, []string{"button_press 1ms", "button_release 3ms"}},
		{"a move and a wheel", inputReader{}, [][3]int{{evRel, relX, 3}, {evRel, relY, -2}, {evRel, relWheel, 1}, {evSyn, 0, 0}}, []string{"move 4ms 3 -2", "scroll 4ms"}},
		{"places keep the other axis", inputReader{axes: [2]axis{{0, 4095}, {0, 4095}}}, [][3]int{{evAbs, absX, 4095}, {evAbs, absY, 0}, {evSyn, 0, 0}, {evAbs, absY, 9999}, {evSyn, 0, 0}}, []string{"place 3ms 32767 0", "place 5ms 32767 32767"}},
		{"a finger", inputReader{touch: true}, [][3]int{{evAbs, absX, 7}, {evSyn, 0, 0}}, []string{"touch 2ms"}},
		{"the lid", inputReader{}, [][3]int{{evSw, swLid, 1}, {evSyn, 0, 0}, {evSw, swLid, 0}, {evSw, 5, 1}}, []string{"lid_close 1ms", "lid_open 3ms"}},
		{"lost records", inputReader{}, [][3]int{{evRel, relX, 3}, {evSyn, synDropped, 0}, {evKey, 30, 1}, {evSyn, 0, 0}, {evRel, relX, 1}, {evSyn, 0, 0}}, []string{"lost 4ms", "move 6ms 1 0"}},
		{"an empty report and what is of no use", inputReader{}, [][3]int{{evSyn, 0, 0}, {4, 4, 458775}, {0x11, 1, 1}, {evSyn, 0, 0}}, nil},
	} {
		var raw []byte
		for i, r := range test.records {
			raw = append(raw, evdevRecord(time.Duration(i+1)*time.Millisecond, uint16(r[0]), uint16(r[1]), int32(r[2]))...)
		}
		var got []string
		for _, in := range test.reader.read(append(raw, raw[:5]...), nil) { // the last one cut short
			line := fmt.Sprint(in.Kind, " ", in.At)
			if in.Kind == InputMove || in.Kind == InputPlace {
				line += fmt.Sprint(" ", in.X, " ", in.Y)
			}
			got = append(got, line)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// FuzzKeyCodes: whichever keys are pressed, what is known above is the same. The
// same records with the codes of all keys replaced must give the same inputs and
// the same rhythm, and no code may be left where they were read.
func FuzzKeyCodes(f *testing.F) {
	f.Add([]byte("\x01\x10\x40\x01\x00\x20\x02\x05\x03\x06\x01\x44\x99\x01\x45\x21"), []byte("hunter2"), []byte("aaaaaaa"))
	f.Add(bytes.Repeat([]byte{1, 130, 0, 1, 129, 90}, 400), []byte{30, 0, 48, 0}, []byte{255, 255, 17, 1})
	f.Fuzz(func(t *testing.T, script, one, other []byte) {
		script = script[:min(len(script), 3000)]
		first, second := played(t, script, one), played(t, script, other)
		if first != second {
			t.Fatalf("the rhythm depends on which keys were pressed:\n%s\n%s", first, second)
		}
	})
}

// played feeds a script of three bytes a record, with the codes of keys taken
// from codes in turn, and gives all that is known afterwards.
func played(t *testing.T, script, codes []byte) string {
	var raw []byte
	at, used := time.Hour, 0
	for ; len(script) >= 3; script = script[3:] {
		at += time.Duration(script[2]) * 3 * time.Millisecond
		kind, value := uint16(script[0]%6), int32(script[1]%3)
		code := uint16(script[1] % 9)
		if kind == evKey {
			code = 0
			for range min(2, len(codes)) {
				code = code<<8 | uint16(codes[used%len(codes)])
				used++
			}
		}
		raw = append(raw, evdevRecord(at, kind, code, value)...)
		raw = append(raw, evdevRecord(at, evSyn, synReport, 0)...)
	}
	meter, reader := rhythm.New(), inputReader{device: "k"}
	inputs := reader.read(raw, nil)
	for _, in := range inputs {
		meter.Add(rhythm.Input(in))
	}
	meter.Advance(at + time.Minute)
	for ; len(raw) > 0; raw = raw[recordSize:] {
		if binary.NativeEndian.Uint16(raw[recordType:]) == evKey && binary.NativeEndian.Uint16(raw[recordCode:]) != 0 {
			t.Fatal("the code of a key is left in the buffer")
		}
	}
	return fmt.Sprintf("%+v\n%+v", inputs, meter.Device("k"))
}
