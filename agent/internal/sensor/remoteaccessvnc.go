package sensor

import (
	"path"
	"slices"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// readXrdp: who has an account comes in, for as long as it runs.
func readXrdp(l *accessLook) {
	if _, ok := l.settings("etc/xrdp/xrdp.ini", parse.ParseSettings, parse.Wanted{Presence: []string{"port"}}); !ok {
		return
	}
	enabled := l.known("xrdp")
	l.add("etc/xrdp/xrdp.ini", remoteAccess{Tool: "xrdp", Unattended: enabled, How: "service", Enabled: enabled})
}

// readPasswordFiles: a file with a password for VNC is used by several servers;
// it is set up for the one that starts here, and else for TigerVNC, which makes it.
func readPasswordFiles(l *accessLook) {
	for _, place := range l.inHomes(".vnc/passwd", ".config/tigervnc/passwd") {
		if !l.has(place) {
			continue
		}
		enabled := l.known("vncserver@", "tigervncserver@", "x0vncserver*")
		if enabled == "" && l.known("x11vnc*") != "" {
			l.add(place, remoteAccess{Tool: "x11vnc", How: "password"})
			continue
		}
		l.add(place, remoteAccess{Tool: "tigervnc", Unattended: enabled, How: "password", Enabled: enabled})
	}
}

// readTigerUsers: whoever is listed has a display that a service of systemd starts.
func readTigerUsers(l *accessLook) {
	const place = "etc/tigervnc/vncserver.users"
	found, ok := l.settings(place, parse.ParseSettings, parse.Wanted{Presence: []string{"*"}})
	if !ok || len(found) == 0 {
		return
	}
	enabled := l.known("vncserver@", "tigervncserver@")
	l.add(place, remoteAccess{Tool: "tigervnc", Unattended: enabled, How: "service", Enabled: enabled})
}

// readX11vnc: its options may stand in a file as well.
func readX11vnc(l *accessLook) {
	wanted := parse.Wanted{Presence: []string{"rfbauth", "passwdfile", "passwd", "usepw", "unixpw", "accept", "forever", "loop"}}
	for _, place := range l.inHomes(".x11vncrc") {
		if found, ok := l.settings(place, parse.ParseSettings, wanted); ok && len(found) > 0 {
			row := remoteAccess{Tool: "x11vnc", Unattended: yes(!found.Has("accept"))}
			if found.Has("rfbauth") || found.Has("passwdfile") || found.Has("passwd") || found.Has("usepw") || found.Has("unixpw") {
				row.How = "password"
			}
			l.add(place, row)
		}
	}
	if l.has("etc/x11vnc.pass") {
		l.add("etc/x11vnc.pass", remoteAccess{Tool: "x11vnc", How: "password"})
	}
}

// What GNOME's two servers are set to, below these paths.
const (
	grdRDP    = "/org/gnome/desktop/remote-desktop/rdp/"
	grdVNC    = "/org/gnome/desktop/remote-desktop/vnc/"
	vinoPlace = "/org/gnome/desktop/remote-access/"
)

// readDconf reads GNOME's settings, of people and of the system, in databases and
// in the files that these are made of.
func readDconf(l *accessLook) {
	wanted := parse.Wanted{
		Values: []string{grdRDP + "enable", grdRDP + "view-only", grdVNC + "enable", grdVNC + "view-only", grdVNC + "auth-method",
			vinoPlace + "enabled", vinoPlace + "prompt-enabled", vinoPlace + "authentication-methods", vinoPlace + "view-only"},
		Presence: []string{vinoPlace + "vnc-password"},
	}
	for _, place := range l.inHomes(".config/dconf/user") {
		if found, ok := l.settings(place, parse.ParseDconf, wanted); ok {
			l.gnome(place, found)
		}
	}
	for _, entry := range l.list("etc/dconf/db") {
		place := path.Join("etc/dconf/db", entry.Name())
		if !entry.IsDir() {
			if found, ok := l.settings(place, parse.ParseDconf, wanted); ok {
				l.gnome(place, found)
			}
			continue
		}
		for _, file := range l.matching("*", place) {
			found, ok := l.settings(file, parse.ParseSettings, parse.Wanted{
				Values:   []string{"enable", "enabled", "view-only", "auth-method", "prompt-enabled", "authentication-methods"},
				Presence: []string{"vnc-password"},
			})
			found = slices.Clone(found) // what is remembered stays as it was read
			for i := range found {
				found[i].Name = "/" + strings.Trim(found[i].Section, "/") + "/" + found[i].Name
			}
			if ok {
				l.gnome(file, found)
			}
		}
	}
}

func (l *accessLook) gnome(place string, found parse.Settings) {
	if found.Value(grdRDP+"enable") != "" || found.Value(grdVNC+"enable") != "" {
		rdp := found.Value(grdRDP+"enable") == "true" && found.Value(grdRDP+"view-only") == "false"
		vnc := found.Value(grdVNC+"enable") == "true" && strings.Trim(found.Value(grdVNC+"auth-method"), "'") == "password" && found.Value(grdVNC+"view-only") == "false"
		row := remoteAccess{Tool: "gnome-remote-desktop", Unattended: yes(rdp || vnc), Enabled: l.known("gnome-remote-desktop")}
		if rdp || vnc {
			row.How = "password"
		}
		l.add(place, row)
	}
	if prompt := found.Value(vinoPlace + "prompt-enabled"); prompt != "" || found.Value(vinoPlace+"enabled") != "" || found.Value(vinoPlace+"authentication-methods") != "" {
		row := remoteAccess{Tool: "vino", Unattended: yes(prompt == "false" && found.Value(vinoPlace+"enabled") != "false"), Enabled: l.known("vino-server")}
		if strings.Contains(found.Value(vinoPlace+"authentication-methods"), "vnc") && found.Has(vinoPlace+"vnc-password") {
			row.How = "password"
		}
		l.add(place, row)
	}
}

// readGrd reads the settings of GNOME's server for the whole machine.
func readGrd(l *accessLook) {
	places := []string{"etc/gnome-remote-desktop/grd.conf", "var/lib/gnome-remote-desktop/.local/share/gnome-remote-desktop/grd.conf"}
	for _, place := range append(places, l.inHomes(".local/share/gnome-remote-desktop/grd.conf")...) {
		found, ok := l.settings(place, parse.ParseSettings, parse.Wanted{Values: []string{"enabled", "enable", "view-only", "auth-method"}})
		if !ok || len(found) == 0 {
			continue
		}
		rdp := found.Within("rdp")
		on := (rdp.Value("enabled") == "true" || rdp.Value("enable") == "true") && rdp.Value("view-only") != "true"
		row := remoteAccess{Tool: "gnome-remote-desktop", Unattended: yes(on), Enabled: l.known("gnome-remote-desktop")}
		if on {
			row.How = "password"
		}
		l.add(place, row)
	}
}

// readKrfb: KDE's VNC server asks unless a password for unattended access is allowed.
func readKrfb(l *accessLook) {
	wanted := parse.Wanted{Values: []string{"allowunattendedaccess"}, Presence: []string{"unattendedpassword", "nowallet"}}
	for _, place := range l.inHomes(".config/krfbrc") {
		found, ok := l.settings(place, parse.ParseSettings, wanted)
		if !ok {
			continue
		}
		row := remoteAccess{Tool: "krfb", Unattended: yes(found.Value("allowunattendedaccess") == "true"), Enabled: l.known("krfb", "org.kde.krfb")}
		if row.Unattended == "true" {
			row.How = "password"
		}
		l.add(place, row)
	}
}

// readKrdp: KDE's RDP server lets in whoever has an account, or a user made for it.
func readKrdp(l *accessLook) {
	wanted := parse.Wanted{Values: []string{"autostart", "systemuserenabled"}, Presence: []string{"users"}}
	for _, place := range l.inHomes(".config/krdpserverrc") {
		found, ok := l.settings(place, parse.ParseSettings, wanted)
		if !ok || len(found) == 0 {
			continue
		}
		enabled := either(l.known("app-org.kde.krdpserver", "plasma-krdp_server"), yes(found.Value("autostart") == "true"))
		l.add(place, remoteAccess{Tool: "krdp", Unattended: yes(found.Value("systemuserenabled") == "true" || found.Has("users")), How: "password", Enabled: enabled})
	}
}

// readWayvnc: it never asks.
func readWayvnc(l *accessLook) {
	wanted := parse.Wanted{Values: []string{"enable_auth"}, Presence: []string{"password", "address", "port"}}
	for _, place := range append([]string{"etc/wayvnc/config"}, l.inHomes(".config/wayvnc/config")...) {
		found, ok := l.settings(place, parse.ParseSettings, wanted)
		if !ok || len(found) == 0 {
			continue
		}
		row := remoteAccess{Tool: "wayvnc", Unattended: "true", Enabled: l.known("wayvnc")}
		if found.Value("enable_auth") == "true" {
			row.How = "password"
		}
		l.add(place, row)
	}
}

// readWindowsVNC reads the servers that keep their settings in Windows' registry or an .ini.
func readWindowsVNC(l *accessLook) {
	for _, key := range l.software("TightVNC/Server") {
		row := remoteAccess{Tool: "tightvnc", Enabled: l.known("tvnserver")}
		if l.has(key + "/Password") {
			row.Unattended, row.How = "true", "password"
		}
		l.add(key, row)
	}
	for _, place := range []string{"Program Files/uvnc bvba/UltraVNC/ultravnc.ini", "Program Files (x86)/uvnc bvba/UltraVNC/ultravnc.ini", "ProgramData/UltraVNC/ultravnc.ini"} {
		found, ok := l.settings(place, parse.ParseSettings, parse.Wanted{Presence: []string{"passwd", "passwd2"}})
		if !ok || len(found) == 0 {
			continue
		}
		row := remoteAccess{Tool: "ultravnc", Enabled: l.known("uvnc_service")}
		if found.Has("passwd") {
			row.How = "password"
		}
		l.add(place, row)
	}
}
