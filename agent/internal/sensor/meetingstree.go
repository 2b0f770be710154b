package sensor

import (
	"path"
	"slices"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// chainLimit is how far up a process's parents are looked at: a link goes through
// a handful of launchers.
const chainLimit = 24

// A processTree is the processes of one look, by number.
type processTree struct {
	said  []host.Process
	at    map[int]int // place in said
	below map[int][]int
}

func growTree(running []host.Process) processTree {
	t := processTree{said: running, at: make(map[int]int, len(running)), below: map[int][]int{}}
	for i, p := range running {
		t.at[p.PID] = i
		t.below[p.Parent] = append(t.below[p.Parent], p.PID)
	}
	return t
}

func (t processTree) process(pid int) (host.Process, bool) {
	i, ok := t.at[pid]
	if !ok {
		return host.Process{}, false
	}
	return t.said[i], true
}

// parents are the processes above one, nearest first. A number that was given to
// another process since is no parent: it would have started after its child.
func (t processTree) parents(pid int) []host.Process {
	var chain []host.Process
	child, ok := t.process(pid)
	for ok && len(chain) < chainLimit && child.Parent != child.PID {
		var parent host.Process
		if parent, ok = t.process(child.Parent); !ok || !child.Started.IsZero() && parent.Started.After(child.Started) {
			break
		}
		chain, child = append(chain, parent), parent
	}
	return chain
}

// family is a process and all that it started, as far as they are its children still.
func (t processTree) family(pid int) []host.Process {
	var all []host.Process
	next := []int{pid}
	for len(next) > 0 && len(all) < 256 {
		if p, ok := t.process(next[0]); ok && !slices.ContainsFunc(all, func(met host.Process) bool { return met.PID == p.PID }) {
			all, next = append(all, p), append(next, t.below[next[0]]...)
		}
		next = next[1:]
	}
	return all
}

// meetingNames are the meeting programs by the names of their main processes: those
// that their packages and installers give them.
var meetingNames = map[string]string{
	"zoom": "zoom", "zoom.us": "zoom", "zoom.real": "zoom",
	"ms-teams": "teams", "msteams": "teams", "teams": "teams", "teams-for-linux": "teams", "teams-insiders": "teams",
	"ciscocollabhost": "webex", "webex": "webex", "atmgr": "webex", "webexmta": "webex", "meeting center": "webex",
	"g2mcomm": "goto", "g2mui": "goto", "gotomeeting": "goto", "goto": "goto", "goto-app": "goto",
}

// meetingPackages and meetingBundles know them by their makers' names, whatever
// their files are called.
var (
	meetingPackages = map[string]string{"zoom": "zoom", "us.zoom.Zoom": "zoom", "us.zoom.pkg.videomeeting": "zoom", "MSTeams": "teams", "teams": "teams", "teams-for-linux": "teams", "com.github.IsmaelMartinez.teams_for_linux": "teams", "webex": "webex", "com.cisco.webex": "webex"}
	meetingBundles  = map[string]string{"us.zoom.xos": "zoom", "com.microsoft.teams2": "teams", "com.microsoft.teams": "teams", "Cisco-Systems.Spark": "webex", "com.webex.meetingmanager": "webex", "com.cisco.webexmeetingsapp": "webex", "com.logmein.GoToMeeting": "goto", "com.logmein.goto": "goto"}
)

// meetAppID is the number by which Chrome's family knows Google Meet once it is
// installed as a program (in the name of its .desktop file and its bundle id).
const meetAppID = "--app-id=kjgfgldnnfoeklkmfkjfagphfepbbdan"

// meetingTool is the meeting program that a process runs; "" for any other. A
// part of one that renders pages or sound is no program of its own.
func meetingTool(p host.Process, known *program) string {
	who := identify(p)
	switch {
	case slices.ContainsFunc(p.Args, func(word string) bool { return strings.HasPrefix(word, "--type=") }):
		return ""
	case browserNames[programWord(who.file)]:
		return meetApp(p.Args)
	}
	if tool := meetingBundles[known.BundleID]; tool != "" {
		return tool
	}
	for _, name := range []string{known.OriginalName, who.file, who.name} {
		if tool := meetingNames[programWord(name)]; tool != "" {
			return tool
		}
	}
	return meetingPackages[known.Package]
}

func meetApp(args []string) string {
	for _, word := range args {
		if tool, _ := parse.MeetingLink(word); tool == "meet-app" && strings.HasPrefix(word, "--app=") || word == meetAppID {
			return "meet-app"
		}
	}
	return ""
}

// programWord is a program's name as tables have it.
func programWord(name string) string {
	return strings.TrimSuffix(strings.ToLower(path.Base(name)), ".exe")
}

// withLink says whether a process's command line carries a link to a meeting, and of
// which program. Of a meeting program itself an address in the web counts too.
func withLink(p host.Process, client bool) (tool string, ok bool) {
	read := parse.MeetingScheme
	if client {
		read = parse.MeetingLink
	}
	for i, word := range p.Args {
		if i == 0 {
			continue
		}
		if tool, ok = read(word); ok {
			return tool, true
		}
	}
	return "", false
}
