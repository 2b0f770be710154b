package presence

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/proto/finding"
)

const (
	blinking = 30 * time.Second // how long a security key is asked for a touch at a time
	hanging  = 2 * time.Second  // after which a key that does not stop is closed
	retry    = time.Minute      // after something that was listened to broke
)

// listeners are what is listened to for the checks that are shown, and for no
// longer than they are.
type listeners struct {
	watch   *Watch
	running map[string]*listener // "input", "fingers" and the security keys
	done    sync.WaitGroup
}

type listener struct {
	cancel context.CancelFunc
	ended  atomic.Bool // nothing more will come from it
}

func newListeners(w *Watch) listeners {
	return listeners{watch: w, running: map[string]*listener{}}
}

// follow starts what is wanted and ends what is wanted no more.
func (l *listeners) follow(ctx context.Context, wanted map[finding.Means]bool) {
	l.keep(ctx, "input", wanted[finding.BuiltinKeyboard] || wanted[finding.Lid], l.watch.inputs)
	l.keep(ctx, "fingers", wanted[finding.Fingerprint], l.watch.fingers)
	l.keys(ctx, wanted[finding.SecurityKey])
}

func (l *listeners) keep(ctx context.Context, what string, wanted bool, listen func(context.Context) error) {
	if !wanted {
		l.end(what)
		return
	}
	l.start(ctx, what, func(ctx context.Context) {
		for ctx.Err() == nil {
			err := listen(ctx)
			if ctx.Err() != nil || err == nil {
				return
			}
			l.watch.Log.Warn("what could answer a presence check is not heard for a minute", "what", what, "error", err)
			select {
			case <-ctx.Done():
			case <-time.After(retry):
			}
		}
	})
}

func (l *listeners) start(ctx context.Context, what string, listen func(context.Context)) {
	if l.running[what] != nil {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	one := &listener{cancel: cancel}
	l.running[what] = one
	l.done.Go(func() {
		listen(ctx)
		one.ended.Store(true)
	})
}

func (l *listeners) end(what string) {
	if one := l.running[what]; one != nil {
		one.cancel()
		delete(l.running, what)
	}
}

func (l *listeners) stop() {
	for what := range l.running {
		l.end(what)
	}
	l.done.Wait()
}

// inputs counts presses of keyboards and hears of the lid. It reads no key: the
// host does not tell which.
func (w *Watch) inputs(ctx context.Context) error {
	inputs, ok := w.Host.(host.InputHost)
	if !ok {
		return nil
	}
	source, err := inputs.Input(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = source.Close() }() // nothing is written through it
	devices := map[string]host.InputDevice{}
	for {
		batch, err := source.Next()
		if errors.Is(err, io.EOF) || ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		for _, in := range batch.Inputs {
			if _, known := devices[in.Device]; !known {
				rows, _ := source.Devices() // those that can be listened to are among them
				for _, d := range rows {
					devices[d.ID] = d
				}
			}
			w.input(in, devices[in.Device])
		}
	}
}

func (w *Watch) input(in host.Input, d host.InputDevice) {
	from := Device{Name: d.Name, BuiltIn: d.Place == host.InputBuiltIn, Virtual: d.Place == host.InputVirtual || in.Injected}
	switch in.Kind {
	case host.InputPress:
		if slices.Contains(d.Can, host.CanType) {
			w.Book.Press(w.Now(), in.At, from)
		}
	case host.InputLidOpen:
		from.Name += ", opened"
		w.Book.Touch(w.Now(), finding.Lid, from)
	case host.InputLidClose:
		from.Name += ", closed"
		w.Book.Touch(w.Now(), finding.Lid, from)
	}
}

func (w *Watch) fingers(ctx context.Context) error {
	readers, ok := w.Host.(host.FingerHost)
	if !ok {
		return nil
	}
	fingers, err := readers.Fingers(ctx)
	if err != nil {
		return err
	}
	for name := range fingers {
		w.Book.Touch(w.Now(), finding.Fingerprint, Device{Name: name, BuiltIn: true})
	}
	return errors.New("the service for fingerprints ended")
}
