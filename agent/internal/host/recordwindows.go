package host

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"
)

const (
	currentVersion = "Microsoft/Windows/CurrentVersion"
	maxTasks       = 2000 // files of scheduled tasks
	taskFolders    = 8    // depth of their folders
)

// windowsFiles records of the registry and the disk what sensors read there:
// what is installed, what starts by itself, whether fingerprints are enrolled,
// and when devices came.
func (r *recorder) windowsFiles() {
	const machine = "registry/HKLM/SOFTWARE"
	r.add("files/registry/", nil)
	r.keys("registry/HKLM/SYSTEM/CurrentControlSet/Services", map[string]func(string) string{"Type": r.scrubber.text, "Start": r.scrubber.text, "ImagePath": r.scrubber.windowsCommand})
	roots := []string{machine, machine + "/WOW6432Node"}
	store := machine + "/" + currentVersion + "/Appx/AppxAllUserStore"
	packages := []string{store + "/Applications"}
	r.each(store, func(key string) {
		if strings.HasPrefix(path.Base(key), "S-1-5-21-") {
			packages = append(packages, key)
		}
	})
	r.each("registry/HKU", func(hive string) {
		switch name := path.Base(hive); {
		case strings.HasSuffix(name, "_Classes"):
			packages = append(packages, hive+"/Local Settings/Software/"+currentVersion+"/AppModel/Repository/Packages")
		case strings.HasPrefix(name, "S-1-"):
			r.folder(hive)
			roots = append(roots, hive+"/Software")
		}
	})
	for _, root := range roots {
		r.installedBelow(root + "/" + currentVersion)
	}
	for _, key := range packages {
		r.each(key, r.folder) // a package's key says all by its name
	}
	r.keys(machine+"/"+currentVersion+"/WinBio/AccountInfo", map[string]func(string) string{"EnrolledFactors": r.scrubber.text})
	r.keys("registry/HKLM/SYSTEM/CurrentControlSet/Services/WbioSrvc/Databases", map[string]func(string) string{"BiometricType": r.scrubber.text})
	r.uses()
	r.each("Users", r.folder)
	r.tasks("Windows/System32/Tasks", taskFolders)
	r.startupFolders()
	r.copy("Windows/INF/setupapi.dev.log", r.scrubber.deviceInstalls)
	r.withholdSettings()
	r.denied["records/*"] = "a recording holds no records of Windows' logs, since they name people"
}

// installedBelow records the lists of what can be removed and of what starts
// with a login, of the machine or of one person.
func (r *recorder) installedBelow(root string) {
	text := r.scrubber.text
	r.keys(root+"/Uninstall", map[string]func(string) string{"DisplayName": text, "DisplayVersion": text, "SystemComponent": text, "ParentKeyName": text})
	for _, list := range []string{"Run", "RunOnce"} {
		r.values(root+"/"+list, r.scrubber.windowsCommand)
	}
	for _, list := range []string{"Run", "Run32", "StartupFolder"} {
		r.values(root+"/Explorer/StartupApproved/"+list, text)
	}
}

// keys records of each key below one the values that are asked for.
func (r *recorder) keys(key string, wanted map[string]func(string) string) {
	r.each(key, func(one string) {
		for name, edit := range wanted {
			r.value(one+"/"+name, edit)
		}
	})
}

// values records all values of one key.
func (r *recorder) values(key string, edit func(string) string) {
	entries, err := fs.ReadDir(r.files, key)
	if err != nil {
		return // there is no such key
	}
	for _, entry := range entries {
		if !entry.IsDir() {
			r.value(path.Join(key, entry.Name()), edit)
		}
	}
}

// value records one value of the registry, as a line.
func (r *recorder) value(name string, edit func(string) string) {
	content, err := fs.ReadFile(r.files, name)
	if err == nil && len(content) > 0 {
		r.add("files/"+r.scrubber.text(name), []byte(strings.TrimRight(edit(string(content)), "\n")+"\n"))
	}
}

// windowsCommand keeps of a command line the program, and of its words those
// that are options without a value.
func (s scrubber) windowsCommand(line string) string {
	line = strings.TrimSpace(line)
	program, rest := line, ""
	if quoted, found := strings.CutPrefix(line, `"`); found {
		program, rest, _ = strings.Cut(quoted, `"`)
	} else if end := regexp.MustCompile(`(?i)\.(exe|com|bat|cmd|dll|sys)(\s|$)`).FindStringIndex(line); end != nil {
		program, rest = strings.TrimSpace(line[:end[1]]), line[end[1]:]
	}
	words := s.args(append([]string{""}, strings.Fields(rest)...))[1:]
	if strings.ContainsAny(program, " ") {
		program = `"` + program + `"`
	}
	return s.text(strings.Join(append([]string{program}, words...), " "))
}

// tasks records the scheduled tasks in a folder and those below it.
func (r *recorder) tasks(folder string, depth int) {
	entries, err := fs.ReadDir(r.files, folder)
	if err != nil || depth < 0 {
		return
	}
	for _, entry := range entries {
		name := path.Join(folder, entry.Name())
		if entry.IsDir() {
			r.tasks(name, depth-1)
			continue
		}
		if r.taskCount++; r.taskCount <= maxTasks {
			r.copy(name, r.scrubber.task)
		}
	}
}

// taskRow is what is kept of a scheduled task.
type taskRow struct {
	XMLName  xml.Name `xml:"Task"`
	Triggers struct {
		All []taskTrigger `xml:",any"`
	} `xml:"Triggers"`
	Principals []struct {
		User string `xml:"UserId,omitempty"`
	} `xml:"Principals>Principal"`
	Enabled string `xml:"Settings>Enabled,omitempty"`
	Exec    []struct {
		Command   string `xml:"Command"`
		Arguments string `xml:"Arguments,omitempty"`
	} `xml:"Actions>Exec"`
}

type taskTrigger struct {
	XMLName xml.Name
	Enabled string `xml:"Enabled,omitempty"`
}

// task keeps of a task what it starts, when, and whether as a part of Windows.
func (s scrubber) task(text string) string {
	in := xml.NewDecoder(bytes.NewReader(fromUTF16([]byte(text))))
	in.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // it is UTF-8 by now
	var row taskRow
	if err := in.Decode(&row); err != nil {
		return "<Task></Task>\n" // that there is one
	}
	row.XMLName.Space = ""
	for i := range row.Triggers.All {
		row.Triggers.All[i].XMLName.Space = ""
	}
	for i := range row.Principals {
		user := strings.TrimSpace(row.Principals[i].User)
		if !strings.HasPrefix(user, "S-1-") {
			user = s.account(user)
		}
		row.Principals[i].User = s.text(user)
	}
	for i := range row.Exec {
		row.Exec[i].Command = s.text(row.Exec[i].Command)
		row.Exec[i].Arguments = strings.Join(s.args(append([]string{""}, strings.Fields(row.Exec[i].Arguments)...))[1:], " ")
	}
	out, err := xml.MarshalIndent(row, "", "  ")
	if err != nil {
		return "<Task></Task>\n"
	}
	return string(out) + "\n"
}

// fromUTF16 is the text in UTF-8 where a mark at its beginning says it is not.
func fromUTF16(text []byte) []byte {
	var order binary.ByteOrder = binary.LittleEndian
	switch {
	case bytes.HasPrefix(text, []byte{0xff, 0xfe}):
	case bytes.HasPrefix(text, []byte{0xfe, 0xff}):
		order = binary.BigEndian
	default:
		return text
	}
	units := make([]uint16, 0, len(text)/2)
	for i := 2; i+1 < len(text); i += 2 {
		units = append(units, order.Uint16(text[i:]))
	}
	return []byte(string(utf16.Decode(units)))
}

// startupFolders records that something lies where programs lie that start with
// a login. What a shortcut leads to stands among much else in it and is left out.
func (r *recorder) startupFolders() {
	const menu = "Microsoft/Windows/Start Menu/Programs"
	folders := []string{"ProgramData/" + menu + "/StartUp"}
	r.each("Users", func(home string) { folders = append(folders, home+"/AppData/Roaming/"+menu+"/Startup") })
	for _, folder := range folders {
		r.each(folder, func(name string) { r.add("files/"+r.scrubber.text(name), nil) })
	}
}

// deviceInstalls keeps of setupapi.dev.log when Windows started, which devices of
// which kind came, and when: two lines of the many that each of them fills.
func (s scrubber) deviceInstalls(text string) string {
	title := regexp.MustCompile(`^>>>\s+\[(Device Install \(Hardware initiated\)) - ([^\]]+)\]\s*$`)
	kinds := []string{"USB", "USBSTOR", "HID", "DISPLAY", "SWD", "BTHENUM", "BTHLEDEVICE"}
	var out strings.Builder
	kept := false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		found := title.FindStringSubmatch(line)
		switch {
		case found != nil:
			bus, _, _ := strings.Cut(found[2], `\`)
			if kept = slices.Contains(kinds, strings.ToUpper(bus)); kept {
				out.WriteString(">>>  [" + found[1] + " - " + s.instance(found[2]) + "]\n")
			}
		case kept && strings.HasPrefix(line, ">>>  Section start "):
			out.WriteString(line + "\n")
			kept = false
		case strings.HasPrefix(line, "[Boot Session: "):
			out.WriteString(line + "\n")
		default:
			kept = false
		}
	}
	return out.String()
}
