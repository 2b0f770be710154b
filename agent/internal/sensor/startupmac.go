package sensor

import (
	"path"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// launchdOverrides is where launchd keeps what was switched on and off since.
const launchdOverrides = "var/db/com.apple.xpc.launchd"

// launchd are the daemons of macOS, which start with the machine, and the agents,
// which start with a login.
func (s *startShelf) launchd(v *survey) []start {
	var found []start
	for _, group := range []struct {
		scope   string
		folders []string
	}{
		{"system", []string{"Library/LaunchDaemons", "System/Library/LaunchDaemons"}},
		{"user", append([]string{"Library/LaunchAgents", "System/Library/LaunchAgents"}, v.inHomes("Library/LaunchAgents")...)},
	} {
		var changed []map[string]bool
		for _, file := range v.matchingUpTo(startLimit, "*.plist", group.folders...) {
			one, ok := s.file(v, file, readLaunchd)
			if !ok {
				continue
			}
			if one.name == "" {
				one.name = fileStem(file, ".plist")
			}
			if changed == nil {
				changed = overrides(v, group.scope)
			}
			one.kind, one.scope = "launchd", group.scope
			one.enabled = yes(one.wanted && !switchedOff(changed, one.name, one.enabled == "false"))
			found = append(found, one)
		}
	}
	return found
}

// overrides are what was switched off and on: of the machine, or of each person.
func overrides(v *survey, scope string) []map[string]bool {
	changed := []map[string]bool{}
	for _, file := range v.matching("disabled*.plist", launchdOverrides) {
		name := fileStem(file, ".plist")
		if own := name == "disabled"; own != (scope == "system") || name == "disabled.migrated" {
			continue
		}
		if labels, ok := launchdSwitches(v, file); ok {
			changed = append(changed, labels)
		}
	}
	return changed
}

// launchdSwitches reads which labels a file switches off, true, or on, false.
func launchdSwitches(v *survey, file string) (map[string]bool, bool) {
	content := fileBytes(v, file)
	found, err := parse.ParsePropertyList(content, parse.Wanted{Patterns: []string{"*"}})
	if err != nil || len(content) == 0 {
		return nil, false
	}
	labels := map[string]bool{}
	for _, one := range found {
		if one.Value == "true" || one.Value == "false" {
			labels[one.Name] = one.Value == "true"
		}
	}
	return labels, true
}

// switchedOff says whether a label is off for everybody: as its own file says
// where nobody changed it.
func switchedOff(changed []map[string]bool, label string, off bool) bool {
	for _, labels := range changed {
		mine, chosen := labels[strings.ToLower(label)]
		if chosen && !mine || !chosen && !off {
			return false // for this person it is on
		}
	}
	return len(changed) > 0 || off
}

// readLaunchd reads a daemon's or an agent's property list. What waits at a
// socket, a clock or a folder starts by itself as well.
func readLaunchd(content []byte) (start, error) {
	found, err := parse.ParsePropertyList(content, parse.Wanted{Values: []string{
		"label", "program", "programarguments", "runatload", "keepalive", "disabled", "startinterval", "startcalendarinterval", "sockets", "watchpaths", "queuedirectories",
	}})
	if err != nil {
		return start{}, err
	}
	var words []string
	for _, one := range found {
		if one.Name == "programarguments" && one.Value != "…" {
			words = append(words, one.Value)
		}
	}
	program := found.Value("program")
	if len(words) == 0 && program != "" {
		words = []string{program}
	}
	one := start{name: found.Value("label"), enabled: yes(found.Value("disabled") != "true")}.running(words)
	if program != "" {
		one.program = strings.Trim(path.Clean("/"+program), "/")
	}
	for _, why := range []string{"runatload", "keepalive", "startinterval", "startcalendarinterval", "sockets", "watchpaths", "queuedirectories"} {
		value := found.Value(why)
		one.wanted = one.wanted || value != "" && value != "false"
	}
	return one, nil
}
