package spool

import "slices"

// makeRoom frees bytes until n more fit: what is acknowledged first, then the
// oldest reports that are not urgent, then the oldest urgent ones. It is false
// when only urgent reports are left and the new one is not.
func (s *Spool) makeRoom(n int64, urgent bool) (fits bool, err error) {
	for s.size()+n+int64(headerSize) > s.limit {
		if s.tidy() > 0 {
			continue
		}
		gives := func(e entry) bool { return !e.urgent || e.seq <= s.state.Acked }
		i := s.oldest(gives)
		switch {
		case i >= 0:
			err = s.compact(i, gives)
		case !urgent:
			return false, nil
		case len(s.segments) == 0:
			return true, nil
		default:
			err = s.drop(0)
		}
		if err != nil {
			return false, err
		}
	}
	return true, nil
}

func (s *Spool) size() int64 {
	n := int64(0)
	for _, seg := range s.segments {
		n += seg.size
	}
	return n
}

// oldest is the first segment with an entry like this, or -1.
func (s *Spool) oldest(like func(entry) bool) int {
	for i, seg := range s.segments {
		for _, e := range seg.entries {
			if like(e) {
				return i
			}
		}
	}
	return -1
}

// compact takes some entries out of a segment, and the segment with its last one.
func (s *Spool) compact(i int, goes func(entry) bool) error {
	seg := s.segments[i]
	if !slices.ContainsFunc(seg.entries, func(e entry) bool { return !goes(e) }) {
		return s.drop(i)
	}
	b := make([]byte, seg.size)
	if err := s.fs.ReadAt(seg.name, b, 0); err != nil {
		return err
	}
	if i == len(s.segments)-1 {
		s.shut()
	}
	dropped := s.waiting(seg, goes)
	s.noteFull(seg)
	if err := s.rewrite(seg, b, func(e entry) bool { return !goes(e) }); err != nil {
		return err
	}
	s.stats.Dropped += dropped
	s.wake()
	return nil
}

// drop removes a whole segment.
func (s *Spool) drop(i int) error {
	seg := s.segments[i]
	if i == len(s.segments)-1 {
		// No frame remembers its numbers any more, so the state must.
		s.shut()
		if err := s.save(); err != nil {
			return err
		}
	}
	if dropped := s.waiting(seg, func(entry) bool { return true }); dropped > 0 {
		s.stats.Dropped += dropped
		s.noteFull(seg)
	}
	if err := s.fs.Remove(seg.name); err != nil {
		return err
	}
	s.segments = slices.Delete(s.segments, i, i+1)
	s.wake()
	return nil
}

// waiting counts the entries like this that the collector does not have.
func (s *Spool) waiting(seg *segment, like func(entry) bool) uint64 {
	n := uint64(0)
	for _, e := range seg.entries {
		if e.seq > s.state.Acked && like(e) {
			n++
		}
	}
	return n
}

// noteFull remembers why numbers go missing before they do. When that cannot be
// saved, on a disk that is full, room is made all the same: the numbers still
// become a gap, only its reason may be forgotten.
func (s *Spool) noteFull(seg *segment) {
	s.state.remember(Gap{seg.entries[0].seq, seg.entries[len(seg.entries)-1].seq, SpoolFull})
	if err := s.save(); err != nil {
		s.log.Warn("note what gives way in the spool", "error", err)
	}
}

// dropCheapest frees space on a disk that is full without writing anything
// first: the oldest segment that holds nothing urgent goes.
func (s *Spool) dropCheapest() bool {
	if s.tidy() > 0 {
		return true
	}
	for i, seg := range s.segments[:max(0, len(s.segments)-1)] {
		if s.waiting(seg, func(e entry) bool { return e.urgent }) > 0 {
			continue
		}
		if err := s.drop(i); err != nil {
			s.log.Warn("make room on a full disk", "error", err)
			return false
		}
		return true
	}
	return false
}

// tidy removes the segments that are acknowledged whole, except the last one, and
// says how many. What was acknowledged is saved first: otherwise a crash would
// make gaps of numbers that arrived.
func (s *Spool) tidy() int {
	done := 0
	for done < len(s.segments)-1 && s.segments[done+1].firstSeq() <= s.state.Acked+1 {
		done++
	}
	if done == 0 {
		return 0
	}
	if err := s.save(); err != nil {
		s.log.Warn("note what the collector has", "error", err)
		return 0
	}
	for _, seg := range s.segments[:done] {
		s.discard(seg.name)
	}
	s.segments = append([]*segment(nil), s.segments[done:]...)
	return done
}

// firstSeq is the first number that a segment may hold.
func (seg *segment) firstSeq() uint64 {
	_, first, _ := parseName(seg.name)
	return first
}
