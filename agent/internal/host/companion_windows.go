package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	_ InputHost     = (*LiveHost)(nil)
	_ CompanionHost = (*LiveHost)(nil)
)

// serviceSession is that of services, which Windows shows no input.
const serviceSession = 0

// Input hears the input of this session, or as a service that of all sessions, by
// a companion in each.
func (h *LiveHost) Input(ctx context.Context) (InputSource, error) {
	begin := func() *companions {
		all := newCompanions(h.options.Now, monotonic)
		h.devices.told.from.Store(all)
		return all
	}
	return h.listening.open(ctx, begin, func(ctx context.Context, all *companions) {
		session, err := sessionOf(windows.GetCurrentProcessId())
		if err == nil && session != serviceSession {
			all.hearHere(ctx, session, func(ctx context.Context) (InputSource, error) { return openRaw(ctx, h.Devices) })
			return
		}
		companionKeeper{all: all, sessions: usedSessions, launch: launchCompanion, turn: companionTurn, again: companionAgain}.run(ctx)
	}), nil
}

// Companion tells the agent at the other end of a pipe how input arrives in this
// session, and how the displays are fed that it shows.
func (h *LiveHost) Companion(ctx context.Context, pipe string) error {
	line, handle, err := openPipe(pipe)
	if err != nil {
		return err
	}
	if err := agentBehind(handle, uint32(os.Getppid()), serviceAccount); err != nil {
		return errors.Join(err, line.Close())
	}
	session, err := sessionOf(windows.GetCurrentProcessId())
	if err != nil {
		return errors.Join(err, line.Close())
	}
	source, err := openRaw(ctx, h.Devices)
	if err != nil {
		return errors.Join(err, line.Close())
	}
	ctx, end := context.WithCancel(ctx)
	defer end()
	return tellInputs(ctx, line, watchDisplays(ctx, source, displayOutputsNow, displayPace), greeting{companionVersion, windows.GetCurrentProcessId(), session}, h.options.Now)
}

// serviceAccount is LocalSystem, as which the agent runs.
const serviceAccount = "S-1-5-18"

// agentBehind says whether the agent is behind a pipe, as far as one without
// rights can tell and no other program of the person can feign: the account that
// made the pipe is the system's, and its process is the one that started us, in
// the session of services and of the same program.
func agentBehind(pipe windows.Handle, parent uint32, account string) error {
	rules, err := windows.GetSecurityInfo(pipe, windows.SE_KERNEL_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if err != nil {
		return fmt.Errorf("see whose pipe it is: %w", err)
	}
	owner, _, err := rules.Owner()
	if err != nil {
		return fmt.Errorf("see whose pipe it is: %w", err)
	}
	if owner.String() != account {
		return fmt.Errorf("the pipe is of %s and not of the agent: %w", owner, ErrDenied)
	}
	var pid uint32
	if err := windows.GetNamedPipeServerProcessId(pipe, &pid); err != nil {
		return fmt.Errorf("see who is behind the pipe: %w", err)
	}
	if pid != parent {
		return fmt.Errorf("process %d is behind the pipe and not %d, which started this one: %w", pid, parent, ErrDenied)
	}
	return sameProgram(pid, serviceSession, account != serviceAccount)
}

// sameProgram says whether a process runs this very program, in a session.
func sameProgram(pid, session uint32, anySession bool) error {
	if is, err := sessionOf(pid); err != nil || is != session && !anySession {
		return errors.Join(fmt.Errorf("process %d is of session %d and not of %d: %w", pid, is, session, ErrDenied), err)
	}
	own, err := imageOf(windows.GetCurrentProcessId())
	if err != nil {
		return err
	}
	other, err := imageOf(pid)
	if err != nil {
		return err
	}
	if !strings.EqualFold(own, other) {
		return fmt.Errorf("process %d runs %s and not %s: %w", pid, other, own, ErrDenied)
	}
	return nil
}

// sessionOf asks for one process. That takes a right to it, which a person's
// companion has to no process of the system: then the list of all says it, which
// everybody is shown.
func sessionOf(pid uint32) (session uint32, err error) {
	err = windows.ProcessIdToSessionId(pid, &session)
	if err != nil {
		session, err = listedSession(pid)
	}
	if err != nil {
		return 0, fmt.Errorf("see in which session process %d runs: %w", pid, err)
	}
	return session, nil
}

func listedSession(pid uint32) (uint32, error) {
	var table processTable
	all, err := table.running()
	if err != nil {
		return 0, err
	}
	at := slices.IndexFunc(all, func(p ntProcess) bool { return p.pid == int(pid) })
	if at < 0 {
		return 0, ErrAbsent
	}
	return all[at].session, nil
}

// imageOf is the program of a process, as the kernel names it. Other ways to ask
// need a right to the process, which nobody has to one of the system's.
func imageOf(pid uint32) (string, error) {
	name := make([]uint16, 1024)
	asked := struct { // SYSTEM_PROCESS_ID_INFORMATION
		pid  uintptr
		name windows.NTUnicodeString
	}{pid: uintptr(pid), name: windows.NTUnicodeString{MaximumLength: uint16(2 * len(name)), Buffer: &name[0]}}
	err := windows.NtQuerySystemInformation(windows.SystemProcessIdInformation, unsafe.Pointer(&asked), uint32(unsafe.Sizeof(asked)), nil)
	if err == nil {
		return windows.UTF16ToString(name[:min(len(name), int(asked.name.Length)/2)]), nil
	}
	process, opened := windows.OpenProcess(windows.PROCESS_QUERY_LIMITED_INFORMATION, false, pid)
	if opened != nil {
		return "", fmt.Errorf("see what process %d runs: %w", pid, errors.Join(err, opened))
	}
	defer func() { _ = windows.CloseHandle(process) }() // it was only asked
	size := uint32(len(name))
	const asTheKernel = 1 // PROCESS_NAME_NATIVE
	if err := windows.QueryFullProcessImageName(process, asTheKernel, &name[0], &size); err != nil {
		return "", fmt.Errorf("see what process %d runs: %w", pid, err)
	}
	return windows.UTF16ToString(name[:size]), nil
}

// usedSessions are those in which somebody is logged in and at a screen, near or far.
func usedSessions() ([]uint32, error) {
	list := calls("wtsapi32.dll")("WTSEnumerateSessionsW")
	if err := list.there(); err != nil {
		return nil, err
	}
	var first *windows.WTS_SESSION_INFO
	var count uint32
	if err := windows.WTSEnumerateSessions(0, 0, 1, &first, &count); err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	if first == nil {
		return nil, nil
	}
	defer windows.WTSFreeMemory(uintptr(unsafe.Pointer(first)))
	var used []uint32
	for _, s := range unsafe.Slice(first, count) {
		if s.State == windows.WTSActive && s.SessionID != serviceSession && someoneIn(s.SessionID) {
			used = append(used, s.SessionID)
		}
	}
	return used, nil
}

// someoneIn says whether a session is a person's: that of the sign-in screen is nobody's.
func someoneIn(session uint32) bool {
	var token windows.Token
	if err := windows.WTSQueryUserToken(session, &token); err != nil {
		return !errors.Is(err, windows.ERROR_NO_TOKEN) // who may not know tries, and says why that fails
	}
	_ = token.Close()
	return true
}

// launchCompanion starts one in a session, as the person there, and gives the
// line to it.
func launchCompanion(ctx context.Context, session uint32) (companionLine, error) {
	var token windows.Token
	if err := windows.WTSQueryUserToken(session, &token); err != nil {
		var errno syscall.Errno
		if errors.As(err, &errno) {
			err = failed("act as the person in the session", errno)
		}
		return nil, err
	}
	defer func() { _ = token.Close() }() // the companion has its own
	return startCompanion(ctx, serviceAccount, token, session, func(pipe string) []string { return []string{"companion", "--pipe", pipe} })
}
