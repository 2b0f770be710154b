package presence

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"
)

// What an account of this laptop may say to the agent is one word and the check
// it is about. There is no second word: see docs/adr/0019-presence-check.md.

const otherWayWord = "other-way "

// LongestWord is how many bytes the agent reads of what is said to it.
const LongestWord = len(otherWayWord) + 26 + 1

// OtherWayWord is what asks for another way to answer a check.
func OtherWayWord(id string) []byte { return []byte(otherWayWord + id + "\n") }

// ParseOtherWay reads the one word. Whatever is not exactly it is nothing.
func ParseOtherWay(said []byte) (id string, ok bool) {
	rest, ok := strings.CutPrefix(string(said), otherWayWord)
	if !ok {
		return "", false
	}
	id, ok = strings.CutSuffix(rest, "\n")
	return id, ok && idForm.MatchString(id)
}

// A Board is what everybody logged in here may read of the checks, so that the
// person who is asked needs no rights to look it up.
type Board struct {
	Records []Record `json:"records"`
	Support string   `json:"support,omitempty"`
}

const boardMode fs.FileMode = 0o644

// Post writes the board in one step. When something was shown and answered stays
// with the agent: the board says what the company is told, and no more.
func (b Board) Post(path string) error {
	b.Records = slices.Clone(b.Records)
	for i := range b.Records {
		r := &b.Records[i]
		r.ShownAt, r.LastShown, r.ClosedAt = time.Time{}, time.Time{}, time.Time{}
	}
	text, err := json.Marshal(b)
	if err != nil {
		return fmt.Errorf("keep presence checks: %w", err)
	}
	return replace(path, boardMode, text)
}

// ReadBoard reads what the agent posted.
func ReadBoard(path string) (Board, error) {
	var b Board
	text, err := os.ReadFile(path)
	if err != nil {
		return b, fmt.Errorf("read what is asked: %w", err)
	}
	if err := json.Unmarshal(text, &b); err != nil {
		return b, fmt.Errorf("read what is asked in %s: %w", path, err)
	}
	return b, nil
}
