package spool

import "fmt"

// Agree settles with the collector where to go on, from the number it has on its
// disk for this epoch. It is true when this spool had to begin a new epoch: the
// collector knows numbers that we never sent, so our folder is an older copy of
// itself (a virtual machine set back, a restored disk) and our numbers would
// pass for others. Everything that waits is then kept under new numbers.
func (s *Spool) Agree(acked uint64) (renewed bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false, ErrClosed
	}
	if acked > s.handed {
		if err := s.renew(); err != nil {
			return false, fmt.Errorf("begin a new epoch of the spool: %w", err)
		}
		s.wake()
		return true, nil
	}
	if acked < s.state.Acked {
		// The collector was set back. What we no longer have becomes a gap.
		s.state.remember(Gap{acked + 1, s.state.Acked, AckedBefore})
		s.state.Acked = acked
		s.wake()
		return false, s.save()
	}
	s.ack(acked)
	return false, nil
}

// renew writes what waits into segments of the next generation, numbered from 1,
// and then switches by saving the state. Until then a crash leaves all as it was.
func (s *Spool) renew() error {
	epoch, err := newEpoch(s.random)
	if err != nil {
		return err
	}
	s.shut()
	old, oldState, oldLast := s.segments, s.state, s.last
	shift := s.state.Acked
	// A generation is tried once: files of a try that failed must not mix with the next.
	s.tried = max(s.tried, s.state.Generation) + 1
	next := state{Epoch: epoch, Generation: s.tried}
	for _, r := range s.state.Reasons {
		if r.To > shift {
			next.Reasons = append(next.Reasons, Gap{max(r.From, shift+1) - shift, r.To - shift, r.Reason})
		}
	}
	s.state = next
	segments, err := s.renumbered(old, shift)
	if err == nil {
		err = s.fs.Sync()
	}
	if err == nil {
		s.last -= shift
		err = s.save()
	}
	if err != nil {
		s.state, s.last = oldState, oldLast
		return err
	}
	s.segments, s.handed, s.ragged = segments, 0, false
	s.stats.Epochs++
	for _, seg := range old {
		s.discard(seg.name)
	}
	return nil
}

// renumbered writes a copy of the entries of each segment that wait, under
// numbers lower by shift.
func (s *Spool) renumbered(old []*segment, shift uint64) ([]*segment, error) {
	var segments []*segment
	for _, seg := range old {
		content := header(s.state.Generation, s.state.Epoch)
		var entries []entry
		for _, e := range seg.entries {
			if e.seq <= shift {
				continue
			}
			payload, err := s.read(seg, e)
			if err != nil {
				s.log.Warn("an entry of the spool is lost", "seq", e.seq, "error", err)
				s.stats.Corrupt++
				continue
			}
			moved := entry{seq: e.seq - shift, offset: int64(len(content)), size: e.size, urgent: e.urgent}
			content, entries = append(content, frame(moved.seq, e.urgent, payload)...), append(entries, moved)
		}
		if len(entries) == 0 {
			continue
		}
		name := segmentName(s.state.Generation, entries[0].seq)
		if err := write(s.fs, name, content); err != nil {
			return nil, err
		}
		segments = append(segments, &segment{name: name, size: int64(len(content)), entries: entries})
	}
	return segments, nil
}
