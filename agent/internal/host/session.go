package host

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The kinds of a Session.
const (
	kindConsole       = "console"
	kindGraphical     = "graphical"
	kindSSH           = "ssh"
	kindRemoteDesktop = "remote_desktop"
	kindUnknown       = "unknown"
)

const sessionDir = "run/systemd/sessions"

// filedSessions joins logind's sessions with utmp: logind knows the kind, utmp
// knows logins that logind was not told of.
func filedSessions(files FS) ([]Session, error) {
	sessions, logindErr := logindSessions(files)
	entries, utmpErr := readUtmp(files)
	if errors.Is(logindErr, ErrAbsent) && errors.Is(utmpErr, ErrAbsent) {
		return nil, fmt.Errorf("neither %s nor utmp: %w", sessionDir, ErrAbsent)
	}
	for _, entry := range entries {
		if alive(files, entry.pid) {
			sessions = joinUtmp(sessions, entry)
		}
	}
	slices.SortStableFunc(sessions, func(a, b Session) int { return strings.Compare(a.Terminal+"\x00"+a.ID, b.Terminal+"\x00"+b.ID) })
	return sessions, errors.Join(present(logindErr), present(utmpErr))
}

// present drops the error of a source that is merely not there: the other one is.
func present(err error) error {
	if errors.Is(err, ErrAbsent) {
		return nil
	}
	return err
}

func logindSessions(files FS) ([]Session, error) {
	entries, err := fs.ReadDir(files, sessionDir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrAbsent
	}
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", sessionDir, err)
	}
	var sessions []Session
	var problems []error
	for _, entry := range entries {
		if entry.IsDir() || strings.HasSuffix(entry.Name(), ".ref") {
			continue
		}
		text, err := fs.ReadFile(files, path.Join(sessionDir, entry.Name()))
		if errors.Is(err, fs.ErrNotExist) {
			continue // ended meanwhile
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("read session %s: %w", entry.Name(), err))
			continue
		}
		if s, ok := logindSession(entry.Name(), keyValues(text)); ok {
			sessions = append(sessions, s)
		}
	}
	return sessions, errors.Join(problems...)
}

// logindSession makes a Session of a logind file, unless it is no person's login
// (a greeter, a user's service manager) or is over and only being cleaned up.
func logindSession(id string, values map[string]string) (Session, bool) {
	if class := values["CLASS"]; class != "" && !strings.HasPrefix(class, "user") || values["STATE"] == "closing" {
		return Session{}, false
	}
	s := Session{
		ID: id, User: values["USER"], Terminal: values["TTY"],
		Remote: values["REMOTE_HOST"], Kind: sessionKind(values),
	}
	if s.Terminal == "" {
		s.Terminal = values["DISPLAY"]
	}
	s.PID, _ = strconv.Atoi(values["LEADER"])
	if micro, err := strconv.ParseInt(values["REALTIME"], 10, 64); err == nil && micro > 0 {
		s.Since = time.UnixMicro(micro).UTC()
	}
	return s, true
}

// sessionKind judges by the service that let the person in first, since xrdp
// and others call their sessions local.
func sessionKind(values map[string]string) string {
	service, kind := strings.ToLower(values["SERVICE"]), values["TYPE"]
	for _, word := range []string{"xrdp", "remote-desktop", "vnc", "nxserver", "nomachine", "x2go", "dcv"} {
		if strings.Contains(service, word) {
			return kindRemoteDesktop
		}
	}
	graphical := kind == "x11" || kind == "wayland" || kind == "mir"
	switch {
	case strings.Contains(service, "ssh"):
		return kindSSH
	case graphical && values["REMOTE"] == "1":
		return kindRemoteDesktop
	case graphical:
		return kindGraphical
	case kind == "tty" && values["REMOTE"] != "1":
		return kindConsole
	}
	return kindUnknown
}

func readUtmp(files FS) ([]utmpEntry, error) {
	for _, name := range []string{"run/utmp", "var/run/utmp"} {
		content, err := fs.ReadFile(files, name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		entries, err := parseUtmp(content)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		return entries, nil
	}
	return nil, ErrAbsent
}

// alive says whether a login's process is there. utmp keeps entries of logins
// that ended badly; a recording without processes cannot tell.
func alive(files FS, pid int) bool {
	if _, err := files.Lstat("proc/1"); err != nil {
		return true
	}
	_, err := files.Lstat("proc/" + strconv.Itoa(pid))
	return err == nil
}

// joinUtmp adds what utmp knows to the session it is about, found by process or
// terminal. What logind says stands; utmp also keeps what crashed programs left.
func joinUtmp(sessions []Session, e utmpEntry) []Session {
	remote, kind := utmpOrigin(e)
	for i := range sessions {
		s := &sessions[i]
		if s.PID != e.pid && (s.Terminal == "" || s.Terminal != e.line) {
			continue
		}
		if s.Terminal == "" {
			s.Terminal = e.line
		}
		if s.Remote == "" {
			s.Remote = remote
		}
		if s.Kind == kindUnknown {
			s.Kind = kind
		}
		if s.Since.IsZero() {
			s.Since = e.since
		}
		return sessions
	}
	if kind == "" {
		return sessions
	}
	return append(sessions, Session{User: e.user, Terminal: e.line, Remote: remote, Kind: kind, PID: e.pid, Since: e.since})
}

// utmpOrigin reads ut_host. Terminal windows (":0") and multiplexers
// ("tmux(812).%0") are no logins of their own: they get no kind.
func utmpOrigin(e utmpEntry) (remote, kind string) {
	first, _, _ := strings.Cut(e.host, " ") // "203.0.113.5 via mosh [812]"
	pseudo := strings.HasPrefix(e.line, "pts/")
	switch {
	case strings.HasPrefix(first, ":") && pseudo, strings.HasPrefix(first, "tmux("), strings.HasPrefix(first, "screen"):
		return "", ""
	case strings.HasPrefix(first, ":"), strings.HasPrefix(e.line, ":"):
		return "", kindGraphical
	case first != "" && pseudo:
		return first, kindSSH
	case first != "":
		return first, kindUnknown
	case strings.HasPrefix(e.line, "tty"):
		return "", kindConsole
	}
	return "", kindUnknown
}
