package presence_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/presence"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func question() presence.Question {
	return presence.Question{ID: "q1", DeviceID: "d1", Means: []finding.Means{finding.Lid, finding.BuiltinKeyboard}, Reason: "Two KVM findings, INC-7",
		AskedBy: "ana", AskedAt: noon, DueAt: noon.Add(time.Hour), Told: presence.Answer{State: presence.Waiting}}
}

func row(state string, more ...string) finding.Observation {
	columns := map[string]string{"check": "q1", "state": state}
	for i := 0; i < len(more); i += 2 {
		columns[more[i]] = more[i+1]
	}
	return finding.Observation{Class: presence.Class, UID: "q1", Columns: columns}
}

func TestStanding(t *testing.T) {
	told := func(s presence.State) func(*presence.Question) {
		return func(q *presence.Question) {
			q.Told = presence.Answer{State: s, At: noon.Add(10 * time.Minute), Detail: "so it says"}
		}
	}
	withdrawn := func(q *presence.Question) { q.WithdrawnAt = noon.Add(5 * time.Minute) }
	before, ending, after := noon.Add(30*time.Minute), noon.Add(61*time.Minute), noon.Add(2*time.Hour)
	for name, test := range map[string]struct {
		edit   []func(*presence.Question)
		at     time.Time
		state  presence.State
		closed time.Time
	}{
		"not told of":                     {nil, before, presence.Waiting, time.Time{}},
		"its word may be on its way":      {nil, ending, presence.Waiting, time.Time{}},
		"never taken up":                  {nil, after, presence.CannotAsk, noon.Add(time.Hour)},
		"on the screen":                   {[]func(*presence.Question){told(presence.Shown)}, before, presence.Shown, time.Time{}},
		"shown and nothing since":         {[]func(*presence.Question){told(presence.Shown)}, after, presence.NotAnswered, noon.Add(time.Hour)},
		"nobody there yet":                {[]func(*presence.Question){told(presence.Waiting)}, before, presence.Waiting, time.Time{}},
		"nobody there at all":             {[]func(*presence.Question){told(presence.Waiting)}, after, presence.CannotAsk, noon.Add(time.Hour)},
		"nobody could be asked":           {[]func(*presence.Question){told(presence.CannotAsk)}, before, presence.CannotAsk, noon.Add(10 * time.Minute)},
		"another way":                     {[]func(*presence.Question){told(presence.OtherWay)}, before, presence.OtherWay, noon.Add(10 * time.Minute)},
		"another way, and withdrawn":      {[]func(*presence.Question){told(presence.OtherWay), withdrawn}, before, presence.OtherWay, noon.Add(10 * time.Minute)},
		"withdrawn before its end":        {[]func(*presence.Question){told(presence.NotAnswered), withdrawn}, after, presence.Withdrawn, noon.Add(5 * time.Minute)},
		"answered":                        {[]func(*presence.Question){told(presence.Answered)}, before, presence.Answered, noon.Add(10 * time.Minute)},
		"answered, told after its end":    {[]func(*presence.Question){told(presence.Answered)}, after, presence.Answered, noon.Add(10 * time.Minute)},
		"answered, and withdrawn at once": {[]func(*presence.Question){told(presence.Answered), withdrawn}, after, presence.Answered, noon.Add(10 * time.Minute)},
		"withdrawn":                       {[]func(*presence.Question){withdrawn}, after, presence.Withdrawn, noon.Add(5 * time.Minute)},
		"withdrawn on the screen":         {[]func(*presence.Question){told(presence.Shown), withdrawn}, before, presence.Withdrawn, noon.Add(5 * time.Minute)},
	} {
		q := question()
		for _, edit := range test.edit {
			edit(&q)
		}
		s := q.Standing(test.at)
		if s.State != test.state || !s.ClosedAt.Equal(test.closed) || s.Open() != test.closed.IsZero() {
			t.Errorf("%s: %+v", name, s)
		}
		if !s.Open() && (s.State == presence.CannotAsk || s.State == presence.NotAnswered) && s.Detail == "" {
			t.Errorf("%s: the clock closed it and does not say why", name)
		}
	}
}

func TestHear(t *testing.T) {
	shown, news := question().Hear(row("shown", "detail", "on the\n screen"), noon)
	if !news || shown.Told.State != presence.Shown || shown.Told.Detail != "on the screen" || !shown.Told.At.Equal(noon) {
		t.Errorf("shown: %v %+v", news, shown.Told)
	}
	if _, news := shown.Hear(row("shown", "detail", "on the screen"), noon); news {
		t.Error("the same again is news")
	}
	if again, news := shown.Hear(row("shown", "detail", "on two screens"), noon.Add(time.Minute)); !news || again.Told.Detail != "on two screens" {
		t.Errorf("shown again: %v %+v", news, again.Told)
	}
	if unshown, news := question().Hear(row("waiting", "detail", "no screen"), noon); !news || unshown.Told.State != presence.Waiting {
		t.Errorf("why it waits: %v %+v", news, unshown.Told)
	}
	if _, news := shown.Hear(row("waiting", "detail", "no screen"), noon); news {
		t.Error("what was shown waits again")
	}
	answer := row("answered", "answered_by", "lid", "answered_after_ms", "4200", "answered_from", "\x1b[2Jlid switch "+strings.Repeat("x", 300))
	done, news := shown.Hear(answer, noon)
	if a := done.Told; !news || a.Means != finding.Lid || a.After != 4200*time.Millisecond || len(a.From) != 200 || strings.ContainsRune(a.From, '\x1b') {
		t.Errorf("answered: %v %+v", news, a)
	}
	if text := done.ToldText(); !strings.Contains(text, "answered: lid") || !strings.Contains(text, "4.2s after") {
		t.Errorf("in words: %s", text)
	}
	for name, r := range map[string]finding.Observation{
		"another's":          {Columns: map[string]string{"check": "q2", "state": "shown"}},
		"none at all":        {},
		"withdrawn by it":    row("withdrawn"),
		"a state of its own": row("proven"),
		"not asked for":      row("answered", "answered_by", "fingerprint"),
		"by nothing":         row("answered"),
	} {
		if q, news := question().Hear(r, noon); news {
			t.Errorf("%s is heard: %+v", name, q.Told)
		}
	}
	for _, late := range []string{"shown", "not_answered", "cannot_ask"} {
		if _, news := done.Hear(row(late), noon); news {
			t.Errorf("after the answer %s is heard", late)
		}
	}
	for _, ms := range []string{"", "-1", "x", "99999999999999999"} {
		if q, _ := question().Hear(row("answered", "answered_by", "lid", "answered_after_ms", ms), noon); q.Told.After != 0 {
			t.Errorf("%q ms is %s", ms, q.Told.After)
		}
	}
	for _, state := range []string{"not_answered", "other_way", "cannot_ask"} {
		if q, news := question().Hear(row(state), noon); !news || q.ToldText() == "" {
			t.Errorf("%s: %+v", state, q.Told)
		}
	}
}

func TestValidate(t *testing.T) {
	for name, test := range map[string]struct {
		edit func(*presence.Question)
		want string
	}{
		"good":           {func(*presence.Question) {}, ""},
		"no act":         {func(q *presence.Question) { q.Means = nil }, "by which act"},
		"an unknown act": {func(q *presence.Question) { q.Means = presence.Distinct([]string{"lid", "selfie"}) }, `"selfie" is nothing that can be asked for`},
		"no time":        {func(q *presence.Question) { q.DueAt = noon.Add(299 * time.Second) }, "between 5 minutes and 7 days"},
		"no end":         {func(q *presence.Question) { q.DueAt = noon.Add(presence.LongestDue + 1) }, "between 5 minutes and 7 days"},
		"no reason":      {func(q *presence.Question) { q.Reason = " because  " }, "at least 10 characters"},
		"a novel":        {func(q *presence.Question) { q.Reason = strings.Repeat("x", 5000) }, "longer than"},
	} {
		q := question()
		test.edit(&q)
		err := q.Validate()
		if test.want == "" && err != nil || test.want != "" && (!errors.Is(err, alert.ErrInvalid) || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := presence.Distinct(nil); !slices.Equal(got, finding.AllMeans()) {
		t.Errorf("none asked for is %v", got)
	}
	if got := presence.Distinct([]string{"power_plug", "lid", "lid"}); !slices.Equal(got, []finding.Means{finding.Lid, finding.PowerPlug}) {
		t.Errorf("distinct: %v", got)
	}
}

func TestMayFollow(t *testing.T) {
	past := func(ago time.Duration, edit ...func(*presence.Question)) presence.Question {
		q := question()
		q.AskedAt, q.DueAt = noon.Add(-ago), noon.Add(-ago).Add(10*time.Minute)
		for _, e := range edit {
			e(&q)
		}
		return q
	}
	open := func(q *presence.Question) { q.DueAt = noon.Add(time.Minute) }
	gone := func(q *presence.Question) { q.WithdrawnAt = q.AskedAt }
	for name, test := range map[string]struct {
		past []presence.Question
		want string
	}{
		"nothing before":         {nil, ""},
		"one is open":            {[]presence.Question{past(time.Hour, open)}, "being asked already (q1), until 2026-11-25T12:01:00Z"},
		"two today":              {[]presence.Question{past(2 * time.Hour), past(3 * time.Hour), past(25 * time.Hour)}, ""},
		"three, one withdrawn":   {[]presence.Question{past(2 * time.Hour), past(3 * time.Hour), past(time.Hour, open, gone)}, "asked 3 times within a day"},
		"yesterday's are over":   {[]presence.Question{past(24 * time.Hour), past(25 * time.Hour), past(26 * time.Hour)}, ""},
		"an open one of Monday":  {[]presence.Question{past(48*time.Hour, open)}, "being asked already"},
		"by a clock years ahead": {[]presence.Question{past(-9000*time.Hour, gone), past(-9001*time.Hour, gone), past(-9002*time.Hour, gone)}, ""},
		"by a clock hours ahead": {[]presence.Question{past(-9*time.Hour, gone), past(-8*time.Hour, gone), past(-7*time.Hour, gone)}, "asked 3 times within a day"},
	} {
		err := question().MayFollow(test.past)
		if test.want == "" && err != nil || test.want != "" && (!errors.Is(err, alert.ErrConflict) || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWithdraw(t *testing.T) {
	q, err := question().Withdraw(noon.Add(time.Minute))
	if err != nil || q.Standing(noon.Add(time.Minute)).State != presence.Withdrawn {
		t.Fatalf("withdrawn: %+v, %v", q, err)
	}
	if _, err := q.Withdraw(noon.Add(time.Hour)); !errors.Is(err, alert.ErrConflict) || !strings.Contains(err.Error(), "ended at 2026-11-25T12:01:00Z already: withdrawn") {
		t.Errorf("twice: %v", err)
	}
}

func TestNewID(t *testing.T) {
	id, err := presence.NewID(alert.NewID(noon, [10]byte{}))
	later, _ := presence.NewID(alert.NewID(noon.Add(time.Millisecond), [10]byte{}))
	if err != nil || len(id) != 26 || strings.Trim(id, "0123456789abcdefghijklmnopqrstuv") != "" || id >= later {
		t.Errorf("ids %q and %q, %v", id, later, err)
	}
	if _, err := presence.NewID("no uuid"); err == nil {
		t.Error("a question is named after nothing")
	}
}

// TestNoRuleReadsAnswers: a presence check counts for nothing in any level.
func TestNoRuleReadsAnswers(t *testing.T) {
	c, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	if rules := c.RulesFor(presence.Class); len(rules) > 0 {
		t.Errorf("rule %s reads what people answered", rules[0].ID)
	}
}

// FuzzHear: whatever a laptop tells, it asks nothing, answers only its own, and
// what is kept of it can be shown.
func FuzzHear(f *testing.F) {
	f.Add("q1", "answered", "lid", "4200", "lid switch", "")
	f.Add("q1", "cannot_ask", "", "", "", "nobody is logged in")
	f.Add("q2", "shown", "\xff", "-1", "\x1b[2J", "\u202e")
	f.Fuzz(func(t *testing.T, id, state, by, ms, from, detail string) {
		before := question()
		after, news := before.Hear(finding.Observation{Columns: map[string]string{"check": id, "state": state, "answered_by": by,
			"answered_after_ms": ms, "answered_from": from, "detail": detail}}, noon)
		told := after.Told
		if news && (id != before.ID || told.State == presence.Withdrawn || told.After < 0) {
			t.Errorf("heard %+v of %q", told, id)
		}
		if len([]rune(told.From)) > 200 || len([]rune(told.Detail)) > 500 || strings.ContainsAny(told.From+told.Detail, "\n\r\x1b\u202e") {
			t.Errorf("kept %q and %q", told.From, told.Detail)
		}
		if news && told.State != presence.Waiting && after.ToldText() == "" {
			t.Errorf("nothing to say of %+v", told)
		}
	})
}
