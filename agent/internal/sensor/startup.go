package sensor

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// startupItem is one thing that this machine starts by itself, or could.
type startupItem struct {
	Name     string `column:"name,key,public" people:"out" about:"name of the unit, service, task, entry or launchd label; of a unit that is made for a person, a screen or a network, the name of its pattern, as in x@.service"`
	Kind     string `column:"kind,key,public" about:"what starts it: systemd, openrc, sysv, xdg (a desktop's autostart), cron, service, task, run_key, startup_folder or launchd"`
	Enabled  bool   `column:"enabled,public" about:"whether it starts by itself"`
	Scope    string `column:"scope,key,public" about:"system, or user for one that starts with a login"`
	ExecFile string `column:"exec_file,public" people:"out" about:"file name of the program it starts"`
}

// Startup looks at what this machine starts by itself.
func Startup() Sensor { return (&startShelf{}).sensor() }

func (s *startShelf) sensor() Sensor {
	return Define(Options{
		Class: "startup_items", Every: 10 * time.Minute,
		About: "Looks at which programs are set up to start by themselves, to recognise remote control that is always ready.",
		Limits: []Limit{
			{OS: "windows", Reach: Partial, Why: "Services, scheduled tasks, Run keys and startup folders are read. What starts through WMI subscriptions, Winlogon or Active Setup is not, nor which program a task calls that names only a part of Windows (COM)."},
			{OS: "darwin", Reach: Partial, Why: "Daemons and agents of launchd are read, with what was switched off. Login items and what applications registered for the background are in a database of macOS' own (BackgroundItems.btm) in a form that Apple does not publish."},
		},
	}, s.collect)
}

func (s *startShelf) collect(ctx context.Context, h host.Host) ([]startupItem, error) {
	v := newSurvey(h)
	found := s.read(ctx, &v)
	failure := v.startFailure()
	if len(found) == 0 && failure == nil && ctx.Err() == nil {
		failure = fmt.Errorf("this machine shows nothing that starts by itself (systemd, OpenRC, autostart, launchd, services, tasks): %w", host.ErrAbsent)
	}
	if err := ctx.Err(); err != nil {
		failure = errors.Join(failure, fmt.Errorf("read what starts by itself: %w", err))
	}
	return itemsOf(found), failure
}

// startFailure is what stood in the way, in words that say what would mend it.
func (v *survey) startFailure() error {
	var closed, unseen, crowded error
	if v.closed {
		closed = fmt.Errorf("some of what starts by itself is closed to the agent: %w: run it as root or administrator", host.ErrDenied)
	}
	if v.host.Platform().OS == "windows" && !exists(v.fsys, registryRoot) {
		unseen = fmt.Errorf("this agent cannot read the registry on this system: %w", host.ErrUnsupported)
	}
	if v.crowded {
		crowded = errors.New("more starts by itself than is looked at; see who made so many")
	}
	return errors.Join(closed, v.other, unseen, crowded)
}

// itemsOf makes rows of what starts. What several files say of one name is one row.
func itemsOf(found []start) []startupItem {
	rows, at := []startupItem{}, map[string]int{}
	for _, s := range found {
		row := startupItem{Name: tidy(s.name), Kind: s.kind, Scope: s.scope, Enabled: s.enabled == "true"}
		if s.program != "" {
			row.ExecFile = tidy(path.Base(s.program))
		}
		key := strings.Join([]string{row.Scope, row.Name, row.Kind}, "\x00")
		old, there := at[key]
		switch {
		case there:
			rows[old].Enabled = rows[old].Enabled || row.Enabled
			if rows[old].ExecFile == "" {
				rows[old].ExecFile = row.ExecFile
			}
		case len(rows) < rowLimit && row.Name != "":
			at[key], rows = len(rows), append(rows, row)
		}
	}
	slices.SortFunc(rows, func(a, b startupItem) int {
		return strings.Compare(strings.Join([]string{a.Scope, a.Name, a.Kind}, "\x00"), strings.Join([]string{b.Scope, b.Name, b.Kind}, "\x00"))
	})
	return rows
}
