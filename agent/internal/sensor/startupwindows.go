package sensor

import (
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

const currentVersion = "Microsoft/Windows/CurrentVersion"

// Kinds of services, as bits of their Type (SERVICE_WIN32_OWN_PROCESS and others).
const (
	serviceProgram  = 0x30 // of its own or in a shared process
	serviceInstance = 0x80 // made of a pattern for one login, under a name with a number
)

// services are Windows' services and what starts them, without drivers.
func services(v *survey) []start {
	const key = registryRoot + "/HKLM/SYSTEM/CurrentControlSet/Services"
	var found []start
	for _, entry := range v.list(key) {
		place := path.Join(key, entry.Name())
		kind := v.text(place + "/Type")
		if bits, err := strconv.ParseUint(kind, 0, 32); kind != "" && (err != nil || bits&serviceProgram == 0 || bits&serviceInstance != 0) {
			continue
		}
		command := v.text(place + "/ImagePath")
		if command == "" {
			continue
		}
		begins := registryText(v.fsys, place+"/Start")
		one := start{name: entry.Name(), kind: "service", scope: "system", enabled: yes(begins == "2" || begins == "0x2"), place: place}
		found = append(found, one.running(parse.SplitWindowsCommand(command)))
	}
	return found
}

// personalName is the part of a task's or entry's name that stands for one person
// or one machine.
var personalName = regexp.MustCompile(`(?i)S-1-5-21(-\d+)+|\{[0-9a-f-]{36}\}`)

// Tasks lie in folders within folders; no honest machine has so many.
const (
	taskFolder = "Windows/System32/Tasks"
	taskDepth  = 8
	taskLimit  = 2000
)

// tasks are those of Windows' task scheduler.
func (s *startShelf) tasks(v *survey) []start {
	var found []start
	s.tasksBelow(v, taskFolder, taskDepth, &found)
	return found
}

func (s *startShelf) tasksBelow(v *survey, folder string, depth int, found *[]start) {
	for _, entry := range v.list(folder) {
		name := path.Join(folder, entry.Name())
		switch {
		case len(*found) >= taskLimit:
			v.crowded = true
			return
		case entry.IsDir() && depth > 0:
			s.tasksBelow(v, name, depth-1, found)
		case entry.IsDir():
			v.crowded = true
		default:
			if one, ok := s.file(v, name, readTask); ok {
				one.name = personalName.ReplaceAllString(strings.TrimPrefix(name, taskFolder+"/"), hidden)
				*found = append(*found, one)
			}
		}
	}
}

func readTask(content []byte) (start, error) {
	task, err := parse.ParseTask(content)
	if err != nil {
		return start{}, err
	}
	one := start{kind: "task", scope: "user", enabled: yes(task.Enabled)}
	if task.System {
		one.scope = "system"
	}
	command := task.Command
	if !strings.HasPrefix(command, `"`) {
		command = `"` + command + `"` // it is one word, whatever is in it
	}
	return one.running(parse.SplitWindowsCommand(command + " " + task.Arguments)), nil
}

// runKeys are the registry's lists of what starts with a login, of the machine
// for 64-bit and 32-bit programs and of each person who is logged in.
func runKeys(v *survey) []start {
	var found []start
	roots := append([]string{"HKLM/SOFTWARE", "HKLM/SOFTWARE/WOW6432Node"}, v.people("Software")...)
	for _, root := range roots {
		base := path.Join(registryRoot, root, currentVersion)
		list := "Run"
		if strings.HasSuffix(root, "WOW6432Node") {
			list = "Run32"
		}
		approved := path.Join(registryRoot, strings.TrimSuffix(root, "/WOW6432Node"), currentVersion, "Explorer/StartupApproved", list)
		for _, key := range []string{"Run", "RunOnce"} {
			for _, entry := range v.list(path.Join(base, key)) {
				place := path.Join(base, key, entry.Name())
				command := v.text(place)
				if entry.IsDir() || command == "" || entry.Name() == "(default)" {
					continue
				}
				one := start{name: personalName.ReplaceAllString(entry.Name(), hidden), kind: "run_key", scope: "user", place: place}
				one.enabled = yes(key == "RunOnce" || !switchedOffByPerson(v, path.Join(approved, entry.Name())))
				found = append(found, one.running(parse.SplitWindowsCommand(command)))
			}
		}
	}
	return found
}

// people are a key below each hive of a person that is loaded.
func (v *survey) people(below string) []string {
	var keys []string
	for _, entry := range v.list(registryRoot + "/HKU") {
		if name := entry.Name(); strings.HasPrefix(name, "S-1-5-") && !strings.HasSuffix(name, "_Classes") && len(keys) < homeLimit {
			keys = append(keys, path.Join("HKU", name, below))
		}
	}
	return keys
}

// switchedOffByPerson says whether somebody switched an entry off, in Windows'
// settings or the task manager: the first byte is then odd.
func switchedOffByPerson(v *survey, approved string) bool {
	text := registryText(v.fsys, approved)
	return len(text) >= 2 && strings.ContainsRune("13579bdf", rune(text[1]))
}

// startupFolders hold shortcuts to what starts with a login.
func (s *startShelf) startupFolders(v *survey) []start {
	const menu = "Microsoft/Windows/Start Menu/Programs"
	var found []start
	for _, folder := range append([]string{"ProgramData/" + menu + "/StartUp"}, v.inHomes("AppData/Roaming/"+menu+"/Startup")...) {
		for _, file := range v.matching("*", folder) {
			one := start{program: file, place: file}
			switch strings.ToLower(path.Ext(file)) {
			case ".ini":
				continue
			case ".lnk":
				one, _ = s.file(v, file, readShortcut) // one that leads to nowhere is there all the same
			}
			one.name, one.kind, one.scope, one.enabled = fileStem(file, path.Ext(file)), "startup_folder", "user", "true"
			for _, root := range append([]string{"HKLM/SOFTWARE"}, v.people("Software")...) {
				if switchedOffByPerson(v, path.Join(registryRoot, root, currentVersion, "Explorer/StartupApproved/StartupFolder", path.Base(file))) {
					one.enabled = "false"
				}
			}
			found = append(found, one)
		}
	}
	return found
}

func readShortcut(content []byte) (start, error) {
	link, err := parse.ParseShortcut(content)
	if err != nil || link.Target == "" {
		return start{}, err
	}
	return start{}.running(append([]string{link.Target}, parse.SplitCommand(link.Arguments)...)), nil
}

// fileBytes are the bytes of a small file; nil when it cannot be read.
func fileBytes(v *survey, name string) []byte {
	stat, err := fs.Stat(v.fsys, name)
	if err == nil && stat.Size() <= settingsLimit {
		var content []byte
		if content, err = fs.ReadFile(v.fsys, name); err == nil {
			return content
		}
	}
	v.trouble(name, err)
	return nil
}
