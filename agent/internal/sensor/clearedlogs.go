package sensor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// clearedLog is a log or a shell's history that was emptied, removed or led
// nowhere. What stood in it is never read: sizes and kinds of files tell.
type clearedLog struct {
	Log  string `column:"log,key,public" about:"which one: bash_history, zsh_history, fish_history, powershell_history, logins (wtmp), failed_logins (btmp), auth_log, audit_log, journal (systemd's), or security_log and system_log (Windows')"`
	User string `column:"user,key,pseudonym" about:"account whose history it is; empty for a log of the system"`
	How  string `column:"how,public" about:"emptied, removed, or redirected (a link to nowhere stands in its place)"`
	When string `column:"when,public" about:"how long ago: hours (fewer than twelve), day; empty for what was so when the agent first looked"`
}

// ClearedLogs looks at whether logs and histories were cleared.
func ClearedLogs() Sensor {
	w := &clearedWindow{kept: map[logPlace]logState{}, cleared: map[logPlace]logClearing{}}
	return Define(Options{
		Class: "cleared_logs", Every: time.Minute,
		About: "Looks at whether a shell's history or a log of the system was emptied, removed or led nowhere, by the sizes of the files. What stands in them is never read, and what is found is told for a day.",
		Limits: []Limit{
			{OS: "linux", Reach: Partial, Why: "Sizes are remembered while the agent runs: what was cleared while it did not shows only where a link to nowhere was left. A history of which only some lines were taken out is not noticed, nor is a log that was cleared and noted as turned over in logrotate's own state."},
			{OS: "windows", Reach: Partial, Why: "Of Windows' logs the clearing of Security and System is told, by the record that Windows writes of it, for a day. Sizes of PowerShell's history are remembered while the agent runs."},
			{OS: "darwin", Reach: Partial, Why: "Nothing tells whether macOS' unified log was erased, so histories of shells alone are looked at; those that Terminal keeps for each window are not."},
		},
	}, w.collect)
}

const (
	// clearedFor is for how long a clearing is told.
	clearedFor = 24 * time.Hour
	// soonCleared is up to when it is told as of hours.
	soonCleared = 12 * time.Hour
)

// clearedWindow remembers how large logs were, and what was cleared within a day.
// Its clock is the machine's own count of seconds.
type clearedWindow struct {
	mu      sync.Mutex
	kept    map[logPlace]logState
	cleared map[logPlace]logClearing

	recorded []clearedLog // what Windows' own records said
	trouble  error
	asked    bool
	at       float64 // when they were asked for
}

// logPlace is a log and where it is.
type logPlace struct{ log, user, path, home string }

// logClearing is what happened to one, and when; at is negative where it was so before.
type logClearing struct {
	how string
	at  float64
}

func (w *clearedWindow) collect(ctx context.Context, h host.Host) ([]clearedLog, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := sinceStart(ctx, h)
	v := newSurvey(h)
	if len(v.homes) == 0 && !exists(v.fsys, "var/log") && h.Platform().OS != "windows" {
		return nil, nothing("logs and histories")
	}
	for _, place := range logPlaces(&v) {
		state := logNow(&v, place)
		before, met := w.kept[place]
		if !met && len(w.kept) >= keptLimit {
			v.crowded = true
			continue
		}
		next, how := before.then(state, place, met)
		w.kept[place] = next
		w.note(place, how, now, met)
	}
	recorded, err := w.records(ctx, h, now)
	return w.rows(recorded, now), errors.Join(err, v.clearedFailure())
}

// note keeps what happened, and forgets it after a day or once the log is as it was.
func (w *clearedWindow) note(place logPlace, how string, now float64, met bool) {
	last, known := w.cleared[place]
	switch {
	case how == logRedirected && known && last.how == how:
	case how == logRedirected && !met:
		w.cleared[place] = logClearing{how, -1}
	case how != "":
		w.cleared[place] = logClearing{how, now}
	case known && (last.how == logRedirected || now < last.at || now-last.at > clearedFor.Seconds()):
		delete(w.cleared, place)
	}
}

func (w *clearedWindow) rows(recorded []clearedLog, now float64) []clearedLog {
	rows := recorded
	for place, c := range w.cleared {
		row := clearedLog{Log: place.log, User: place.user, How: c.how}
		switch {
		case c.at < 0 || now < c.at || now-c.at > clearedFor.Seconds():
		case now-c.at < soonCleared.Seconds():
			row.When = "hours"
		default:
			row.When = "day"
		}
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b clearedLog) int { return strings.Compare(a.Log+"\x00"+a.User, b.Log+"\x00"+b.User) })
	return slices.CompactFunc(rows, func(a, b clearedLog) bool { return a.Log == b.Log && a.User == b.User })
}

// records are the clearings of which Windows itself keeps a record. Going through a
// log is dear, so that is done now and then.
func (w *clearedWindow) records(ctx context.Context, h host.Host, now float64) ([]clearedLog, error) {
	if h.Platform().OS != "windows" {
		return nil, nil
	}
	if w.asked && now >= w.at && now-w.at < sometimes.Seconds() {
		return slices.Clone(w.recorded), w.trouble
	}
	w.asked, w.at = true, now
	w.recorded, w.trouble = clearedRecords(ctx, h)
	return slices.Clone(w.recorded), w.trouble
}

func clearedRecords(ctx context.Context, h host.Host) ([]clearedLog, error) {
	keeper, err := host.Can[host.RecordKeeper](h, "whether the system's own logs were cleared")
	if err != nil {
		return nil, err
	}
	var now time.Time
	if clock, ok := h.(host.Clock); ok {
		now, _, _ = clock.Now(ctx) // without it, how long ago it was is not told
	}
	var rows []clearedLog
	var problems []error
	for _, q := range host.ClearingQueries() {
		found, err := clearedIn(ctx, keeper, q, now)
		rows = append(rows, found...)
		if err != nil {
			problems = append(problems, fmt.Errorf("see whether Windows' logs were cleared: %w", err))
		}
	}
	return rows, errors.Join(problems...)
}

// clearedFailure is what stood in the way.
func (v *survey) clearedFailure() error {
	var closed, crowded error
	if v.closed {
		closed = fmt.Errorf("some logs and histories are closed to the agent: %w: run it as root or administrator", host.ErrDenied)
	}
	if v.crowded {
		crowded = errors.New("there are more logs than are looked at")
	}
	return errors.Join(closed, v.other, crowded)
}
