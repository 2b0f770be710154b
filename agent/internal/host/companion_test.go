package host

import (
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// handed is a source of what a test hands it.
type handed struct {
	batches chan InputBatch
	mu      sync.Mutex
	devices []InputDevice
	trouble error
	once    sync.Once
	closed  chan struct{}
}

func newHanded() *handed {
	return &handed{batches: make(chan InputBatch), devices: slices.Clone(framedDevices), closed: make(chan struct{})}
}

func (h *handed) Devices() ([]InputDevice, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.devices, h.trouble
}

func (h *handed) Next() (InputBatch, error) {
	select {
	case b, more := <-h.batches:
		if !more {
			return b, io.EOF
		}
		return b, nil
	case <-h.closed:
		return InputBatch{}, io.EOF
	}
}

func (h *handed) Close() error {
	h.once.Do(func() { close(h.closed) })
	return nil
}

// within gives what comes, before anybody loses patience.
func within[T any](t *testing.T, from <-chan T) (got T) {
	t.Helper()
	select {
	case got = <-from:
	case <-time.After(10 * time.Second):
		t.Fatal("nothing came within 10 s")
	}
	return got
}

// shortFolder is one whose path has room for a socket's name in 107 bytes.
func shortFolder(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "fw") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	return folder
}

// sessionOne is an agent and one companion that speaks to it over a socket.
func sessionOne(t *testing.T, all *companions, session uint32) (h *handed, ended, heard chan error) {
	t.Helper()
	listener, err := net.Listen("unix", filepath.Join(shortFolder(t), "companion"))
	if err != nil { // as under Wine
		listener, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	mine, err := net.Dial(listener.Addr().Network(), listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	h, ended, heard = newHanded(), make(chan error, 1), make(chan error, 1)
	go func() {
		ended <- tellInputs(t.Context(), mine.(companionLine), h, greeting{companionVersion, 7, session}, time.Now)
	}()
	go func() { heard <- all.hear(t.Context(), theirs.(companionLine), session) }()
	return h, ended, heard
}

func testCompanions() *companions {
	began := time.Now().Add(-time.Hour)
	all := newCompanions(time.Now, func() time.Duration { return time.Since(began) })
	all.blocked(nil)
	return all
}

func TestCompanionTells(t *testing.T) {
	all := testCompanions()
	source := all.listen(t.Context())
	defer source.Close()
	if _, err := source.Devices(); !errors.Is(err, ErrAbsent) {
		t.Errorf("with nobody logged in: %v", err)
	}
	one, ended, heard := sessionOne(t, all, 1)
	other, _, _ := sessionOne(t, all, 2)
	now := all.since()
	one.batches <- InputBatch{Inputs: []Input{
		{Device: "all", Kind: InputPress, At: now - time.Hour}, {Device: "all", Kind: InputRelease, At: now - 30*time.Minute}, {Device: "all", Kind: InputPress, At: now + time.Hour},
	}}
	other.devices = []InputDevice{{ID: "all", Bus: "session", Can: []string{CanType}, Several: true}}
	other.batches <- InputBatch{Inputs: []Input{{Device: "all", Kind: InputMove, At: now, X: 2}}}
	var got []string
	for len(got) < 4 {
		b, err := source.Next()
		if err != nil {
			t.Fatal(err)
		}
		for _, in := range b.Inputs {
			got = append(got, in.Kind)
			if in.At < now-companionAhead || in.At > b.Until {
				t.Errorf("%+v is told until %s", in, b.Until)
			}
		}
	}
	slices.Sort(got)
	if want := []string{InputMove, InputPress, InputPress, InputRelease}; !slices.Equal(got, want) {
		t.Errorf("heard %q, want %q", got, want)
	}
	devices, err := source.Devices()
	want := []InputDevice{framedDevices[0], framedDevices[2], framedDevices[1]}
	slices.SortFunc(want, func(a, b InputDevice) int { return strings.Compare(a.ID, b.ID) })
	want[1].Can = []string{CanPlace, CanType, CanTouchPad}
	slices.Sort(want[1].Can)
	if diff := cmp.Diff(want, devices); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	one.mu.Lock()
	one.trouble = blindAll
	one.mu.Unlock()
	one.batches <- InputBatch{Until: time.Second}
	for range 100 {
		if _, err = source.Devices(); err != nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if !errors.Is(err, ErrDenied) || !strings.Contains(err.Error(), "none of it") {
		t.Errorf("what it does not see is told as %v", err)
	}
	close(one.batches)
	if err := within(t, ended); err != nil {
		t.Errorf("the companion of a session that ended ends with %v", err)
	}
	if err := within(t, heard); !errors.Is(err, io.EOF) {
		t.Errorf("its end is heard as %v", err)
	}
}

func TestCompanionEndsWithItsAgent(t *testing.T) {
	mine, theirs := net.Pipe()
	ended := make(chan error, 1)
	source := newHanded()
	go func() {
		ended <- tellInputs(t.Context(), mine.(companionLine), source, greeting{companionVersion, 7, 1}, time.Now)
	}()
	if _, _, err := readFrame(theirs, new([mostFrame]byte)); err != nil {
		t.Fatal(err)
	}
	if _, err := theirs.Write(welcome()); err != nil {
		t.Fatal(err)
	}
	if kind, _, err := readFrame(theirs, new([mostFrame]byte)); err != nil || kind != frameDevices {
		t.Fatal(kind, err)
	}
	theirs.Close()
	if err := within(t, ended); err != nil {
		t.Error(err)
	}
	<-source.closed
}

func TestAgentOfAnotherVersion(t *testing.T) {
	mine, theirs := net.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- tellInputs(t.Context(), mine.(companionLine), newHanded(), greeting{companionVersion, 7, 1}, time.Now)
	}()
	readFrame(theirs, new([mostFrame]byte))
	theirs.Write(framed(frameWelcome, []byte{9, 0}))
	if err := within(t, ended); err == nil || !strings.Contains(err.Error(), "version") {
		t.Error(err)
	}
}

// TestWhoIsNoCompanion: each is left, and says nothing that is told.
func TestWhoIsNoCompanion(t *testing.T) {
	hello := greeting{companionVersion, 7, 1}.hello()
	known := devicesFrame(framedDevices, 0)
	for name, test := range map[string]struct {
		says string
		want string
	}{
		"says nothing":              {"", "greeting"},
		"says something else":       {string(known), "does not greet"},
		"another version":           {string(framed(frameHello, []byte{companionVersion - 1, 0, 1, 1, 1})), "update"},
		"of another session":        {string(greeting{companionVersion, 7, 3}.hello()), "session 3"},
		"a torn greeting":           {string(framed(frameHello, []byte{companionVersion, 0, 1})), "as agreed"},
		"too long a frame":          {string(hello) + "\xff\xff\x04", "as agreed"},
		"a kind that is none":       {string(hello) + string(framed(77, nil)), "kind 77"},
		"inputs of no device":       {string(hello) + string(inputsFrame(framedDevices, 0, []Input{{Device: "all", Kind: InputPress}})), "as agreed"},
		"half an input":             {string(hello) + string(known) + string(framed(frameInputs, make([]byte, 11))), "half an input"},
		"a list of too many":        {string(hello) + string(framed(frameDevices, []byte{0, 0, 200})), "as agreed"},
		"displays that are none":    {string(hello) + string(framed(frameDisplays, []byte{1, 9})), "as agreed"},
		"silence that is none":      {string(hello) + string(framed(frameQuiet, nil)), "as agreed"},
		"nothing after it greeted":  {string(hello), "listen to it"},
		"ends in the middle of one": {string(hello) + string(known[:9]), "listen to it"},
	} {
		t.Run(name, func(t *testing.T) {
			all := testCompanions()
			asked := 0
			late := func() time.Time { // in a moment all patience is over
				if asked++; asked > 2 {
					return time.Now().Add(100*time.Millisecond - companionSpeaks)
				}
				return time.Now().Add(100*time.Millisecond - companionGreets)
			}
			all.clock = late
			mine, theirs := net.Pipe()
			go func() {
				io.WriteString(mine, test.says)
			}()
			go io.Copy(io.Discard, mine)
			source := all.listen(t.Context())
			defer source.Close()
			err := all.hear(t.Context(), theirs.(companionLine), 1)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("left with %v, want %q", err, test.want)
			}
			if len(source.pending) > 0 {
				t.Errorf("%+v is told", source.pending)
			}
		})
	}
}

func TestTwoCompanionsOfOneSession(t *testing.T) {
	all := testCompanions()
	one, _, _ := sessionOne(t, all, 1)
	one.batches <- InputBatch{Until: 1}
	one.batches <- InputBatch{Until: 2}
	_, _, heard := sessionOne(t, all, 1)
	if err := within(t, heard); err == nil || !strings.Contains(err.Error(), "already") {
		t.Error(err)
	}
}

// TestFlood: what one companion says is bounded, also where nobody takes it.
func TestFlood(t *testing.T) {
	all := testCompanions()
	slow := all.listen(t.Context())
	defer slow.Close()
	h, _, _ := sessionOne(t, all, 1)
	flood := slicesOf(inputPending+inputsInOne, Input{Device: "all", Kind: InputMove, X: 1})
	h.batches <- InputBatch{Inputs: flood}
	h.batches <- InputBatch{Until: 1} // taken when all before was written
	for range 200 {
		slow.mu.Lock()
		lost := slow.lost["all"]
		slow.mu.Unlock()
		if lost {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	b, err := slow.Next()
	if err != nil || len(b.Inputs) != inputPending+1 || b.Inputs[inputPending].Kind != InputLost {
		t.Errorf("%d inputs, %v", len(b.Inputs), err)
	}
}

// TestEverNewDevicesTakeNoRoom: who tells of other devices again and again fills
// no memory with them, and can tell of nothing that was before what it told.
func TestEverNewDevicesTakeNoRoom(t *testing.T) {
	all := testCompanions()
	voice := &companionVoice{last: map[string]time.Duration{}}
	for round := range 50 {
		var devices []InputDevice
		for i := range mostInputs {
			devices = append(devices, InputDevice{ID: "device " + strconv.Itoa(round*mostInputs+i)})
		}
		frame := devicesFrame(devices, 0)
		if err := all.take(voice, frameDevices, frame[frameHead:]); err != nil {
			t.Fatal(err)
		}
		var inputs []Input
		for _, d := range devices {
			inputs = append(inputs, Input{Device: d.ID, Kind: InputPress, At: all.since()})
		}
		before := voice.gone
		frame = inputsFrame(devices, 0, inputs)
		if err := all.take(voice, frameInputs, frame[frameHead:]); err != nil {
			t.Fatal(err)
		}
		for _, in := range voice.inputs {
			if in.At < before {
				t.Fatalf("an input at %s came after one at %s", in.At, before)
			}
		}
	}
	if len(voice.last) > mostInputs || voice.gone == 0 {
		t.Errorf("of %d devices the times are kept, the latest of those gone is %s", len(voice.last), voice.gone)
	}
}
