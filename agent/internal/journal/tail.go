package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

const (
	stepLimit   = 1 << 20 // of one log at one look; what is more is skipped, the newest kept
	pieceSize   = 32 << 10
	anchorSize  = 64  // bytes before the place reached, by which a log is known again
	siblings    = 500 // files beside a log among which its older one is sought
	tooOldAfter = 48 * time.Hour
)

// A tail follows one log.
type tail struct {
	name   string
	share  string
	lines  Lines
	pairs  pairing
	cutter cutter
	stat   fs.FileInfo // as last seen; nil before the first look
	offset int64       // how far it was read
	anchor []byte      // what stands right before offset
	middle bool        // reading began in a line, whose rest is no line
	idle   bool        // the last look found nothing new, so a line without an end is whole
}

func newTail(found Found) *tail {
	return &tail{name: found.Name, share: found.Share, lines: found.Lines(), pairs: pairing{log: found.Name, place: found.Place}}
}

// look reads what was added. It costs one stat where there is nothing new.
func (t *tail) look(fsys host.FS, clock parse.SessionClock) error {
	stat, err := fs.Stat(fsys, t.name)
	if err != nil {
		return err
	}
	if !stat.Mode().IsRegular() {
		return fmt.Errorf("it is no file any more: %w", host.ErrUnsupported)
	}
	take := func(line string) {
		if m, ok := t.lines.Line(line, clock); ok {
			t.pairs.take(m)
		}
	}
	if t.stat != nil && t.unchanged(stat) {
		if len(t.cutter.partial) > 0 && !t.idle {
			t.cutter.flush(take)
		}
		t.idle = true
		return nil
	}
	t.idle = false
	start := t.offset
	switch same, told := t.sameFile(stat); {
	case t.stat == nil:
		start = t.first(fsys, stat, clock, take)
	case told && !same:
		t.finishOld(fsys, take)
		start = 0
	case stat.Size() < t.offset:
		start = 0
	}
	if err := t.read(fsys, start, stat, take); err != nil {
		return err
	}
	t.stat = stat
	if stat.ModTime().IsZero() { // a recording, which stays as it is
		t.cutter.flush(take)
	}
	return nil
}

// forgotten says whether a log that is gone told of nothing that is still told.
func (t *tail) forgotten(clock parse.SessionClock) bool {
	for _, s := range t.pairs.sessions {
		if clock.Now.Sub(s.At) <= tooOldAfter || clock.Now.Sub(s.Until) <= tooOldAfter {
			return false
		}
	}
	return true
}

func (t *tail) sameFile(stat fs.FileInfo) (same, told bool) {
	if t.stat == nil {
		return false, false
	}
	return host.SameFile(t.stat, stat)
}

func (t *tail) unchanged(stat fs.FileInfo) bool {
	same, _ := t.sameFile(stat)
	return same && stat.Size() == t.stat.Size() && stat.ModTime().Equal(t.stat.ModTime())
}

// first says where a log that is met for the first time is read from: its end,
// if it is long, and else all of it after the end of the one before.
func (t *tail) first(fsys host.FS, stat fs.FileInfo, clock parse.SessionClock, take func(string)) int64 {
	if stat.Size() > stepLimit {
		return stat.Size() - stepLimit
	}
	for _, name := range older(t.name) {
		before, err := fs.Stat(fsys, name)
		if err != nil || !before.Mode().IsRegular() || !clock.Now.IsZero() && !before.ModTime().IsZero() && clock.Now.Sub(before.ModTime()) > tooOldAfter {
			continue
		}
		file, err := fsys.Open(name)
		if err != nil {
			continue
		}
		from := max(0, before.Size()-stepLimit)
		t.begin(file, from, before.Size())
		_ = t.pour(file, from, before.Size(), take) // what cannot be read of it is not of today
		t.cutter.flush(take)
		done(file)
		break
	}
	return 0
}

// older is how a log is called after the next was begun.
func older(name string) []string {
	ending := path.Ext(name)
	bare := strings.TrimSuffix(name, ending)
	return []string{name + ".1", name + ".0", name + ".old", bare + "_OLD" + ending, bare + ".old" + ending}
}

// finishOld reads the rest of a log that was renamed since the last look, if it
// still lies beside the new one.
func (t *tail) finishOld(fsys host.FS, take func(string)) {
	defer t.cutter.flush(take)
	entries, err := fs.ReadDir(fsys, path.Dir(t.name))
	if err != nil {
		return
	}
	for _, entry := range entries[:min(len(entries), siblings)] {
		if !entry.Type().IsRegular() {
			continue
		}
		stat, err := entry.Info()
		if err != nil {
			continue
		}
		if same, told := host.SameFile(t.stat, stat); !told || !same || stat.Size() < t.offset {
			continue
		}
		file, err := fsys.Open(path.Join(path.Dir(t.name), entry.Name()))
		if err != nil {
			return
		}
		defer done(file)
		_ = t.pour(file, max(t.offset, stat.Size()-stepLimit), stat.Size(), take)
		return
	}
}

// read reads a log from start, if what stands before is what stood there.
func (t *tail) read(fsys host.FS, start int64, stat fs.FileInfo, take func(string)) error {
	file, err := fsys.Open(t.name)
	if err != nil {
		return err
	}
	defer done(file)
	if opened, err := file.Stat(); err != nil || !opened.Mode().IsRegular() {
		return errors.Join(err, fmt.Errorf("it is no file any more: %w", host.ErrUnsupported))
	}
	fresh := t.stat == nil || start == 0
	if !fresh && !t.anchored(file) {
		start, fresh = 0, true // emptied and filled again, or another file of the same number
	}
	if behind := stat.Size() - stepLimit; behind > start {
		start, fresh = behind, true
	}
	if fresh {
		t.begin(file, start, stat.Size())
	}
	return t.pour(file, start, stat.Size(), take)
}

// begin prepares for reading from a place that does not follow the last.
func (t *tail) begin(file fs.File, start, size int64) {
	head := make([]byte, min(1024, size)) // none of a file of the kernel's own, which a link may lead to
	n, err := readAt(file, head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		n = 0
	}
	t.cutter.reset(sniff(head[:n]))
	t.offset, t.anchor, t.middle = start, nil, start > 0
}

// pour reads a stretch of a file into lines.
func (t *tail) pour(file fs.File, from, to int64, take func(string)) error {
	do := func(line string) {
		if t.middle {
			t.middle = false
			return
		}
		take(line)
	}
	wide := t.cutter.encoding != bytewise
	if wide {
		from &^= 1
	}
	piece := make([]byte, min(pieceSize, max(0, to-from)))
	for from < to {
		n, err := readAt(file, piece[:min(int64(len(piece)), to-from)], from)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if wide {
			n &^= 1 // the other half comes with the next look
		}
		if n == 0 {
			break
		}
		t.cutter.feed(piece[:n], do)
		t.remember(piece[:n])
		from += int64(n)
		t.offset = from
	}
	return nil
}

// remember keeps the bytes right before the place reached.
func (t *tail) remember(piece []byte) {
	t.anchor = append(t.anchor, piece[max(0, len(piece)-anchorSize):]...)
	if len(t.anchor) > anchorSize {
		t.anchor = bytes.Clone(t.anchor[len(t.anchor)-anchorSize:])
	}
}

func (t *tail) anchored(file fs.File) bool {
	before := make([]byte, len(t.anchor))
	n, err := readAt(file, before, t.offset-int64(len(before)))
	return (err == nil || errors.Is(err, io.EOF)) && bytes.Equal(before[:n], t.anchor)
}

// readAt reads from a place in a file, whichever way the file can.
func readAt(file fs.File, into []byte, at int64) (int, error) {
	if len(into) == 0 {
		return 0, nil
	}
	switch f := file.(type) {
	case io.ReaderAt:
		return f.ReadAt(into, at)
	case io.ReadSeeker:
		if _, err := f.Seek(at, io.SeekStart); err != nil {
			return 0, err
		}
		return io.ReadFull(f, into)
	}
	return 0, fmt.Errorf("it can only be read from its beginning: %w", host.ErrUnsupported)
}

// done closes what was only read; nothing can be lost by it.
func done(c io.Closer) { _ = c.Close() }
