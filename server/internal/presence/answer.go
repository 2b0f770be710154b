package presence

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// How much of an agent's own words is kept.
const (
	mostFrom   = 200
	mostDetail = 500
)

// Hear gives the question with what a row of its own device tells of it; false
// where the row tells nothing new. A row cannot ask, it cannot answer by an act
// that was not asked for, and it cannot go back: after an agent's last word
// nothing is heard.
func (q Question) Hear(row finding.Observation, at time.Time) (Question, bool) {
	told := Answer{State: State(row.Columns["state"]), Detail: plain(row.Columns["detail"], mostDetail), At: at}
	switch {
	case row.Columns["check"] != q.ID || told.State.told() < q.Told.State.told() || q.Told.State.final():
		return q, false // "withdrawn", which the collector says itself, is no agent's word either
	case told.State == q.Told.State && told.Detail == q.Told.Detail:
		return q, false
	case told.State == Answered:
		told.Means, told.From = finding.Means(row.Columns["answered_by"]), plain(row.Columns["answered_from"], mostFrom)
		told.After = after(row.Columns["answered_after_ms"])
		if !slices.Contains(q.Means, told.Means) {
			return q, false
		}
	}
	q.Told = told
	return q, true
}

// after reads a time in milliseconds; what is none counts as unknown, which is 0.
func after(text string) time.Duration {
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil || ms < 0 || ms > LongestDue.Milliseconds() {
		return 0
	}
	return time.Duration(ms) * time.Millisecond
}

// plain makes a laptop's words fit to be shown: one line, of bounded length.
func plain(text string, most int) string {
	line := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, text)
	if runes := []rune(line); len(runes) > most {
		line = string(runes[:most])
	}
	return strings.TrimSpace(line)
}
