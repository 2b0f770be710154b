package host

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

const someInput = `# a laptop
device k name="A keyboard" bus=usb vendor=046d product=c31c place=external port=1-2 can=keyboard,pointer
device x place=virtual maker=xtest can=keyboard
10ms k press
95ms k release
wait 1s
repeat 2 500ms
  0ms k move 1 -1
  repeat 2 100ms spread 50
    1ms x press injected
  end
end
`

func recordedInputs(t *testing.T, text string) (InputSource, error) {
	t.Helper()
	h, err := ReadRecording(txtar.Parse([]byte(text)))
	if err != nil {
		return nil, err
	}
	return h.(InputHost).Input(context.Background())
}

func TestRecordedInput(t *testing.T) {
	source, err := recordedInputs(t, "-- denied.yaml --\ninput: Wayland\n-- input.txt --\n"+someInput)
	if err != nil {
		t.Fatal(err)
	}
	devices, err := source.Devices()
	if len(devices) != 2 || !errors.Is(err, ErrDenied) || devices[0].Name != "A keyboard" || !slices.Equal(devices[0].Can, []string{"keyboard", "pointer"}) {
		t.Errorf("devices %+v, error %v", devices, err)
	}
	b, err := source.Next()
	if err != nil || len(b.Inputs) != 8 || b.Until != 2105*time.Millisecond {
		t.Fatalf("%d inputs until %s, error %v", len(b.Inputs), b.Until, err)
	}
	last := time.Duration(0)
	for _, in := range b.Inputs {
		if in.At < last {
			t.Errorf("%+v comes after %s", in, last)
		}
		last = in.At
	}
	if in := b.Inputs[2]; in.Kind != InputMove || in.At != 1105*time.Millisecond || in.X != 1 || in.Y != -1 || b.Inputs[3].Injected != true {
		t.Errorf("%+v, %+v", in, b.Inputs[3])
	}
	if _, err := source.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("after the end: %v", err)
	}
}

func TestRecordedInputIsMissing(t *testing.T) {
	if _, err := recordedInputs(t, ""); !errors.Is(err, ErrAbsent) {
		t.Errorf("%v, want absent", err)
	}
	if _, err := recordedInputs(t, "-- denied.yaml --\ninput: no permission\n"); !errors.Is(err, ErrDenied) {
		t.Errorf("%v, want denied", err)
	}
}

func TestInputTextMistakes(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"0ms k press", `line 1: no device "k" stands above`},
		{"device k place=external\n0ms k jump", `line 2: "jump" is no kind of input`},
		{"device k place=external\n0ms k move 1", `a move wants X and Y`},
		{"device k place=external\n0ms k press 4", `"4" is one word too many`},
		{"device k place=external\n-1ms k press", `"-1ms" is no time`},
		{"device k place=here", `place "here"`},
		{"device k colour=red", `"colour" is nothing that a device has`},
		{"repeat 2 1s\nwait 1s", "line 2: repeat without end"},
		{"end", "line 1: end without repeat"},
		{"repeat 0 1s\nend", `"0" is no number of rounds`},
		{"repeat 2 1s spread 200\nend", `"200" is no percentage`},
		{"device k place=external\nrepeat 200000 1s\n0ms k press\n0ms k release\nend", "more than 200000 inputs"},
		{"repeat 99999 1s\nrepeat 99999 1s\nrepeat 99999 1s\nend\nend\nend", "or rounds"},
		{strings.Repeat("repeat 2 1s\n", 9), "at most four deep"},
	} {
		if _, err := parseInputText([]byte(test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%.40q: %v, want %q", test.text, err, test.want)
		}
	}
}

func FuzzInputText(f *testing.F) {
	f.Add(someInput)
	f.Add("repeat 3 1s spread 5\nwait 5s\nend")
	f.Fuzz(func(t *testing.T, text string) {
		if parsed, err := parseInputText([]byte(text)); err == nil && (len(parsed.inputs) > maxTextInputs || len(parsed.devices) > mostInputs) {
			t.Fatalf("%d inputs of %d devices", len(parsed.inputs), len(parsed.devices))
		}
	})
}

func TestInputIsNotRecorded(t *testing.T) {
	h, err := ReadRecording(txtar.Parse([]byte("-- input.txt --\n" + someInput)))
	if err != nil {
		t.Fatal(err)
	}
	archive, err := Record(context.Background(), h, func(value string) string { return value }, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range archive.Files {
		if strings.Contains(file.Name, "input") {
			t.Errorf("%s is in the recording", file.Name)
		}
	}
}
