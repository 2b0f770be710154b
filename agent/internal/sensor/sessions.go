package sensor

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// loggedInUser is one login.
type loggedInUser struct {
	User        string `column:"user,key,pseudonym" about:"account that is logged in"`
	Terminal    string `column:"terminal,key,public" people:"out" about:"terminal or seat of the login"`
	Kind        string `column:"kind,key,public" about:"console, graphical, ssh, remote_desktop or unknown"`
	Remote      string `column:"remote,key,pseudonym" about:"address or machine the login comes from"`
	RemoteScope string `column:"remote_scope,public" about:"where it comes from: local, loopback, private (the local network), public or unknown"`
	Since       string `column:"since,public" about:"when the login began"`
}

// Sessions looks at who is logged in and from where.
func Sessions() Sensor {
	return Define(Options{
		Class: "logged_in_users", Every: 10 * time.Second,
		About: "Looks at which logins there are now and whether they come from this laptop or from elsewhere.",
		Limits: []Limit{
			{OS: "windows", Reach: Partial, Why: "Whoever is let in by Quick Assist or Remote Assistance has no login of their own on Windows: connections and records of remote sessions tell of them. That a session is watched from afar (shadowed) is told, and not from where."},
			{OS: "darwin", Reach: Partial, Why: "Whoever shares the screen of the person at the laptop (Screen Sharing, Apple Remote Desktop) has no login of their own on macOS: connections and records of remote sessions tell of them. Of people whose session waits while another one's is on the screen it is not told since when."},
		},
	}, collectSessions)
}

func collectSessions(ctx context.Context, h host.Host) ([]loggedInUser, error) {
	sessions, err := h.Sessions(ctx)
	if err != nil {
		err = fmt.Errorf("list sessions: %w", err)
	}
	seen := map[loggedInUser]bool{}
	var rows []loggedInUser
	for _, s := range sessions[:min(len(sessions), rowLimit)] {
		row := loggedInUser{
			User: s.User, Terminal: s.Terminal, Kind: s.Kind, Remote: s.Remote,
			RemoteScope: originOf(s.Remote), Since: moment(s.Since),
		}
		if row.Kind == "" {
			row.Kind = "unknown"
		}
		key := row
		key.Since = ""
		if !seen[key] {
			seen[key] = true
			rows = append(rows, row)
		}
	}
	return rows, err
}

// originOf reads where a login comes from. X11 displays (":0", ":0.0") are local;
// a machine's name says nothing of where it is.
func originOf(remote string) string {
	if remote == "" || strings.HasPrefix(remote, ":") && !strings.HasPrefix(remote, "::") {
		return "local"
	}
	if remote == "localhost" {
		return "loopback"
	}
	address, err := netip.ParseAddr(strings.Trim(remote, "[]"))
	if err != nil {
		return "unknown"
	}
	if address.IsUnspecified() {
		return "local"
	}
	return scopeOf(address)
}
