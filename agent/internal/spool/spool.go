// Package spool is the queue on disk between the gate and the wire: what it
// took is not lost by a crash, and what had to give way is a gap that is told.
package spool

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"

	"github.com/farmwatch/farmwatch/agent/internal/privacy"
)

// DefaultMaxBytes bounds a spool that is not told otherwise.
const DefaultMaxBytes = 64 << 20

const (
	maxSegment = 1 << 20
	minBytes   = 16 << 10
	lazyAcks   = 512 // acknowledgements that may be forgotten by a crash: they are only sent again
)

// ErrClosed is returned by a spool after Close.
var ErrClosed = errors.New("spool is closed")

// Options say how a spool is kept.
type Options struct {
	MaxBytes int64        // of all segments; 0 is DefaultMaxBytes
	Random   io.Reader    // for the names of epochs; nil is the system's
	Log      *slog.Logger // nil is silent
}

// A Spool holds cleared reports under consecutive numbers until the collector
// has them on its disk. It may be used by several goroutines.
type Spool struct {
	fs     FileSystem
	limit  int64
	random io.Reader
	log    *slog.Logger

	mu       sync.Mutex
	state    state
	segments []*segment // oldest first; frames are added to the last
	active   File       // the last segment, when it is open
	ragged   bool       // the last segment may go on behind its last good frame
	unsure   bool       // what a failed replacement left on the disk is not known
	tried    uint32     // highest generation that files were written for
	last     uint64     // highest number given
	handed   uint64     // highest number the collector can have heard of
	unsaved  int        // acknowledgements since state was saved
	stats    Stats
	poison   poison
	changed  chan struct{} // closed at every change, then replaced
	closed   bool
}

type segment struct {
	name    string
	size    int64
	entries []entry
}

// Stats say how a spool is doing. The counts are since it was opened.
type Stats struct {
	Epoch   string
	Depth   int    // reports that wait
	Bytes   int64  // of all segments
	Last    uint64 // highest number given
	Acked   uint64 // highest number the collector has on its disk
	Dropped uint64 // reports that gave way because the spool was full
	Torn    uint64 // tails that were cut
	Corrupt uint64 // damaged stretches that were set aside
	Refused uint64 // reports the collector can never take
	Epochs  uint64 // times the spool had to begin a new epoch
}

// Append puts a report on the disk and returns its number. When it returns
// without an error, the report survives any crash; it goes only once it is
// acknowledged, refused, or gives way in a full spool.
func (s *Spool) Append(c privacy.Cleared) (uint64, error) {
	payload := c.Wire()
	if payload == nil {
		return 0, errors.New("append to spool: this report was not made by a gate")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0, ErrClosed
	}
	if most := min(maxPayload, s.limit/4); int64(len(payload)) > most {
		return 0, fmt.Errorf("append to spool: report has %d bytes, a spool of %d takes at most %d", len(payload), s.limit, most)
	}
	if s.unsure {
		if err := s.save(); err != nil {
			return 0, fmt.Errorf("append to spool: %w", err)
		}
	}
	seq := s.last + 1
	b := frame(seq, c.Urgent(), payload)
	fits, err := s.makeRoom(int64(len(b)), c.Urgent())
	if err != nil {
		return 0, fmt.Errorf("make room in the spool: %w", err)
	}
	if !fits {
		return seq, s.giveUp(seq)
	}
	err = s.add(entry{seq: seq, size: len(b), urgent: c.Urgent()}, b)
	if diskFull(err) && s.dropCheapest() {
		err = s.add(entry{seq: seq, size: len(b), urgent: c.Urgent()}, b)
	}
	if err != nil {
		return 0, fmt.Errorf("append to spool: %w", err)
	}
	s.last = seq
	s.wake()
	return seq, nil
}

// giveUp gives a number to a report that is the least important of all and finds
// no room. The number is saved at once, since no frame will hold it.
func (s *Spool) giveUp(seq uint64) error {
	s.last = seq
	s.stats.Dropped++
	s.state.remember(Gap{seq, seq, SpoolFull})
	s.wake()
	if err := s.save(); err != nil {
		return fmt.Errorf("note that the spool is full: %w", err)
	}
	return nil
}

// add writes a frame at the end of the last segment and syncs it.
func (s *Spool) add(e entry, b []byte) error {
	seg, err := s.writable(len(b), e.seq)
	if err != nil {
		return err
	}
	_, err = s.active.Write(b)
	if err == nil {
		err = s.active.Sync()
	}
	if err != nil {
		// What is on the disk behind the last good frame is not known now. It is
		// cut before the next frame is written.
		err = fmt.Errorf("write %s: %w", seg.name, err)
		s.ragged = true
		s.shut()
		return err
	}
	e.offset = seg.size
	seg.entries = append(seg.entries, e)
	seg.size += int64(len(b))
	return nil
}

// writable gives the last segment, open and ending at its last good frame, or a new one.
func (s *Spool) writable(n int, seq uint64) (*segment, error) {
	if len(s.segments) > 0 {
		seg := s.segments[len(s.segments)-1]
		if s.ragged {
			if err := s.reopen(seg); err != nil {
				return nil, err
			}
		}
		if seg.size+int64(n) <= s.segmentSize() || len(seg.entries) == 0 {
			return seg, s.reopen(seg)
		}
	}
	s.shut()
	return s.begin(segmentName(s.state.Generation, seq))
}

func (s *Spool) reopen(seg *segment) error {
	if s.active != nil {
		return nil
	}
	f, err := s.fs.Append(seg.name)
	if err != nil {
		return err
	}
	if err = f.Truncate(seg.size); err == nil {
		err = f.Sync()
	}
	if err != nil {
		return errors.Join(fmt.Errorf("cut the tail of %s: %w", seg.name, err), f.Close())
	}
	s.active, s.ragged = f, false
	return nil
}

// begin makes a new segment. Its name is on the disk before the first frame is.
func (s *Spool) begin(name string) (*segment, error) {
	head := header(s.state.Generation, s.state.Epoch)
	err := write(s.fs, name, head)
	if err == nil {
		err = s.fs.Sync()
	}
	if err != nil {
		return nil, fmt.Errorf("begin %s: %w", name, err)
	}
	seg := &segment{name: name, size: int64(len(head))}
	s.segments = append(s.segments, seg)
	return seg, s.reopen(seg)
}

// shut closes the open segment; whoever writes next opens and cuts it.
func (s *Spool) shut() {
	if s.active == nil {
		return
	}
	if err := s.active.Close(); err != nil {
		s.log.Warn("close segment of the spool", "error", err)
	}
	s.active = nil
}

func (s *Spool) segmentSize() int64 { return min(maxSegment, s.limit/16) }

func segmentName(generation uint32, first uint64) string {
	return fmt.Sprintf("%08x-%016x.seg", generation, first)
}

func (s *Spool) save() error {
	s.state.Last = s.last
	s.state.forget()
	b, err := s.state.encode()
	if err == nil {
		err = replace(s.fs, stateName, b)
	}
	s.unsure = err != nil
	if err != nil {
		return fmt.Errorf("save state of the spool: %w", err)
	}
	s.unsaved = 0
	return nil
}

func (s *Spool) wake() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// Epoch names this life of the spool. Numbers are only comparable within one.
func (s *Spool) Epoch() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state.Epoch
}

// Stats say how the spool is doing.
func (s *Spool) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := s.stats
	stats.Epoch, stats.Last, stats.Acked = s.state.Epoch, s.last, s.state.Acked
	for _, seg := range s.segments {
		stats.Bytes += seg.size
		for _, e := range seg.entries {
			if e.seq > s.state.Acked {
				stats.Depth++
			}
		}
	}
	return stats
}

// Close saves what was acknowledged and lets go of the files.
func (s *Spool) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	s.shut()
	s.wake()
	return s.save()
}

func newEpoch(random io.Reader) (string, error) {
	if random == nil {
		random = rand.Reader
	}
	raw := make([]byte, epochBytes)
	if _, err := io.ReadFull(random, raw); err != nil {
		return "", fmt.Errorf("name an epoch of the spool: %w", err)
	}
	return hex.EncodeToString(raw), nil
}
