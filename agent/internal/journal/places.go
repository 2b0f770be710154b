package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// Lines understands the lines of one log, one after another.
type Lines interface {
	Line(text string, clock parse.SessionClock) (parse.SessionMark, bool)
}

// A Place says where logs of one form lie and what they can tell.
type Place struct {
	Tool      string // an id of the catalogue's tools
	Source    string // as rows name it
	System    string // linux, windows or darwin; "" is any
	Names     string // patterns, blank-joined; "~/" is each person's home, "Program_Files" the folder with a blank
	Local     bool   // its times are the machine's own, without a zone
	Ends      bool   // it tells ends too, so that a begin without one may last
	EndsAlone bool   // an end without a begin is a session
	Direct    bool   // its addresses are those of connections to the program itself
	Alive     string // programs, blank-joined, of which one runs as long as a session lasts
	Lines     func() Lines
}

func anyDesk() Lines       { return &parse.AnyDeskTrace{} }
func anyDeskBegins() Lines { return parse.AnyDeskConnections{} }
func tigerVNC() Lines      { return &parse.TigerVNC{} }
func libVNCServer() Lines  { return &parse.LibVNCServer{} }
func chromoting() Lines    { return parse.Chromoting{} }

// Places is where logs lie.
func Places() []Place {
	const anyDeskRuns, teamViewerRuns = "AnyDesk.exe AnyDesk anydesk", "TeamViewer_Desktop.exe TeamViewer_Desktop"
	incoming := func() Lines { return parse.TeamViewerIncoming{} }
	outgoing := func() Lines { return parse.TeamViewerOutgoing{} }
	trace := func() Lines { return &parse.TeamViewerTrace{} }
	return []Place{
		{Tool: "anydesk", Source: "connection_trace", System: "linux", Names: "etc/anydesk/connection_trace.txt ~/.anydesk/connection_trace.txt ~/.anydesk_ad_*/connection_trace.txt", Lines: anyDeskBegins},
		{Tool: "anydesk", Source: "connection_trace", System: "darwin", Names: "etc/anydesk/connection_trace.txt ~/.anydesk/connection_trace.txt ~/.anydesk_ad_*/connection_trace.txt", Lines: anyDeskBegins},
		{Tool: "anydesk", Source: "connection_trace", System: "windows", Names: "ProgramData/AnyDesk/connection_trace.txt ProgramData/AnyDesk/ad_*/connection_trace.txt ~/AppData/Roaming/AnyDesk/connection_trace.txt", Lines: anyDeskBegins},
		{Tool: "anydesk", Source: "anydesk_trace", System: "linux", Names: "var/log/anydesk.trace var/log/anydesk*/*.trace ~/.anydesk/anydesk.trace ~/.anydesk_ad_*/*.trace", Ends: true, Alive: anyDeskRuns, Lines: anyDesk},
		{Tool: "anydesk", Source: "anydesk_trace", System: "darwin", Names: "var/log/anydesk.trace ~/.anydesk/anydesk.trace ~/.anydesk_ad_*/*.trace", Ends: true, Alive: anyDeskRuns, Lines: anyDesk},
		{Tool: "anydesk", Source: "anydesk_trace", System: "windows", Names: "ProgramData/AnyDesk/ad_svc.trace ProgramData/AnyDesk/ad_*/*.trace ~/AppData/Roaming/AnyDesk/ad.trace", Ends: true, Alive: anyDeskRuns, Lines: anyDesk},
		{Tool: "teamviewer", Source: "connections_incoming", System: "windows", Names: "Program_Files/TeamViewer/Connections_incoming.txt Program_Files_(x86)/TeamViewer/Connections_incoming.txt", Lines: incoming},
		{Tool: "teamviewer", Source: "connections", System: "windows", Names: "~/AppData/Roaming/TeamViewer/Connections.txt Program_Files/TeamViewer/Connections.txt Program_Files_(x86)/TeamViewer/Connections.txt", Lines: outgoing},
		{Tool: "teamviewer", Source: "connections_incoming", System: "linux", Names: "var/log/teamviewer*/Connections_incoming.txt opt/teamviewer/logfiles/Connections_incoming.txt", Lines: incoming},
		{Tool: "teamviewer", Source: "connections", System: "linux", Names: "~/.local/share/teamviewer*/logfiles/Connections.txt", Lines: outgoing},
		{Tool: "teamviewer", Source: "teamviewer_log", System: "windows", Names: "Program_Files/TeamViewer/TeamViewer*_Logfile.log Program_Files_(x86)/TeamViewer/TeamViewer*_Logfile.log", Local: true, Ends: true, Alive: teamViewerRuns, Lines: trace},
		{Tool: "teamviewer", Source: "teamviewer_log", System: "linux", Names: "var/log/teamviewer*/TeamViewer*_Logfile.log", Local: true, Ends: true, Alive: teamViewerRuns, Lines: trace},
		{Tool: "teamviewer", Source: "teamviewer_log", System: "darwin", Names: "Library/Logs/TeamViewer/TeamViewer*_Logfile*.log ~/Library/Logs/TeamViewer/TeamViewer*_Logfile*.log", Local: true, Ends: true, Alive: teamViewerRuns, Lines: trace},
		{Tool: "rustdesk", Source: "rustdesk_log", System: "linux", Names: "~/.local/share/logs/RustDesk/server/*_rCURRENT.log ~/.local/share/logs/RustDesk/*_rCURRENT.log var/log/rustdesk/*.log", Ends: true, EndsAlone: true, Alive: "rustdesk", Lines: rustDesk},
		{Tool: "rustdesk", Source: "rustdesk_log", System: "darwin", Names: "~/Library/Logs/RustDesk/server/*_rCURRENT.log ~/Library/Logs/RustDesk/*_rCURRENT.log Library/Logs/RustDesk/server/*_rCURRENT.log", Ends: true, EndsAlone: true, Alive: "RustDesk rustdesk", Lines: rustDesk},
		{Tool: "rustdesk", Source: "rustdesk_log", System: "windows", Names: "~/AppData/Roaming/RustDesk/log/server/*_rCURRENT.log Windows/ServiceProfiles/LocalService/AppData/Roaming/RustDesk/log/server/*_rCURRENT.log", Ends: true, EndsAlone: true, Alive: "rustdesk.exe", Lines: rustDesk},
		{Tool: "xrdp", Source: "xrdp_sesman", System: "linux", Names: "var/log/xrdp-sesman.log", Local: true, Ends: true, Direct: true, Lines: func() Lines { return parse.XRDPSessions{} }},
		{Tool: "xrdp", Source: "xrdp_log", System: "linux", Names: "var/log/xrdp.log", Local: true, Ends: true, Direct: true, Lines: func() Lines { return &parse.XRDPConnections{} }},
		{Tool: "x11vnc", Source: "x11vnc_log", System: "linux", Names: "var/log/x11vnc*.log var/log/x11vnc/*.log ~/.x11vnc.log ~/x11vnc.log ~/.vnc/x11vnc*.log tmp/x11vnc*.log", Local: true, Ends: true, Direct: true, Lines: libVNCServer},
		{Tool: "tigervnc", Source: "tigervnc_log", System: "linux", Names: "~/.vnc/*:*.log ~/.config/tigervnc/*.log ~/.local/state/tigervnc/*.log var/log/x0vncserver*.log", Local: true, Ends: true, Direct: true, Lines: tigerVNC},
		{Tool: "chrome-remote-desktop", Source: "syslog", System: "linux", Names: "var/log/syslog var/log/messages", Local: true, Ends: true, Alive: "chrome-remote-desktop-host chrome-remote-desktop", Lines: chromoting},
	}
}

func rustDesk() Lines { return parse.RustDeskServer{} }

// Of gives the place of a tool whose log lies elsewhere.
func Of(tool string) (Place, bool) {
	for _, p := range Places() {
		if p.Tool == tool {
			return p, true
		}
	}
	return Place{}, false
}

// patterns are the place's patterns with homes put in.
func (p Place) patterns(system string) []string {
	homes := []string{"home/*/", "root/"}
	if system != "linux" {
		homes = []string{"Users/*/"}
	}
	var patterns []string
	for name := range strings.FieldsSeq(p.Names) {
		if system == "windows" {
			name = strings.ReplaceAll(strings.ReplaceAll(name, "Program_Files_(", "Program Files ("), "Program_Files", "Program Files")
		}
		below, personal := strings.CutPrefix(name, "~/")
		if !personal {
			patterns = append(patterns, name)
			continue
		}
		for _, home := range homes {
			patterns = append(patterns, home+below)
		}
	}
	return patterns
}

// foundLimit bounds what one element of a pattern matches in one folder.
const foundLimit = 200

// find gives the names that fit a pattern. What is not there is no error; what
// may not be looked at is.
func find(fsys host.FS, pattern string) ([]string, error) {
	found := []string{"."}
	var problem, crowded error
	for element := range strings.SplitSeq(pattern, "/") {
		var next []string
		for _, folder := range found {
			names, err := step(fsys, folder, element)
			if denied(err) {
				problem = refusal(folder)
			}
			room := foundLimit
			if shareOf(folder+"/…") != "" {
				room = shareLimit // nobody's logs keep others' from being found
			}
			if len(names) > room {
				names, crowded = names[:room], errCrowded
			}
			next = append(next, names...)
		}
		if found = next; len(found) > foundLimit*shareLimit {
			found, crowded = found[:foundLimit*shareLimit], errCrowded
		}
	}
	there := found[:0]
	for _, name := range found {
		stat, err := fs.Stat(fsys, name)
		switch {
		case err == nil && stat.Mode().IsRegular():
			there = append(there, name)
		case denied(err):
			problem = refusal(path.Dir(name))
		}
	}
	return there, errors.Join(problem, crowded)
}

// step gives what fits one element of a pattern in one folder.
func step(fsys host.FS, folder, element string) ([]string, error) {
	if !strings.ContainsAny(element, "*?[") {
		return []string{path.Join(folder, element)}, nil
	}
	entries, err := fs.ReadDir(fsys, folder)
	var names []string
	for _, entry := range entries {
		if fits, _ := path.Match(element, entry.Name()); fits {
			names = append(names, path.Join(folder, entry.Name()))
		}
	}
	return names, err
}

func refusal(folder string) error {
	return fmt.Errorf("look for session logs in %s: %w: run as root", folder, host.ErrDenied)
}

func denied(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, host.ErrDenied)
}
