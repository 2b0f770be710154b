package uplink

import (
	"io/fs"
	"sync"

	"github.com/farmwatch/farmwatch/agent/internal/spool"
)

// memory is a folder of a spool without a disk below, so that these tests wait
// for none. Crashes and bad disks are the spool's own tests.
type memory struct {
	mu    sync.Mutex
	files map[string][]byte
}

func (m *memory) List() (map[string]int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	sizes := map[string]int64{}
	for name, b := range m.files {
		sizes[name] = int64(len(b))
	}
	return sizes, nil
}

func (m *memory) ReadAt(name string, p []byte, offset int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, ok := m.files[name]
	if !ok || int64(len(b)) < offset+int64(len(p)) {
		return fs.ErrNotExist
	}
	copy(p, b[offset:])
	return nil
}

func (m *memory) Append(name string) (spool.File, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.files[name] = append([]byte{}, m.files[name]...)
	return &memoryFile{m, name}, nil
}

func (m *memory) Rename(from, to string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.files[to] = m.files[from]
	delete(m.files, from)
	return nil
}

func (m *memory) Remove(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.files, name)
	return nil
}

func (m *memory) Sync() error { return nil }

type memoryFile struct {
	*memory
	name string
}

func (f *memoryFile) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.files[f.name] = append(f.files[f.name], p...)
	return len(p), nil
}

func (f *memoryFile) Truncate(size int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.files[f.name] = append([]byte{}, f.files[f.name][:size]...)
	return nil
}

func (f *memoryFile) Close() error { return nil }
