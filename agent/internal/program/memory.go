package program

import (
	"container/list"
	"io/fs"
	"os"
	"reflect"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// rememberedFiles is how many programs a reader knows; a laptop runs some hundred.
const rememberedFiles = 512

// A stamp tells one state of a file from another as far as its disk does. Of a
// file that was written over in place and had its time set back, the time of
// that change tells.
type stamp struct {
	path    string
	size    int64
	written time.Time
	changed [2]int64
	number  uint64
}

func stampOf(name string, stat fs.FileInfo) stamp {
	s := stamp{path: name, size: stat.Size(), written: stat.ModTime()}
	// What the three systems tell besides has the same names where it is there at all.
	of := reflect.Indirect(reflect.ValueOf(stat.Sys()))
	if of.Kind() != reflect.Struct {
		return s
	}
	if number := of.FieldByName("Ino"); number.IsValid() && number.CanUint() {
		s.number = number.Uint()
	}
	for _, name := range []string{"Ctim", "Ctimespec"} {
		if at := of.FieldByName(name); at.IsValid() && at.Kind() == reflect.Struct {
			for i := range min(at.NumField(), 2) {
				if part := at.Field(i); part.CanInt() {
					s.changed[i] = part.Int()
				}
			}
		}
	}
	return s
}

// same says whether two descriptions are of one file; those of recordings, which
// have no numbers, are.
func same(a, b fs.FileInfo) bool { return a.Sys() == nil || os.SameFile(a, b) }

// memory keeps what was read of the files met last.
type memory struct {
	kept  map[stamp]*list.Element
	order list.List // of remembered, the one met last in front
}

type remembered struct {
	at    stamp
	known host.Program
	sums  sums
}

func (m *memory) get(at stamp) *remembered {
	found, ok := m.kept[at]
	if !ok {
		return nil
	}
	m.order.MoveToFront(found)
	kept, _ := found.Value.(*remembered)
	return kept
}

func (m *memory) put(r *remembered) {
	if m.kept == nil {
		m.kept = map[stamp]*list.Element{}
	}
	m.kept[r.at] = m.order.PushFront(r)
	if m.order.Len() > rememberedFiles {
		oldest := m.order.Back()
		m.order.Remove(oldest)
		if kept, ok := oldest.Value.(*remembered); ok {
			delete(m.kept, kept.at)
		}
	}
}
