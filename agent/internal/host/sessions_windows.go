package host

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	wtsapi32                   = calls("wtsapi32.dll")
	wtsEnumerateSessions       = wtsapi32("WTSEnumerateSessionsW")
	wtsQuerySessionInformation = wtsapi32("WTSQuerySessionInformationW")
	wtsFreeMemory              = wtsapi32("WTSFreeMemory")
	winStationQuery            = calls("winsta.dll")("WinStationQueryInformationW")
)

// What can be asked of a session (WTS_INFO_CLASS).
const (
	wtsUserName      = 5
	wtsClientAddress = 14
	wtsProtocolType  = 16
	wtsClient        = 23
	wtsTimes         = 25
)

// maxSessions is more people than a laptop holds.
const maxSessions = 4096

// listSessions asks for all sessions, and of each who is in it and from where.
func (h *LiveHost) listSessions(ctx context.Context) ([]Session, error) {
	found, err := sessionsNow()
	if err != nil {
		return nil, err
	}
	var rows []Session
	var problems []error
	for _, s := range found[:min(len(found), maxSessions)] {
		if ctx.Err() != nil {
			return rows, fmt.Errorf("list sessions: %w", ctx.Err())
		}
		if s.state > wtsDisconnected {
			continue // it waits for somebody, and has no user to be asked for
		}
		problems = append(problems, s.ask())
		rows = append(rows, s.sessions()...)
	}
	return rows, errors.Join(problems...)
}

// sessionsNow are the sessions with what their list says of them.
func sessionsNow() ([]winSession, error) {
	const doing = "list sessions"
	var list *windows.WTS_SESSION_INFO
	var count uint32
	ok, last, err := wtsEnumerateSessions.do(0, 0, 1, uintptr(unsafe.Pointer(&list)), uintptr(unsafe.Pointer(&count)))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", doing, err)
	case ok == 0:
		return nil, failed(doing, last)
	case list == nil:
		return nil, nil
	}
	defer freeWTS(unsafe.Pointer(list))
	var found []winSession
	for _, s := range unsafe.Slice(list, min(count, maxSessions)) {
		found = append(found, winSession{id: s.SessionID, state: s.State, station: windows.UTF16PtrToString(s.WindowStationName)})
	}
	return found, nil
}

// ask fills in who is in a session. One that ends meanwhile is nobody's.
func (s *winSession) ask() error {
	user, err := askSession(s.id, wtsUserName)
	if errors.Is(err, windows.ERROR_FILE_NOT_FOUND) || errors.Is(err, windows.ERROR_CTX_WINSTATION_NOT_FOUND) {
		return nil
	}
	if s.user = strings.ToValidUTF8(zeroText(user), "\uFFFD"); err != nil || s.user == "" {
		return err
	}
	protocol, err := askSession(s.id, wtsProtocolType)
	if err != nil || len(protocol) < 2 {
		return err
	}
	s.protocol = binary.LittleEndian.Uint16(protocol)
	times, err := askSession(s.id, wtsTimes)
	if err == nil {
		s.times, err = parseWinTimes(times)
	}
	if s.shadow = shadowOf(s.id); s.protocol == wtsConsole {
		return err
	}
	client, clientErr := askSession(s.id, wtsClient)
	if clientErr == nil {
		s.client, clientErr = parseWinClient(client)
	}
	if address, err := askSession(s.id, wtsClientAddress); err == nil && s.client.address == "" {
		s.client.address = parseClientAddress(address)
	}
	return errors.Join(err, clientErr)
}

// askSession is one answer of a session, as bytes.
func askSession(id uint32, question uintptr) ([]byte, error) {
	const doing = "ask a session"
	var answer *byte
	var size uint32
	ok, last, err := wtsQuerySessionInformation.do(0, uintptr(id), question, uintptr(unsafe.Pointer(&answer)), uintptr(unsafe.Pointer(&size)))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", doing, err)
	case ok == 0:
		return nil, failed(doing, last)
	case answer == nil:
		return nil, nil
	}
	defer freeWTS(unsafe.Pointer(answer))
	return append([]byte(nil), unsafe.Slice(answer, min(size, 64<<10))...), nil
}

func freeWTS(answer unsafe.Pointer) {
	_, _, _ = wtsFreeMemory.do(uintptr(answer)) // it gives nothing back
}

// shadowOf says whether a session is shown to somebody else besides; zero where
// Windows does not tell.
func shadowOf(id uint32) uint32 {
	const shadowQuestion = 26 // WinStationShadowInfo ([MS-TSTS] 2.2.1.8): state, class, session and protocol
	raw := room(16)
	var got uint32
	ok, _, err := winStationQuery.do(0, uintptr(id), shadowQuestion, uintptr(unsafe.Pointer(&raw[0])), uintptr(len(raw)), uintptr(unsafe.Pointer(&got)))
	if err != nil || byte(ok) == 0 || got < 4 {
		return 0
	}
	return binary.LittleEndian.Uint32(raw)
}
