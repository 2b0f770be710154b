package host

import (
	"context"
	"io/fs"
	"regexp"
	"slices"
	"strings"
)

// ownAccounts are names that an operating system gives, so that they tell nobody.
var ownAccounts = []string{
	"root", "nobody", "daemon", "system", "localsystem", "local service", "network service", "localservice", "networkservice",
	"public", "default", "default user", "defaultaccount", "all users", "shared", "guest", "wdagutilityaccount", "administrator", "admin", "user",
}

// placeWords stand in the paths of what is recorded: a machine or person of such a
// name is taken out where it is told as a name, not out of every path.
var placeWords = []string{
	"software", "microsoft", "windows", "currentversion", "uninstall", "services", "controlset", "registry", "files", "users", "home", "library",
	"applications", "contents", "program", "programs", "desktop", "laptop", "test", "data", "local", "roaming", "appdata", "tools",
}

// named by an operating system, with a number or an underscore: DWM-1, UMFD-0, _windowserver.
var ownPattern = regexp.MustCompile(`^(?i:(dwm|umfd)-\d+|_[a-z0-9]+|nt authority\\.*|nt service\\.*|user-[0-9a-f]{8})$`)

func ownAccount(name string) bool {
	return slices.Contains(ownAccounts, strings.ToLower(name)) || ownPattern.MatchString(name)
}

// account replaces the name of somebody's account, in whichever case it is written.
func (s scrubber) account(name string) string {
	name = strings.TrimSpace(name)
	if name == "" || ownAccount(name) {
		return name
	}
	if _, changed := s.stream(strings.ToLower(name)); !changed {
		return name
	}
	return s.named("user", strings.ToLower(name))
}

// user keeps root and the accounts of services, which are the same everywhere.
func (s scrubber) user(name string, uid int) string {
	if name == "" || uid >= 0 && uid < s.firstPerson || uid == 65534 {
		return name
	}
	return s.account(name)
}

// securityID replaces in a number that Windows gives to an account what tells
// this machine or organisation from others. The last part tells accounts apart.
func (s scrubber) securityID(sid string) string {
	parts := strings.Split(sid, "-")
	own := strings.Join(parts[4:min(7, len(parts))], "-")
	if parts[2] == "12" {
		own = strings.Join(parts[4:], "-")
	}
	return strings.Replace(sid, own, s.serial(own), 1)
}

// shortestName is the shortest of a person that is looked for in texts: shorter
// ones are in too many words.
const shortestName = 3

// learn finds the names of this machine and of its people, so that they are
// taken out wherever they stand.
func (s *scrubber) learn(ctx context.Context, h Host) {
	switch s.system = h.Platform().OS; s.system {
	case "darwin":
		s.firstPerson = 500
	case "windows":
		s.firstPerson = 1 // only SYSTEM has a number that says what it is
	}
	var names []string
	add := func(name string) {
		if at := strings.LastIndexByte(name, '\\'); at >= 0 { // DOMAIN\anna
			name = name[at+1:]
		}
		name = strings.TrimSpace(name)
		if len(name) >= shortestName && !slices.Contains(placeWords, strings.ToLower(name)) && !ownAccount(name) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	people := s.people(ctx, h)
	asked, tells := h.(FullNameHost)
	for _, name := range people {
		add(name)
		if tells {
			full := asked.FullName(name)
			for _, part := range append([]string{full}, strings.Fields(full)...) {
				add(part)
			}
		}
	}
	if s.machine = h.Platform().Name; s.machine != "localhost" {
		add(s.machine)
	}
	if len(names) == 0 {
		return
	}
	slices.SortFunc(names, func(a, b string) int { return len(b) - len(a) })
	for i, name := range names {
		names[i] = regexp.QuoteMeta(name)
	}
	s.known = regexp.MustCompile(`(?i)\b(?:` + strings.Join(names, "|") + `)\b`)
}

// people are the accounts of those who have a folder here, are logged in or run
// something.
func (s *scrubber) people(ctx context.Context, h Host) []string {
	var people []string
	for _, place := range []string{"home", "Users"} {
		entries, err := fs.ReadDir(h.Files(), place)
		if err != nil {
			continue // not on this system
		}
		for _, entry := range entries {
			if entry.IsDir() {
				people = append(people, entry.Name())
			}
		}
	}
	sessions, _ := h.Sessions(ctx) // what cannot be told here is said when the rows are recorded
	for _, session := range sessions {
		people = append(people, session.User)
	}
	processes, _ := h.Processes(ctx)
	for _, p := range processes {
		if p.UID < 0 || p.UID >= s.firstPerson && p.UID != 65534 {
			people = append(people, p.User)
		}
	}
	return people
}
