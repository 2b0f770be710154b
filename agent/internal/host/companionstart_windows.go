package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"
)

// startCompanion starts this program as a person and waits until it has opened
// its pipe. That it is the process that was started, of this program, in that
// session and of that person, is looked at before anything is read from it.
func startCompanion(ctx context.Context, owner string, token windows.Token, session uint32, arguments func(pipe string) []string) (companionLine, error) {
	person, err := token.GetTokenUser()
	if err != nil {
		return nil, fmt.Errorf("see who is in the session: %w", err)
	}
	pipe, err := newPipe(owner, person.User.Sid.String())
	if err != nil {
		return nil, err
	}
	started, err := runAs(token, arguments(pipe.name))
	if err != nil {
		return nil, errors.Join(err, pipe.Close())
	}
	child := &companionProcess{process: started.Process} // while it is open its number is nobody else's
	patience, end := context.WithTimeout(ctx, companionGreets)
	defer end()
	line, pid, err := pipe.wait(patience)
	if err == nil {
		err = companionBehind(pid, started.ProcessId, session, person.User.Sid)
	}
	if err != nil {
		child.end()
		if line != nil {
			done(line)
		}
		return nil, fmt.Errorf("start a companion: %w", err)
	}
	child.File = line
	return child, nil
}

// companionProcess is the line to a companion, and the companion, which ends with
// it: one that its person stopped would stay, and another beside it be started.
type companionProcess struct {
	*os.File
	process windows.Handle
	once    sync.Once
}

// Close hangs up.
func (c *companionProcess) Close() error {
	err := c.File.Close()
	c.end()
	return err
}

func (c *companionProcess) end() {
	c.once.Do(func() {
		_ = windows.TerminateProcess(c.process, 1) // one that we do not speak to is of no use
		_ = windows.CloseHandle(c.process)
	})
}

// companionBehind says whether who opened a pipe is the companion that was started.
func companionBehind(pid, started, session uint32, person *windows.SID) error {
	if pid != started {
		return fmt.Errorf("process %d opened the pipe and not %d: %w", pid, started, ErrDenied)
	}
	if err := sameProgram(pid, session, false); err != nil {
		return err
	}
	process, err := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, pid)
	if err != nil {
		return fmt.Errorf("see whose process %d is: %w", pid, err)
	}
	defer func() { _ = windows.CloseHandle(process) }() // it was only asked
	var token windows.Token
	if err := windows.OpenProcessToken(process, windows.TOKEN_QUERY, &token); err != nil {
		return fmt.Errorf("see whose process %d is: %w", pid, err)
	}
	defer func() { _ = token.Close() }() // as above
	user, err := token.GetTokenUser()
	if err != nil {
		return fmt.Errorf("see whose process %d is: %w", pid, err)
	}
	if !user.User.Sid.Equals(person) {
		return fmt.Errorf("process %d is of %s and not of %s: %w", pid, user.User.Sid, person, ErrDenied)
	}
	return nil
}

// runAs runs this program as whom a token is of, on their desktop, without a
// window, with their environment and nothing that this process has open.
func runAs(token windows.Token, arguments []string) (*windows.ProcessInformation, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	name, err := windows.UTF16PtrFromString(program)
	if err != nil {
		return nil, err
	}
	line, err := windows.UTF16PtrFromString(windows.ComposeCommandLine(append([]string{program}, arguments...)))
	if err != nil {
		return nil, err
	}
	folder, err := windows.UTF16PtrFromString(filepath.Dir(program))
	if err != nil {
		return nil, err
	}
	desktop, err := windows.UTF16PtrFromString(`winsta0\default`)
	if err != nil {
		return nil, err
	}
	var environment *uint16
	if err := windows.CreateEnvironmentBlock(&environment, token, false); err != nil {
		return nil, fmt.Errorf("take the person's environment: %w", err)
	}
	defer func() { _ = windows.DestroyEnvironmentBlock(environment) }() // the new process has a copy
	startup, started := &windows.StartupInfo{Desktop: desktop}, &windows.ProcessInformation{}
	startup.Cb = uint32(unsafe.Sizeof(*startup))
	const flags = windows.CREATE_NO_WINDOW | windows.CREATE_UNICODE_ENVIRONMENT
	if err := windows.CreateProcessAsUser(token, name, line, nil, nil, false, flags, environment, folder, startup, started); err != nil {
		return nil, fmt.Errorf("run as the person: %w", err)
	}
	_ = windows.CloseHandle(started.Thread)
	return started, nil
}
