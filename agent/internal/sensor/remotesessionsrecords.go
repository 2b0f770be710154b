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
// whole of the last day, so what was read before is forgotten.
func readRecords(ctx context.Context, h host.Host, f *journal.Follower) error {
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
		if err == nil {
			f.Forget(q.Name)
			err = takeRecords(text, q, f)
		}
		if err != nil && (problem == nil || errors.Is(problem, host.ErrAbsent)) {
			problem = fmt.Errorf("read session records: %w", err) // one says what would mend it
		}
	}
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

// recordPlace says what the records of one tool can tell.
func recordPlace(tool, source string) journal.Place {
	place := journal.Place{Tool: tool, Source: source, Ends: true}
	switch tool {
	case "microsoft-rdp", "apple-remote-desktop":
		place.Direct = true
		place.Ends = tool == "microsoft-rdp"
	case "quick-assist":
		place.Alive = "QuickAssist.exe"
	case "screenconnect":
		place.Alive = "ScreenConnect.WindowsClient.exe ScreenConnect.ClientService.exe"
	case "chrome-remote-desktop":
		place.Alive = "remoting_host.exe remoting_me2me_host remoting_me2me_host_service"
	case "mstsc":
		place.Alive = "mstsc.exe msrdc.exe"
	}
	return place
}
