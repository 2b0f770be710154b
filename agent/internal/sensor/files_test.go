package sensor

import (
	"io"
	"io/fs"
	"testing"
	"testing/fstest"
)

// TestMemoryReadsNoMoreThanAFileHas: a link may lead to one of the kernel's own
// files, which have no size and may wait for something to tell.
func TestMemoryReadsNoMoreThanAFileHas(t *testing.T) {
	endless := fstest.MapFS{"settings": &fstest.MapFile{Data: []byte("password=x\n")}}
	var m memory[int]
	got, err := m.read(sizeless{endless}, "settings", func(r io.Reader) (int, error) {
		content, err := io.ReadAll(r)
		return len(content), err
	})
	if got != 0 || err != nil {
		t.Errorf("%d bytes, %v", got, err)
	}
}

// sizeless says of its files that they are empty.
type sizeless struct{ fstest.MapFS }

func (s sizeless) Stat(name string) (fs.FileInfo, error) {
	stat, err := s.MapFS.Stat(name)
	return noSize{stat}, err
}

type noSize struct{ fs.FileInfo }

func (noSize) Size() int64 { return 0 }
