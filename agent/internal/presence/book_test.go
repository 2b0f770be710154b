package presence

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/proto/finding"
)

var start = time.Date(2026, 11, 29, 9, 0, 0, 0, time.UTC)

func at(d time.Duration) time.Time { return start.Add(d) }

func id(letter string) string { return strings.Repeat(letter, 26) }

func asked(letter string, means ...finding.Means) Question {
	return Question{ID: id(letter), AskedAt: start, DueAt: at(30 * time.Minute), Means: means}
}

var (
	ownKeyboard = Device{Name: "AT keyboard", BuiltIn: true}
	made        = Device{Name: "a keyboard that a program made", BuiltIn: true, Virtual: true}
	external    = Device{Name: "USB keyboard"}
)

// showing is a book with one check that stands on one desktop since a minute after the start.
func showing(t *testing.T, means ...finding.Means) *Book {
	t.Helper()
	b := NewBook(nil, nil)
	if err := b.Take(start, []Question{asked("a", means...)}); err != nil {
		t.Fatal(err)
	}
	show(b, time.Minute)
	return b
}

func show(b *Book, when time.Duration) (shown int) {
	due := b.Ask(at(when), nil, false)
	for _, r := range due {
		b.Showed(at(when), r, host.Told{Screens: 1}, nil)
	}
	return len(due)
}

func state(t *testing.T, b *Book) Record {
	t.Helper()
	records := b.Records()
	if len(records) != 1 {
		t.Fatalf("%d records, want one", len(records))
	}
	return records[0]
}

func presses(b *Book, d Device, when ...time.Duration) {
	for _, w := range when {
		b.Press(at(w), w, d)
	}
}

func TestBookEnds(t *testing.T) {
	second := time.Second
	for _, test := range []struct {
		name  string
		means []finding.Means
		do    func(*Book)
		want  State
		by    finding.Means
		after time.Duration
	}{
		{"nothing", finding.AllMeans(), func(*Book) {}, Shown, "", 0},
		{"a few presses", finding.AllMeans(), func(b *Book) { presses(b, ownKeyboard, 70*second, 72*second, 75*second) }, Answered, finding.BuiltinKeyboard, 15 * second},
		{"a bump", finding.AllMeans(), func(b *Book) { presses(b, ownKeyboard, 70*second, 70*second) }, Shown, "", 0},
		{"presses far apart", finding.AllMeans(), func(b *Book) { presses(b, ownKeyboard, 70*second, 76*second, 82*second) }, Shown, "", 0},
		{"presses on an external keyboard", finding.AllMeans(), func(b *Book) { presses(b, external, 70*second, 71*second, 72*second) }, Shown, "", 0},
		{"presses on a made keyboard", finding.AllMeans(), func(b *Book) { presses(b, made, 70*second, 71*second, 72*second) }, Shown, "", 0},
		{"presses on two keyboards", finding.AllMeans(), func(b *Book) {
			presses(b, ownKeyboard, 70*second, 71*second)
			presses(b, Device{Name: "another", BuiltIn: true}, 72*second)
		}, Shown, "", 0},
		{"presses between two seconds", finding.AllMeans(), func(b *Book) { presses(b, ownKeyboard, 70*second, 71*second, 72*second+999*time.Millisecond) }, Answered, finding.BuiltinKeyboard, 12 * second},
		{"presses where the lid was asked for", []finding.Means{finding.Lid}, func(b *Book) { presses(b, ownKeyboard, 70*second, 71*second, 72*second) }, Shown, "", 0},
		{"the lid stays open", finding.AllMeans(), func(b *Book) { stand(b, finding.Lid, "open", "open") }, Shown, "", 0},
		{"the lid closes", finding.AllMeans(), func(b *Book) { stand(b, finding.Lid, "open", "closed") }, Answered, finding.Lid, second},
		{"the lid of a made switch closes", finding.AllMeans(), func(b *Book) {
			b.Stand(at(70*second), finding.Lid, made, "open")
			b.Stand(at(71*second), finding.Lid, made, "closed")
		}, Shown, "", 0},
		{"the plug is pulled", finding.AllMeans(), func(b *Book) { stand(b, finding.PowerPlug, "in", "in", "out") }, Answered, finding.PowerPlug, 2 * second},
		{"the plug cannot be read once", finding.AllMeans(), func(b *Book) { stand(b, finding.PowerPlug, "in", "", "in") }, Shown, "", 0},
		{"a key is touched", finding.AllMeans(), func(b *Book) { b.Touch(at(80*second), finding.SecurityKey, Device{Name: "key"}) }, Answered, finding.SecurityKey, 20 * second},
		{"a made key is touched", finding.AllMeans(), func(b *Book) { b.Touch(at(80*second), finding.SecurityKey, made) }, Shown, "", 0},
		{"a finger is recognised", finding.AllMeans(), func(b *Book) { b.Touch(at(80*second), finding.Fingerprint, ownKeyboard) }, Answered, finding.Fingerprint, 20 * second},
		{"another way", finding.AllMeans(), func(b *Book) { b.Other(at(70*second), id("a")) }, OtherWay, "", 0},
		{"another way for another check", finding.AllMeans(), func(b *Book) { b.Other(at(70*second), id("b")) }, Shown, "", 0},
		{"over", finding.AllMeans(), func(b *Book) { b.Expire(at(30 * time.Minute)) }, NotAnswered, "", 0},
		{"withdrawn", finding.AllMeans(), func(b *Book) { _ = b.Take(at(5*time.Minute), nil) }, Withdrawn, "", 0},
		{"an answer after it was over", finding.AllMeans(), func(b *Book) {
			b.Expire(at(30 * time.Minute))
			presses(b, ownKeyboard, 31*time.Minute, 31*time.Minute, 31*time.Minute)
		}, NotAnswered, "", 0},
		{"withdrawn after it was answered", finding.AllMeans(), func(b *Book) {
			b.Touch(at(80*second), finding.SecurityKey, Device{Name: "key"})
			_ = b.Take(at(5*time.Minute), nil)
		}, Answered, finding.SecurityKey, 20 * second},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := showing(t, test.means...)
			test.do(b)
			r := state(t, b)
			if r.State != test.want || r.AnsweredBy != test.by || r.AnsweredAfter != test.after {
				t.Errorf("%s by %q after %s, want %s by %q after %s", r.State, r.AnsweredBy, r.AnsweredAfter, test.want, test.by, test.after)
			}
			if r.Open() != r.ClosedAt.IsZero() {
				t.Errorf("open %v, closed at %s", r.Open(), r.ClosedAt)
			}
			if r.Detail != "Shown on 1 desktop and 0 terminals." {
				t.Errorf("detail %q", r.Detail)
			}
		})
	}
}

// stand reads one thing once a second, first a minute after the start.
func stand(b *Book, m finding.Means, stands ...string) {
	for i, s := range stands {
		b.Stand(at(time.Minute+time.Duration(i)*time.Second), m, Device{Name: string(m), BuiltIn: true}, s)
	}
}

func TestBookCannotAsk(t *testing.T) {
	t.Run("nobody was there", func(t *testing.T) {
		b := NewBook(nil, nil)
		_ = b.Take(start, []Question{asked("a", finding.Lid)})
		for _, r := range b.Ask(at(time.Minute), nil, false) {
			b.Showed(at(time.Minute), r, host.Told{}, nil)
		}
		if r := state(t, b); r.State != Waiting {
			t.Fatalf("%q after it was shown to nobody, want it waiting", r.State)
		}
		b.Expire(at(31 * time.Minute))
		if r := state(t, b); r.State != CannotAsk || !strings.Contains(r.Detail, "Nobody was logged in") {
			t.Errorf("%q: %s", r.State, r.Detail)
		}
	})
	t.Run("no desktop took it", func(t *testing.T) {
		b := NewBook(nil, nil)
		_ = b.Take(start, []Question{asked("a", finding.Lid)})
		b.Showed(start, b.Open()[0], host.Told{}, errors.New("no bus"))
		b.Expire(at(31 * time.Minute))
		if r := state(t, b); r.State != CannotAsk || r.Detail != "It could not be shown to anybody: no bus." {
			t.Errorf("%q: %s", r.State, r.Detail)
		}
	})
	t.Run("nothing is known", func(t *testing.T) {
		b := NewBook(nil, nil)
		_ = b.Take(start, []Question{asked("a", "retina", "blood")})
		if r := state(t, b); r.State != CannotAsk || len(r.Means) != 0 {
			t.Errorf("%q by %v: %s", r.State, r.Means, r.Detail)
		}
	})
	t.Run("one of two is known", func(t *testing.T) {
		b := NewBook(nil, nil)
		_ = b.Take(start, []Question{asked("a", "retina", finding.Lid)})
		if r := state(t, b); r.State != Waiting || Words(r.Means) != "lid" {
			t.Errorf("%q by %v", r.State, r.Means)
		}
	})
	t.Run("nothing is possible here", func(t *testing.T) {
		b := NewBook(nil, nil)
		_ = b.Take(start, []Question{asked("a", finding.Lid, finding.Fingerprint)})
		due := b.Ask(start, map[finding.Means]string{finding.Lid: "no lid", finding.Fingerprint: "no reader"}, false)
		if r := state(t, b); r.State != CannotAsk || len(due) != 0 || !strings.Contains(r.Detail, "lid (no lid)") || !strings.Contains(r.Detail, "no reader") {
			t.Errorf("%q, %d to show: %s", r.State, len(due), r.Detail)
		}
	})
	t.Run("one is not possible here", func(t *testing.T) {
		b := NewBook(nil, nil)
		_ = b.Take(start, []Question{asked("a", finding.Lid, finding.Fingerprint)})
		for _, r := range b.Ask(start, map[finding.Means]string{finding.Lid: "no lid"}, false) {
			b.Showed(start, r, host.Told{Terminals: 2, Remote: 1}, nil)
		}
		r := state(t, b)
		if want := "Shown on 0 desktops and 2 terminals, 1 of them in logins from elsewhere. Not possible here: lid (no lid)."; r.Detail != want || Words(r.Possible) != "fingerprint" {
			t.Errorf("%v: %q, want %q", r.Possible, r.Detail, want)
		}
	})
}

func TestBookShowsAgainNowAndThen(t *testing.T) {
	b := showing(t, finding.Lid)
	for _, step := range []struct {
		when time.Duration
		came bool
		want int
	}{
		{2 * time.Minute, false, 0}, {60 * time.Minute, false, 0}, {61 * time.Minute, false, 1}, {62 * time.Minute, false, 0}, {63 * time.Minute, true, 1},
	} {
		due := b.Ask(at(step.when), nil, step.came)
		for _, r := range due {
			b.Showed(at(step.when), r, host.Told{Screens: 1}, nil)
		}
		if len(due) != step.want {
			t.Errorf("after %s, somebody came: %v: shown %d times, want %d", step.when, step.came, len(due), step.want)
		}
	}
	b.Stand(at(64*time.Minute), finding.Lid, ownKeyboard, "open")
	b.Stand(at(65*time.Minute), finding.Lid, ownKeyboard, "closed")
	if r := state(t, b); r.AnsweredAfter != 64*time.Minute {
		t.Errorf("answered after %s, want it counted from the first showing", r.AnsweredAfter)
	}
}

func TestBookOverARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "presence.json")
	open := func() *Book {
		records, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		return NewBook(records, func(all []Record) {
			if err := Save(path, 0o600, all); err != nil {
				t.Fatal(err)
			}
		})
	}
	b := open()
	_ = b.Take(start, []Question{asked("a", finding.Lid, finding.BuiltinKeyboard)})
	show(b, time.Minute)
	before := b.Records()
	b = open()
	if diff := cmp.Diff(before, b.Records()); diff != "" {
		t.Fatalf("(-before +after the restart):\n%s", diff)
	}
	_ = b.Take(at(2*time.Minute), []Question{asked("a", finding.Lid, finding.BuiltinKeyboard)}) // the collector says it again
	if shown := show(b, 3*time.Minute); shown != 0 {
		t.Error("a restart shows it again at once")
	}
	presses(b, ownKeyboard, 4*time.Minute, 4*time.Minute, 4*time.Minute)
	b = open()
	if r := state(t, b); r.State != Answered || r.AnsweredAfter != 3*time.Minute {
		t.Errorf("%q after %s", r.State, r.AnsweredAfter)
	}
}

func TestBookKeepsClosedOnesADay(t *testing.T) {
	b := showing(t, finding.Lid)
	b.Other(at(2*time.Minute), id("a"))
	_ = b.Take(at(23*time.Hour), nil)
	if len(b.Records()) != 1 {
		t.Error("it is forgotten within a day")
	}
	_ = b.Take(at(25*time.Hour), []Question{asked("a", finding.Lid)})
	if r := state(t, b); r.State != OtherWay {
		t.Errorf("%q while the bundle names it, want it as it ended", r.State)
	}
	_ = b.Take(at(25*time.Hour), nil)
	if len(b.Records()) != 0 {
		t.Error("it is never forgotten")
	}
}

// TestBookForgetsWithoutABundle: a stream that lasts for weeks brings none.
func TestBookForgetsWithoutABundle(t *testing.T) {
	b := showing(t, finding.Lid)
	b.Other(at(2*time.Minute), id("a"))
	b.Expire(at(25 * time.Hour))
	if len(b.Records()) != 1 {
		t.Error("it is forgotten while the bundle names it")
	}
	_ = b.Take(at(3*time.Minute), nil)
	b.Expire(at(25 * time.Hour))
	if len(b.Records()) != 0 {
		t.Error("it is never forgotten")
	}
}

// TestBookTakesNothingFromBeforeItAsked: two presses before and one after are a bump.
func TestBookTakesNothingFromBeforeItAsked(t *testing.T) {
	b := NewBook(nil, nil)
	_ = b.Take(start, []Question{asked("a", finding.AllMeans()...)})
	presses(b, ownKeyboard, 58*time.Second, 59*time.Second)
	b.Stand(at(59*time.Second), finding.Lid, ownKeyboard, "open")
	show(b, time.Minute)
	presses(b, ownKeyboard, 61*time.Second)
	b.Stand(at(61*time.Second), finding.Lid, ownKeyboard, "closed")
	if r := state(t, b); r.State != Shown {
		t.Errorf("%q by %q", r.State, r.AnsweredBy)
	}
}

// TestBookNeverAnswersBeforeItAsked: a clock may be set back between the two.
func TestBookNeverAnswersBeforeItAsked(t *testing.T) {
	b := showing(t, finding.SecurityKey)
	b.Touch(at(0), finding.SecurityKey, Device{Name: "key"})
	if r := state(t, b); r.State != Answered || r.AnsweredAfter != 0 {
		t.Errorf("%q after %s", r.State, r.AnsweredAfter)
	}
}

func TestBookRefusesWhatNoCollectorAsks(t *testing.T) {
	for name, q := range map[string]Question{
		"a short id":     {ID: "abc", AskedAt: start, DueAt: at(time.Hour), Means: []finding.Means{finding.Lid}},
		"a path":         {ID: "../../../../../../etc/pass", AskedAt: start, DueAt: at(time.Hour), Means: []finding.Means{finding.Lid}},
		"over before it": {ID: id("a"), AskedAt: start, DueAt: start, Means: []finding.Means{finding.Lid}},
		"no times":       {ID: id("a"), Means: []finding.Means{finding.Lid}},
		"long over":      {ID: id("a"), AskedAt: at(-30 * 24 * time.Hour), DueAt: at(-29 * 24 * time.Hour), Means: []finding.Means{finding.Lid}},
		"a month":        {ID: id("a"), AskedAt: start, DueAt: at(30 * 24 * time.Hour), Means: []finding.Means{finding.Lid}},
		"a far future":   {ID: id("a"), AskedAt: time.Unix(1e12, 0), DueAt: time.Unix(1e12+60, 0), Means: []finding.Means{finding.Lid}},
		"since forever":  {ID: id("a"), AskedAt: time.Unix(0, 0), DueAt: at(time.Hour), Means: []finding.Means{finding.Lid}},
	} {
		b := NewBook(nil, nil)
		if err := b.Take(start, []Question{q, asked("b", finding.Lid)}); err == nil || len(b.Records()) != 1 {
			t.Errorf("%s: %v, %d records, want a refusal and the good one taken", name, err, len(b.Records()))
		}
	}
}

// TestBookBoundsWhatACollectorAsks: also one that somebody else has taken over.
func TestBookBoundsWhatACollectorAsks(t *testing.T) {
	b := NewBook(nil, nil)
	var refused int
	for i := range 100 { // each bundle takes back what the one before asked
		q := asked("a", slices.Repeat([]finding.Means{finding.Lid}, 10000)...)
		q.ID = fmt.Sprintf("%026d", i)
		if b.Take(start, []Question{q}) != nil {
			refused++
		}
	}
	records := b.Records()
	if len(records) != mostADay || refused != 100-mostADay || Words(records[0].Means) != "lid" {
		t.Errorf("%d records, %d refused, by %.20q", len(records), refused, Words(records[0].Means))
	}
	if err := b.Take(at(25*time.Hour), []Question{{ID: id("b"), AskedAt: at(25 * time.Hour), DueAt: at(26 * time.Hour), Means: []finding.Means{finding.Lid}}}); err != nil || len(b.Records()) != 1 {
		t.Errorf("the next day: %v, %d records", err, len(b.Records()))
	}
}

// TestBookTakesNoMeansThatIsNotPossible: what is built into a desktop is a socket on its back.
func TestBookTakesNoMeansThatIsNotPossible(t *testing.T) {
	b := NewBook(nil, nil)
	_ = b.Take(start, []Question{asked("a", finding.Lid, finding.BuiltinKeyboard)})
	for _, r := range b.Ask(start, map[finding.Means]string{finding.BuiltinKeyboard: "a desktop has none"}, false) {
		b.Showed(start, r, host.Told{Screens: 1}, nil)
	}
	presses(b, ownKeyboard, time.Second, 2*time.Second, 3*time.Second)
	if r := state(t, b); r.State != Shown {
		t.Errorf("%q by %q", r.State, r.AnsweredBy)
	}
}

func TestBookSaysWhatDidNotCount(t *testing.T) {
	b := showing(t, finding.AllMeans()...)
	for range 100 {
		b.Press(at(2*time.Minute), 0, made)
		b.Press(at(2*time.Minute), 0, external)
	}
	got := b.Refused()
	if len(got) != 2 || !strings.Contains(got[0].Why, "not hardware") || !strings.Contains(got[1].Why, "not built into") {
		t.Errorf("got %+v", got)
	}
}
