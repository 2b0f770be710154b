package presence

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/proto/finding"
)

const (
	soonest   = time.Minute        // between two showings: whoever logs in again and again calls nobody else each time
	again     = time.Hour          // the soonest that an unanswered check is shown again to the same people
	kept      = 24 * time.Hour     // how long a closed check is told after the bundle forgot it
	longest   = 8 * 24 * time.Hour // that a check may be open; the collector's own bound is 7 days
	mostADay  = 6                  // checks, open and kept; the collector asks one at a time and three a day. Whoever takes it over asks no more
	mostWords = 400                // bytes of a detail
)

// Book holds the presence checks of this device and moves them from state to
// state. Every method takes the moment at which it happens, by the collector's
// clock. A Book may be used by several goroutines.
type Book struct {
	save func([]Record) // called with all there is after each change; nil keeps nothing

	mu      sync.Mutex
	records []Record // in the order in which they came
	acts    acts
}

// NewBook makes a book of what was kept when the agent last ended.
func NewBook(records []Record, save func([]Record)) *Book {
	return &Book{save: save, records: records, acts: newActs()}
}

// changed keeps what changed. The lock is held.
func (b *Book) changed() {
	if b.save != nil {
		b.save(slices.Clone(b.records))
	}
}

// each changes the open records and keeps them if any says that it changed.
func (b *Book) each(change func(*Record) bool) (changed bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.records {
		if b.records[i].Open() && change(&b.records[i]) {
			changed = true
		}
	}
	if changed {
		b.changed()
	}
	return changed
}

// Records is every check there is, closed ones too, oldest first.
func (b *Book) Records() []Record {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.records)
}

// Open is every check that may still be answered.
func (b *Book) Open() []Record {
	return slices.DeleteFunc(b.Records(), func(r Record) bool { return !r.Open() })
}

// Take brings the book to what the bundle says is open: new checks come in,
// those it names no more are withdrawn, and closed ones are forgotten a day
// later. The error names questions that no collector of ours would ask.
func (b *Book) Take(now time.Time, questions []Question) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	questions = questions[:min(len(questions), mostADay)]
	for i := range b.records {
		r := &b.records[i]
		r.Gone = !slices.ContainsFunc(questions, func(q Question) bool { return q.ID == r.ID })
		if r.Gone && r.Open() {
			r.end(now, Withdrawn, "")
		}
	}
	b.forget(now)
	var errs []error
	for _, q := range questions {
		if slices.ContainsFunc(b.records, func(r Record) bool { return r.ID == q.ID }) {
			continue
		}
		err := q.valid(now)
		if err == nil && len(b.records) >= mostADay {
			err = fmt.Errorf("presence check %s is one more than the %d that this agent takes within a day", q.ID, mostADay)
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		b.records = append(b.records, newRecord(now, q))
	}
	b.changed()
	return errors.Join(errs...)
}

// forget drops what was told for a day, and says whether there was any. The lock is held.
func (b *Book) forget(now time.Time) bool {
	all := len(b.records)
	b.records = slices.DeleteFunc(b.records, func(r Record) bool { return r.Gone && now.Sub(r.ClosedAt) > kept })
	return len(b.records) < all
}

func newRecord(now time.Time, q Question) Record {
	r := Record{Question: q}
	if r.Means = known(q.Means); len(r.Means) == 0 {
		r.end(now, CannotAsk, "It asks for nothing that this version of the agent knows.")
	}
	return r
}

// Expire closes what is over, and forgets what was over for a day.
func (b *Book) Expire(now time.Time) {
	b.mu.Lock()
	if b.forget(now) {
		b.changed()
	}
	b.mu.Unlock()
	b.each(func(r *Record) bool {
		if now.Before(r.DueAt) {
			return false
		}
		if r.State == Shown {
			r.end(now, NotAnswered, "")
		} else {
			r.end(now, CannotAsk, cmp.Or(r.Detail, "Nobody was logged in who could be asked, or the laptop was off or out of reach until it was over."))
		}
		return true
	})
}

// Ask gives the checks that should be shown now: those that never were, those
// whose last showing is long ago, and all but those just shown when somebody has come.
// Able says of each means why it cannot be noticed here, and nothing when it can.
// A check that nothing here could answer is closed: somebody should talk to the
// person instead.
func (b *Book) Ask(now time.Time, able map[finding.Means]string, somebodyCame bool) []Record {
	var due []Record
	b.each(func(r *Record) bool {
		r.Possible = nil
		var reasons string
		for _, m := range r.Means {
			why := able[m]
			switch {
			case why == "":
				r.Possible = append(r.Possible, m)
			case reasons == "":
				reasons = fmt.Sprintf(" Not possible here: %s (%s)", m, why)
			default:
				reasons += fmt.Sprintf(", %s (%s)", m, why)
			}
		}
		if reasons != "" {
			reasons += "."
		}
		if len(r.Possible) == 0 {
			r.end(now, CannotAsk, clip("Nothing that was asked for can be noticed on this laptop."+reasons))
			return true
		}
		rested := now.Sub(r.LastShown)
		if r.LastShown.IsZero() || somebodyCame && rested >= soonest || rested >= again || rested < 0 {
			due = append(due, *r)
			due[len(due)-1].Detail = reasons
		}
		return false
	})
	return due
}

// Unable closes every open check with why nobody can be asked here.
func (b *Book) Unable(now time.Time, why string) {
	b.each(func(r *Record) bool {
		r.end(now, CannotAsk, why)
		return true
	})
}

func toldWords(t host.Told) string {
	words := fmt.Sprintf("Shown on %s and %s", count(t.Screens, "desktop"), count(t.Terminals, "terminal"))
	if t.Remote > 0 {
		words += fmt.Sprintf(", %d of them in logins from elsewhere", t.Remote)
	}
	return words + "."
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Showed notes on how many screens and terminals a record that Ask gave stands
// now. Shown to nobody it stays waiting, with why.
func (b *Book) Showed(now time.Time, asked Record, told host.Told, trouble error) {
	b.each(func(r *Record) bool {
		last := *r
		switch {
		case r.ID != asked.ID:
			return false
		case told != (host.Told{}):
			r.LastShown, r.Detail = now, clip(toldWords(told)+asked.Detail)
		case r.State == Waiting && trouble != nil:
			r.Detail = clip("It could not be shown to anybody: " + why(trouble, "") + ".")
		}
		if r.State == Waiting && told != (host.Told{}) {
			r.State, r.ShownAt = Shown, now
			b.acts.forget()
		}
		return r.LastShown != last.LastShown || r.Detail != last.Detail
	})
}

// Other notes that the person asked for another way. It is false when no such check is open.
func (b *Book) Other(now time.Time, id string) bool {
	return b.each(func(r *Record) bool {
		if r.ID != id {
			return false
		}
		r.end(now, OtherWay, "")
		return true
	})
}

// answer closes every check that stands before somebody and could be answered
// here by this means. The lock is held.
func (b *Book) answer(now time.Time, m finding.Means, from string) {
	changed := false
	for i := range b.records {
		r := &b.records[i]
		if r.State != Shown || !slices.Contains(r.Possible, m) {
			continue
		}
		// By the clock on the wall, so that sleep counts, and in whole seconds: how
		// fast somebody reacts to the moment is nobody's business.
		after := max(0, now.Round(0).Sub(r.ShownAt)).Truncate(time.Second)
		r.AnsweredBy, r.AnsweredFrom, r.AnsweredAfter = m, Line(from), after
		r.end(now, Answered, "")
		changed = true
	}
	if changed {
		b.changed()
	}
}

// Wanted says which means an open check waits for that was shown. Nothing is
// listened to for any other reason.
func (b *Book) Wanted() map[finding.Means]bool {
	wanted := map[finding.Means]bool{}
	for _, r := range b.Open() {
		if r.State != Shown {
			continue
		}
		for _, m := range r.Possible {
			wanted[m] = true
		}
	}
	return wanted
}

func clip(text string) string {
	if len(text) > mostWords {
		text = strings.ToValidUTF8(text[:mostWords], "") + "…"
	}
	return text
}
