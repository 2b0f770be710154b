package sensor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/journal"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// readRecords reads the sessions of logs that are no files. Each answer is the
// whole of the last day, so what was read before is forgotten; one that is as
// before is not read again.
func (w *sessionWatch) readRecords(ctx context.Context, h host.Host) error {
	system := h.Platform().OS
	var problem error
	for _, q := range host.RecordQueries() {
		if q.System != system {
			continue
		}
		keeper, err := host.Can[host.RecordKeeper](h, "the system's own logs of sessions")
		if err != nil {
			return err
		}
		text, err := keeper.Records(ctx, q)
		if q.Extra && errors.Is(err, host.ErrAbsent) {
			continue
		}
		if err == nil || len(text) > 0 {
			err = errors.Join(err, w.takeAnswer(text, q))
		}
		if err != nil && (problem == nil || errors.Is(problem, host.ErrAbsent)) {
			problem = fmt.Errorf("read session records: %w", err) // one says what would mend it
		}
	}
	return problem
}

// readAnswer is what a log answered at the last look, and what was wrong with it.
type readAnswer struct {
	text    []byte
	problem error
}

// takeAnswer takes the whole of the last day in, unless it is as before.
func (w *sessionWatch) takeAnswer(text []byte, q host.RecordQuery) error {
	if before, ok := w.answers[q.Name]; ok && bytes.Equal(before.text, text) {
		return before.problem
	}
	if w.answers == nil {
		w.answers = map[string]readAnswer{}
	}
	w.follower.Forget(q.Name + "/")
	problem := takeRecords(text, q, w.follower)
	w.answers[q.Name] = readAnswer{text, problem}
	return problem
}

func takeRecords(text []byte, q host.RecordQuery, f *journal.Follower) error {
	if strings.HasSuffix(q.Name, ".xml") {
		records, err := parse.ParseWindowsRecords(text)
		for _, r := range records {
			if tool, m, ok := r.SessionMark(); ok {
				f.Stream(q.Name+"/"+tool, recordPlace(tool, "eventlog")).Take(m)
			}
		}
		return err
	}
	for line := range bytes.Lines(text) {
		r, err := parse.ParseMacRecord(line)
		if err != nil {
			continue // the first line of an answer may be a heading
		}
		if tool, m, ok := r.SessionMark(); ok {
			f.Stream(q.Name+"/"+tool, recordPlace(tool, "unified_log")).Take(m)
		}
	}
	return nil
}

// shadowPrograms run in a session that somebody looks on at or has taken over.
const shadowPrograms = "RdpSa.exe"

// recordPlace says what the records of one tool can tell.
func recordPlace(tool, source string) journal.Place {
	place := journal.Place{Tool: tool, Source: source, Ends: true}
	switch tool {
	case "microsoft-rdp", "apple-remote-desktop":
		place.Direct = true
		place.Ends = tool == "microsoft-rdp"
		place.Alive = shadowPrograms
	case "quick-assist":
		place.Alive = "QuickAssist.exe"
	case "windows-remote-assistance":
		place.Alive = "msra.exe"
	case "screenconnect":
		place.Alive = "ScreenConnect.WindowsClient.exe ScreenConnect.ClientService.exe"
	case "chrome-remote-desktop":
		place.Alive = "remoting_host.exe remoting_me2me_host remoting_me2me_host_service"
	case "mstsc":
		place.Alive = "mstsc.exe msrdc.exe"
	}
	return place
}
