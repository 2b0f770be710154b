package host

import (
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/sys/unix"
)

var terminalName = regexp.MustCompile(`^(tty[0-9]+|pts/[0-9]+)$`)

// writeTerminal writes a notice to a terminal with the rights of who owns it.
// One that takes nothing now is not waited for.
func writeTerminal(devices, terminal string, n Notice) error {
	if !terminalName.MatchString(terminal) {
		return fmt.Errorf("write to terminal %q: %w", terminal, ErrAbsent)
	}
	name := filepath.Join(devices, terminal)
	var stat unix.Stat_t
	if err := unix.Lstat(name, &stat); err != nil {
		return fmt.Errorf("write to terminal %s: %w", terminal, err)
	}
	err := asUser(int(stat.Uid), func() error { return writeDevice(name, terminalText(n)) })
	if err != nil {
		return fmt.Errorf("write to terminal %s: %w", terminal, orDenied(err, "run as root"))
	}
	return nil
}

func writeDevice(name, text string) error {
	fd, err := unix.Open(name, unix.O_WRONLY|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0)
	if err != nil {
		return err
	}
	defer closeFD(fd)
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return err
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFCHR {
		return errSpecial
	}
	wrote, err := unix.Write(fd, []byte(text))
	if err == nil && wrote < len(text) {
		err = errors.New("it took a part only")
	}
	return err
}

// terminalText is a notice with line ends for a terminal in any mode and nothing
// that a terminal would obey.
func terminalText(n Notice) string {
	text := strings.Map(func(r rune) rune {
		if r == '\n' || unicode.IsPrint(r) {
			return r
		}
		return '?'
	}, "\n\nfarmwatch: "+n.Title+"\n\n"+n.Text+"\n")
	return strings.ReplaceAll(text, "\n", "\r\n")
}
