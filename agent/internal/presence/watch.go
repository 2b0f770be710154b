package presence

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// The watch's own times.
const (
	pace       = time.Second      // between two looks at plug, lid and the clock
	lookAround = 10 * time.Second // between two looks at who is logged in
	reconsider = time.Minute      // between two looks at what can be noticed here
	forgetting = time.Hour        // between two looks at what was closed for a day, while no check is open
)

// A Watch asks the people at a machine what its book holds, and notices what
// they do. While no check is open it forgets old ones, and listens to nothing.
type Watch struct {
	Book    *Book
	Host    host.Host
	Notices host.Notices     // nil where nobody can be told: then that is the answer
	Now     func() time.Time // the collector's clock
	Zone    *time.Location   // of the person's clock
	Support string           // whom to ask, in the company's words
	Random  io.Reader        // for what is spoken with a security key
	Log     *slog.Logger
	Wake    <-chan struct{} // says that the book changed

	able     map[finding.Means]string
	ableAt   time.Time
	peopleAt time.Time
	seen     map[string]bool // sessions that are there and not locked
	came     bool            // somebody came and was shown nothing so far
	standing map[string]bool // checks that stand before somebody
	said     string          // the last trouble with showing them
	acts     listeners
}

// Run watches until ctx ends.
func (w *Watch) Run(ctx context.Context) {
	w.standing, w.acts = map[string]bool{}, newListeners(w)
	for _, r := range w.Book.Open() {
		w.standing[r.ID] = r.State == Shown // before the agent was restarted
	}
	var pressed <-chan string
	if w.Notices != nil {
		pressed = w.Notices.Pressed()
	}
	tick, idle := time.NewTicker(pace), time.NewTicker(forgetting)
	defer tick.Stop()
	defer idle.Stop()
	for ctx.Err() == nil {
		due := tick.C
		if !w.step(ctx) {
			due = idle.C
		}
		select {
		case <-ctx.Done():
		case <-due:
		case <-w.Wake:
			w.ableAt, w.peopleAt = time.Time{}, time.Time{}
		case id := <-pressed:
			w.Book.Other(w.Now(), id)
		}
	}
	w.acts.stop()
}

// step does what is due now and says whether anything is open.
func (w *Watch) step(ctx context.Context) bool {
	now := w.Now()
	w.Book.Expire(now)
	if len(w.Book.Open()) > 0 {
		w.ask(ctx, now)
	}
	wanted := w.Book.Wanted()
	if wanted[finding.Lid] {
		w.Book.Stand(now, finding.Lid, laptopLid, lidStands(w.Host.Files()))
	}
	if wanted[finding.PowerPlug] {
		for _, p := range plugs(w.Host.Files()) {
			w.Book.Stand(now, finding.PowerPlug, p.device, p.stands)
		}
	}
	w.acts.follow(ctx, wanted)
	w.close(ctx)
	return len(w.Book.Open()) > 0
}

// ask puts before people what is due. It looks for them now and then, so that
// who comes later is asked too.
func (w *Watch) ask(ctx context.Context, now time.Time) {
	if w.Notices == nil {
		w.Book.Unable(now, "This agent cannot ask anybody on this system.")
		return
	}
	if elapsed(now, w.peopleAt) < lookAround {
		return
	}
	w.came = w.somebodyCame(ctx) || w.came
	w.peopleAt = now
	if elapsed(now, w.ableAt) >= reconsider {
		w.able, w.ableAt = able(ctx, w.Host), now
	}
	due := w.Book.Ask(now, w.able, w.came)
	w.came = w.came && len(due) == 0
	for _, r := range due {
		told, err := w.show(ctx, host.Notice{ID: r.ID, Title: Title, Text: Explain(r, now, w.Zone, w.Support), Button: Button})
		w.Book.Showed(now, r, told, err)
		if told != (host.Told{}) {
			w.Log.Info("a presence check is asked", "presence.check", r.ID, "desktops", told.Screens, "terminals", told.Terminals)
			w.standing[r.ID] = true
			w.acts.askKeysAgain()
		}
	}
}

// show says once why a notice cannot be put somewhere, however often it is tried.
func (w *Watch) show(ctx context.Context, n host.Notice) (host.Told, error) {
	told, err := w.Notices.Show(ctx, n)
	if err != nil && err.Error() != w.said {
		w.said = err.Error()
		w.Log.Warn("a presence check cannot be shown everywhere", "presence.check", n.ID, "error", err)
	}
	return told, err
}

// elapsed is the time since then; a clock that went back starts anew.
func elapsed(now, then time.Time) time.Duration {
	if d := now.Sub(then); d >= 0 {
		return d
	}
	return reconsider
}

// somebodyCame says whether anybody logged in or unlocked the screen since the
// last look. The first look is no coming.
func (w *Watch) somebodyCame(ctx context.Context) bool {
	all, err := w.Notices.People(ctx)
	if err != nil && len(all) == 0 {
		return false
	}
	first, came, there := w.seen == nil, false, map[string]bool{}
	for _, p := range all {
		if !p.Locked {
			there[p.Session] = true
			came = came || !w.seen[p.Session]
		}
	}
	w.seen = there
	return came && !first
}

// close tells those who were asked how a check ended.
func (w *Watch) close(ctx context.Context) {
	for _, r := range w.Book.Records() {
		if r.Open() || !w.standing[r.ID] {
			continue
		}
		delete(w.standing, r.ID)
		w.Log.Info("a presence check ended", "presence.check", r.ID, "presence.state", string(r.State), "presence.means", string(r.AnsweredBy))
		_, _ = w.show(ctx, host.Notice{ID: r.ID, Title: "The presence check is over", Text: Ended(r)}) // it has said what there was to say
	}
}
