package presence

import (
	"fmt"
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// A few presses within a moment are an answer; one is a bump.
const (
	enoughPresses = 3
	pressesWithin = 10 * time.Second
	mostRefused   = 16
)

// A Device is where an act came from.
type Device struct {
	Name    string // in words, for the answer
	BuiltIn bool   // it is a part of the laptop
	Virtual bool   // a program or a gadget driver made it: it never answers
}

// Refused is an act that did not count, and why.
type Refused struct {
	Means finding.Means `json:"means"`
	From  string        `json:"from"`
	Why   string        `json:"why"`
}

// acts is what was done since the last question was first shown. It stays in memory.
type acts struct {
	presses map[string][]time.Duration // by device, when the last few were, on a clock that never jumps
	stands  map[string]string          // by means and device, how it last stood
	refused []Refused
}

func newActs() acts {
	return acts{presses: map[string][]time.Duration{}, stands: map[string]string{}}
}

// forget is for a question's first showing: what was done before answers nothing.
func (a *acts) forget() {
	clear(a.presses)
	clear(a.stands)
}

// Press notes that a key of a keyboard went down, and when on a clock that
// begins anywhere. Which key, nobody here knows.
func (b *Book) Press(now time.Time, at time.Duration, d Device) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.counts(finding.BuiltinKeyboard, d) {
		return
	}
	presses := b.acts.presses[d.Name]
	presses = append(presses[max(0, len(presses)-enoughPresses+1):], at)
	b.acts.presses[d.Name] = presses
	if len(presses) == enoughPresses && at-presses[0] <= pressesWithin {
		b.answer(now, finding.BuiltinKeyboard, d.Name)
	}
}

// Stand notes how a lid ("open", "closed") or a plug ("in", "out") stands; the
// first time after a question was shown it is only remembered, a change answers.
func (b *Book) Stand(now time.Time, m finding.Means, d Device, stand string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if stand == "" || !b.counts(m, d) {
		return
	}
	place := string(m) + "\x00" + d.Name
	last := b.acts.stands[place]
	b.acts.stands[place] = stand
	if last != "" && last != stand {
		b.answer(now, m, fmt.Sprintf("%s, %s", d.Name, stand))
	}
}

// Touch notes that a finger or a security key was recognised.
func (b *Book) Touch(now time.Time, m finding.Means, d Device) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.counts(m, d) {
		b.answer(now, m, d.Name)
	}
}

// counts says whether an act of this device may answer, and keeps why not. The lock is held.
func (b *Book) counts(m finding.Means, d Device) bool {
	var why string
	switch {
	case d.Virtual:
		why = "it is not hardware of this laptop: a program or a remote machine can make it do anything"
	case !d.BuiltIn && m != finding.SecurityKey:
		why = "it is not built into this laptop"
	default:
		return true
	}
	r := Refused{m, d.Name, why}
	if len(b.acts.refused) < mostRefused && !slices.Contains(b.acts.refused, r) {
		b.acts.refused = append(b.acts.refused, r)
	}
	return false
}

// Refused is what did not count since the book was opened, each once. It is for
// who tries a check out; it leaves the laptop in no answer.
func (b *Book) Refused() []Refused {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.acts.refused)
}
