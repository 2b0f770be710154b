//go:build tools

package main_test

import (
	"slices"
	"time"
)

// Reasons that several specimens share.
const (
	waits    = "it waits for others and calls nobody"
	calls    = "it calls out and waits for nobody"
	passage  = "a passage: who comes through it is not seen as control"
	nothing  = "nothing in it is its own but the name"
	script   = "a script, which holds nothing but words"
	noParcel = "it comes without a package"
)

// barrierScreens say where barrier's two screens stand.
const barrierScreens = "section: screens\nvisitor:\nlaptop:\nend\nsection: links\nvisitor:\nright = laptop\nlaptop:\nleft = visitor\nend\n"

// specimens is every program that is run.
func specimens() []specimen {
	return slices.Concat(desktops(), waylands(), passages(), meshes())
}

// desktops let somebody see a screen and use keyboard and pointer.
func desktops() []specimen {
	return []specimen{
		{tool: "x11vnc", what: "x11vnc", packages: []string{"x11vnc"}, visit: viewing(5900), port: 5900,
			lacks: map[string]string{"connected": waits},
			begin: func(s *scene) {
				s.mine.screen()
				s.start("/usr/bin/x11vnc", "-display", ":5", "-nopw", "-forever", "-shared", "-quiet")
				s.awaits(5900)
			}},
		{tool: "tigervnc", what: "TigerVNC, a desktop of its own (Xtigervnc)", packages: []string{"tigervnc-standalone-server"}, visit: viewing(5906), port: 5906,
			lacks: map[string]string{"connected": waits},
			begin: func(s *scene) {
				s.start("/usr/bin/Xtigervnc", ":6", "-SecurityTypes", "None", "-rfbport", "5906")
				s.awaits(5906)
			}},
		{tool: "tigervnc", what: "TigerVNC, the screen there is (X0tigervnc)", packages: []string{"tigervnc-scraping-server"}, visit: viewing(5900), port: 5900,
			lacks: map[string]string{"connected": waits},
			begin: func(s *scene) {
				s.mine.screen()
				s.start("/usr/bin/X0tigervnc", "-display", ":5", "-SecurityTypes", "None", "-rfbport", "5900")
				s.awaits(5900)
			}},
		{tool: "tightvnc", what: "TightVNC (Xtightvnc)", packages: []string{"tightvncserver"}, visit: holding(5907), port: 5907,
			lacks: map[string]string{"connected": waits},
			begin: func(s *scene) {
				s.start("/usr/bin/Xtightvnc", ":7", "-rfbport", "5907", "-fp", "/usr/share/fonts/X11/misc")
				s.awaits(5907)
			}},
		{tool: "xrdp", what: "xrdp", unit: "xrdp.service", packages: []string{"xrdp", "xorgxrdp"},
			port: 3389, visit: using(3389, "/usr/bin/xfreerdp", "/v:"+laptopAddress, "/u:kim", "/p:correct-horse", "/cert:ignore", "/log-level:ERROR"),
			lacks: map[string]string{"connected": waits},
			begin: func(s *scene) {
				s.mine.person()
				s.start("/usr/sbin/xrdp-sesman", "-n")
				s.start("/usr/sbin/xrdp", "-n")
				s.awaits(3389)
			}},
		{tool: "freerdp-shadow", what: "FreeRDP shadow", packages: []string{"freerdp2-shadow-x11"},
			port: 3389, visit: using(3389, "/usr/bin/xfreerdp", "/v:"+laptopAddress, "/u:kim", "/p:x", "/cert:ignore", "/log-level:ERROR"),
			lacks: map[string]string{"connected": waits},
			begin: func(s *scene) {
				s.mine.screen()
				s.start("/usr/bin/freerdp-shadow-cli", "/bind-address:0.0.0.0", "-auth")
				s.awaits(3389)
			}},
		{tool: "krfb", what: "krfb", packages: []string{"krfb"}, visit: holding(5900), port: 5900,
			lacks: map[string]string{"connected": waits},
			begin: func(s *scene) {
				s.mine.screen()
				s.mine.bus()
				s.start("/usr/bin/krfb", "--nodialog")
				s.awaits(5900)
			}},
		{tool: "vino", what: "vino", packages: []string{"vino"}, visit: viewing(5900), port: 5900,
			lacks: map[string]string{"connected": waits},
			begin: func(s *scene) {
				s.mine.screen()
				s.mine.bus()
				s.mine.write("/root/.config/glib-2.0/settings/keyfile", "[org/gnome/desktop/remote-access]\nprompt-enabled=false\nrequire-encryption=false\nauthentication-methods=['none']\n")
				s.start("/usr/libexec/vino-server")
				s.awaits(5900)
			}},
		{tool: "xpra", what: "xpra", packages: []string{"xpra"}, port: 14500, visit: using(14500, "/usr/bin/xpra", "attach", "tcp://"+laptopAddress+":14500"),
			lacks: map[string]string{"connected": waits, "carried in": script},
			begin: func(s *scene) {
				s.start("/usr/bin/xpra", "start", ":44", "--bind-tcp=0.0.0.0:14500", "--daemon=no", "--mdns=no", "--pulseaudio=no", "--notifications=no", "--dbus-launch=no", "--html=off", "--start-new-commands=no")
				s.awaits(14500)
			}},
		{tool: "websockify", what: "websockify with noVNC, before x11vnc", packages: []string{"websockify", "novnc"}, visit: holding(6080), port: 6080, also: []string{"x11vnc"},
			lacks: map[string]string{"listening": passage, "connected": passage, "session": passage, "renamed": script, "carried in": script},
			begin: func(s *scene) {
				s.mine.screen()
				s.mine.start("", "/usr/bin/x11vnc", "-display", ":5", "-nopw", "-forever", "-shared", "-quiet", "-localhost")
				s.awaits(5900)
				s.start("/usr/bin/websockify", "--web", "/usr/share/novnc", "6080", "127.0.0.1:5900")
				s.awaits(6080)
			}},
		{tool: "barrier", what: "barrier, the controlled side (barrierc)", packages: []string{"barrier"},
			lacks: map[string]string{"listening": calls, "session": "the connection to whoever controls it is the one it makes itself: see connected",
				"carried in": "only by what it does for an hour: conduct.unlisted_remote_control"},
			begin: func(s *scene) {
				s.theirs.screen()
				s.theirs.write("/root/barrier.conf", barrierScreens)
				s.theirs.start("", "/usr/bin/barriers", "-f", "--disable-crypto", "-n", "visitor", "-a", ":24800", "-c", "/root/barrier.conf")
				time.Sleep(time.Second)
				s.mine.screen()
				s.start("/usr/bin/barrierc", "-f", "--disable-crypto", "-n", "laptop", farAddress+":24800")
				s.reaches(24800)
			}},
	}
}
