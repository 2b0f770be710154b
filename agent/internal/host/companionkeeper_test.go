package host

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestCompanionsAreKept(t *testing.T) {
	all := testCompanions()
	var starts atomic.Int32
	lines := make(chan net.Conn, 10)
	var sessions atomic.Pointer[[]uint32]
	sessions.Store(&[]uint32{1})
	k := companionKeeper{
		all: all, turn: 5 * time.Millisecond, again: time.Millisecond,
		sessions: func() ([]uint32, error) { return *sessions.Load(), nil },
		launch: func(context.Context, uint32) (companionLine, error) {
			if starts.Add(1) < 4 {
				return nil, errors.New("refused")
			}
			mine, theirs := net.Pipe()
			lines <- mine
			return theirs.(companionLine), nil
		},
	}
	ctx, end := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() {
		k.run(ctx)
		close(over)
	}()
	for range 2 { // one that is killed is replaced
		line := within(t, lines)
		if _, err := all.devices(); err == nil || !strings.Contains(err.Error(), "session 1 is not seen") {
			t.Errorf("without a companion: %v", err)
		}
		line.Write(greeting{companionVersion, 7, 1}.hello())
		readFrame(line, new([mostFrame]byte))
		line.Write(devicesFrame(framedDevices, 0))
		line.Write(quiet(0))
		if devices, err := all.devices(); len(devices) != 3 || err != nil {
			t.Errorf("with one: %d devices, %v", len(devices), err)
		}
		line.Close()
	}
	line := within(t, lines)
	sessions.Store(&[]uint32{})
	if _, err := line.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("when its session is over its line ends with %v", err)
	}
	for range 100 {
		if _, err := all.devices(); errors.Is(err, ErrAbsent) {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if _, err := all.devices(); !errors.Is(err, ErrAbsent) {
		t.Errorf("afterwards: %v", err)
	}
	end()
	within(t, over)
}

func TestCompanionsAreShared(t *testing.T) {
	var shared sharedListening
	var begun, over atomic.Int32
	open := func(ctx context.Context) InputSource {
		return shared.open(ctx, testCompanions, func(ctx context.Context, _ *companions) {
			begun.Add(1)
			<-ctx.Done()
			over.Add(1)
		})
	}
	ctx, leave := context.WithCancel(t.Context())
	one, other := open(ctx), open(t.Context())
	leave()
	if _, err := one.Next(); !errors.Is(err, io.EOF) || over.Load() != 0 {
		t.Errorf("%v, over %d times", err, over.Load())
	}
	other.Close()
	other.Close()
	for over.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	open(t.Context()).Close()
	if begun.Load() != 2 {
		t.Errorf("begun %d times", begun.Load())
	}
}

// TestALookThatIsOverBeforeTheyBegan: what they tell is waited for, and there for
// who looks once, though the time for it was up.
func TestALookThatIsOverBeforeTheyBegan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		begin := func() *companions { return newCompanions(time.Now, func() time.Duration { return time.Since(start) }) }
		slow := func(delay time.Duration) (devices int, err error) {
			ctx, end := context.WithTimeout(t.Context(), 2*time.Second)
			defer end()
			var shared sharedListening
			source := shared.open(ctx, begin, func(ctx context.Context, all *companions) {
				pause(ctx, delay)
				all.hearHere(ctx, 5, func(context.Context) (InputSource, error) { return newHanded(), nil })
			})
			synctest.Wait() // by now it has ended
			if _, err := source.Next(); !errors.Is(err, io.EOF) {
				t.Errorf("after its time: %v", err)
			}
			there, err := source.Devices()
			return len(there), err
		}
		if n, err := slow(4 * time.Second); n != 3 || err != nil {
			t.Errorf("after four seconds there are %d devices, %v", n, err)
		}
		if n, err := slow(time.Minute); n != 0 || !errors.Is(err, errBegins) {
			t.Errorf("nobody waits a minute: %d devices, %v", n, err)
		}
	})
}

// TestOneSessionIsItsOwnCompanion: where the agent runs in a person's session.
func TestOneSessionIsItsOwnCompanion(t *testing.T) {
	all := newCompanions(time.Now, testCompanions().since)
	h := newHanded()
	ctx, end := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() {
		all.hearHere(ctx, 5, func(context.Context) (InputSource, error) {
			return h, nil
		})
		close(over)
	}()
	all.settle(t.Context(), 5*time.Second)
	if devices, err := all.devices(); len(devices) != 3 || err != nil || !all.has(5) {
		t.Errorf("%d devices, %v", len(devices), err)
	}
	h.Close()
	for range 200 {
		if !all.has(5) {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	if _, err := all.devices(); err == nil {
		t.Error("its end is no news")
	}
	end()
	within(t, over)
}
