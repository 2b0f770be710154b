package sensor

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"path"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// tunnelLook is one look at the ways that lead to this laptop's ports.
type tunnelLook struct {
	survey
	window  *tunnelWindow
	sockets []ownedSocket
	waiting map[int]ownedSocket // by port, those that this laptop itself reaches
	own     map[netip.Addr]bool // addresses of this laptop, as its sockets show them
	parents map[int]int         // of processes, as they are now
	rows    map[tunnelKey]tunnel
}

// findListeners notes who waits at which port.
func (l *tunnelLook) findListeners() {
	l.waiting, l.own = map[int]ownedSocket{}, map[netip.Addr]bool{}
	for _, s := range l.sockets {
		address := s.Local.Addr().Unmap()
		if !address.IsUnspecified() {
			l.own[address] = true
		}
		if s.Protocol != "tcp" || !s.listens() {
			continue
		}
		port := int(s.Local.Port())
		if _, there := l.waiting[port]; !there || address.IsLoopback() || address.IsUnspecified() {
			l.waiting[port] = s
		}
	}
}

// told takes in what a process' command line and its settings say.
func (l *tunnelLook) told(one runningProgram, command parse.TunnelCommand) {
	for _, p := range command.Passages {
		l.passage(one, p, "arguments")
	}
	if command.Remote != "" {
		for _, place := range l.sshPlaces(one.said, command.Settings) {
			for _, p := range l.sshPassages(one.said, place, command.Remote, sshDepth) {
				p.Kind = command.Kind
				l.passage(one, p, "settings")
			}
		}
		return
	}
	for _, place := range l.places(one.said, command) {
		for _, p := range l.passages(place, command.Kind) {
			l.passage(one, p, "settings")
		}
	}
	if command.Silent {
		l.add(tunnel{PID: one.said.PID, program: one.program, Kind: command.Kind, Exposes: exposesUnknown, ToldBy: "arguments"})
	}
}

// passage makes the row of one passage.
func (l *tunnelLook) passage(one runningProgram, p parse.Passage, by string) {
	row := tunnel{PID: one.said.PID, program: one.program, Kind: p.Kind, ExposesPort: portText(p.Port), ToldBy: by, TargetScope: l.scope(p.Host), Exposes: p.What}
	banner := ""
	at, waits := l.waiting[p.Port]
	if row.TargetScope == "loopback" && p.Port != 0 {
		row.Waits = yes(waits)
		if waits {
			row.WaitsFile, banner = at.owner.File, l.window.owners.banners.of(at.Socket)
		}
	}
	switch {
	case p.What == "any":
		row.TargetScope = ""
	case p.What == "editor":
	case p.What != "" && banner == "": // what speaks HTTP alone carries no desktop
	case p.Port != 0:
		row.Exposes = exposed(p.Port, banner)
	default:
		row.Exposes = exposesOther
	}
	if row.Waits == "true" && (row.Exposes == exposesWeb || row.Exposes == exposesOther) {
		l.beyond(&row, at.PID)
	}
	l.add(row)
}

// beyond looks at where whoever waits passes on what comes, or a process that it
// began: a desktop is none the less open for a relay or a page before it.
func (l *tunnelLook) beyond(row *tunnel, pid int) {
	for _, s := range l.sockets {
		if s.PID == 0 || s.State != "established" || s.Inbound || s.within || s.PID != pid && l.parents[s.PID] != pid {
			continue
		}
		if door, waits := l.waiting[int(s.Remote.Port())]; waits && (s.Remote.Addr().IsLoopback() || s.Remote.Addr() == s.Local.Addr()) {
			if what := l.door(door); what != exposesShell && l.remoteControl(what, door) {
				row.Exposes, row.WaitsFile = what, door.owner.File
				return
			}
		}
	}
}

// scope says where a passage's host is, as far as its name or address says.
func (l *tunnelLook) scope(name string) string {
	if name == "" || strings.EqualFold(name, l.host.Platform().Name) {
		return "loopback"
	}
	address, err := netip.ParseAddr(name)
	switch {
	case err == nil && l.own[address.Unmap()]:
		return "loopback"
	case err == nil:
		return scopeOf(address)
	case strings.Contains(strings.TrimSuffix(name, ".local"), "."):
		return "public" // as far as can be told without asking
	}
	return "private"
}

// tunnelPlaces are where programs look for their settings when nobody names a file.
var tunnelPlaces = map[string]struct{ whole, homes []string }{
	"ngrok": {nil, []string{".config/ngrok/ngrok.yml", ".ngrok2/ngrok.yml", "Library/Application Support/ngrok/ngrok.yml", "AppData/Local/ngrok/ngrok.yml"}},
	"cloudflared": {
		[]string{"etc/cloudflared/config.yml", "etc/cloudflared/config.yaml", "usr/local/etc/cloudflared/config.yml", "usr/local/etc/cloudflared/config.yaml"},
		[]string{".cloudflared/config.yml", ".cloudflared/config.yaml"},
	},
	"frp":     {[]string{"etc/frp/frpc.toml", "etc/frp/frpc.ini", "etc/frp/frpc.yaml"}, nil},
	"rathole": {[]string{"etc/rathole/client.toml"}, nil},
}

// places are the files of settings that hold for a process.
func (l *tunnelLook) places(p host.Process, command parse.TunnelCommand) []string {
	if _, known := tunnelPlaces[command.Kind]; !known {
		return nil // in a format of its own
	}
	if len(command.Settings) > 0 {
		return l.named(p, command.Settings)
	}
	if !command.Silent {
		return nil
	}
	places := tunnelPlaces[command.Kind].whole
	for _, home := range l.homesOf(p) {
		for _, below := range tunnelPlaces[command.Kind].homes {
			places = append(places, path.Join(home, below))
		}
	}
	return places
}

// named are files as a command line names them. Where it was started nobody says,
// so that one without a folder is looked for beside the program and at home.
func (l *tunnelLook) named(p host.Process, names []string) []string {
	var places []string
	for _, name := range names {
		whole := strings.HasPrefix(name, "/") || strings.Contains(name, ":")
		name = path.Clean(windowsPath(name))
		if strings.HasPrefix(name, "dev/") || strings.HasPrefix(name, "proc/") || strings.EqualFold(name, "nul") {
			continue // no settings at all, in the words of the system
		}
		if below, home := strings.CutPrefix(name, "~/"); home {
			name, whole = below, false
		}
		folders := []string{""}
		if !whole {
			folders = append([]string{path.Dir(windowsPath(p.Path))}, l.homesOf(p)...)
		}
		for _, folder := range folders {
			if place := path.Join(folder, name); fs.ValidPath(place) && place != "." {
				places = append(places, place)
			}
		}
	}
	return places
}

// homesOf are the homes of whoever runs a process; all where nobody says who.
func (l *tunnelLook) homesOf(p host.Process) []string {
	name := strings.ToLower(lastElement(p.User))
	var found []string
	for _, home := range l.homes {
		if name != "" && (strings.ToLower(path.Base(home)) == name || name == "system" && path.Base(home) == "systemprofile") {
			found = append(found, home)
		}
	}
	if len(found) == 0 && name == "" {
		return l.homes
	}
	return found
}

func (l *tunnelLook) passages(place, kind string) []parse.Passage {
	found, err := l.window.settings.read(l.fsys, place, func(r io.Reader) ([]parse.Passage, error) {
		content, err := io.ReadAll(io.LimitReader(r, settingsLimit+1))
		if err != nil {
			return nil, err
		}
		return parse.ParseTunnelSettings(kind, content)
	})
	l.trouble(place, err)
	return found
}

// failure is what stood in the way, in words that say what would mend it.
func (l *tunnelLook) failure() error {
	var closed, crowded error
	if l.closed {
		closed = fmt.Errorf("some settings of tunnels are closed to the agent: %w: run it as root or administrator", host.ErrDenied)
	}
	if l.crowded {
		crowded = errors.New("more ways lead to this laptop than are looked at; see who made so many")
	}
	return errors.Join(closed, withheld(l.host, "network_tunnels"), l.other, crowded)
}
