package sensor

import (
	"context"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// findStarts gathers what starts by itself and the programs that run.
func (l *accessLook) findStarts(ctx context.Context) []start {
	found := l.shelf.starts.read(ctx, &l.survey)
	processes, err := l.host.Processes(ctx)
	if err != nil && len(processes) == 0 {
		return found // the class of processes says why
	}
	for _, p := range processes[:min(len(processes), startLimit)] {
		s := start{place: "proc/" + path.Base(windowsPath(p.Path))}.running(p.Args)
		if p.Path != "" {
			s.program = windowsPath(p.Path)
		}
		found = append(found, s)
	}
	return found
}

// beside are the files beside the programs that start or run here, under the
// programs' own names and with an ending.
func (l *accessLook) beside(ending string) []string {
	var found []string
	for _, s := range l.starts {
		if s.program == "" || !fs.ValidPath(s.program) {
			continue
		}
		name := strings.TrimSuffix(strings.TrimSuffix(s.program, ".exe"), ".EXE") + ending
		if !slices.Contains(found, name) && exists(l.fsys, name) {
			found = append(found, name)
		}
	}
	return found
}
