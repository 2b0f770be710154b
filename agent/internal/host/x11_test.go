package host

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

// spoken is a server that says what it says, whatever it is asked.
type spoken struct {
	io.Reader
	asked bytes.Buffer
}

func (s *spoken) Write(p []byte) (int, error) { return s.asked.Write(p) }

func xMessage(first byte, second byte, fields ...any) []byte {
	body := little(fields...)
	body = append(body, make([]byte, max(0, 24-len(body)))...)
	return append(little(first, second, uint16(7), uint32((len(body)-24)/4)), body...)
}

// xGreeting is what a server says up to the list of its devices: a screen of
// 1920×1080, XInput at 131, a person's keyboard and XTEST's.
func xGreeting() []byte {
	setup := little(uint32(12101004), uint32(0), uint32(0), uint32(0), uint16(3), uint16(0), byte(1), byte(1), uint16(0), uint32(0), uint32(0), "X.O", "format00")
	setup = append(setup, little(uint32(0x2a), uint32(0), uint32(0), uint32(0), uint32(0), uint16(1920), uint16(1080))...)
	out := append(little(byte(1), byte(0), uint16(11), uint16(0), uint16(len(setup)/4)), setup...)
	out = append(out, xMessage(xReply, 0, byte(1), byte(131))...)
	out = append(out, xMessage(xReply, 0, uint16(2), uint16(2))...)
	devices := append(little(uint16(2)), make([]byte, 22)...)
	device := func(number, use uint16, name string) {
		devices = append(devices, little(number, use, uint16(3), uint16(1), uint16(len(name)), uint16(1), name, uint16(0), uint16(2), uint32(0))...)
	}
	device(5, 4, "Virtual core XTEST keyboard")
	device(9, 4, "AT Translated Set 2 keyboard")
	return append(out, append(little(byte(xReply), byte(0), uint16(9), uint32((len(devices)-24)/4)), devices...)...)
}

func xRaw(kind, source uint16, detail uint32) []byte {
	return xMessage(xGeneric, 131, kind, source, uint32(4000), detail, source, uint16(0), uint32(0), uint32(0))
}

func TestXServer(t *testing.T) {
	said := xGreeting()
	for _, m := range [][]byte{
		xRaw(xiRawPress, 5, 38), xRaw(xiRawRelease, 5, 38), xRaw(xiRawPress, 9, 40), xRaw(xiRaw, 5, 0), xRaw(xiRaw, 5, 0), xMessage(2, 38),
		xMessage(xReply, 1, uint32(0x2a), uint32(0), uint16(1919), uint16(0)), xRaw(xiRawButton, 5, 1),
	} {
		said = append(said, m...)
	}
	server := &spoken{Reader: bytes.NewReader(said)}
	x, err := openX(server, []byte("0123456789abcdef"), func() time.Duration { return 4100 * time.Millisecond })
	if err != nil {
		t.Fatal(err)
	}
	if x.root != 0x2a || x.width != 1920 || x.height != 1080 || len(x.injectors) != 1 || x.injectors[5] != CanType {
		t.Fatalf("%+v", x)
	}
	if asked := server.asked.String(); !strings.Contains(asked, cookieName) || !strings.Contains(asked, "0123456789abcdef") {
		t.Errorf("it was not shown its key: %q", asked)
	}
	x.devices[5] = "xtest:0:keyboard"
	var got []string
	for {
		inputs, err := x.read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, in := range inputs {
			got = append(got, in.Kind)
			if !in.Injected || in.At != 4*time.Second || in.Kind == InputPlace && (in.X != InputRange || in.Y != 0) {
				t.Errorf("%+v", in)
			}
		}
	}
	want := []string{InputPress, InputRelease, InputPlace, InputButtonPress}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q: a person's own keyboard is not told of, and a place is asked for once", got, want)
	}
}

func TestXServerRefuses(t *testing.T) {
	refusal := append(little(byte(0), byte(8), uint16(11), uint16(0), uint16(2)), "No key.."...)
	if _, err := openX(&spoken{Reader: bytes.NewReader(refusal)}, nil, nil); !errors.Is(err, ErrDenied) {
		t.Errorf("%v, want denied", err)
	}
}

func TestXTime(t *testing.T) {
	for _, test := range []struct {
		now  time.Duration
		said uint32
		want time.Duration
	}{
		{5 * time.Second, 4900, 4900 * time.Millisecond},
		{5 * time.Second, 5100, 5 * time.Second}, // of another clock
		{time.Hour, 4900, time.Hour},
		{1<<32*time.Millisecond + 2*time.Second, 1<<32 - 1000, 1<<32*time.Millisecond - time.Second}, // it wraps after 49 days
	} {
		x := xServer{now: func() time.Duration { return test.now }}
		if got := x.time(test.said); got != test.want {
			t.Errorf("%d at %s is %s, want %s", test.said, test.now, got, test.want)
		}
	}
}

func TestXCookie(t *testing.T) {
	entry := func(display, name, value string) string {
		return "\x01\x00\x00\x04host\x00" + string(rune(len(display))) + display + "\x00" + string(rune(len(name))) + name + "\x00" + string(rune(len(value))) + value
	}
	keys := entry("1", cookieName, "one") + entry("0", "XDM-AUTHORIZATION-1", "other") + entry("0", cookieName, "zero")
	for display, want := range map[string]string{"0": "zero", "1": "one", "2": ""} {
		if got := xCookie([]byte(keys), display); string(got) != want {
			t.Errorf("display %s has key %q, want %q", display, got, want)
		}
	}
	if got := xCookie([]byte(entry("", cookieName, "all")), "7"); string(got) != "all" {
		t.Errorf("a key for all displays is %q", got)
	}
}

// FuzzXServer: anybody may run a server that says anything.
func FuzzXServer(f *testing.F) {
	f.Add(append(xGreeting(), xRaw(xiRawPress, 5, 38)...))
	f.Fuzz(func(_ *testing.T, said []byte) {
		x, err := openX(&spoken{Reader: bytes.NewReader(said)}, nil, func() time.Duration { return time.Hour })
		if err != nil {
			return
		}
		x.devices[5] = "x"
		for err == nil {
			_, err = x.read()
		}
	})
}

// FuzzXCookie: so may a file of keys hold anything.
func FuzzXCookie(f *testing.F) {
	f.Add([]byte("\x01\x00\x00\x00\x00\x01\x30\x00\x12MIT-MAGIC-COOKIE-1\x00\x02ab"))
	f.Fuzz(func(_ *testing.T, keys []byte) { xCookie(keys, "0") })
}
