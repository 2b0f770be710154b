package host

import (
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

func ownToken(t *testing.T) (windows.Token, *windows.SID) {
	t.Helper()
	var token windows.Token
	if err := windows.OpenProcessToken(windows.CurrentProcess(), windows.TOKEN_ALL_ACCESS, &token); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { token.Close() })
	user, err := token.GetTokenUser()
	if err != nil {
		t.Fatal(err)
	}
	return token, user.User.Sid
}

// A person's companion may not ask for the session of the agent's process.
func TestSessionByTheListOfAll(t *testing.T) {
	want, err := sessionOf(windows.GetCurrentProcessId())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := listedSession(windows.GetCurrentProcessId()); err != nil || got != want {
		t.Errorf("session %d, %v; want %d", got, err, want)
	}
	if _, err := listedSession(1); !errors.Is(err, ErrAbsent) {
		t.Errorf("a process that is not there: %v", err)
	}
}

func TestPipeOfOnePerson(t *testing.T) {
	_, person := ownToken(t)
	pipe, err := newPipe(person.String(), person.String())
	if err != nil {
		t.Fatal(err)
	}
	opened := make(chan *os.File, 1)
	go func() {
		line, handle, err := openPipe(pipe.name)
		if err != nil {
			t.Error(err)
		}
		if err := agentBehind(handle, windows.GetCurrentProcessId(), serviceAccount); person.String() != serviceAccount && !errors.Is(err, ErrDenied) {
			t.Errorf("a pipe of %s is taken for the agent's: %v", person, err)
		}
		if err := agentBehind(handle, windows.GetCurrentProcessId()+4, person.String()); !errors.Is(err, ErrDenied) {
			t.Errorf("a process that did not start us is taken for the agent: %v", err)
		}
		if err := agentBehind(handle, windows.GetCurrentProcessId(), person.String()); err != nil {
			t.Errorf("the agent is refused: %v", err)
		}
		opened <- line
	}()
	mine, pid, err := pipe.wait(t.Context())
	if err != nil || pid != windows.GetCurrentProcessId() {
		t.Fatalf("process %d, %v", pid, err)
	}
	theirs := within(t, opened)
	if err := mine.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if _, err := mine.Read(make([]byte, 8)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("who says nothing is waited for: %v", err)
	}
	mine.SetReadDeadline(time.Time{})
	go io.WriteString(theirs, "frame")
	said := make([]byte, 5)
	if _, err := io.ReadFull(mine, said); err != nil || string(said) != "frame" {
		t.Errorf("%q, %v", said, err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := theirs.Read(make([]byte, 1))
		ended <- err
	}()
	time.Sleep(20 * time.Millisecond)
	mine.Close()
	if err := within(t, ended); err == nil {
		t.Error("a line that was hung up is read from")
	}
	theirs.Close()
}

func TestPipeThatNobodyOpens(t *testing.T) {
	_, person := ownToken(t)
	pipe, err := newPipe(person.String(), person.String())
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer end()
	if _, _, err := pipe.wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if _, _, err := openPipe(pipe.name); err == nil {
		t.Error("the pipe is there after it was given up")
	}
	if _, _, err := openPipe(`\\.\pipe\another`); err == nil || !strings.Contains(err.Error(), "no pipe of farmwatch") {
		t.Error(err)
	}
}

func TestImageOf(t *testing.T) {
	own, err := imageOf(windows.GetCurrentProcessId())
	if err != nil || !strings.HasSuffix(strings.ToLower(own), ".exe") {
		t.Errorf("%q, %v", own, err)
	}
	if err := sameProgram(windows.GetCurrentProcessId(), 0, true); err != nil {
		t.Error(err)
	}
	if _, err := imageOf(3); err == nil {
		t.Error("a process that is not there runs something")
	}
}

// TestCompanionIsStarted: this test program is its own companion. It is started
// as a person is, opens its pipe, is looked at and tells.
func TestCompanionIsStarted(t *testing.T) {
	token, person := ownToken(t)
	session, err := sessionOf(windows.GetCurrentProcessId())
	if err != nil {
		t.Fatal(err)
	}
	line, err := startCompanion(t.Context(), person.String(), token, session, func(pipe string) []string {
		return []string{"-test.run=^TestCompanionItself$", "-test.timeout=30s", "-companion.pipe=" + pipe}
	})
	if err != nil {
		t.Fatal(err)
	}
	all := newCompanions(time.Now, monotonic)
	all.blocked(nil)
	source := all.listen(t.Context())
	defer source.Close()
	ctx, end := context.WithCancel(t.Context())
	heard := make(chan error, 1)
	go func() { heard <- all.hear(ctx, line, session) }()
	for range 100 {
		devices, err := source.Devices()
		if len(devices) > 0 {
			if err != nil || !slices.ContainsFunc(devices, func(d InputDevice) bool { return d.ID == makerSendInput }) {
				t.Errorf("%+v, %v", devices, err)
			}
			break
		}
		select {
		case err := <-heard:
			t.Fatalf("it ended: %v", err)
		case <-time.After(100 * time.Millisecond):
		}
	}
	if devices, err := source.Devices(); len(devices) == 0 {
		t.Fatalf("it tells of no device: %v", err)
	}
	showsDisplays(t, all)
	end()
	if err := within(t, heard); err == nil {
		t.Error("it ended without a reason")
	}
}

// showsDisplays holds that a companion tells what its session shows of the
// displays that the agent sees, and that the agent joins it as a service would.
// Wine shows one display, as the laptop's own.
func showsDisplays(t *testing.T, all *companions) {
	t.Helper()
	want := displayOutputsNow()
	if underWine() && len(want) == 0 {
		t.Error("Wine shows no display")
	}
	for began := time.Now(); !maps.Equal(all.displays(), want); time.Sleep(20 * time.Millisecond) {
		if time.Since(began) > 10*time.Second {
			t.Fatalf("it tells of %v, and %v is shown", all.displays(), want)
		}
	}
	devices, err := New(Options{Now: time.Now}).Devices(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var told toldDisplays
	told.from.Store(all)
	asService := slices.Clone(devices)
	for i := range asService {
		asService[i].Output = ""
	}
	told.fill(asService)
	for i, d := range asService {
		if of := devices[i].Output; want[strings.ToUpper(d.Instance)] != "" && of != outputVirtual && (d.Output != of || !d.OutputTold) {
			t.Errorf("%s is %q, and a service is told %q", d.Instance, of, d.Output)
		}
	}
	t.Logf("displays: %v", want)
}

// sendKey asks Windows to make a press or a release.
func sendKey(t *testing.T, key, flags uint32) {
	t.Helper()
	input := [10]uint32{1, 0, key, flags} // INPUT of kind keyboard, 40 bytes: virtual key and scan code, flags
	n, last, err := user32("SendInput").do(1, uintptr(unsafe.Pointer(&input)), unsafe.Sizeof(input))
	if err != nil || n != 1 {
		t.Fatalf("send input: %d, %v, %v", n, last, err)
	}
}

func moveMouse(t *testing.T, x, y int32) {
	t.Helper()
	input := [10]uint32{0, 0, uint32(x), uint32(y), 0, 1}
	n, last, err := user32("SendInput").do(1, uintptr(unsafe.Pointer(&input)), unsafe.Sizeof(input))
	if err != nil || n != 1 {
		t.Fatalf("send input: %d, %v, %v", n, last, err)
	}
}

// TestInjectedIsHeard: what a program makes is told as such, once, through hooks
// that run on a thread of their own.
func TestInjectedIsHeard(t *testing.T) {
	h := New(Options{Now: time.Now})
	source, err := openRaw(t.Context(), h.Devices)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	if devices, err := source.Devices(); err != nil || len(devices) < 3 {
		t.Errorf("a keyboard, a mouse and what stands for programs are %+v, %v", devices, err)
	}
	for range 5 {
		sendKey(t, 0x41, 0)
		sendKey(t, 0x41, 2)
		moveMouse(t, 3, 4)
	}
	var got []string
	for began := time.Now(); time.Since(began) < 5*time.Second && len(got) < 15; {
		b, err := source.Next()
		if err != nil {
			t.Fatal(err)
		}
		for _, in := range b.Inputs {
			if in.Device != makerSendInput && underWine() {
				continue // it tells it as of its own keyboard and mouse too
			}
			got = append(got, in.Kind)
			if !in.Injected || in.Device != makerSendInput || in.At > b.Until || in.At < b.Until-5*time.Second {
				t.Errorf("%+v until %s", in, b.Until)
			}
		}
	}
	if want := strings.TrimSpace(strings.Repeat("press release move ", 5)); strings.Join(got, " ") != want {
		t.Errorf("heard %q", got)
	}
}

// TestInputOfThisSession: run by a person, the agent is its own companion.
func TestInputOfThisSession(t *testing.T) {
	if session, err := sessionOf(windows.GetCurrentProcessId()); err != nil || session == serviceSession {
		t.Logf("session %d, %v: as a service", session, err)
	}
	h := New(Options{Now: time.Now})
	source, err := h.Input(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	devices, err := source.Devices()
	t.Logf("%d devices, %v", len(devices), err)
	other, _ := h.Input(t.Context())
	if err := errors.Join(source.Close(), other.Close()); err != nil {
		t.Error(err)
	}
}
