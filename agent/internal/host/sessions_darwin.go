package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
)

const utmpxFileName = "var/run/utmpx"

// listSessions joins the file of logins with what the window server told the registry.
func (h *LiveHost) listSessions(context.Context) ([]Session, error) {
	var logins []Session
	content, err := fs.ReadFile(h.files, utmpxFileName)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = nil
	case err == nil:
		logins, err = parseUtmpx(content)
	}
	if err != nil {
		err = fmt.Errorf("read %s: %w", utmpxFileName, err)
	}
	root, rootErr := ioRoot()
	return consoleSessions(logins, root), errors.Join(err, rootErr)
}

// ioRoot are the properties of the registry's root.
func ioRoot() (properties, error) {
	entry, err := ioKit.call("IORegistryGetRootEntry", 0)
	if err != nil {
		return nil, err
	}
	if entry == 0 {
		return nil, fmt.Errorf("the registry's root: %w", ErrAbsent)
	}
	defer ioObject(entry).release()
	list, err := ioObject(entry).list()
	if err != nil {
		return nil, fmt.Errorf("read the registry's root: %w", err)
	}
	return readProperties(list)
}
