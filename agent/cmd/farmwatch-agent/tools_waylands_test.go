//go:build tools

package main_test

// nxagent is what x2goagent links to.
const nxagent = "it is nxagent, which other products use as well"

// waylands are servers of desktops that are not X, and those of whole classrooms.
func waylands() []specimen {
	return []specimen{
		{tool: "wayvnc", what: "wayvnc, on sway", packages: []string{"wayvnc"}, visit: viewing(5900), port: 5900,
			lacks: map[string]string{"connected": waits},
			begin: func(s *scene) {
				s.mine.person()
				s.mine.run("/bin/sh", "-c", "install -d -m 700 -o kim /run/kim; : >/etc/sway.conf; chmod 644 /etc/sway.conf")
				kim := []string{"/usr/sbin/runuser", "-u", "kim", "--", "/usr/bin/env", "XDG_RUNTIME_DIR=/run/kim", "WAYLAND_DISPLAY=wayland-1"}
				s.mine.start("", append(kim, "WLR_BACKENDS=headless", "WLR_RENDERER=pixman", "WLR_LIBINPUT_NO_DEVICES=1", "WAYLAND_DISPLAY=", "sway", "-c", "/etc/sway.conf")...)
				eventually(s.mine.t, patience, "a Wayland desktop", func() bool { return s.mine.exists("/run/kim/wayland-1") })
				s.startThrough(kim, "/usr/bin/wayvnc", "0.0.0.0", "5900")
				s.awaits(5900)
			}},
		{tool: "gnome-remote-desktop", what: "gnome-remote-desktop, not enabled", packages: []string{"gnome-remote-desktop"},
			lacks: map[string]string{"running": "its daemon also runs unused, and is then only opened", "listening": "it listens only when somebody enabled it in GNOME's settings", "connected": waits, "session": "it needs a running GNOME", "carried in": nothing},
			begin: func(s *scene) {
				s.mine.bus()
				s.start("/usr/libexec/gnome-remote-desktop-daemon")
				s.steady()
			}},
		{tool: "x2go", what: "x2go's agent (x2goagent)", packages: []string{"x2goserver"},
			lacks: map[string]string{"listening": "it is reached through ssh", "connected": waits, "session": "it is reached through ssh", "renamed": nxagent, "carried in": nxagent},
			begin: func(s *scene) {
				s.mine.screen()
				s.start("/usr/bin/x2goagent", "-ac", "-nolisten", "tcp", ":50")
				s.steady()
			}},
		{tool: "veyon", what: "Veyon's server, which begins x11vnc", packages: []string{"veyon-service"}, visit: holding(11100), port: 11100, also: []string{"x11vnc"},
			lacks:  map[string]string{"connected": waits},
			rooted: "a copy elsewhere does not find its parts and ends",
			begin: func(s *scene) {
				s.mine.screen()
				s.start("/usr/bin/veyon-server")
				s.awaits(11100)
			}},
	}
}
