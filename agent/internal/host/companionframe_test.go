package host

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var framedDevices = []InputDevice{
	{ID: `HID\VID_046D&PID_C31C\7&1`, Name: "USB keyboard", Bus: "usb", VendorID: "046d", ProductID: "c31c", Place: InputExternal, USBPort: "1-2", Can: []string{CanType}},
	{ID: "sendinput", Name: "made by programs", Bus: "virtual", Place: InputVirtual, Maker: makerSendInput, Can: []string{CanType, CanMove}, Unheard: true},
	{ID: "all", Bus: "session", Can: []string{CanPlace, CanTouchPad}, Several: true},
}

func TestDevicesThroughAFrame(t *testing.T) {
	kind, content, err := readFrame(bytes.NewReader(devicesFrame(framedDevices, blindAll|blindInjected)), new([mostFrame]byte))
	if err != nil || kind != frameDevices {
		t.Fatal(kind, err)
	}
	devices, blind, err := parseDevices(content)
	if diff := cmp.Diff(framedDevices, devices); diff != "" || err != nil || blind != blindAll|blindInjected {
		t.Errorf("%v, blind %d (-told +heard):\n%s", err, blind, diff)
	}
	if _, _, err := parseDevices(devicesFrame([]InputDevice{framedDevices[0], framedDevices[0]}, 0)[frameHead:]); !errors.Is(err, errFrame) {
		t.Errorf("two devices of one ID: %v", err)
	}
	many := devicesFrame(slicesOf(200, InputDevice{ID: strings.Repeat("ä", 300), Name: strings.Repeat("\x07n", 500)}), 0)
	if len(many) > mostFrame+frameHead {
		t.Fatalf("a frame of %d bytes", len(many))
	}
}

func slicesOf[T any](n int, one T) []T {
	all := make([]T, n)
	for i := range all {
		all[i] = one
	}
	return all
}

func TestInputsThroughAFrame(t *testing.T) {
	told := []Input{
		{Device: framedDevices[0].ID, Kind: InputPress, At: 5 * time.Millisecond},
		{Device: "sendinput", Kind: InputMove, At: 6 * time.Millisecond, X: -3, Y: 1 << 20, Injected: true},
		{Device: "nobody", Kind: InputPress, At: 6 * time.Millisecond},
		{Device: "all", Kind: InputPlace, At: 7 * time.Millisecond, X: 40000, Y: 7},
		{Device: "all", Kind: "KEY_A", At: 7 * time.Millisecond},
	}
	_, content, err := readFrame(bytes.NewReader(inputsFrame(framedDevices, time.Second, told)), new([mostFrame]byte))
	if err != nil {
		t.Fatal(err)
	}
	until, heard, err := parseInputs(content, framedDevices, nil)
	want := []Input{told[0], told[1], told[3]}
	want[1].Y, want[2].X = InputRange, InputRange
	if diff := cmp.Diff(want, heard); diff != "" || err != nil || until != time.Second {
		t.Errorf("%v, until %s (-told +heard):\n%s", err, until, diff)
	}
}

// TestNoKeyFitsIntoAFrame: an input that is no movement is told in as many bytes
// as its device, kind and time take. Whatever those bytes are, nothing else comes
// out; and whatever else the companion knew, the same bytes go in.
func TestNoKeyFitsIntoAFrame(t *testing.T) {
	if len(frameKinds) >= injectedBit {
		t.Fatal("there are as many kinds as could name keys")
	}
	for _, kind := range frameKinds {
		if placed(kind) {
			continue
		}
		plain := inputsFrame(framedDevices, 0, []Input{{Device: "all", Kind: kind, At: time.Second}})
		if got := inputsFrame(framedDevices, 0, []Input{{Device: "all", Kind: kind, At: time.Second, X: 30, Y: 48}}); !bytes.Equal(plain, got) || len(plain) != frameHead+quietSize+inputSize {
			t.Errorf("a %s differs by what is no part of it: %x, %x", kind, plain, got)
		}
	}
	for device := range 256 {
		for kind := range 256 {
			content := append(make([]byte, quietSize), byte(device), byte(kind))
			content = binary.LittleEndian.AppendUint64(content, 30<<32|48)
			_, heard, err := parseInputs(append(content, make([]byte, placeSize-inputSize)...), framedDevices, nil)
			if err != nil {
				_, heard, err = parseInputs(content, framedDevices, nil)
			}
			known := device < len(framedDevices) && kind&^injectedBit < len(frameKinds)
			if known != (err == nil) {
				t.Fatalf("kind %d of device %d: %v", kind, device, err)
			}
			for _, in := range heard {
				if in.X != 0 || in.Y != 0 || in.Kind != frameKinds[kind&^injectedBit] || in.Device != framedDevices[device].ID {
					t.Fatalf("kind %d of device %d gives %+v", kind, device, in)
				}
			}
		}
	}
}

func TestTornFrames(t *testing.T) {
	whole := append(greeting{companionVersion, 7, 2}.hello(), inputsFrame(framedDevices, time.Second, []Input{{Device: "all", Kind: InputPress}})...)
	for cut := range whole {
		from := bytes.NewReader(whole[:cut])
		var err error
		for err == nil {
			_, _, err = readFrame(from, new([mostFrame]byte))
		}
		if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("cut at %d: %v", cut, err)
		}
	}
	if _, _, err := readFrame(strings.NewReader("\xff\xff\x04"), new([mostFrame]byte)); !errors.Is(err, errFrame) {
		t.Errorf("a frame that is too long: %v", err)
	}
	if g, err := parseHello([]byte{9, 0, 1}); err != nil || g.version != 9 {
		t.Errorf("another version: %+v, %v", g, err)
	}
}

// FuzzCompanionFrames: any program of the person may say anything, if it became
// the companion. What comes out is bounded and of closed lists.
func FuzzCompanionFrames(f *testing.F) {
	f.Add(devicesFrame(framedDevices, allBlind), inputsFrame(framedDevices, time.Second, []Input{{Device: "all", Kind: InputPlace, X: 4, Y: 5}}))
	f.Add(greeting{companionVersion, 7, 2}.hello(), quiet(time.Hour))
	f.Add(devicesFrame(nil, 0), displaysFrame(framedDisplays))
	f.Fuzz(func(t *testing.T, one, other []byte) {
		_, content, err := readFrame(bytes.NewReader(one), new([mostFrame]byte))
		if err != nil {
			return
		}
		_, _ = parseHello(content)
		devices, blind, err := parseDevices(content)
		if err != nil {
			return
		}
		again, spots, err := parseDevices(devicesFrame(devices, blind)[frameHead:])
		if diff := cmp.Diff(devices, again); diff != "" || err != nil || spots != blind || len(devices) > mostInputs {
			t.Fatalf("%v: what was heard is told differently:\n%s", err, diff)
		}
		if _, content, err = readFrame(bytes.NewReader(other), new([mostFrame]byte)); err != nil {
			return
		}
		if displays, err := parseDisplays(content); err == nil {
			again, err := parseDisplays(displaysFrame(displays)[frameHead:])
			if diff := cmp.Diff(displays, again); diff != "" || err != nil || len(displays) > mostDisplays {
				t.Fatalf("%v: what was heard is told differently:\n%s", err, diff)
			}
		}
		_, inputs, _ := parseInputs(content, devices, nil)
		for _, in := range inputs {
			if in.At < 0 || max(in.X, -in.X, in.Y, -in.Y) > InputRange || !placed(in.Kind) && (in.X != 0 || in.Y != 0) {
				t.Fatalf("%+v", in)
			}
		}
	})
}
