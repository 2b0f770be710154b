package host

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	wtsapi = calls("wtsapi32.dll")

	wtsSendMessage  = wtsapi("WTSSendMessageW")
	wtsQuerySession = wtsapi("WTSQuerySessionInformationW")
	wtsFree         = wtsapi("WTSFreeMemory")
)

const (
	noticeStyle   = windows.MB_OK | windows.MB_ICONINFORMATION | windows.MB_SETFOREGROUND
	noticeStands  = 30 * 60 // seconds until Windows takes it away by itself
	wtsSessionNow = 25      // WTSSessionInfoEx
)

var _ Notifier = (*LiveHost)(nil)

// windowsNotices are message boxes that Windows puts before whoever is in a
// session. Its buttons cannot be named: Yes stands for the one of a notice, and
// No, which Enter presses too, for having read it. Nothing takes a standing box
// away but the person or time.
type windowsNotices struct {
	host    *LiveHost
	pressed chan string
	ended   context.Context // the life of what waits for buttons
	end     context.CancelFunc

	mu     sync.Mutex
	stands map[standingNotice]bool
}

type standingNotice struct {
	id      string
	session uint32
}

// Notices reach every session in which somebody sees a desktop.
func (h *LiveHost) Notices(ctx context.Context) (Notices, error) {
	if underWine() {
		return nil, fmt.Errorf("here Windows shows nobody anything: %w", ErrUnsupported)
	}
	if err := wtsSendMessage.there(); err != nil {
		return nil, err
	}
	n := &windowsNotices{host: h, pressed: make(chan string, 4), stands: map[standingNotice]bool{}}
	n.ended, n.end = context.WithCancel(ctx)
	return n, nil
}

// People are those in a session with a desktop.
func (n *windowsNotices) People(ctx context.Context) ([]Person, error) {
	sessions, err := n.host.Sessions(ctx)
	all := desktopPeople(sessions)
	for i := range all {
		if session, err := strconv.ParseUint(all[i].Session, 10, 32); err == nil {
			all[i].Locked = lockedSession(uint32(session))
		}
	}
	return all, err
}

// Show puts a notice before each of them, where it does not stand yet.
func (n *windowsNotices) Show(ctx context.Context, notice Notice) (Told, error) {
	sessions, err := n.host.Sessions(ctx)
	problems := []error{err}
	var told Told
	for _, p := range desktopPeople(sessions) {
		session, err := strconv.ParseUint(p.Session, 10, 32)
		if err == nil {
			err = n.before(uint32(session), notice)
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("tell the person in session %s: %w", p.Session, err))
			continue
		}
		told.add(p)
	}
	return told, errors.Join(problems...)
}

func (n *windowsNotices) before(session uint32, notice Notice) error {
	if notice.Button == "" {
		_, err := sendNotice(session, notice, false)
		return err
	}
	standing := standingNotice{notice.ID, session}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.stands[standing] {
		return nil
	}
	n.stands[standing] = true
	go n.await(standing, notice)
	return nil
}

// await waits for the button of one notice; Windows gives the answer to the one
// call that showed it.
func (n *windowsNotices) await(standing standingNotice, notice Notice) {
	answer, err := sendNotice(standing.session, notice, true)
	n.mu.Lock()
	delete(n.stands, standing)
	n.mu.Unlock()
	if err != nil || !noticePressed(answer) {
		return // not shown, not pressed, or the session ended
	}
	select {
	case n.pressed <- notice.ID:
	case <-n.ended.Done():
	}
}

func sendNotice(session uint32, notice Notice, wait bool) (answer uint32, err error) {
	title, err := windows.UTF16FromString(plainText(notice.Title))
	if err != nil {
		return 0, fmt.Errorf("show a notice: %w", err)
	}
	text, err := windows.UTF16FromString(noticeWords(notice))
	if err != nil {
		return 0, fmt.Errorf("show a notice: %w", err)
	}
	style, waits := uintptr(noticeStyle|windows.MB_OK), uintptr(0)
	if wait {
		style, waits = noticeStyle|windows.MB_YESNO|windows.MB_DEFBUTTON2, 1
	}
	ok, last, err := wtsSendMessage.do(0, uintptr(session), uintptr(unsafe.Pointer(&title[0])), uintptr(2*(len(title)-1)),
		uintptr(unsafe.Pointer(&text[0])), uintptr(2*(len(text)-1)), style, noticeStands, uintptr(unsafe.Pointer(&answer)), waits)
	if err == nil && ok == 0 {
		err = failed("show a notice", last)
	}
	return answer, err
}

// lockedSession says whether a session's screen is locked; one that does not
// tell counts as not locked.
func lockedSession(session uint32) bool {
	var info *byte
	var size uint32
	ok, _, err := wtsQuerySession.do(0, uintptr(session), wtsSessionNow, uintptr(unsafe.Pointer(&info)), uintptr(unsafe.Pointer(&size)))
	if err != nil || ok == 0 || info == nil {
		return false
	}
	defer func() { _, _, _ = wtsFree.do(uintptr(unsafe.Pointer(info))) }()
	return sessionLocked(unsafe.Slice(info, size))
}

// Pressed gives the notices whose button was pressed.
func (n *windowsNotices) Pressed() <-chan string { return n.pressed }

// Close waits for no button any more. What stands before people stays until they
// close it or time does.
func (n *windowsNotices) Close() error {
	n.end()
	return nil
}
