package host

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"
)

// pipePrefix is where the agent listens to companions. Each has a pipe of its
// own, whose name nobody can guess and whose only user is that person.
const pipePrefix = `\\.\pipe\farmwatch-companion-`

// pipeUser is what a person's companion may do with its pipe: read, write and
// wait, and not open a second end of it as FILE_APPEND_DATA would let it.
const pipeUser = "0x12019b"

// ownPipe is the agent's end of a pipe that nobody has opened yet.
type ownPipe struct {
	handle windows.Handle
	name   string
}

// newPipe makes a pipe for one account, owned by the agent's: without a word the
// system's account would leave it to all administrators. It is refused if anybody made one of that
// name before, and to other machines.
func newPipe(owner, account string) (*ownPipe, error) {
	var random [16]byte
	if _, err := rand.Read(random[:]); err != nil {
		return nil, fmt.Errorf("name a pipe: %w", err)
	}
	name := pipePrefix + hex.EncodeToString(random[:])
	rules, err := windows.SecurityDescriptorFromString("O:" + owner + "D:P(A;;GA;;;SY)(A;;" + pipeUser + ";;;" + account + ")")
	if err != nil {
		return nil, fmt.Errorf("say who may open a pipe: %w", err)
	}
	attributes := &windows.SecurityAttributes{SecurityDescriptor: rules}
	attributes.Length = uint32(unsafe.Sizeof(*attributes))
	path, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return nil, err
	}
	handle, err := windows.CreateNamedPipe(path,
		windows.PIPE_ACCESS_DUPLEX|windows.FILE_FLAG_FIRST_PIPE_INSTANCE|windows.FILE_FLAG_OVERLAPPED,
		windows.PIPE_TYPE_BYTE|windows.PIPE_READMODE_BYTE|windows.PIPE_WAIT|windows.PIPE_REJECT_REMOTE_CLIENTS,
		1, 4096, mostFrame, 0, attributes)
	if err != nil {
		return nil, fmt.Errorf("make a pipe: %w", err)
	}
	return &ownPipe{handle: handle, name: name}, nil
}

// Close gives the pipe up.
func (p *ownPipe) Close() error { return windows.CloseHandle(p.handle) }

// wait gives the pipe once somebody opened it, and the process that did. After
// that, or an error, the pipe is no longer p's.
func (p *ownPipe) wait(ctx context.Context) (*os.File, uint32, error) {
	pid, err := p.client(ctx)
	if err != nil {
		return nil, 0, errors.Join(err, p.Close())
	}
	return os.NewFile(uintptr(p.handle), p.name), pid, nil
}

func (p *ownPipe) client(ctx context.Context) (pid uint32, err error) {
	opened, err := windows.CreateEvent(nil, 1, 0, nil)
	if err != nil {
		return 0, err
	}
	defer func() { _ = windows.CloseHandle(opened) }() // nothing waits for it any more
	state := overlapped(opened)
	switch err := windows.ConnectNamedPipe(p.handle, state); {
	case err == nil, errors.Is(err, windows.ERROR_PIPE_CONNECTED):
	case errors.Is(err, windows.ERROR_IO_PENDING):
		if err := awaitPipe(ctx, p.handle, state); err != nil {
			return 0, err
		}
	default:
		return 0, fmt.Errorf("wait at a pipe: %w", err)
	}
	if err := windows.GetNamedPipeClientProcessId(p.handle, &pid); err != nil {
		return 0, fmt.Errorf("see who opened a pipe: %w", err)
	}
	return pid, nil
}

// overlapped is what Windows writes into while a call goes on: it must not lie on
// a stack of Go's, which moves when it grows.
//
//go:noinline
func overlapped(ended windows.Handle) *windows.Overlapped {
	return &windows.Overlapped{HEvent: ended}
}

// awaitPipe looks ten times a second whether somebody came.
func awaitPipe(ctx context.Context, pipe windows.Handle, state *windows.Overlapped) error {
	var n uint32
	for {
		switch came, err := windows.WaitForSingleObject(state.HEvent, 100); {
		case err != nil:
			return fmt.Errorf("wait at a pipe: %w", err)
		case came == windows.WAIT_OBJECT_0:
			return windows.GetOverlappedResult(pipe, state, &n, false)
		case ctx.Err() != nil:
			_ = windows.CancelIoEx(pipe, state)
			_ = windows.GetOverlappedResult(pipe, state, &n, true) // until Windows lets go of state
			return fmt.Errorf("nobody opened the pipe: %w", ctx.Err())
		}
	}
}

// openPipe opens the agent's pipe, as one who may see who we are and not act as us.
func openPipe(name string) (*os.File, windows.Handle, error) {
	if !strings.HasPrefix(name, pipePrefix) {
		return nil, 0, fmt.Errorf("%q is no pipe of farmwatch's", name)
	}
	path, err := windows.UTF16PtrFromString(name)
	if err != nil {
		return nil, 0, err
	}
	handle, err := windows.CreateFile(path, windows.GENERIC_READ|windows.FILE_WRITE_DATA|windows.SYNCHRONIZE, 0, nil, windows.OPEN_EXISTING,
		windows.FILE_FLAG_OVERLAPPED|windows.SECURITY_SQOS_PRESENT|windows.SECURITY_IDENTIFICATION, 0)
	if err != nil {
		return nil, 0, fmt.Errorf("open the agent's pipe: %w", err)
	}
	return os.NewFile(uintptr(handle), name), handle, nil
}
