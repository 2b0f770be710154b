package sensor

import (
	"context"
	"io/fs"
	"strconv"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// The accounts of people have numbers from firstPerson on; below are services.
const (
	firstPerson = 1000
	nobody      = 65534
)

// People are the names by which this laptop knows people, and its own: accounts,
// whom they are for, home folders, who is logged in, the host. They never leave;
// the gate takes them out of whatever else a person may have named.
func People(ctx context.Context, h host.Host) []string {
	names := []string{h.Platform().Name}
	if short, _, _ := strings.Cut(h.Platform().Name, "."); short != h.Platform().Name {
		names = append(names, short)
	}
	sessions, err := h.Sessions(ctx)
	if err == nil || len(sessions) > 0 { // what could be read is worth hiding
		for _, s := range sessions[:min(len(sessions), keptLimit)] {
			names = append(names, s.User)
		}
	}
	if homes, err := fs.ReadDir(h.Files(), "home"); err == nil {
		for _, home := range homes[:min(len(homes), keptLimit)] {
			names = append(names, home.Name())
		}
	}
	if accounts, err := h.Files().Open("etc/passwd"); err == nil {
		defer done(accounts)
		ignoreError(eachLine(accounts, func(line string) { names = append(names, person(line)...) }))
	}
	return names
}

// person reads one line of the accounts: the account and whom it is for.
func person(line string) []string {
	fields := strings.Split(line, ":")
	if len(fields) < 5 {
		return nil
	}
	number, err := strconv.Atoi(fields[2])
	if err != nil || number < firstPerson || number == nobody {
		return nil
	}
	full, _, _ := strings.Cut(fields[4], ",")
	return append([]string{fields[0], full}, strings.Fields(full)...)
}
