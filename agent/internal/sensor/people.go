package sensor

import (
	"context"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
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
	names = append(append(names, peopleOfWindows(h.Files())...), peopleOfMacOS(h.Files())...)
	names = append(names, inFull(h, homes(h.Files()))...)
	if accounts, err := h.Files().Open("etc/passwd"); err == nil {
		defer done(accounts)
		ignoreError(eachLine(accounts, func(line string) { names = append(names, person(line)...) }))
	}
	return slices.DeleteFunc(names, func(name string) bool { return name == "" })
}

// nobodys are folders beside people's own that belong to no person.
var nobodys = []string{"public", "default", "default user", "all users", "shared", "guest", "deleted users", "defaultuser0", "wdagutilityaccount"}

// homes are the names of the folders in which macOS and Windows keep people's own.
func homes(fsys host.FS) []string {
	var names []string
	entries, err := fs.ReadDir(fsys, "Users")
	if err != nil {
		return nil
	}
	for _, entry := range entries[:min(len(entries), keptLimit)] {
		if name := entry.Name(); entry.IsDir() && !strings.HasPrefix(name, ".") && !slices.Contains(nobodys, strings.ToLower(name)) {
			names = append(names, name)
		}
	}
	return names
}

// Where Windows keeps who has an account here and who is logged in.
const (
	profileList = registryRoot + "/HKLM/SOFTWARE/Microsoft/Windows NT/CurrentVersion/ProfileList"
	logonScreen = registryRoot + "/HKLM/SOFTWARE/" + currentVersion + "/Authentication/LogonUI"
)

// peopleOfWindows are the accounts, the folders of their people, and those whom
// the screen at the start greets by name.
func peopleOfWindows(fsys host.FS) []string {
	v := survey{fsys: fsys} // what stands in the way is told by the sensors that look there
	var names []string
	for _, entry := range v.list(profileList) {
		if strings.HasPrefix(entry.Name(), "S-1-5-21-") || strings.HasPrefix(entry.Name(), "S-1-12-1-") {
			folder := registryText(fsys, path.Join(profileList, entry.Name(), "ProfileImagePath"))
			names = append(names, path.Base(windowsPath(folder)))
		}
	}
	for _, hive := range v.people("Volatile Environment") {
		names = append(names, accountName(registryText(fsys, path.Join(registryRoot, hive, "USERNAME"))))
	}
	screens := []string{logonScreen}
	for _, entry := range v.list(logonScreen + "/SessionData") {
		screens = append(screens, path.Join(logonScreen, "SessionData", entry.Name()))
	}
	for _, key := range screens {
		for _, value := range []string{"LastLoggedOnDisplayName", "LoggedOnDisplayName"} {
			names = append(names, fullName(registryText(fsys, path.Join(key, value)))...)
		}
		for _, value := range []string{"LastLoggedOnUser", "LastLoggedOnSAMUser", "LoggedOnUser", "LoggedOnSAMUser", "LoggedOnUsername"} {
			names = append(names, accountName(registryText(fsys, path.Join(key, value))))
		}
	}
	return names
}

// accountName is an account without the domain or the machine it belongs to.
func accountName(text string) string {
	if _, own, ok := strings.Cut(text, `\`); ok {
		text = own
	}
	own, _, _ := strings.Cut(text, "@")
	return own
}

// peopleOfMacOS are those whose accounts are on the machine: the files of services
// begin with an underscore.
func peopleOfMacOS(fsys host.FS) []string {
	const accounts = "var/db/dslocal/nodes/Default/users"
	v := survey{fsys: fsys}
	names := homes(fsys)
	for _, file := range v.matchingUpTo(keptLimit, "[^_]*.plist", accounts) {
		name := fileStem(file, ".plist")
		if slices.Contains([]string{"root", "daemon", "nobody", "guest"}, strings.ToLower(name)) {
			continue
		}
		found, err := parse.ParsePropertyList(fileBytes(&v, file), parse.Wanted{Values: []string{"realname"}})
		if names = append(names, name); err != nil {
			continue
		}
		for _, one := range found {
			if one.Value != "…" { // that the list holds something
				names = append(names, fullName(one.Value)...)
			}
		}
	}
	return names
}

// inFull are the names in full of those who have accounts, of a system that says
// them: macOS closes its files about accounts to whoever has no Full Disk Access.
func inFull(h host.Host, accounts []string) []string {
	asked, ok := h.(host.FullNameHost)
	if !ok {
		return nil
	}
	var names []string
	for _, account := range accounts {
		if full := asked.FullName(account); full != "" {
			names = append(names, fullName(full)...)
		}
	}
	return names
}

// fullName is a person's name and its parts.
func fullName(full string) []string { return append([]string{full}, strings.Fields(full)...) }

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
	return append([]string{fields[0]}, fullName(full)...)
}
