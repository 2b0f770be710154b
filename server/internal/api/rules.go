package api

import (
	"context"
	"errors"
	"fmt"
	"time"

	"connectrpc.com/connect"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/server/internal/assess"
)

// Bounds of a replay.
const (
	usualWindow    = 30 * 24 * time.Hour
	replayPatience = 5 * time.Minute // then it is given up: it takes the time of what devices tell meanwhile
)

// ReplayRules says what new or changed rules would have done, and changes nothing.
func (s *Server) ReplayRules(ctx context.Context, r *connect.Request[consolev1.ReplayRulesRequest], out *connect.ServerStream[consolev1.ReplayRulesResponse]) error {
	started := s.Now().UTC()
	window, err := windowOf(r.Msg.GetSinceSeconds())
	if err != nil {
		return err
	}
	files, err := readRuleFiles(r.Msg.GetFiles())
	if err != nil {
		return err
	}
	after, err := files.over(s.Catalogue)
	if err != nil {
		return err
	}
	only := ""
	if name := r.Msg.GetDevice(); name != "" {
		d, err := s.Fleet.DeviceNamed(ctx, name)
		if err != nil {
			return missing(err, "there is no device %q", name)
		}
		only = d.ID
	}
	// One at a time: it reads the past of every device.
	if !s.replaying.TryLock() {
		return connect.NewError(connect.CodeResourceExhausted, errors.New("another replay is running; try again when it is done"))
	}
	defer s.replaying.Unlock()
	ctx, cancel := context.WithTimeout(ctx, replayPatience)
	defer cancel()
	tell := teller{out: out, cancel: cancel}
	changes, summary, err := assess.NewReplay(s.Catalogue, after, files.held, started.Add(-window), started, s.Ways).Run(ctx, s.Archive, only, tell.progress)
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return connect.NewError(connect.CodeDeadlineExceeded, fmt.Errorf("the replay was given up after %v; ask for fewer days or for one device", replayPatience))
	case err != nil:
		return err
	case tell.err != nil:
		return tell.err
	}
	for _, c := range changes {
		if err := out.Send(&consolev1.ReplayRulesResponse{Part: &consolev1.ReplayRulesResponse_Change{Change: replayChangeOut(c)}}); err != nil {
			return err
		}
	}
	m := s.replaySummaryOut(summary)
	m.BaseRevision, m.Revision, m.TookMs = s.Catalogue.Revision, after.Revision, s.Now().Sub(started).Milliseconds()
	return out.Send(&consolev1.ReplayRulesResponse{Part: &consolev1.ReplayRulesResponse_Summary{Summary: m}})
}

func windowOf(seconds int64) (time.Duration, error) {
	window := time.Duration(seconds) * time.Second
	switch {
	case seconds == 0:
		return usualWindow, nil
	case seconds < 0 || seconds > int64(assess.Memory/time.Second):
		return 0, invalid("since is %v; a replay goes back at most %d days, as far as judgements look", window, int(assess.Memory.Hours()/24))
	}
	return window, nil
}

// A teller says how far a replay is: a hundred times, and then no more.
type teller struct {
	out    *connect.ServerStream[consolev1.ReplayRulesResponse]
	cancel func() // when nobody hears it any more
	told   int
	err    error
}

func (t *teller) progress(done, total int) {
	part := done * 100 / max(total, 1)
	if part == t.told || t.err != nil {
		return
	}
	t.told = part
	progress := &consolev1.ReplayProgress{Done: int32(done), Total: int32(total)}
	if t.err = t.out.Send(&consolev1.ReplayRulesResponse{Part: &consolev1.ReplayRulesResponse_Progress{Progress: progress}}); t.err != nil {
		t.cancel()
	}
}
