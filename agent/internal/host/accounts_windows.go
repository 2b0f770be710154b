package host

import (
	"time"

	"golang.org/x/sys/windows"
)

// accountAgain is after what time an account that nobody could name is asked for again.
const accountAgain = 10 * time.Minute

// accountNames gives names for accounts. To name one of a domain Windows may ask
// the network, so each is asked for once.
type accountNames struct {
	now   func() time.Time
	named map[string]namedAccount
}

type namedAccount struct {
	name string
	at   time.Time
}

// owner is the account that a process runs under, without its domain.
func (a *accountNames) owner(process windows.Handle) string {
	var token windows.Token
	if windows.OpenProcessToken(process, windows.TOKEN_QUERY, &token) != nil {
		return "" // a protected process shows no owner
	}
	defer func() { _ = token.Close() }() // it was only read
	user, err := token.GetTokenUser()
	if err != nil {
		return ""
	}
	return a.name(user.User.Sid)
}

func (a *accountNames) name(sid *windows.SID) string {
	key := sid.String()
	known, ok := a.named[key]
	if ok && (known.name != "" || a.now().Sub(known.at).Abs() < accountAgain) {
		return known.name
	}
	name, _, _, err := sid.LookupAccount("")
	if err != nil {
		name = ""
	}
	if a.named == nil || len(a.named) > maxRegistryNames {
		a.named = map[string]namedAccount{}
	}
	a.named[key] = namedAccount{name, a.now()}
	return name
}
