package sensor

import (
	"cmp"
	"slices"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// The kinds of what begins a meeting program.
const (
	byBrowser   = "browser"
	byShell     = "shell"
	byProgram   = "program"
	byApp       = "app"
	byScheduler = "scheduler"
	byItself    = "itself"
	byUnknown   = "unknown"
)

// wordSet are the names in a list, in which an underscore stands for a blank.
func wordSet(list string) map[string]bool {
	set := map[string]bool{}
	for name := range strings.SplitSeq(list, " ") {
		set[strings.ReplaceAll(name, "_", " ")] = true
	}
	return set
}

// Programs by the names of their files, in lower case and without .exe.
var (
	browserNames = wordSet("chrome google-chrome google-chrome-stable google_chrome chromium chromium-browser firefox firefox-bin firefox-esr librewolf waterfox msedge microsoft-edge microsoft-edge-stable microsoft_edge brave brave-browser brave_browser opera vivaldi vivaldi-bin safari arc epiphany falkon iexplore zen com.apple.webkit.webcontent")
	// desktopNames are desktops, their panels, menus and file windows.
	desktopNames = wordSet("explorer gnome-shell plasmashell kwin_x11 kwin_wayland krunner cinnamon xfce4-panel xfdesktop xfce4-session mate-panel lxpanel lxqt-panel lxqt-runner sway i3 hyprland openbox budgie-panel rofi wofi fuzzel dmenu nautilus dolphin nemo thunar caja pcmanfm finder dock spotlight searchhost startmenuexperiencehost gnome-session-binary")
	// terminalNames are where people type commands.
	terminalNames = wordSet("gnome-terminal-server gnome-terminal- ptyxis ptyxis-agent konsole yakuake xterm uxterm kitty alacritty foot wezterm wezterm-gui tilix terminator xfce4-terminal mate-terminal qterminal lxterminal ghostty tmux tmux:_server screen sshd login windowsterminal openconsole conhost terminal iterm2")
	// launcherNames pass on what they are given, and then say nothing of who gave it.
	launcherNames = wordSet("xdg-open gio gio-launch-desktop gvfs-open kde-open kde-open5 kioclient kioclient5 kde-open6 kioclient6 exo-open gnome-open gtk-launch mimeopen open start cmd rundll32 dllhost env nohup setsid sudo su doas timeout nice bwrap flatpak snap snap-confine firejail dbus-launch dbus-run-session xdg-desktop-portal flatpak-session-helper runtimebroker zoomlauncher zopen ms-teamsupdate ciscosparklauncher ciscowebexstart")
	shellNames    = wordSet("sh bash dash zsh fish ksh ash busybox tcsh csh")
	timerNames    = wordSet("cron crond atd anacron fcron systemd-cron taskeng taskhostw schtasks")
	// automatonNames do what people do, whoever made and signed them.
	automatonNames = wordSet("powershell pwsh powershell_ise wscript cscript mshta osascript automator regsvr32 autohotkey autohotkey64 autohotkeyu64 autohotkeyu32 autoit3 xdotool ydotool wtype pad.robot pad.console.host uirobot uipath.executor blueprism hammerspoon expect socat nc ncat node wmiprvse psexesvc")
	serviceRoots   = wordSet("systemd init launchd services wininit svchost launchd_sim")
)

// A meetingStarter is a process that may have begun a meeting program, and what is
// known of its program.
type meetingStarter struct {
	said  host.Process
	known *program
}

// startedBy says of the processes above a meeting program, nearest first, what kind
// of thing began it. Launchers and shells that pass on a command stand for whoever
// called them; a script does not.
func startedBy(tool string, unit string, chain []meetingStarter) string {
	own, typed := false, false
	for _, s := range chain {
		who := identify(s.said)
		file := programWord(cmp.Or(who.file, who.name))
		switch kind := kindOf(s, who, file); {
		case kind != "":
			return kind
		case meetingTool(s.said, s.known) == tool:
			own = true
		case shellNames[file]:
			typed = typed || who.script == ""
		}
	}
	switch {
	case timed(unit):
		return byScheduler
	case strings.HasPrefix(unit, "app-"): // as KDE and GNOME name what their menus start
		return byShell
	case own && !typed:
		return byItself
	}
	return byUnknown
}

// kindOf is the kind of one process above; "" where it passes on what another began.
func kindOf(s meetingStarter, who identity, file string) string {
	switch {
	case browserNames[file]:
		return byBrowser
	case desktopNames[file], terminalNames[file]:
		return byShell
	case timerNames[file], file == "svchost" && strings.Contains(strings.ToLower(s.said.Unit), "schedule"):
		return byScheduler
	case automatonNames[file]:
		return byProgram
	case launcherNames[file], launcherNames[programWord(who.script)], serviceRoots[file], meetingNames[file] != "", meetingTool(s.said, s.known) != "":
		return ""
	case shellNames[file]:
		return shellKind(who)
	}
	if _, interprets := interpreterNamed(strings.TrimRight(file, "0123456789.-")); interprets {
		return byProgram
	}
	if s.known.Package != "" || s.known.Signature == "valid" {
		return byApp
	}
	return byProgram
}

// shellKind is what a shell shows: a script of a person's is a program, a wrapper
// that a package brings passes on, and one at which somebody types does so as well.
func shellKind(who identity) string {
	if who.script == "" || systemFile(who.read) || meetingNames[programWord(who.script)] != "" {
		return ""
	}
	return byProgram
}

// timed says whether a service of the system or of a person, as systemd names it,
// was begun by a timer: that of cron and its like, and any that is no part of a desktop.
func timed(unit string) bool {
	name := strings.TrimSuffix(unit, ".service")
	switch {
	case name == "", name == unit:
		return false
	case timerNames[name]:
		return true
	}
	return !slices.ContainsFunc([]string{"app-", "dbus", "gnome-", "org.gnome.", "org.freedesktop.", "plasma-", "xdg-", "gdm", "sddm", "lightdm", "display-manager", "user@", "at-spi", "ssh", "session-", "getty@", "containerd", "docker"}, func(prefix string) bool {
		return strings.HasPrefix(name, prefix)
	})
}
