package sensor

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// The ways in which a log is cleared.
const (
	logEmptied    = "emptied"
	logRemoved    = "removed"
	logRedirected = "redirected"
)

const (
	// logWorth is the size from which a log is worth clearing: below it, a shrinking
	// history may be one that was just begun.
	logWorth = 2 << 10
	// logTrimmed is what a shell leaves at least when it trims its history: bash keeps
	// 500 lines by itself (HISTFILESIZE), zsh's distributions and PowerShell more, and a line is two bytes or more.
	logTrimmed = 1000
	// logShare is the part of a log that may be left of one that was emptied.
	logShare = 10
	// journalParts are more than systemd takes at once: it keeps seven or so within
	// its limit, since one is an eighth of it (journald.conf, SystemMaxFileSize), and on a full
	// disk it grows no more but takes none away (tried with systemd 252, with room below
	// SystemKeepFree and with none). The number of an entry goes on even where all was removed.
	journalParts = 3
)

// rotationStates are where logrotate notes which log it turned over when: of one whose
// older files go to another folder (olddir), or are not kept, nothing else tells.
var rotationStates = []string{"var/lib/logrotate/status", "var/lib/logrotate/logrotate.status", "var/lib/logrotate.status"}

// histories are where shells keep what was typed, below each home.
var histories = []struct{ log, path string }{
	{"bash_history", ".bash_history"},
	{"zsh_history", ".zsh_history"},
	{"fish_history", ".local/share/fish/fish_history"},
	{"powershell_history", ".local/share/powershell/PSReadLine/ConsoleHost_history.txt"},
	{"powershell_history", "AppData/Roaming/Microsoft/Windows/PowerShell/PSReadLine/ConsoleHost_history.txt"},
}

// systemLogs are where Linux keeps who logged in and what was done.
var systemLogs = []struct{ log, path string }{
	{"logins", "var/log/wtmp"}, {"failed_logins", "var/log/btmp"},
	{"auth_log", "var/log/auth.log"}, {"auth_log", "var/log/secure"}, {"audit_log", "var/log/audit/audit.log"},
	{"journal", "var/log/journal"},
}

// logPlaces are all logs that may be on this machine.
func logPlaces(v *survey) []logPlace {
	var places []logPlace
	for _, home := range v.homes {
		for _, one := range histories {
			places = append(places, logPlace{log: one.log, user: path.Base(home), path: path.Join(home, one.path), home: home})
		}
	}
	if v.host.Platform().OS == "linux" {
		for _, one := range systemLogs {
			places = append(places, logPlace{log: one.log, path: one.path})
		}
	}
	return places
}

// logState is a log as it is: how large, and which older ones lie beside it.
type logState struct {
	there    bool
	nowhere  bool // a link to nowhere stands in its place
	unseen   bool // it could not be looked at
	size     int64
	siblings string // older ones beside it, by name, size and time
	turned   string // when it was turned over last, as logrotate notes; empty where it does not
	parts    int    // of the journal, those it has outlived
	missed   int    // looks at which it was gone or emptied, after it had not been
}

// logNow looks at a log. A link that leads to another file is followed: people keep
// their settings so.
func logNow(v *survey, place logPlace) logState {
	if place.log == "journal" {
		return journalNow(v, place.path)
	}
	stat, err := v.fsys.Lstat(place.path)
	if err == nil && stat.Mode()&fs.ModeSymlink != 0 {
		if target, broken := v.fsys.ReadLink(place.path); broken == nil && leadsNowhere(target) {
			return logState{there: true, nowhere: true}
		}
		stat, err = fs.Stat(v.fsys, place.path)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist) && place.home != "" && !opened(v.fsys, place.home):
		return logState{unseen: true}
	case errors.Is(err, fs.ErrNotExist):
		return logState{siblings: siblingsOf(v, place), turned: turnedOver(v, place)}
	case err != nil:
		v.trouble(place.path, err)
		return logState{unseen: true}
	case stat.Mode()&fs.ModeCharDevice != 0: // the device itself in its place
		return logState{there: true, nowhere: true}
	}
	return logState{there: true, size: stat.Size(), siblings: siblingsOf(v, place), turned: turnedOver(v, place)}
}

func leadsNowhere(target string) bool {
	return path.Base(path.Dir(target)) == "dev" && slices.Contains([]string{"null", "zero", "full"}, path.Base(target))
}

// opened says whether a home shows what is in it: one that is encrypted shows
// nothing while its owner is away.
func opened(fsys host.FS, home string) bool {
	return slices.ContainsFunc([]string{".config", ".profile", ".bashrc", ".zshrc", ".cache", "AppData", "Library"}, func(name string) bool {
		return exists(fsys, path.Join(home, name))
	})
}

// siblingsOf are the older files that rotation leaves beside a log of the system:
// wtmp.1, auth.log.2.gz, secure-20261101. A change among them tells a rotation from a clearing.
func siblingsOf(v *survey, place logPlace) string {
	if place.user != "" {
		return ""
	}
	var all strings.Builder
	base := path.Base(place.path)
	for _, entry := range v.list(path.Dir(place.path)) {
		rest, ok := strings.CutPrefix(entry.Name(), base)
		if !ok || rest == "" || rest[0] != '.' && rest[0] != '-' {
			continue
		}
		stat, err := entry.Info()
		if err != nil || stat.Size() == 0 { // an empty one keeps nothing
			continue
		}
		all.WriteString(entry.Name() + " " + strconv.FormatInt(stat.Size(), 10) + " " + strconv.FormatInt(stat.ModTime().Unix(), 10) + "\n")
	}
	return all.String()
}

// turnedOver is when logrotate turned a log over last, as it notes that itself.
func turnedOver(v *survey, place logPlace) (when string) {
	if place.user != "" {
		return ""
	}
	for _, state := range rotationStates {
		file, err := v.fsys.Open(state)
		if err != nil {
			continue
		}
		ignoreError(eachLine(file, func(line string) {
			if rest, ok := strings.CutPrefix(line, `"/`+place.path+`" `); ok {
				when = rest[:min(len(rest), 40)]
			}
		}))
		done(file)
	}
	return when
}

// journalNow is the journal as one log. Its older parts are what it has
// outlived; systemd removes them one by one when they take too much room, and never all at once.
func journalNow(v *survey, folder string) logState {
	stat, err := fs.Stat(v.fsys, folder)
	if errors.Is(err, fs.ErrNotExist) {
		return logState{}
	}
	if err != nil || !stat.IsDir() {
		v.trouble(folder, err)
		return logState{unseen: true}
	}
	state := logState{there: true}
	machines, seen := v.seen(folder)
	for _, machine := range machines {
		if !machine.IsDir() {
			continue
		}
		files, all := v.seen(path.Join(folder, machine.Name()))
		seen = seen && all
		for _, file := range files {
			stat, err := file.Info()
			if err == nil && strings.Contains(file.Name(), "@") && strings.Contains(file.Name(), ".journal") {
				state.size, state.parts = state.size+stat.Size(), state.parts+1
			}
		}
	}
	if !seen {
		return logState{unseen: true}
	}
	return state
}

// seen is list for where it matters that nothing is there, and not that nothing
// could be seen.
func (v *survey) seen(folder string) (entries []fs.DirEntry, ok bool) {
	entries, err := fs.ReadDir(v.fsys, folder)
	v.trouble(folder, err)
	v.crowded = v.crowded || len(entries) > rowLimit
	return entries[:min(len(entries), rowLimit)], err == nil || errors.Is(err, fs.ErrNotExist)
}

// then is what to remember after a look at a log, and how it was cleared since the
// last one, if it was. A shell that writes its history anew may be met between
// the old file and the new one, so what is not there is gone only at the second look;
// and a log that was turned over is met before that is noted.
func (before logState) then(now logState, place logPlace, met bool) (next logState, how string) {
	if now.unseen {
		before.missed = 0
		return before, ""
	}
	worth := met && before.there && !before.nowhere && before.size >= logWorth
	switch {
	case now.nowhere:
		return now, logRedirected
	case !now.there && worth && before.missed == 0:
		before.missed = 1
		return before, ""
	case !now.there && worth && !before.rotated(now):
		return now, logRemoved
	case now.there && worth && before.shrunk(now, place) && place.user == "" && before.missed == 0:
		before.missed = 1
		return before, ""
	case now.there && worth && before.shrunk(now, place):
		return now, logEmptied
	}
	return now, ""
}

// rotated says whether something tells that a log of the system was turned over.
func (before logState) rotated(now logState) bool {
	return now.siblings != before.siblings || now.turned != before.turned
}

// shrunk says whether so little is left of a log that it was emptied. A history is
// trimmed by its shell, a system's log is turned over, and of the journal systemd
// takes the oldest parts, a few at a time.
func (before logState) shrunk(now logState, place logPlace) bool {
	switch {
	case place.log == "journal":
		return before.parts >= journalParts && now.parts == 0
	case place.user != "" && now.size >= logTrimmed:
		return false
	}
	return now.size*logShare < before.size && !before.rotated(now)
}

// clearedIn reads the records of one kind: 1102 of the Security log, and 104 of
// System, which is written for every other log and names it.
func clearedIn(ctx context.Context, keeper host.RecordKeeper, q host.RecordQuery, now time.Time) ([]clearedLog, error) {
	text, err := keeper.Records(ctx, q)
	if err != nil {
		return nil, err
	}
	records, err := parse.ParseWindowsRecords(text)
	var rows []clearedLog
	for _, r := range records {
		row := clearedLog{How: logEmptied}
		switch {
		case r.Number == "1102":
			row.Log = "security_log"
		case r.Number == "104" && r.Values["Channel"] == "System":
			row.Log = "system_log"
		default:
			continue
		}
		if ago := now.Sub(r.At); !now.IsZero() && ago <= clearedFor {
			row.When = "day"
			if ago < soonCleared {
				row.When = "hours"
			}
		}
		rows = append(rows, row)
	}
	slices.Reverse(rows) // of several, the newest is told
	return rows, err
}
