package sensor

import (
	"path"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// settingsReaders are those who read the settings, each of one program or a few.
func settingsReaders() []func(*accessLook) {
	return []func(*accessLook){
		readStarts, readAnyDesk, readTeamViewer, readRustDesk, readChromeRemoteDesktop, readNoMachine, readSunshine, readSplashtop, readDWService,
		readXrdp, readPasswordFiles, readTigerUsers, readX11vnc, readDconf, readGrd, readKrfb, readKrdp, readWayvnc, readWindowsVNC, readScreenSharing, readRemoteDesktop, readRemoteAssistance,
		readMeshAgent, readScreenConnect, readTactical, readRMMKeys, readKaseya, readNable, readRemotely,
		readTailscale, readZeroTier, readNetBird, readWarp, readCloudflared, readNgrok, readCodeTunnel, readTunnelClients, readOpenVPN, readWireGuard,
	}
}

// readStarts takes what command lines say: of what starts by itself, and of what runs.
func readStarts(l *accessLook) {
	for _, s := range l.starts {
		for _, row := range s.says {
			if row.Tool == "screenconnect" {
				continue // its own reader knows which instance it is
			}
			row.Enabled = s.enabled
			l.add(s.place, row)
		}
	}
}

// readAnyDesk: a profile of permissions with a password lets in whoever has it.
// An alias ends in the name of the organisation whose client it is, or in "ad".
func readAnyDesk(l *accessLook) {
	wanted := parse.Wanted{
		Values: []string{"ad.security.interactive_access", "ad.anynet.alias"},
		Presence: []string{"ad.anynet.pwd_hash", "ad.security.pwd", "ad.security.permission_profiles.*.pwd", "ad.security.unattended_access_password_hash",
			"ad.anynet.id", "ad.anynet.cert"},
	}
	folders := append([]string{"etc/anydesk", "ProgramData/AnyDesk"}, l.inHomes(".anydesk", ".var/app/com.anydesk.Anydesk/.anydesk", "AppData/Roaming/AnyDesk")...)
	for _, entry := range l.list("ProgramData/AnyDesk") {
		if entry.IsDir() && strings.HasPrefix(entry.Name(), "ad_") { // a client made for somebody
			folders = append(folders, path.Join("ProgramData/AnyDesk", entry.Name()))
		}
	}
	enabled := l.known("anydesk", "anydesk service*", "com.philandro.anydesk.service")
	for _, folder := range folders {
		for _, file := range []string{"system.conf", "service.conf", "user.conf"} {
			place := path.Join(folder, file)
			found, ok := l.settings(place, parse.ParseSettings, wanted)
			if !ok || len(found) == 0 {
				continue
			}
			row := remoteAccess{Tool: "anydesk", Unattended: "false", Enabled: enabled, SelfHosted: "false"}
			if found.Has("ad.anynet.pwd_hash") || found.Has("ad.security.pwd") || found.Has("ad.security.permission_profiles.*.pwd") || found.Has("ad.security.unattended_access_password_hash") {
				row.Unattended, row.How = "true", "password"
			}
			if _, namespace, ok := strings.Cut(found.Value("ad.anynet.alias"), "@"); ok && namespace != "ad" {
				row.Tenant, row.TenantKind = namespace, "organisation"
			}
			l.add(place, row)
		}
	}
}

// readTeamViewer: a personal password, or an account that manages the device,
// lets in without anybody agreeing.
func readTeamViewer(l *accessLook) {
	wanted := parse.Wanted{
		Values:   []string{"always_online", "owningmanageraccountname", "owningmanagercompanyname"},
		Presence: []string{"permanentpassword", "securitypasswordaes", "clientid"},
	}
	enabled := l.known("teamviewerd", "teamviewer", "com.teamviewer.*")
	for _, place := range []string{"opt/teamviewer/config/global.conf", "etc/teamviewer/global.conf"} {
		if found, ok := l.settings(place, parse.ParseSettings, wanted); ok && len(found) > 0 {
			l.teamViewer(place, found, enabled)
		}
	}
	for _, place := range []string{"Library/Preferences/com.teamviewer.teamviewer.preferences.plist", "Library/Preferences/com.TeamViewer.TeamViewer.preferences.plist"} {
		if found, ok := l.settings(place, parse.ParsePropertyList, wanted); ok && len(found) > 0 {
			l.teamViewer(place, found, enabled)
		}
	}
	for _, key := range l.software("TeamViewer") {
		var found parse.Settings
		for _, name := range []string{"Always_Online", "OwningManagerAccountName", "OwningManagerCompanyName"} {
			text := l.value(key, name)
			found = append(found, parse.Setting{Name: strings.ToLower(name), Value: text, Set: text != ""})
		}
		for _, name := range []string{"PermanentPassword", "SecurityPasswordAES"} {
			found = append(found, parse.Setting{Name: strings.ToLower(name), Set: l.has(path.Join(key, name))})
		}
		l.teamViewer(key, found, enabled)
	}
}

func (l *accessLook) teamViewer(place string, found parse.Settings, enabled string) {
	row := remoteAccess{Tool: "teamviewer", Unattended: "false", SelfHosted: "false", Enabled: enabled}
	if found.Value("always_online") == "1" {
		row.Enabled = either(row.Enabled, "true")
	}
	var how []string
	if found.Has("permanentpassword") || found.Has("securitypasswordaes") {
		how = append(how, "password")
	}
	if row.Tenant = found.Value("owningmanageraccountname"); row.Tenant != "" {
		row.TenantKind, how = "account", append(how, "enrolled")
	}
	if company := found.Value("owningmanagercompanyname"); company != "" {
		row.Tenant, row.TenantKind = company, "organisation"
		how = append(how, "enrolled")
	}
	if len(how) > 0 {
		row.Unattended, row.How = "true", words(how)
	}
	l.add(place, row)
}

// deskFork is RustDesk, or a program made from it that keeps its settings likewise.
type deskFork struct{ tool, name, folder, mac, service string }

func readRustDesk(l *accessLook) {
	for _, f := range []deskFork{
		{"rustdesk", "RustDesk", "rustdesk", "com.carriez.RustDesk", "com.carriez.rustdesk_service"},
		{"hoptodesk", "HopToDesk", "hoptodesk", "com.hoptodesk.HopToDesk", "com.hoptodesk.hoptodesk_service"},
	} {
		folders := l.inHomes(".config/"+f.folder, ".var/app/com."+f.folder+"."+f.name+"/config/"+f.folder, "Library/Preferences/"+f.mac, "AppData/Roaming/"+f.name+"/config")
		for _, folder := range folders {
			l.rustDesk(f, folder)
		}
	}
}

func (l *accessLook) rustDesk(f deskFork, folder string) {
	secrets, there := l.settings(path.Join(folder, f.name+".toml"), parse.ParseSettings, parse.Wanted{Presence: []string{"password", "id", "enc_id", "key_pair"}})
	options, chosen := l.settings(path.Join(folder, f.name+"2.toml"), parse.ParseSettings, parse.Wanted{
		Values:   []string{"approve-mode", "verification-method", "custom-rendezvous-server", "relay-server", "api-server", "stop-service"},
		Presence: []string{"preset-password"},
	})
	if !there && !chosen {
		return
	}
	row := remoteAccess{Tool: f.tool, Unattended: "false", SelfHosted: "false", Enabled: l.known(f.folder, f.service)}
	permanent := secrets.Has("password") || options.Has("preset-password")
	if permanent && options.Value("approve-mode") != "click" && options.Value("verification-method") != "use-temporary-password" {
		row.Unattended, row.How = "true", "password"
	}
	if options.Value("stop-service") == "Y" {
		row.Enabled = "false"
	}
	for _, name := range []string{"custom-rendezvous-server", "api-server", "relay-server"} {
		if server := serverName(options.Value(name)); server != "" {
			row.Tenant, row.TenantKind, row.SelfHosted = server, "custom_server", "true"
			break
		}
	}
	l.add(folder, row)
}

// readChromeRemoteDesktop: a host that is registered has an owner; with the hash
// of a PIN in its settings, who knows the PIN comes in.
func readChromeRemoteDesktop(l *accessLook) {
	wanted := parse.Wanted{Values: []string{"host_owner", "host_owner_email", "xmpp_login"}, Presence: []string{"host_secret_hash", "host_id"}}
	places := l.matching("host#*.json", l.inHomes(".config/chrome-remote-desktop")...)
	places = append(places, "etc/chrome-remote-desktop/host.json", "Library/PrivilegedHelperTools/org.chromium.chromoting.json", "ProgramData/Google/Chrome Remote Desktop/host.json")
	enabled := l.known("chrome-remote-desktop*", "chromoting", "org.chromium.chromoting*")
	for _, place := range places {
		found, ok := l.settings(place, parse.ParseSettingsJSON, wanted)
		if !ok || !found.Has("host_id") {
			continue
		}
		row := remoteAccess{Tool: "chrome-remote-desktop", SelfHosted: "false", Enabled: enabled}
		if found.Has("host_secret_hash") {
			row.Unattended, row.How = "true", "pin"
		}
		if paired := l.matching("*.json", path.Join(path.Dir(place), "paired-clients")); len(paired) > 0 {
			row.Unattended, row.How = "true", words(append(strings.Fields(row.How), "trusted"))
		}
		for _, name := range []string{"host_owner_email", "host_owner", "xmpp_login"} {
			if owner := found.Value(name); row.Tenant == "" && strings.Contains(owner, "@") && !strings.Contains(owner, "@chromoting.gserviceaccount.com") {
				row.Tenant, row.TenantKind = owner, "account"
			}
		}
		l.add(place, row)
	}
}

// readNoMachine: it asks whoever owns the desktop unless that is switched off.
func readNoMachine(l *accessLook) {
	wanted := parse.Wanted{Values: []string{"physicaldesktopauthorization"}}
	for _, place := range []string{"usr/NX/etc/server.cfg", "Library/Application Support/NoMachine/nxserver/server.cfg", "Applications/NoMachine.app/Contents/Frameworks/etc/server.cfg",
		"ProgramData/NoMachine/nxserver/server.cfg", "Program Files/NoMachine/etc/server.cfg", "Program Files (x86)/NoMachine/etc/server.cfg"} {
		found, ok := l.settings(place, parse.ParseSettings, wanted)
		if !ok {
			continue
		}
		row := remoteAccess{Tool: "nomachine", Unattended: yes(found.Value("physicaldesktopauthorization") == "0"), How: "service",
			Enabled: l.known("nxserver", "nxservice*", "com.nomachine.*")}
		for _, keys := range l.inHomes(".nx/config/authorized.crt") {
			if l.has(keys) {
				row.How = "service trusted"
			}
		}
		l.add(place, row)
	}
}
