package sensor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// proxySetting is one place through which this laptop's programs are told to go
// to the internet.
type proxySetting struct {
	Source   string `column:"source,key,public" about:"where it is set: environment, gnome, kde, networkmanager, internet_settings, policy, winhttp or system_configuration"`
	Kind     string `column:"kind,key,public" about:"http, https or socks for a proxy, pac for a script that picks one, automatic where the network says which"`
	Scope    string `column:"scope,public" about:"where the proxy is: loopback (a program of this laptop), private or public"`
	Host     string `column:"host,key,pseudonym" about:"name or address of the proxy"`
	Port     string `column:"port,public" about:"port of the proxy"`
	Served   string `column:"served,public" about:"of a proxy on this laptop, whether a program waits there now"`
	*program        // that waits there; unknown where none does
}

// proxies gives the sensor of settings for proxies, which shares with the others
// what is known of the programs that serve them.
func (t *ownerTable) proxies() Sensor {
	shelf := &proxyShelf{owners: t}
	return Define(Options{
		Class: "proxy_settings", Every: 5 * time.Minute,
		About: "Looks at whether programs are told to reach the internet through a proxy, and which program serves one on this laptop itself, to recognise traffic that is led elsewhere. Passwords in such settings are not read.",
		Limits: []Limit{
			{OS: "linux", Reach: Partial, Why: "Each program may have settings of its own, as browsers do: those of the desktop, of network connections and of the environment that a login begins with are read."},
			{OS: "windows", Reach: Partial, Why: "What a proxy for one connection, as of a modem or a VPN, is set to is not read."},
		},
	}, shelf.collect)
}

// proxyShelf remembers what it understood of the files it has read.
type proxyShelf struct {
	owners   *ownerTable
	settings memory[parse.Settings]
	lists    memory[[]parse.Proxy]
}

// proxyLook is one look at the settings.
type proxyLook struct {
	survey
	shelf *proxyShelf
	rows  map[string]proxySetting
}

const proxyLimit = 256

func (s *proxyShelf) collect(ctx context.Context, h host.Host) ([]proxySetting, error) {
	look := &proxyLook{survey: newSurvey(h), shelf: s, rows: map[string]proxySetting{}}
	if !slices.ContainsFunc([]string{"etc", "home", "Library/Preferences", registryRoot}, func(place string) bool { return exists(look.fsys, place) }) {
		return nil, cmp.Or(withheld(h, "proxy_settings"), nothing("settings of proxies"))
	}
	switch h.Platform().OS {
	case "windows":
		look.readInternetSettings()
	case "darwin":
		look.readSystemConfiguration()
	default:
		look.readEnvironment()
		look.readGNOME()
		look.readKDE()
		look.readConnections()
	}
	sockets, err := s.owners.look(ctx, h)
	look.serve(sockets)
	if errors.Is(err, host.ErrAbsent) && !look.local() {
		err = nil // nobody need be asked who waits
	}
	rows := make([]proxySetting, 0, len(look.rows))
	for _, key := range slices.Sorted(maps.Keys(look.rows)) {
		rows = append(rows, look.rows[key])
	}
	return rows, errors.Join(look.failure(), err)
}

// add takes in what one setting says.
func (l *proxyLook) add(source string, p parse.Proxy) {
	row := proxySetting{Source: source, Kind: p.Kind, Host: p.Host, Port: portText(p.Port), program: unknownProgram}
	if p.Host != "" {
		row.Scope = l.scope(p.Host)
	}
	key := strings.Join([]string{source, p.Kind, p.Host}, "\x00")
	if _, there := l.rows[key]; there {
		return
	}
	if len(l.rows) >= proxyLimit {
		l.crowded = true
		return
	}
	l.rows[key] = row
}

func (l *proxyLook) scope(name string) string {
	address, err := netip.ParseAddr(name)
	switch {
	case name == "localhost", strings.EqualFold(name, l.host.Platform().Name), err == nil && address.IsUnspecified():
		return "loopback"
	case err == nil:
		return scopeOf(address)
	case !strings.Contains(strings.TrimSuffix(name, ".local"), "."):
		return "private"
	}
	return "public" // as far as can be told without asking
}

func (l *proxyLook) local() bool {
	for _, row := range l.rows {
		if row.Scope == "loopback" {
			return true
		}
	}
	return false
}

// serve finds who waits where a setting leads to this laptop itself.
func (l *proxyLook) serve(sockets []ownedSocket) {
	for key, row := range l.rows {
		if row.Scope != "loopback" {
			continue
		}
		row.Served = "false"
		for _, s := range sockets {
			if s.Protocol == "tcp" && s.listens() && portText(int(s.Local.Port())) == row.Port {
				row.Served, row.program = "true", s.owner
			}
		}
		l.rows[key] = row
	}
}

func (l *proxyLook) failure() error {
	var closed, unseen, crowded error
	if l.closed {
		closed = fmt.Errorf("some settings of proxies are closed to the agent: %w: run it as root or administrator", host.ErrDenied)
	}
	if l.host.Platform().OS == "windows" && !exists(l.fsys, registryRoot) {
		unseen = fmt.Errorf("this machine shows no registry: %w", host.ErrAbsent)
	}
	if l.crowded {
		crowded = errors.New("there are more settings of proxies than are looked at; see who made so many")
	}
	return errors.Join(closed, withheld(l.host, "proxy_settings"), l.other, unseen, crowded)
}

// withheld is why a recording has nothing of a class; nil on a live machine.
func withheld(h host.Host, class string) error {
	if w, ok := h.(host.Withholder); ok {
		return w.Withheld(class)
	}
	return nil
}
