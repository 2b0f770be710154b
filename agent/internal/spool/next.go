package spool

import (
	"context"
	"fmt"
	"sort"
)

const maxReads = 3 // tries to read an entry before it is taken as lost

// An Item is the next thing to tell the collector: a report, or a gap.
type Item struct {
	Seq  uint64 // of the report; of a gap, the last number it covers
	Wire []byte // nil for a gap
	Gap  *Gap   // nil for a report
}

// poison counts the failed reads of one entry.
type poison struct {
	seq   uint64
	reads int
}

// Next gives what follows a number, and waits until there is something. An entry
// that the disk no longer gives back becomes a gap.
func (s *Spool) Next(ctx context.Context, after uint64) (Item, error) {
	for {
		s.mu.Lock()
		item, ok, err := s.peek(after)
		changed := s.changed
		s.mu.Unlock()
		if ok || err != nil {
			return item, err
		}
		select {
		case <-ctx.Done():
			return Item{}, ctx.Err()
		case <-changed:
		}
	}
}

// peek gives what follows a number: the entry, or the whole gap up to the next
// entry that can be read. An entry the disk does not give back is tried again
// before it is called lost: a gap is final.
func (s *Spool) peek(after uint64) (Item, bool, error) {
	if s.closed {
		return Item{}, false, ErrClosed
	}
	seq := max(after, s.state.Acked) + 1
	if seq > s.last {
		return Item{}, false, nil
	}
	seg, i := s.find(seq)
	if seg != nil && seg.entries[i].seq == seq {
		wire, err := s.read(seg, seg.entries[i])
		if err == nil {
			s.handed = max(s.handed, seq)
			return Item{Seq: seq, Wire: wire}, true, nil
		}
		if s.retry(seq) {
			return Item{}, false, fmt.Errorf("read entry %d of the spool: %w", seq, err)
		}
		s.log.Warn("an entry of the spool is lost", "seq", seq, "error", err)
		s.stats.Corrupt++
		seg.entries = append(seg.entries[:i:i], seg.entries[i+1:]...)
		seg, i = s.find(seq)
	}
	reason, to := s.state.reason(seq)
	to = min(to, s.last)
	if seg != nil {
		to = min(to, seg.entries[i].seq-1)
	}
	s.handed = max(s.handed, to)
	return Item{Seq: to, Gap: &Gap{seq, to, reason}}, true, nil
}

// find gives the first entry with this number or a later one.
func (s *Spool) find(seq uint64) (*segment, int) {
	at := sort.Search(len(s.segments), func(i int) bool {
		return i+1 == len(s.segments) || s.segments[i+1].firstSeq() > seq
	})
	for ; at < len(s.segments); at++ {
		entries := s.segments[at].entries
		if i := sort.Search(len(entries), func(i int) bool { return entries[i].seq >= seq }); i < len(entries) {
			return s.segments[at], i
		}
	}
	return nil, 0
}

func (s *Spool) read(seg *segment, e entry) ([]byte, error) {
	b := make([]byte, e.size)
	if err := s.fs.ReadAt(seg.name, b, e.offset); err != nil {
		return nil, err
	}
	seq, _, payload, err := readFrame(b)
	if err == nil && seq != e.seq {
		err = fmt.Errorf("entry %d is in its place", seq)
	}
	return payload, err
}

func (s *Spool) retry(seq uint64) bool {
	if s.poison.seq != seq {
		s.poison = poison{seq: seq}
	}
	s.poison.reads++
	return s.poison.reads < maxReads
}

// Ack notes that the collector has everything up to a number on its disk.
// Whether that is on our disk at once does not matter: what is forgotten is sent
// again.
func (s *Spool) Ack(seq uint64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	if seq > s.handed {
		return fmt.Errorf("collector acknowledged %d, but it was sent only %d", seq, s.handed)
	}
	s.ack(seq)
	return nil
}

func (s *Spool) ack(seq uint64) {
	if seq <= s.state.Acked {
		return
	}
	s.unsaved += int(min(seq-s.state.Acked, lazyAcks))
	s.state.Acked = seq
	if s.tidy() == 0 && s.unsaved >= lazyAcks {
		if err := s.save(); err != nil {
			s.log.Warn("note what the collector has", "error", err)
		}
	}
}

// SetAside takes out a report that the collector can never take. It becomes a
// gap, and stays one.
func (s *Spool) SetAside(seq uint64, reason string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	seg, i := s.find(seq)
	if seq <= s.state.Acked || seg == nil || seg.entries[i].seq != seq {
		return nil
	}
	s.stats.Refused++
	s.log.Warn("the collector refused a report", "seq", seq, "reason", reason)
	if wire, err := s.read(seg, seg.entries[i]); err == nil {
		if sizes, err := s.fs.List(); err == nil {
			s.aside(sizes, "refused", frame(seq, seg.entries[i].urgent, wire))
		}
	}
	seg.entries = append(seg.entries[:i:i], seg.entries[i+1:]...)
	s.state.remember(Gap{seq, seq, Refused})
	s.wake()
	return s.save()
}
