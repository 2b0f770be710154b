package presence

import (
	"context"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/proto/finding"
)

const keyListener = "key " // before the ID of a key, in the names of listeners

// keys asks each security key for a touch, once after a check is shown and once
// more whenever it is plugged in. In between the key is free for what the person
// needs it for.
func (l *listeners) keys(ctx context.Context, wanted bool) {
	h, ok := l.watch.Host.(host.KeyHost)
	if !ok {
		return
	}
	there := map[string]bool{}
	if wanted {
		keys, err := h.SecurityKeys(ctx)
		if err != nil {
			l.watch.Log.Info("security keys cannot be listed", "error", err)
		}
		for _, k := range keys {
			if k.Virtual {
				l.watch.Book.Touch(l.watch.Now(), finding.SecurityKey, Device{Name: k.Name, Virtual: true}) // to say that it does not count
				continue
			}
			there[keyListener+k.ID] = true
			l.start(ctx, keyListener+k.ID, func(ctx context.Context) { l.watch.touch(ctx, h, k) })
		}
	}
	for what := range l.running {
		if strings.HasPrefix(what, keyListener) && !there[what] {
			l.end(what)
		}
	}
}

// askKeysAgain forgets which keys were asked and did not answer.
func (l *listeners) askKeysAgain() {
	for what, one := range l.running {
		if one.ended.Load() && strings.HasPrefix(what, keyListener) {
			l.end(what)
		}
	}
}

// touch lets one key blink for a while.
func (w *Watch) touch(ctx context.Context, h host.KeyHost, k host.SecurityKey) {
	ctx, cancel := context.WithTimeout(ctx, blinking)
	defer cancel()
	key, err := h.OpenSecurityKey(ctx, k)
	if err != nil {
		w.Log.Info("a security key cannot be asked", "error", err)
		return
	}
	closed := func() { _ = key.Close() } // what it still had to say does not matter
	defer closed()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(hanging, closed) })
	defer stop()
	if err := WaitForTouch(ctx, key, w.Random); err != nil {
		w.Log.Info("a security key did not answer", "key", k.Name, "error", err)
		return
	}
	w.Book.Touch(w.Now(), finding.SecurityKey, Device{Name: k.Name})
}
