package host

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/svc"
	"golang.org/x/sys/windows/svc/eventlog"
	"golang.org/x/sys/windows/svc/mgr"
)

// stopping is how long Windows is told that the end may take: the last report
// and a sensor that hangs are waited for at most as long.
const stopping = 15 * time.Second

// Numbers of what the agent writes into the system's own log; the text is ours.
const (
	logStarted = 1
	logStopped = 2
	logFailed  = 3
)

// codeFailed is the exit code by which Windows knows to start the service again.
const codeFailed = 1

// Serve runs what a service does until Windows says to stop. It is called by a
// process that Windows itself started as that service.
func Serve(ctx context.Context, name string, life func(context.Context) error) error {
	s := &service{ctx: ctx, life: life}
	if log, err := eventlog.Open(name); err == nil {
		s.log = log
		defer func() { _ = log.Close() }() // what it was told is written
	}
	err := svc.Run(name, s)
	if errors.Is(err, windows.ERROR_FAILED_SERVICE_CONTROLLER_CONNECT) {
		return fmt.Errorf("this is how Windows starts the service; a person starts it with \"sc start %s\", or runs \"farmwatch-agent run\"", name)
	}
	if err != nil {
		return fmt.Errorf("run as a service: %w", err)
	}
	return s.ended
}

type service struct {
	ctx   context.Context // Windows calls Execute, which has no place for it
	life  func(context.Context) error
	log   *eventlog.Log
	ended error
}

// Execute is what Windows runs.
func (s *service) Execute(_ []string, orders <-chan svc.ChangeRequest, state chan<- svc.Status) (ours bool, code uint32) {
	state <- svc.Status{State: svc.StartPending}
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- s.life(ctx) }()
	state <- svc.Status{State: svc.Running, Accepts: svc.AcceptStop | svc.AcceptShutdown | svc.AcceptPreShutdown | svc.AcceptPowerEvent | svc.AcceptSessionChange}
	s.write(logStarted, "farmwatch-agent watches this machine.")
	for {
		select {
		case s.ended = <-ended:
			return s.end(ctx)
		case order := <-orders:
			switch order.Cmd {
			case svc.Interrogate:
				state <- order.CurrentStatus
			case svc.Stop, svc.Shutdown, svc.PreShutdown:
				state <- svc.Status{State: svc.StopPending, WaitHint: uint32(stopping.Milliseconds())}
				cancel()
			case svc.PowerEvent, svc.SessionChange:
				tell(order)
			default: // not asked for
			}
		}
	}
}

// end says how it ended. One that ends by itself has failed, whatever it says:
// Windows then starts it again.
func (s *service) end(ctx context.Context) (ours bool, code uint32) {
	switch {
	case s.ended != nil:
		s.write(logFailed, "farmwatch-agent ended: "+s.ended.Error())
		return true, codeFailed
	case ctx.Err() == nil:
		s.ended = errors.New("the agent ended without being asked to")
		s.write(logFailed, s.ended.Error())
		return true, codeFailed
	}
	s.write(logStopped, "farmwatch-agent was stopped.")
	return false, 0
}

// write puts a line into the system's log, where an administrator looks first. It
// is kept in our own log as well, so that nothing is lost where this fails.
func (s *service) write(number uint32, words string) {
	if s.log == nil {
		return
	}
	if number == logFailed {
		_ = s.log.Error(number, words)
		return
	}
	_ = s.log.Info(number, words)
}

// What a PowerEvent is about (winuser.h); x/sys has no names for these.
const (
	apmSuspend = 0x4
	apmResume  = 0x12 // PBT_APMRESUMEAUTOMATIC, which comes at every waking
)

// tell posts what the machine or a person's session goes through. Whose session
// it is would have to be read while Windows waits for an answer, which it does
// not here; who is told looks at all sessions anyway.
func tell(order svc.ChangeRequest) {
	switch {
	case order.Cmd == svc.SessionChange:
		serviceLife.post(lifeSession)
	case order.EventType == apmSuspend:
		serviceLife.post(lifeSuspend)
	case order.EventType == apmResume:
		serviceLife.post(lifeResume)
	}
}

// rights are all that the service keeps of what LocalSystem may do. It has to be
// LocalSystem: nobody else may start the companion in a person's session
// (SeTcbPrivilege, SeAssignPrimaryTokenPrivilege, SeIncreaseQuotaPrivilege), and
// it looks into other accounts' processes, hives and the security log.
var rights = []string{
	"SeTcbPrivilege", "SeAssignPrimaryTokenPrivilege", "SeIncreaseQuotaPrivilege", "SeImpersonatePrivilege",
	"SeDebugPrivilege", "SeSecurityPrivilege", "SeBackupPrivilege", "SeChangeNotifyPrivilege",
}

// requiredPrivileges is SERVICE_REQUIRED_PRIVILEGES_INFO.
type requiredPrivileges struct{ names *uint16 }

// SettleService sets of an installed service what its installation cannot say:
// that Windows starts it after what people wait for, and again after a crash and
// after an error, and what of
// LocalSystem's rights it keeps.
func SettleService(name string) error {
	manager, err := mgr.Connect()
	if err != nil {
		return fmt.Errorf("ask for the services of this machine: %w", err)
	}
	defer func() { _ = manager.Disconnect() }() // nothing is kept open by it
	s, err := manager.OpenService(name)
	if err != nil {
		return fmt.Errorf("open the service %s: %w", name, err)
	}
	defer func() { _ = s.Close() }() // see above
	again := func(after time.Duration) mgr.RecoveryAction {
		return mgr.RecoveryAction{Type: mgr.ServiceRestart, Delay: after}
	}
	day := uint32((24 * time.Hour).Seconds())
	late := windows.SERVICE_DELAYED_AUTO_START_INFO{IsDelayedAutoStartUp: 1} // what people wait for at the start comes first
	if err := knownHere(windows.ChangeServiceConfig2(s.Handle, windows.SERVICE_CONFIG_DELAYED_AUTO_START_INFO, (*byte)(unsafe.Pointer(&late)))); err != nil {
		return fmt.Errorf("have %s start a little after the others: %w", name, err)
	}
	err = s.SetRecoveryActions([]mgr.RecoveryAction{again(5 * time.Second), again(30 * time.Second), again(5 * time.Minute)}, day)
	if err := knownHere(err); err != nil {
		return fmt.Errorf("have %s started again after a crash: %w", name, err)
	}
	if err := knownHere(s.SetRecoveryActionsOnNonCrashFailures(true)); err != nil {
		return fmt.Errorf("have %s started again after an error: %w", name, err)
	}
	names := multi(rights)
	kept := requiredPrivileges{&names[0]}
	if err := knownHere(windows.ChangeServiceConfig2(s.Handle, windows.SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO, (*byte)(unsafe.Pointer(&kept)))); err != nil {
		return fmt.Errorf("take from %s the rights that it does not need: %w", name, err)
	}
	return nil
}

// knownHere lets pass that a service manager does not know a setting; Wine's
// knows few.
func knownHere(err error) error {
	if errors.Is(err, windows.ERROR_INVALID_LEVEL) || errors.Is(err, windows.ERROR_CALL_NOT_IMPLEMENTED) {
		return nil
	}
	return err
}

// multi writes texts as Windows takes a list of them: each with its end, and one more.
func multi(texts []string) []uint16 {
	var out []uint16
	for _, text := range texts {
		coded, err := windows.UTF16FromString(text)
		if err != nil {
			continue // none of ours holds a zero
		}
		out = append(out, coded...)
	}
	return append(out, 0)
}
