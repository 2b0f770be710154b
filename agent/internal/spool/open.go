package spool

import (
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
)

const maxAside = 1 << 20 // bytes of damaged stretches that are kept for people to look at

// Open opens the spool of a folder or makes it. What a crash or the disk left
// damaged never keeps it from opening: it is cut or set aside, counted, and a
// gap. It fails only where nothing can be read or a first state cannot be written.
func Open(fs FileSystem, o Options) (*Spool, error) {
	s := &Spool{fs: fs, limit: o.MaxBytes, random: o.Random, log: o.Log, changed: make(chan struct{})}
	if s.limit == 0 {
		s.limit = DefaultMaxBytes
	}
	if s.limit < minBytes {
		return nil, fmt.Errorf("open spool: %d bytes are too few, want at least %d", s.limit, minBytes)
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	sizes, err := fs.List()
	if err != nil {
		return nil, fmt.Errorf("open spool: %w", err)
	}
	fresh, err := s.recall(sizes)
	if err != nil {
		return nil, fmt.Errorf("open spool: %w", err)
	}
	torn := s.load(sizes)
	s.last = max(s.last, s.state.Last, s.state.Acked)
	s.handed = s.last
	if fresh || torn {
		// A torn tail's number is saved as given before the tail is cut, so that no
		// other report gets it.
		if err := s.save(); err != nil && fresh {
			return nil, fmt.Errorf("open spool: %w", err)
		} else if err != nil {
			s.log.Warn("go on with an unsaved spool", "error", err)
		}
	}
	s.settle(torn)
	return s, nil
}

// settle makes durable what a killed process may have left in the system's memory
// only, and cuts the tail of the last segment.
func (s *Spool) settle(torn bool) {
	s.ragged = torn
	err := s.fs.Sync()
	if n := len(s.segments); n > 0 && err == nil {
		err = s.reopen(s.segments[n-1])
	}
	if err != nil {
		s.unsure, s.ragged = true, true // Append mends it before it writes
		s.log.Warn("settle the spool", "error", err)
	}
}

// recall reads the state, or makes one: from the segments when the state's file
// is damaged, else a new epoch.
func (s *Spool) recall(sizes map[string]int64) (fresh bool, err error) {
	if size, ok := sizes[stateName]; ok {
		b := make([]byte, size)
		err := s.fs.ReadAt(stateName, b, 0)
		if err == nil {
			s.state, err = decodeState(b)
		}
		if err == nil {
			return false, nil
		}
		s.log.Warn("state of the spool is damaged", "error", err)
		s.stats.Corrupt++
		s.aside(sizes, stateName, b)
	}
	for _, name := range segmentNames(sizes) {
		if epoch, ok := s.headerOf(name, sizes[name]); ok {
			generation, first, _ := parseName(name)
			s.state = state{Epoch: epoch, Generation: generation, Acked: first - 1}
			return true, nil
		}
	}
	epoch, err := newEpoch(s.random)
	if err != nil {
		return false, err
	}
	s.state = state{Epoch: epoch, Generation: 1}
	if names := segmentNames(sizes); len(names) > 0 {
		s.state.Generation, _, _ = parseName(names[0])
	}
	return true, nil
}

func (s *Spool) headerOf(name string, size int64) (string, bool) {
	b := make([]byte, min(size, int64(headerSize)))
	if err := s.fs.ReadAt(name, b, 0); err != nil {
		return "", false
	}
	return readHeader(b)
}

// load indexes the segments of the state's generation and removes all others:
// they are of an unfinished or a finished renumbering.
func (s *Spool) load(sizes map[string]int64) (torn bool) {
	var names []string
	for _, name := range segmentNames(sizes) {
		generation, _, _ := parseName(name)
		s.tried = max(s.tried, generation) // it may not go away
		if generation == s.state.Generation {
			names = append(names, name)
		} else {
			s.discard(name)
		}
	}
	for name := range sizes {
		if strings.HasSuffix(name, ".new") {
			s.discard(name)
		}
	}
	for i, name := range names {
		b := make([]byte, sizes[name])
		if err := s.fs.ReadAt(name, b, 0); err != nil {
			s.log.Warn("segment of the spool cannot be read", "file", name, "error", err)
			s.stats.Corrupt++
			// It may be readable next time, so none of the numbers it can hold is given again.
			_, first, _ := parseName(name)
			s.last = max(s.last, first+uint64(len(b)/frameSize))
			continue
		}
		if s.loadSegment(sizes, name, b, i == len(names)-1) {
			torn = true
		}
	}
	return torn
}

// loadSegment indexes one segment and mends it. Damage at the end of the last
// one is a tail that was being written.
func (s *Spool) loadSegment(sizes map[string]int64, name string, b []byte, newest bool) (torn bool) {
	_, first, _ := parseName(name)
	entries, damage := scan(b, max(s.last, first-1))
	seg := &segment{name: name, size: int64(len(b)), entries: entries}
	s.last = max(s.last, first-1)
	if n := len(entries); n > 0 {
		s.last = entries[n-1].seq
	}
	_, good := readHeader(b)
	n := len(damage)
	headless := !good && len(entries) == 0
	if newest && (headless || n > 0 && damage[n-1].to == len(b)) {
		torn = true
		s.stats.Torn++
		s.last++
		s.state.remember(Gap{s.last, s.last, TornTail})
		s.log.Warn("a torn tail of the spool was cut", "file", name, "seq", s.last)
		if n > 0 && damage[n-1].to == len(b) {
			seg.size, damage = int64(damage[n-1].from), damage[:n-1]
		}
	}
	if headless {
		for _, d := range damage {
			s.stats.Corrupt++
			s.aside(sizes, name, b[d.from:d.to])
		}
		s.discard(name)
		return torn
	}
	seg.entries = slices.DeleteFunc(seg.entries, func(e entry) bool { return s.state.refused(e.seq) })
	s.segments = append(s.segments, seg)
	if len(damage) > 0 || !good {
		s.mend(sizes, seg, b, damage)
	}
	return torn
}

// mend sets damaged stretches aside and writes the segment anew without them.
// Where that fails the damage stays and is found again next time.
func (s *Spool) mend(sizes map[string]int64, seg *segment, b []byte, damage []span) {
	s.log.Warn("damaged stretches of the spool were set aside", "file", seg.name, "stretches", len(damage))
	s.stats.Corrupt += uint64(max(1, len(damage)))
	for _, d := range damage {
		s.aside(sizes, seg.name, b[d.from:d.to])
	}
	if err := s.rewrite(seg, b, func(entry) bool { return true }); err != nil {
		s.log.Warn("mend segment of the spool", "file", seg.name, "error", err)
	}
}

// rewrite puts a segment with only some of its entries in its place. On an error
// the index is read again from whatever is there now.
func (s *Spool) rewrite(seg *segment, b []byte, keep func(entry) bool) error {
	content := header(s.state.Generation, s.state.Epoch)
	var kept []entry
	for _, e := range seg.entries {
		if keep(e) {
			frame := b[e.offset : e.offset+int64(e.size)]
			e.offset = int64(len(content))
			content, kept = append(content, frame...), append(kept, e)
		}
	}
	if err := replace(s.fs, seg.name, content); err != nil {
		s.unsure = true
		s.reload(seg)
		return err
	}
	seg.size, seg.entries = int64(len(content)), kept
	return nil
}

// reload reads the index of a segment again from the disk.
func (s *Spool) reload(seg *segment) {
	sizes, err := s.fs.List()
	if err != nil {
		return
	}
	b := make([]byte, sizes[seg.name])
	if err := s.fs.ReadAt(seg.name, b, 0); err != nil {
		return
	}
	known := map[uint64]bool{}
	for _, e := range seg.entries {
		known[e.seq] = true
	}
	entries, _ := scan(b, 0)
	seg.entries = slices.DeleteFunc(entries, func(e entry) bool { return !known[e.seq] })
	if n := len(seg.entries); n > 0 {
		seg.size = seg.entries[n-1].offset + int64(seg.entries[n-1].size)
	} else {
		seg.size = int64(min(len(b), headerSize))
	}
}

// aside keeps damaged bytes for people to look at, as far as there is room.
func (s *Spool) aside(sizes map[string]int64, name string, b []byte) {
	total := int64(len(b))
	for n, size := range sizes {
		if strings.HasSuffix(n, ".aside") {
			total += size
		}
	}
	if total > maxAside {
		return
	}
	f, err := s.fs.Append(name + ".aside")
	if err == nil {
		_, err = f.Write(b)
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}
	if err != nil {
		s.log.Warn("set damaged bytes aside", "file", name, "error", err)
	}
	sizes[name+".aside"] += int64(len(b))
}

func (s *Spool) discard(name string) {
	if err := s.fs.Remove(name); err != nil {
		s.log.Warn("remove from the spool", "file", name, "error", err)
	}
}

// segmentNames are the names of segments, oldest first.
func segmentNames(sizes map[string]int64) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(sizes)) {
		if _, _, ok := parseName(name); ok {
			names = append(names, name)
		}
	}
	return names
}

func parseName(name string) (generation uint32, first uint64, ok bool) {
	if _, err := fmt.Sscanf(name, "%08x-%016x.seg", &generation, &first); err != nil {
		return 0, 0, false
	}
	return generation, first, first > 0 && generation > 0 && name == segmentName(generation, first)
}
