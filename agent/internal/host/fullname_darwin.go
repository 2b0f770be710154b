package host

import (
	"os/user"
	"sync"
)

var _ FullNameHost = (*LiveHost)(nil)

// fullNames keeps what macOS' directory said: it may ask a server for it.
type fullNames struct {
	mu    sync.Mutex
	known map[string]string
}

// FullName is for whom an account is, as macOS' directory says it to everybody.
func (h *LiveHost) FullName(account string) string {
	n := &h.fullNames
	n.mu.Lock()
	defer n.mu.Unlock()
	if name, ok := n.known[account]; ok {
		return name
	}
	if n.known == nil || len(n.known) > 4096 {
		n.known = map[string]string{}
	}
	name := ""
	if found, err := user.Lookup(account); err == nil {
		name = found.Name
	}
	n.known[account] = name
	return name
}
