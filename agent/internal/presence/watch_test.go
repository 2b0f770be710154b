package presence

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// laptop is a machine that does what the test says, with one person at it.
type laptop struct {
	host.Host
	mu      sync.Mutex
	disk    fstest.MapFS
	inputs  chan []host.Input
	chassis string
	devices []host.InputDevice
	trouble error // beside them
	fingerC chan string
	keyed   []host.SecurityKey
	key     *fakeKey
	opened  int
	persons []host.Person
	shown   []host.Notice
	buttons chan string
}

func newLaptop() *laptop {
	l := &laptop{chassis: "laptop", disk: fstest.MapFS{}, inputs: make(chan []host.Input), fingerC: make(chan string), buttons: make(chan string), key: &fakeKey{wait: 2}}
	l.devices = []host.InputDevice{
		{ID: "own", Name: "AT keyboard", Place: host.InputBuiltIn, Can: []string{host.CanType}},
		{ID: "button", Name: "Power button", Place: host.InputBuiltIn},
		{ID: "usb", Name: "USB keyboard", Place: host.InputExternal, Can: []string{host.CanType}},
		{ID: "made", Name: "a program's", Place: host.InputVirtual, Can: []string{host.CanType, host.CanTellLid}},
		{ID: "lid", Name: "Lid Switch", Place: host.InputBuiltIn, Can: []string{host.CanTellLid}},
	}
	l.persons = []host.Person{{Session: "2", UID: 1000, Desktop: true}}
	l.write("sys/class/power_supply/AC/type", "Mains")
	l.write("sys/class/power_supply/AC/online", "1")
	l.write("proc/acpi/button/lid/LID0/state", "state:      open")
	return l
}

func (l *laptop) write(name, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.disk = mapsWith(l.disk, name, text)
}

func mapsWith(disk fstest.MapFS, name, text string) fstest.MapFS {
	fresh := fstest.MapFS{}
	for n, f := range disk {
		fresh[n] = f
	}
	fresh[name] = &fstest.MapFile{Data: []byte(text + "\n")}
	return fresh
}

func (l *laptop) Platform() host.Platform { return host.Platform{OS: "linux", Chassis: l.chassis} }

func (l *laptop) Files() host.FS {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.disk
}

func (l *laptop) Input(ctx context.Context) (host.InputSource, error) { return hands{l, ctx}, nil }

type hands struct {
	*laptop
	ctx context.Context
}

func (h hands) Devices() ([]host.InputDevice, error) { return h.devices, h.trouble }
func (h hands) Close() error                         { return nil }
func (h hands) Next() (host.InputBatch, error) {
	select {
	case in := <-h.inputs:
		return host.InputBatch{Inputs: in}, nil
	case <-h.ctx.Done():
		return host.InputBatch{}, io.EOF
	}
}

func (l *laptop) Fingers(ctx context.Context) (<-chan string, error) {
	fingers := make(chan string)
	go func() {
		defer close(fingers)
		for {
			select {
			case name := <-l.fingerC:
				fingers <- name
			case <-ctx.Done():
				return
			}
		}
	}()
	return fingers, nil
}

func (l *laptop) SecurityKeys(context.Context) ([]host.SecurityKey, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.keyed, nil
}

func (l *laptop) OpenSecurityKey(_ context.Context, k host.SecurityKey) (io.ReadWriteCloser, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.opened++
	if k.Virtual {
		return nil, errors.New("a made key was opened")
	}
	return nopCloser{l.key}, nil
}

type nopCloser struct{ io.ReadWriter }

func (nopCloser) Close() error { return nil }

func (l *laptop) People(context.Context) ([]host.Person, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.persons), nil
}

func (l *laptop) Show(_ context.Context, n host.Notice) (host.Told, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.persons) == 0 {
		return host.Told{}, fmt.Errorf("nobody is there: %w", fs.ErrNotExist)
	}
	l.shown = append(l.shown, n)
	return host.Told{Screens: len(l.persons)}, nil
}

func (l *laptop) Pressed() <-chan string { return l.buttons }
func (l *laptop) Close() error           { return nil }

func (l *laptop) set(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
}

func (l *laptop) press(device string, n int) {
	var in []host.Input
	for i := range n {
		in = append(in, host.Input{Device: device, Kind: host.InputPress, At: time.Duration(i) * time.Second})
	}
	l.inputs <- in
}

// desk is a laptop under watch, in a bubble with its own clock.
type desk struct {
	*laptop
	*Book
	log  bytes.Buffer
	wake chan struct{}
}

// ask lets the company ask for some means, half an hour long, and a minute pass.
func (d *desk) ask(letter string, means ...finding.Means) {
	now := time.Now()
	_ = d.Take(now, []Question{{ID: id(letter), AskedAt: now, DueAt: now.Add(2 * time.Hour), Means: means}})
	d.wake <- struct{}{}
	synctest.Wait()
	time.Sleep(time.Minute)
	synctest.Wait()
}

func (d *desk) last() Record { return d.Records()[len(d.Records())-1] }

func watched(t *testing.T, run func(t *testing.T, d *desk)) {
	synctest.Test(t, func(t *testing.T) {
		d := &desk{laptop: newLaptop(), Book: NewBook(nil, nil), wake: make(chan struct{})}
		w := &Watch{Book: d.Book, Host: d.laptop, Notices: d.laptop, Now: time.Now, Zone: time.UTC, Random: zeros{}, Log: slog.New(slog.NewTextHandler(&d.log, nil)), Wake: d.wake}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { w.Run(ctx); close(ended) }()
		run(t, d)
		cancel()
		<-ended
		if t.Failed() {
			t.Log(d.log.String())
		}
	})
}

func TestWatchNoticesEachAct(t *testing.T) {
	for _, test := range []struct {
		name string
		do   func(d *desk)
		by   finding.Means // empty when it does not count
		from string
	}{
		{"own keyboard", func(d *desk) { d.press("own", 3) }, finding.BuiltinKeyboard, "AT keyboard"},
		{"another keyboard", func(d *desk) { d.press("usb", 9) }, "", ""},
		{"a program's keyboard", func(d *desk) { d.press("made", 9) }, "", ""},
		{"the power button", func(d *desk) { d.press("button", 9) }, "", ""},
		{"the lid by its switch", func(d *desk) { d.inputs <- []host.Input{{Device: "lid", Kind: host.InputLidClose}} }, finding.Lid, "Lid Switch, closed"},
		{"a program's lid", func(d *desk) { d.inputs <- []host.Input{{Device: "made", Kind: host.InputLidClose}} }, "", ""},
		{"the lid by its file", func(d *desk) { d.write("proc/acpi/button/lid/LID0/state", "state:      closed") }, finding.Lid, "the laptop's lid, closed"},
		{"the plug", func(d *desk) { d.write("sys/class/power_supply/AC/online", "0") }, finding.PowerPlug, "power plug AC, out"},
		{"another plug comes", func(d *desk) {
			d.write("sys/class/power_supply/mouse/type", "USB")
			d.write("sys/class/power_supply/mouse/online", "1")
		}, "", ""},
		{"a finger", func(d *desk) { d.fingerC <- "Goodix" }, finding.Fingerprint, "Goodix"},
		{"a security key", func(d *desk) { d.set(func() { d.keyed = []host.SecurityKey{{ID: "hidraw0", Name: "Key"}} }) }, finding.SecurityKey, "Key"},
		{"a program's security key", func(d *desk) {
			d.set(func() { d.keyed = []host.SecurityKey{{ID: "hidraw0", Name: "Key", Virtual: true}} })
		}, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			watched(t, func(t *testing.T, d *desk) {
				d.ask("a", finding.AllMeans()...)
				test.do(d)
				time.Sleep(3 * time.Second)
				synctest.Wait()
				r := d.last()
				if r.AnsweredBy != test.by || r.AnsweredFrom != test.from || (r.State == Answered) != (test.by != "") {
					t.Errorf("%s by %q from %q, want by %q from %q", r.State, r.AnsweredBy, r.AnsweredFrom, test.by, test.from)
				}
				want := 1
				if test.by != "" {
					want = 2
				}
				d.set(func() {
					if len(d.shown) != want || d.shown[0].ID != id("a") || !strings.Contains(d.shown[0].Text, "own keyboard") || d.shown[0].Button == "" {
						t.Errorf("%d notices, want %d: %+v", len(d.shown), want, d.shown)
					}
				})
			})
		})
	}
}

func TestWatchGoesThroughADay(t *testing.T) {
	watched(t, func(t *testing.T, d *desk) {
		d.set(func() { d.persons = nil })
		d.ask("a", finding.Lid)
		if r := d.last(); r.State != Waiting {
			t.Errorf("%q while nobody is there", r.State)
		}
		d.set(func() { d.persons = []host.Person{{Session: "2"}} })
		time.Sleep(lookAround + time.Second)
		synctest.Wait()
		if r := d.last(); r.State != Shown {
			t.Errorf("%q after somebody came", r.State)
		}
		d.set(func() { d.persons[0].Locked = true })
		time.Sleep(lookAround + time.Second)
		d.set(func() { d.persons[0].Locked = false })
		time.Sleep(soonest)
		synctest.Wait()
		if len(d.shown) != 2 {
			t.Errorf("shown %d times after the screen was unlocked, want 2", len(d.shown))
		}
		d.buttons <- id("a")
		synctest.Wait()
		if r := d.last(); r.State != OtherWay || len(d.shown) != 3 {
			t.Errorf("%q and %d notices after the button", r.State, len(d.shown))
		}
		d.ask("b", finding.Lid)
		time.Sleep(121 * time.Minute)
		synctest.Wait()
		if r := d.last(); r.State != NotAnswered {
			t.Errorf("%q after it was over", r.State)
		}
		if strings.Count(d.log.String(), "cannot be shown") != 1 {
			t.Errorf("trouble is said more than once:\n%s", d.log.String())
		}
	})
}

// TestWatchIsNotDrivenByLogins: who logs in all the time has it shown once a
// minute, and who comes in between is not forgotten.
func TestWatchIsNotDrivenByLogins(t *testing.T) {
	watched(t, func(t *testing.T, d *desk) {
		d.ask("a", finding.Lid)
		for n := range 30 {
			d.set(func() { d.persons = []host.Person{{Session: fmt.Sprint("ssh", n), Terminal: "pts/1"}} })
			time.Sleep(lookAround)
		}
		synctest.Wait()
		if n := len(d.shown); n < 5 || n > 6 {
			t.Errorf("shown %d times in six minutes, want once a minute", n)
		}
	})
}

// TestWatchLeavesKeysAlone: asked once after each showing and once when plugged in.
func TestWatchLeavesKeysAlone(t *testing.T) {
	watched(t, func(t *testing.T, d *desk) {
		d.set(func() { d.keyed, d.key.denied = []host.SecurityKey{{ID: "hidraw0", Name: "Key"}}, true })
		time.Sleep(time.Hour)
		if d.opened != 0 {
			t.Errorf("asked %d times before any check", d.opened)
		}
		d.ask("a", finding.SecurityKey)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if d.opened != 1 {
			t.Errorf("asked %d times after it was shown, want once", d.opened)
		}
		d.set(func() { d.keyed = nil })
		time.Sleep(5 * time.Second)
		d.set(func() { d.keyed = []host.SecurityKey{{ID: "hidraw0", Name: "Key"}} })
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if d.opened != 2 {
			t.Errorf("asked %d times after it was plugged in again, want twice", d.opened)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if d.opened != 3 {
			t.Errorf("asked %d times after it was shown again, want three times", d.opened)
		}
	})
}

func TestWatchWhereNobodyCanBeTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, wake := NewBook(nil, nil), make(chan struct{})
		w := &Watch{Book: b, Host: newLaptop(), Now: time.Now, Zone: time.UTC, Log: slog.New(slog.DiscardHandler), Wake: wake}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { w.Run(ctx); close(ended) }()
		now := time.Now()
		_ = b.Take(now, []Question{{ID: id("a"), AskedAt: now, DueAt: now.Add(time.Hour), Means: finding.AllMeans()}})
		wake <- struct{}{}
		synctest.Wait()
		if r := b.Records()[0]; r.State != CannotAsk || !strings.Contains(r.Detail, "on this system") {
			t.Errorf("%q: %s", r.State, r.Detail)
		}
		cancel()
		<-ended
	})
}
