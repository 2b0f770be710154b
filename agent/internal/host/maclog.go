package host

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"
	"time"
)

// How macOS' unified log is read. Going through it is dear: `log show` decodes
// all that all programs wrote in the time asked for, some thousand records a
// minute, and picks afterwards. So the last day is asked for once, then short
// pieces, no more than one a minute and only while a program runs that writes
// what is sought, or now and then for one that came and went between two looks.
// Of these the shortest that reaches back to the last answer is taken: some of
// the programs run all day. A day that took too long to read is tried again
// seldom, or a slow machine would do nothing else.
// `log stream` would tell at once, but keeps the whole system handing over its
// records one by one for as long as it runs, and what it misses is lost.
const (
	macLogPause  = time.Minute
	macLogSeldom = 15 * time.Minute
	macLogAgain  = 6 * time.Hour
	macLogOver   = 2 * time.Minute // how much more is asked for than the time since the last answer
)

var errMacLogDay = errors.New("the log of the last day could not be read, only what was written since")

// macLogPieces are the questions, from the shortest on.
var macLogPieces = []struct {
	tool    Tool
	reaches time.Duration
}{{LogSessionsJust, 5 * time.Minute}, {LogSessionsNow, 20 * time.Minute}, {LogSessionsHours, 3 * time.Hour}}

// macLogPiece is the shortest question that reaches back so far.
func macLogPiece(since time.Duration) (Tool, bool) {
	for _, piece := range macLogPieces {
		if since >= 0 && since <= piece.reaches-macLogOver {
			return piece.tool, true
		}
	}
	return LogSessions, false
}

// screenSharingRecords are who was let in to
// the Mac's own screen sharing, which Remote Management uses too, and whose
// Chrome Remote Desktop came and went.
const screenSharingRecords = `(process == "screensharingd" AND eventMessage BEGINSWITH "Authentication:") OR ` +
	`(process BEGINSWITH "remoting_me2me_host" AND (eventMessage BEGINSWITH "Client " OR eventMessage BEGINSWITH "Access denied for client" OR ` +
	`eventMessage BEGINSWITH "Channel IP for client" OR eventMessage BEGINSWITH "Host started for user" OR eventMessage BEGINSWITH "Host shutdown"))`

var errMacLogBusy = errors.New("the log of the last day is still being read; the next look tells more")

// A macLog keeps the records that the unified log gave.
type macLog struct {
	mu     sync.Mutex
	lines  []string
	have   map[string]bool
	asked  time.Time
	told   time.Time // when that was asked which was answered last
	failed time.Time // when the day was asked for in vain
	once   bool      // something was answered
	read   bool      // all of the last day was read
	whole  bool      // the question under way is for the day
	busy   bool
	ran    bool // a program ran at the last look that may have written since
	err    error
	latest chan struct{} // closed when the question that is under way is answered
}

// due says what to ask now, if anything. Whoever is told so asks, and calls take.
func (m *macLog) due(now time.Time, writes bool) (Tool, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	wrote := writes || m.ran
	m.ran = writes
	since := now.Sub(m.asked)
	tool, reaches := macLogPiece(now.Sub(m.told))
	m.read = m.read && reaches
	tried := now.Sub(m.failed)
	whole := !m.read && (m.failed.IsZero() || tried < 0 || tried > macLogAgain)
	switch {
	case whole:
		tool = LogSessions
	case !reaches:
		tool = LogSessionsHours
	}
	switch {
	case m.busy:
		return Tool{}, false
	case !m.asked.IsZero() && since >= 0 && since < macLogPause:
		m.ran = wrote // not read yet
		return Tool{}, false
	case !whole && !wrote && since < macLogSeldom:
		return Tool{}, false
	}
	m.busy, m.asked, m.whole, m.latest = true, now, whole, make(chan struct{})
	return tool, true
}

// take takes an answer in: what is in two of them is kept once.
func (m *macLog) take(output []byte, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	defer close(m.latest)
	m.busy, m.err = false, err
	switch {
	case err != nil && m.whole:
		m.failed = m.asked
		return
	case err != nil:
		return
	}
	m.told, m.once, m.read = m.asked, true, m.read || m.whole
	if m.have == nil {
		m.have = map[string]bool{}
	}
	for line := range bytes.Lines(output) {
		text := string(bytes.TrimSpace(line))
		if !strings.HasPrefix(text, "{") || !strings.Contains(text, `"timestamp"`) || m.have[text] {
			continue // a heading, the count at the end, or told before
		}
		m.have[text] = true
		m.lines = append(m.lines, text)
	}
	if over := len(m.lines) - recordsMost; over > 0 {
		for _, line := range m.lines[:over] {
			delete(m.have, line)
		}
		m.lines = slices.Clone(m.lines[over:])
		m.err = fmt.Errorf("read macOS' log: %w", errRecordsFull)
	}
}

// answer is what is known, and what the last question came to.
func (m *macLog) answer() ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.once && m.busy {
		return nil, errMacLogBusy
	}
	var text []byte
	for _, line := range m.lines {
		text = append(append(text, line...), '\n')
	}
	if m.err == nil && !m.read && !m.busy {
		return text, errMacLogDay
	}
	return text, m.err
}

// underway is closed when nothing is being asked any more.
func (m *macLog) underway() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.latest == nil {
		m.latest = make(chan struct{})
		close(m.latest)
	}
	return m.latest
}

// writesMacLog knows the programs whose records are sought.
func writesMacLog(p Process) bool {
	return p.Name == "screensharingd" || strings.HasPrefix(path.Base(p.Path), "screensharingd") || strings.HasPrefix(path.Base(p.Path), "remoting_me2me_host")
}
