package host

import (
	"math"
	"slices"
	"strconv"
)

// consoleSessions joins the logins of macOS' utmpx file with those of its window
// server, which also knows people who let another one take their place at the
// screen. root are the properties of the registry's root.
func consoleSessions(logins []Session, root properties) []Session {
	for _, one := range root.list("IOConsoleUsers") {
		name, done := one.text("kCGSSessionUserNameKey"), one.flag("kCGSessionLoginDoneKey")
		if name == "" || done == "false" {
			continue // the window of the login itself
		}
		id := ""
		if number, ok := one.number("kCGSSessionIDKey"); ok {
			id = strconv.Itoa(number)
		}
		if one.flag("kCGSSessionOnConsoleKey") == "true" {
			if at := atConsole(logins, name); at != nil {
				at.ID = id
				continue
			}
			logins = append(logins, Session{ID: id, User: name, Terminal: "console", Kind: kindGraphical})
			continue
		}
		logins = append(logins, Session{ID: id, User: name, Kind: kindGraphical})
	}
	return logins
}

// screenPeople are the accounts with windows on this machine, whether at the
// screen now or not. The window of the login itself is nobody's.
func screenPeople(root properties) []uint32 {
	var people []uint32
	for _, one := range root.list("IOConsoleUsers") {
		number, ok := one.number("kCGSSessionUserIDKey")
		if ok && number > 0 && int64(number) <= math.MaxUint32 && one.flag("kCGSessionLoginDoneKey") != "false" && !slices.Contains(people, uint32(number)) {
			people = append(people, uint32(number))
		}
	}
	return people
}

func atConsole(logins []Session, user string) *Session {
	for i := range logins {
		if logins[i].Terminal == "console" && logins[i].User == user {
			return &logins[i]
		}
	}
	return nil
}
