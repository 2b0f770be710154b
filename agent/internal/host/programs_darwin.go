package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

var _ ProgramHost = (*LiveHost)(nil)

// What asking for one signature may cost. macOS reads the whole program for it.
const (
	verdictPatience = 1500 * time.Millisecond
	maxJudged       = 256 << 20
	maxVerdicts     = 4096
)

// How macOS is asked (Security/SecStaticCode.h): for the parts for every processor,
// since any may be the one that runs, not for the other files of an
// application, and never over the network.
const (
	askAllParts    = 1 << 0  // kSecCSCheckAllArchitectures
	askNoResources = 1 << 2  // kSecCSDoNotValidateResources
	askNoNetwork   = 1 << 29 // kSecCSNoNetworkAccess
	tellSigning    = 1 << 1  // kSecCSSigningInformation
	requireApples  = "anchor apple generic"
)

var errStillAsking = fmt.Errorf("macOS is still reading it: %w", ErrNotYet)

// signatures keeps what macOS said of programs, each by its file as it is.
type signatures struct {
	mu    sync.Mutex
	known map[string]verdict
	busy  bool // one is being asked for: a disk that does not answer costs one thread
}

type verdict struct {
	file    fileState
	program Program
	err     error
}

// fileState changes whenever a file does; its times of change cannot be set by who
// changes it.
type fileState struct {
	size, inode      int64
	modified, change int64
}

// Program is macOS' verdict on the signature of a program and in whose name it
// is. What else the program is, is not its business.
func (h *LiveHost) Program(ctx context.Context, path string) (Program, error) {
	state, err := stateOf(path)
	if err != nil {
		return Program{}, err
	}
	return h.signatures.of(ctx, path, state)
}

func stateOf(path string) (fileState, error) {
	stat, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fileState{}, fmt.Errorf("%s: %w", path, ErrAbsent)
	case err != nil:
		return fileState{}, fmt.Errorf("look at a program: %w", err)
	case !stat.Mode().IsRegular(), stat.Size() > maxJudged:
		return fileState{}, fmt.Errorf("%s is no program of a size that is read: %w", path, ErrAbsent)
	}
	s := fileState{size: stat.Size(), modified: stat.ModTime().UnixNano()}
	if system, ok := stat.Sys().(*syscall.Stat_t); ok {
		s.inode, s.change = int64(system.Ino), system.Ctimespec.Nano()
	}
	return s, nil
}

// of gives what is known, or asks and waits a moment. An answer that comes later
// is there for who asks next.
func (s *signatures) of(ctx context.Context, path string, state fileState) (Program, error) {
	s.mu.Lock()
	if last, ok := s.known[path]; ok && last.file == state {
		s.mu.Unlock()
		return last.program, last.err
	}
	if s.busy {
		s.mu.Unlock()
		return Program{}, fmt.Errorf("%s waits for another: %w", path, errStillAsking)
	}
	s.busy = true
	s.mu.Unlock()
	answered := make(chan verdict, 1)
	go func() {
		v := verdict{file: state}
		v.program, v.err = lent(func() (Program, error) { return askSignature(path) })
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.known == nil || len(s.known) >= maxVerdicts {
			s.known = map[string]verdict{}
		}
		s.known[path], s.busy = v, false
		answered <- v
	}()
	patience := time.NewTimer(verdictPatience)
	defer patience.Stop()
	select {
	case v := <-answered:
		return v.program, v.err
	case <-ctx.Done():
		return Program{}, ctx.Err()
	case <-patience.C:
		return Program{}, fmt.Errorf("%s: %w", path, errStillAsking)
	}
}

// askSignature asks macOS about one file. The main program of an application
// stands for the application.
func askSignature(path string) (Program, error) {
	native, err := isNative(path)
	if err != nil {
		return Program{}, err
	}
	code, err := staticCode(path)
	if err != nil {
		return Program{}, err
	}
	defer code.release()
	required, err := apples()
	if err != nil {
		return Program{}, err
	}
	defer required.release()
	status, err := securityTools.call("SecStaticCodeCheckValidityWithErrors", uintptr(code), askAllParts|askNoResources|askNoNetwork, uintptr(required), 0)
	if err != nil {
		return Program{}, err
	}
	told := codeSignature{status: int32(status), native: native}
	if err := told.describe(code); err != nil {
		return Program{}, err
	}
	if p, ok := told.program(path); ok {
		return p, nil
	}
	return Program{}, fmt.Errorf("macOS gives no verdict on %s (%d): %w", path, told.status, ErrAbsent)
}

// isNative looks at how a file begins: of one without a signature macOS tells
// nothing but where it is.
func isNative(path string) (bool, error) {
	file, err := os.Open(path)
	if err != nil {
		return false, fmt.Errorf("look at a program: %w", err)
	}
	defer done(file)
	head := make([]byte, 8)
	n, err := io.ReadFull(file, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false, fmt.Errorf("look at a program: %w", err)
	}
	return nativeProgram(head[:n]), nil
}

// staticCode is the code at a path, as Security calls it.
func staticCode(path string) (cfObject, error) {
	name := []byte(path)
	if len(name) == 0 {
		return 0, ErrAbsent
	}
	made, err := coreFoundation.call("CFURLCreateFromFileSystemRepresentation", 0, uintptr(unsafe.Pointer(&name[0])), uintptr(len(name)), 0)
	if err != nil {
		return 0, err
	}
	place := cfObject(made)
	defer place.release()
	if place == 0 {
		return 0, fmt.Errorf("%q is no path: %w", path, ErrAbsent)
	}
	var code uintptr
	status, err := securityTools.call("SecStaticCodeCreateWithPath", uintptr(place), 0, uintptr(unsafe.Pointer(&code)))
	if err != nil {
		return 0, err
	}
	if int32(status) != 0 || code == 0 {
		return 0, fmt.Errorf("macOS does not read %s as a program (%d): %w", path, int32(status), ErrAbsent)
	}
	return cfObject(code), nil
}

// apples is the requirement that a certificate comes from Apple: to Apple itself,
// to the App Store or to a developer.
func apples() (cfObject, error) {
	words, err := cfString(requireApples)
	if err != nil {
		return 0, err
	}
	defer words.release()
	var made uintptr
	status, err := securityTools.call("SecRequirementCreateWithString", uintptr(words), 0, uintptr(unsafe.Pointer(&made)))
	if err != nil {
		return 0, err
	}
	if int32(status) != 0 {
		return 0, fmt.Errorf("macOS does not understand %q (%d)", requireApples, int32(status))
	}
	return cfObject(made), nil
}

// describe adds in whose name a code is signed, and under which.
func (c *codeSignature) describe(code cfObject) error {
	var made uintptr
	status, err := securityTools.call("SecCodeCopySigningInformation", uintptr(code), tellSigning, uintptr(unsafe.Pointer(&made)))
	if err != nil {
		return err
	}
	if int32(status) != 0 || made == 0 {
		return nil // the verdict stands by itself
	}
	told := cfObject(made)
	defer told.release()
	c.identifier, c.team = told.value("identifier").text(), told.value("teamid").text()
	c.flags = told.value("flags").number()
	if chain := told.value("certificates").elements(); len(chain) > 0 {
		summary, err := securityTools.call("SecCertificateCopySubjectSummary", uintptr(chain[0]))
		if err != nil {
			return err
		}
		name := cfObject(summary)
		defer name.release()
		c.signer = name.text()
	}
	return nil
}
