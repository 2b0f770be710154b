package sensor

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// rpms asks rpm itself, whose database is not a text file, and only when that
// database changed. Where no database of any kind was found it is asked too: a
// recording may hold its answer alone.
func (s *packageShelf) rpms(ctx context.Context, h host.Host, others bool) ([]installed, error) {
	state := rpmDatabase(h.Files())
	if state == "" && others || h.Platform().OS != "linux" {
		return nil, nil
	}
	if state != "" && state == s.rpmSeen {
		return s.rpm, nil
	}
	output, err := h.Run(ctx, host.RPMPackages)
	if err != nil {
		return nil, fmt.Errorf("list rpm packages: %w", err)
	}
	rows := parseRPM(output)
	s.rpm, s.rpmSeen = rows, state
	return rows, nil
}

// rpmDatabase tells one state of the database from another; "" when there is none.
func rpmDatabase(fsys host.FS) string {
	for _, place := range []string{"usr/lib/sysimage/rpm", "var/lib/rpm"} {
		for _, file := range []string{"rpmdb.sqlite", "Packages.db", "Packages"} {
			if stat, err := fs.Stat(fsys, path.Join(place, file)); err == nil {
				return fmt.Sprintf("%s/%s %d %d", place, file, stat.Size(), stat.ModTime().UnixNano())
			}
		}
	}
	return ""
}

func parseRPM(output []byte) []installed {
	var rows []installed
	for line := range bytes.Lines(output) {
		fields := strings.Split(strings.TrimSpace(string(line)), "\t")
		if len(fields) < 2 || fields[0] == "" || len(rows) >= rowLimit {
			continue
		}
		rows = append(rows, installed{Name: tidy(fields[0]), Version: tidy(fields[1]), Source: "rpm"})
	}
	return rows
}
