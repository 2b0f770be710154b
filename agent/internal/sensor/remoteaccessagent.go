package sensor

import (
	"io"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// readMeshAgent: what an agent answers to stands in a file beside it that carries
// its name, whatever that name is, and after its first start in its store as well.
func readMeshAgent(l *accessLook) {
	const folder = "usr/local/mesh_services"
	places := l.beside(".msh")
	folders := []string{"Program Files/Mesh Agent", "Program Files (x86)/Mesh Agent", "opt/tacticalmesh", folder}
	for _, entry := range l.list(folder) {
		folders = append(folders, path.Join(folder, entry.Name()))
		for _, below := range l.list(path.Join(folder, entry.Name())) {
			if below.IsDir() {
				folders = append(folders, path.Join(folder, entry.Name(), below.Name()))
			}
		}
	}
	for _, place := range l.matching("*.msh", folders...) {
		if !slices.Contains(places, place) {
			places = append(places, place)
		}
	}
	for _, place := range places {
		if found, ok := l.settings(place, parse.ParseSettings, parse.Wanted{Values: []string{"meshid", "serverid", "meshserver"}}); ok {
			l.mesh(place, found)
		}
	}
	for _, place := range l.beside(".db") {
		found, err := l.shelf.settings.read(l.fsys, place, func(r io.Reader) (parse.Settings, error) {
			found, err := parse.ParseMeshStore(r)
			if err != nil {
				found = nil // another program's file
			}
			return found, nil
		})
		if l.trouble(place, err); err == nil {
			l.mesh(place, found)
		}
	}
}

func (l *accessLook) mesh(place string, found parse.Settings) {
	id, server := hexName(found.Value("meshid")), hexName(found.Value("serverid"))
	if id == "" && server == "" {
		return
	}
	own := strings.TrimSuffix(place, path.Ext(place))
	row := remoteAccess{Tool: "meshagent", Unattended: "true", How: "enrolled", SelfHosted: yes(serverName(found.Value("meshserver")) != "meshcentral.com")}
	for _, s := range l.starts {
		if strings.TrimSuffix(s.program, ".exe") == own {
			row.Enabled = either(row.Enabled, s.enabled)
		}
	}
	if id != "" {
		row.Tenant, row.TenantKind = id, "mesh"
		l.add(place, row)
	}
	if server != "" {
		row.Tenant, row.TenantKind = server, "server"
		l.add(place, row)
	}
}

// hexName is a number in hexadecimal as everybody writes it who allows it.
func hexName(text string) string {
	text = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(text)), "0x")
	if text == "" || strings.Trim(text, "0123456789abcdef") != "" {
		return ""
	}
	return text
}

// readScreenConnect: each instance of its server has a number, which its clients
// carry in their name; what a client is for stands in its launch parameters.
func readScreenConnect(l *accessLook) {
	for _, s := range l.starts {
		for _, row := range s.says {
			if row.Tool == "screenconnect" {
				row.Enabled = s.enabled
				l.add(s.place, ofInstance(row, s.name+" "+s.program))
			}
		}
	}
	for _, pattern := range []string{"screenconnect-*", "connectwisecontrol-*"} {
		for _, folder := range l.matching(pattern, "opt") {
			place := path.Join(folder, "ClientLaunchParameters.txt")
			found, ok := l.settings(place, launchFile, parse.Wanted{})
			if !ok || len(found) == 0 {
				continue
			}
			row := screenConnectRow(parse.Launch{Kind: found.Value("e"), Relay: found.Value("h")}, l.known("screenconnect-*", "connectwisecontrol-*"))
			l.add(place, ofInstance(row, folder))
		}
	}
}

// launchFile reads launch parameters that stand in a file of their own.
func launchFile(content []byte, _ parse.Wanted) (parse.Settings, error) {
	launch, ok := parse.ParseLaunch(strings.Fields(string(content)))
	if !ok {
		return nil, nil
	}
	return parse.Settings{{Name: "e", Value: launch.Kind, Set: true}, {Name: "h", Value: launch.Relay, Set: true}}, nil
}

func screenConnectRow(launch parse.Launch, enabled string) remoteAccess {
	relay := serverName(launch.Relay)
	return remoteAccess{Tool: "screenconnect", Unattended: yes(launch.Kind == "Access"), How: "service", Enabled: enabled,
		Tenant: relay, TenantKind: "server", SelfHosted: yes(!strings.HasSuffix(relay, ".screenconnect.com"))}
}

// ofInstance names the instance where the client's name tells it.
func ofInstance(row remoteAccess, name string) remoteAccess {
	if found := regexp.MustCompile(`(?i)(?:client \(|control-|connect-)([0-9a-f]{16})`).FindStringSubmatch(name); found != nil {
		row.Tenant, row.TenantKind = found[1], "instance"
	}
	return row
}

// readTactical: the address of its server stands in the registry or a file.
func readTactical(l *accessLook) {
	add := func(place, api string) {
		row := remoteAccess{Tool: "tactical-rmm", Unattended: "true", How: "enrolled", SelfHosted: "true", Enabled: l.known("tacticalrmm", "tacticalagent")}
		if row.Tenant = serverName(api); row.Tenant != "" {
			row.TenantKind = "server"
			l.add(place, row)
		}
	}
	if found, ok := l.settings("etc/tacticalagent", parse.ParseSettingsJSON, parse.Wanted{Values: []string{"apiurl", "baseurl"}}); ok {
		add("etc/tacticalagent", firstOf(found.Value("baseurl"), found.Value("apiurl")))
	}
	for _, key := range l.software("TacticalRMM") {
		add(key, firstOf(l.value(key, "BaseURL"), l.value(key, "ApiURL")))
	}
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

// An agentKey is where an agent for managing machines keeps whose it is.
type agentKey struct{ tool, key, value, kind, service string }

func agentKeys() []agentKey {
	return []agentKey{
		{"atera", "ATERA Networks/AlphaAgent", "AccountId", "account", "ateraagent"},
		{"syncro", "RepairTech/Syncro", "shop_subdomain", "organisation", "syncro"},
		{"connectwise-automate", "LabTech/Service", "Server Address", "server", "ltservice"},
		{"pulseway", "MMSOFT Design/PC Monitor", "Username", "account", "pc monitor"},
		{"ninjaone", "NinjaRMM LLC/NinjaRMMAgent/Agent", "", "", "ninjarmmagent"},
		{"datto-rmm", "CentraStage", "", "", "cagservice"},
	}
}

func readRMMKeys(l *accessLook) {
	for _, k := range agentKeys() {
		for _, key := range l.software(k.key) {
			row := remoteAccess{Tool: k.tool, Unattended: "true", How: "enrolled", Enabled: l.known(k.service)}
			if k.value != "" {
				row.Tenant, row.TenantKind = l.value(key, k.value), k.kind
			}
			if k.kind == "server" {
				first, _, _ := strings.Cut(row.Tenant, "|")
				row.Tenant = serverName(first)
			}
			l.add(key, row)
		}
	}
}

func readKaseya(l *accessLook) {
	places := []string{"Library/Preferences/kaseyad.ini"}
	for _, folder := range []string{"Program Files (x86)/Kaseya", "Program Files/Kaseya", "opt/Kaseya"} {
		for _, entry := range l.list(folder) {
			places = append(places, path.Join(folder, entry.Name(), "KaseyaD.ini"), path.Join(folder, entry.Name(), "etc/kaseyad.ini"))
		}
	}
	for _, place := range places {
		found, ok := l.settings(place, parse.ParseSettings, parse.Wanted{Values: []string{"server_name"}, Presence: []string{"user_name"}})
		if !ok || len(found) == 0 {
			continue
		}
		l.add(place, remoteAccess{Tool: "kaseya", Unattended: "true", How: "enrolled", Tenant: serverName(found.Value("server_name")), TenantKind: "server", Enabled: l.known("kaseya*")})
	}
}

func readNable(l *accessLook) {
	const place = "Program Files (x86)/N-able Technologies/Windows Agent/config/ServerConfig.xml"
	read := func(content []byte, _ parse.Wanted) (parse.Settings, error) {
		return parse.Settings{{Name: "serverip", Value: parse.XMLText(content, "ServerIP"), Set: true}}, nil
	}
	if found, ok := l.settings(place, read, parse.Wanted{}); ok {
		l.add(place, remoteAccess{Tool: "n-able", Unattended: "true", How: "enrolled", Tenant: serverName(found.Value("serverip")), TenantKind: "server",
			Enabled: l.known("windows agent service")})
	}
}

// readRemotely: its agents always answer to somebody's own server.
func readRemotely(l *accessLook) {
	for _, place := range []string{"usr/local/bin/Remotely/ConnectionInfo.json", "Program Files/Remotely/ConnectionInfo.json"} {
		found, ok := l.settings(place, parse.ParseSettingsJSON, parse.Wanted{Values: []string{"host"}, Presence: []string{"organizationid"}})
		if !ok || len(found) == 0 {
			continue
		}
		l.add(place, remoteAccess{Tool: "remotely", Unattended: "true", How: "enrolled", Tenant: serverName(found.Value("host")), TenantKind: "custom_server",
			SelfHosted: "true", Enabled: l.known("remotely-agent", "remotely_service", "remotely-agent*")})
	}
}

// readSunshine: a client that was paired once comes in from then on.
func readSunshine(l *accessLook) {
	wanted := parse.Wanted{Presence: []string{"username", "root/named_devices", "root/devices"}}
	for _, place := range append(l.inHomes(".config/sunshine/sunshine_state.json"), "Program Files/Sunshine/config/sunshine_state.json") {
		found, ok := l.settings(place, parse.ParseSettingsJSON, wanted)
		if !ok {
			continue
		}
		row := remoteAccess{Tool: "sunshine", Unattended: "false", Enabled: l.known("sunshine", "sunshineservice", "app-dev.lizardbyte.app.sunshine")}
		if found.Has("username") {
			row.How = "password"
		}
		if found.Has("root/named_devices") || found.Has("root/devices") {
			row.Unattended, row.How = "true", words(append(strings.Fields(row.How), "trusted"))
		}
		l.add(place, row)
	}
}

func readSplashtop(l *accessLook) {
	for _, key := range l.software("Splashtop Inc./Splashtop Remote Server") {
		l.add(key, remoteAccess{Tool: "splashtop", How: "enrolled", Enabled: l.known("splashtopremoteservice")})
	}
}

// readDWService: an agent with a key is registered with somebody's account, which
// its settings do not name.
func readDWService(l *accessLook) {
	for _, place := range []string{"usr/share/dwagent/config.json", "Program Files/DWAgent/config.json", "Library/DWAgent/config.json"} {
		found, ok := l.settings(place, parse.ParseSettingsJSON, parse.Wanted{Values: []string{"enabled"}, Presence: []string{"key", "password"}})
		if !ok || !found.Has("key") {
			continue
		}
		l.add(place, remoteAccess{Tool: "dwservice", Unattended: yes(found.Value("enabled") != "false"), How: "enrolled", Enabled: l.known("dwagent", "net.dwservice.agsvc")})
	}
}
