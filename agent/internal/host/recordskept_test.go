package host

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestKeptRecords(t *testing.T) {
	var kept keptRecords
	asked := 0
	ask := func() ([]byte, error) {
		asked++
		return fmt.Appendf(nil, "answer %d", asked), nil
	}
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	for _, step := range []struct {
		why    string
		do     func()
		after  time.Duration
		answer string
	}{
		{"the first", nil, 0, "answer 1"},
		{"soon after", nil, 50 * time.Second, "answer 1"},
		{"a minute later", nil, time.Minute, "answer 2"},
		{"the log tells of new ones from now on", func() { kept.tells("a", true) }, time.Minute, "answer 3"},
		{"it told of none", nil, 6 * time.Minute, "answer 3"},
		{"it told of one", func() { kept.renew("a") }, 6 * time.Minute, "answer 4"},
		{"it tells no more", func() { kept.tells("a", false) }, 6 * time.Minute, "answer 5"},
		{"the clock was set back", nil, -time.Hour, "answer 6"},
	} {
		if step.do != nil {
			step.do()
		}
		if text, err := kept.get("a", at.Add(step.after), ask); string(text) != step.answer || err != nil {
			t.Errorf("%s: %q, %v, want %q", step.why, text, err, step.answer)
		}
	}
	for range 2 {
		if _, err := kept.get("b", time.Time{}, ask); err != nil {
			t.Error(err)
		}
	}
	if asked != 8 {
		t.Errorf("asked %d times, want twice more where nobody knows the time", asked)
	}
}

// A log that tells of new ones is not read for ten minutes, unless the time did
// not suffice to read it: then nobody would know of what it holds.
func TestRecordsThatWereNotRead(t *testing.T) {
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		err  error
		want int
	}{{nil, 1}, {errRecordsFull, 1}, {fmt.Errorf("read a log: %w", context.DeadlineExceeded), 2}} {
		var kept keptRecords
		kept.tells("a", true)
		asked := 0
		for _, after := range []time.Duration{0, 30 * time.Second, 2 * time.Minute} {
			_, err := kept.get("a", at.Add(after), func() ([]byte, error) {
				asked++
				return nil, c.err
			})
			if !errors.Is(err, c.err) {
				t.Errorf("%v, want %v", err, c.err)
			}
		}
		if asked != c.want {
			t.Errorf("after %v it was asked %d times, want %d", c.err, asked, c.want)
		}
	}
}

func TestRecordsAnswer(t *testing.T) {
	var a recordsAnswer
	for _, text := range []string{"three", "two", "one"} {
		if !a.take([]byte(text)) {
			t.Errorf("no room for %q", text)
		}
	}
	if got := string(a.oldestFirst()); got != "one\ntwo\nthree\n" {
		t.Errorf("%q", got)
	}
	if a.take([]byte(strings.Repeat("x", recordsBytes))) {
		t.Error("an endless record has room")
	}
	for range recordsMost - 3 {
		a.take(nil)
	}
	if a.take(nil) {
		t.Error("there is room for more records than are read")
	}
}

func TestLogTrouble(t *testing.T) {
	for code, want := range map[uint32]error{0: ErrUnsupported, 120: ErrUnsupported, 5: ErrDenied, 15007: ErrAbsent} {
		if err := logTrouble("Security", code); !errors.Is(err, want) || !strings.Contains(err.Error(), "Security") {
			t.Errorf("code %d: %v, want %v with the log's name", code, err, want)
		}
	}
	if err := logTrouble("Security", 1722); err != nil {
		t.Errorf("another trouble: %v", err)
	}
}
