package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// longestLog is how big a log grows before a new one is begun; the one before
// stays beside it as .old, so that the last hours can be read and no disk is filled.
const longestLog = 4 << 20

// logFile is a log that is bounded.
type logFile struct {
	path    string
	longest int64

	mu   sync.Mutex
	file *os.File
	size int64
}

// openLog opens a log for what is to be added to it, and makes its folder.
func openLog(path string, longest int64) (*logFile, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make the folder of the log: %w", err)
	}
	l := &logFile{path: path, longest: longest}
	return l, l.open()
}

func (l *logFile) open() error {
	file, err := os.OpenFile(l.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("open the log: %w", err)
	}
	about, err := file.Stat()
	if err != nil {
		return errors.Join(fmt.Errorf("open the log: %w", err), file.Close())
	}
	l.file, l.size = file, about.Size()
	return nil
}

// Write adds a line. Where a new log cannot be begun the old one goes on from
// empty: it never grows beyond its bound, and what is newest is kept.
func (l *logFile) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.size > 0 && l.size+int64(len(line)) > l.longest {
		if err := l.turn(); err != nil {
			return 0, err
		}
	}
	if l.file == nil {
		return 0, fs.ErrClosed
	}
	n, err := l.file.Write(line)
	l.size += int64(n)
	return n, err
}

// turn begins a new log. Windows renames no file that is open.
func (l *logFile) turn() error {
	_ = l.file.Close() // whether its last line is on the disk changes nothing now
	l.file = nil
	if err := os.Rename(l.path, l.path+".old"); err != nil {
		if err := os.Truncate(l.path, 0); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return errors.Join(fmt.Errorf("begin a new log: %w", err), l.open())
		}
	}
	return l.open()
}

// Close ends it.
func (l *logFile) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	file := l.file
	l.file = nil
	return file.Close()
}

// kept opens the log that a configuration names, or hands out what there was.
func kept(path string, otherwise io.Writer) (io.Writer, func(), error) {
	if path == "" {
		return otherwise, func() {}, nil
	}
	log, err := openLog(path, longestLog)
	if err != nil {
		return nil, nil, err
	}
	return log, func() { _ = log.Close() }, nil // its lines are written one by one
}
