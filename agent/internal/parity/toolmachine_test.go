package parity

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
	"golang.org/x/tools/txtar"

	"github.com/farmwatch/farmwatch/proto/catalogue"
)

// A toolMachine is a made-up laptop on which one tool does all that its
// artefacts of one system say: it is installed, starts by itself, runs, waits,
// is connected, and somebody is in.
type toolMachine struct {
	system   string
	archive  txtar.Archive
	running  []map[string]any
	programs []map[string]any
	sockets  []map[string]any
	lookups  []map[string]any
	packages string // paragraphs of dpkg's database
	listed   bool   // whether a package or what starts by itself shows the tool on this system
}

// named are the systems as the catalogue's files call them.
var named = map[string]string{"linux": "linux", "windows": "windows", "darwin": "macos"}

// columns are the types of artefacts that a program's file shows, as programs.yaml calls them.
var columns = map[string]string{
	"signer": "signer", "team_id": "team_id", "bundle_id": "bundle_id", "original_name": "original_name",
	"product": "product", "build_path": "build_path", "library": "libraries", "side_file": "beside",
}

// makeMachine gives the machine, nil where the catalogue knows nothing of the
// tool on that system.
func makeMachine(t *testing.T, tool *catalogue.Tool, system string) *toolMachine {
	t.Helper()
	m := &toolMachine{system: system}
	first := map[string]any{}
	var artefacts []catalogue.Artefact
	exists := false
	for _, a := range tool.Artefacts {
		if a.OS != "" && a.OS != named[system] {
			continue
		}
		artefacts, exists = append(artefacts, a), exists || a.OS != ""
		if column := columns[a.Type]; column != "" && first[column] == nil && !has(a, catalogue.RoleViewer, catalogue.RoleHost) {
			first[column] = filled(a)
		}
		m.listed = m.listed || (a.Type == "package" || a.Type == "unit") && !has(a, catalogue.RoleViewer, "generic", "shared", "multi_product", "unconfirmed")
	}
	if !exists {
		return nil
	}
	for _, a := range artefacts {
		m.add(a, first)
	}
	m.write(t)
	return m
}

func has(a catalogue.Artefact, flags ...string) bool {
	return slices.ContainsFunc(flags, func(f string) bool { return slices.Contains(a.Flags, f) })
}

// filled is an artefact's value with something in place of what may be anything.
func filled(a catalogue.Artefact) string {
	value := strings.NewReplacer("*", "x", "?", "x").Replace(a.Value)
	switch a.Match {
	case "suffix":
		return "x" + value
	case "prefix":
		return value + "x"
	}
	return value
}

// add puts one artefact there: by itself, and with whatever else the tool's file shows.
func (m *toolMachine) add(a catalogue.Artefact, first map[string]any) {
	value := filled(a)
	switch a.Type {
	case "process", "session_process":
		m.run(m.below(value), a.With, nil)
		m.run(m.below("whole/"+value), a.With, first)
	case "path":
		m.run(value, a.With, nil)
	case "package":
		m.install(value)
		m.run(m.below("copy"), nil, map[string]any{"package": value})
	case "unit":
		m.start(value)
		m.run(m.below("copy"), nil, map[string]any{"": value})
	case "domain":
		m.lookups = append(m.lookups, map[string]any{"name": strings.TrimPrefix(value, "."), "at": "2026-11-02T08:30:00Z"})
	default:
		if a.Type == "bundle_id" {
			m.install(value)
		}
		if column := columns[a.Type]; column != "" {
			m.run(m.below("copy"), nil, map[string]any{column: value})
		}
	}
}

func (m *toolMachine) below(name string) string {
	n := len(m.running)
	switch m.system {
	case "windows":
		return fmt.Sprintf(`C:\Program Files\Made Up %d\%s`, n, strings.ReplaceAll(name, "/", `\`))
	case "darwin":
		return fmt.Sprintf("/Applications/Made Up %d.app/Contents/MacOS/%s", n, name)
	}
	return fmt.Sprintf("/opt/made-up-%d/%s", n, name)
}

// run starts a program that waits for others, to which somebody is connected
// from elsewhere and which is connected to somebody itself. For each word that
// shows what it does there is one more of it.
func (m *toolMachine) run(path string, words []string, known map[string]any) {
	if len(words) > 1 {
		for _, word := range words {
			m.run(path, []string{word}, known)
		}
		return
	}
	pid := 300 + 7*len(m.running)
	name := path[strings.LastIndexAny(path, `/\`)+1:]
	process := map[string]any{"pid": pid, "parent": 1, "name": name, "path": path, "args": append([]string{path}, words...), "uid": 0, "started": "2026-11-02T08:00:00Z"}
	if m.system == "linux" {
		process["name"] = name[:min(len(name), 15)]
	}
	if unit, ok := known[""]; ok {
		process["unit"] = unit
	}
	m.running = append(m.running, process)
	program := map[string]any{"path": path}
	for column, value := range known {
		if column != "" {
			program[column] = value
		}
		if column == "signer" || column == "team_id" || column == "bundle_id" {
			program["signature"] = "valid"
		}
	}
	if len(program) > 1 {
		m.programs = append(m.programs, program)
	}
	port := 20000 + pid
	m.sockets = append(m.sockets,
		map[string]any{"protocol": "tcp", "state": "listen", "local": fmt.Sprintf("0.0.0.0:%d", port), "pid": pid},
		map[string]any{"protocol": "tcp", "state": "established", "local": fmt.Sprintf("192.168.1.5:%d", port), "remote": "198.51.100.7:50000", "inbound": true, "pid": pid},
		map[string]any{"protocol": "tcp", "state": "established", "local": fmt.Sprintf("192.168.1.5:%d", port+20000), "remote": "203.0.113.9:443", "inbound": false, "pid": pid})
}

// write lays the machine out as a recording.
func (m *toolMachine) write(t *testing.T) {
	t.Helper()
	for name, rows := range map[string]any{
		"platform.yaml": map[string]any{"os": m.system, "name": "made-up", "chassis": "laptop"}, "processes.yaml": m.running, "programs.yaml": m.programs,
		"sockets.yaml": m.sockets, "lookups.yaml": m.lookups,
	} {
		text, err := yaml.Marshal(rows)
		if err != nil {
			t.Fatal(err)
		}
		m.file(name, string(text))
	}
	if m.packages != "" {
		m.file("files/var/lib/dpkg/status", m.packages)
	}
}

func (m *toolMachine) file(name, content string) {
	m.archive.Files = append(m.archive.Files, txtar.File{Name: name, Data: []byte(content)})
}

const plistHead = `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<plist version="1.0"><dict>`

// install puts a package where the system keeps what is installed.
func (m *toolMachine) install(name string) {
	switch {
	case m.system == "windows":
		key := fmt.Sprintf("files/registry/HKLM/SOFTWARE/Microsoft/Windows/CurrentVersion/Uninstall/{00000000-0000-4000-8000-%012d}/", len(m.archive.Files))
		m.file(key+"DisplayName", name+"\n")
		m.file(key+"DisplayVersion", "1.0\n")
	case m.system == "darwin":
		m.file(fmt.Sprintf("files/Applications/Made Up %d.app/Contents/Info.plist", len(m.archive.Files)),
			plistHead+"<key>CFBundleName</key><string>"+name+"</string><key>CFBundleIdentifier</key><string>"+name+"</string><key>CFBundleShortVersionString</key><string>1.0</string></dict></plist>\n")
	case strings.Count(name, ".") > 1: // a flatpak
		m.file("files/var/lib/flatpak/app/"+name+"/current/active/deploy", "\n")
	default:
		m.packages += "Package: " + name + "\nStatus: install ok installed\nVersion: 1.0\n\n"
	}
}

// start sets up what starts by itself.
func (m *toolMachine) start(name string) {
	switch m.system {
	case "windows":
		key := "files/registry/HKLM/SYSTEM/CurrentControlSet/Services/" + name + "/"
		m.file(key+"ImagePath", `C:\Program Files\Made Up\copy.exe`+"\n")
		m.file(key+"Start", "2\n")
		m.file(key+"Type", "16\n")
	case "darwin":
		m.file("files/Library/LaunchDaemons/"+name+".plist",
			plistHead+"<key>Label</key><string>"+name+"</string><key>ProgramArguments</key><array><string>/Library/copy</string></array><key>RunAtLoad</key><true/></dict></plist>\n")
	default:
		m.file("files/etc/systemd/system/"+name, "[Service]\nExecStart=/opt/copy\n[Install]\nWantedBy=multi-user.target\n")
		m.file("files/etc/systemd/system/multi-user.target.wants/"+name+" -> /etc/systemd/system/"+name, "")
	}
}
