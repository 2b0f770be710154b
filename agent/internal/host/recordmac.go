package host

import (
	"bytes"
	"encoding/xml"
	"path"
	"slices"
	"strings"
)

// A ListReader reads one of Apple's property lists, in whichever form it is
// written, and gives the entries at its top that are wanted: "*" wants all. The
// members of a list have its name, in their order.
type ListReader func(content []byte, wanted ...string) ([]ListEntry, error)

// ListEntry is one of them. Truth is written "true" or "false".
type ListEntry struct{ Name, Value string }

// What is kept of the property lists of macOS, by what they are of.
var (
	launchEntries  = []string{"Label", "Program", "ProgramArguments", "RunAtLoad", "KeepAlive", "Disabled", "StartInterval", "StartCalendarInterval", "Sockets", "WatchPaths", "QueueDirectories"}
	bundleEntries  = []string{"CFBundleName", "CFBundleIdentifier", "CFBundleShortVersionString"}
	receiptEntries = []string{"PackageIdentifier", "PackageVersion"}
)

// macFiles records what is installed on a Mac and what starts by itself there.
func (r *recorder) macFiles() {
	homes := []string{}
	r.each("Users", func(home string) {
		r.folder(home)
		homes = append(homes, home+"/")
	})
	for _, folder := range []string{"Library/LaunchDaemons", "System/Library/LaunchDaemons", "Library/LaunchAgents", "System/Library/LaunchAgents"} {
		r.lists(folder, r.scrubber.launch, launchEntries...)
	}
	r.lists("var/db/com.apple.xpc.launchd", nil, "*")
	r.applications("Applications", 1)
	for _, home := range homes {
		r.lists(home+"Library/LaunchAgents", r.scrubber.launch, launchEntries...)
		r.applications(home+"Applications", 0)
	}
	r.lists("var/db/receipts", nil, receiptEntries...)
	for _, place := range []string{"opt/homebrew/Cellar", "opt/homebrew/Caskroom", "usr/local/Cellar", "usr/local/Caskroom"} {
		r.each(place, func(formula string) { r.each(formula, r.folder) })
	}
	r.withholdSettings()
	r.denied["records/*"] = "a recording holds no records of the unified log, since they name people"
}

// applications records of each program what its list says it is, down to folders
// of programs.
func (r *recorder) applications(folder string, depth int) {
	r.each(folder, func(name string) {
		switch {
		case strings.HasSuffix(name, ".app"):
			r.list(name+"/Contents/Info.plist", nil, bundleEntries...)
		case depth > 0:
			r.applications(name, depth-1)
		}
	})
}

func (r *recorder) lists(folder string, edit func(ListEntry) string, wanted ...string) {
	r.each(folder, func(name string) {
		if path.Ext(name) == ".plist" {
			r.list(name, edit, wanted...)
		}
	})
}

// list records what is wanted of one property list, as XML. Values go through
// the edit, or have people's names taken out.
func (r *recorder) list(name string, edit func(ListEntry) string, wanted ...string) {
	if r.read == nil {
		return
	}
	r.copy(name, func(text string) string {
		found, err := r.read([]byte(text), wanted...)
		if err != nil {
			return propertyList(nil) // that there is one
		}
		for i := range found {
			if edit != nil {
				found[i].Value = edit(found[i])
			}
			at := slices.IndexFunc(wanted, func(w string) bool { return strings.EqualFold(w, found[i].Name) })
			if at >= 0 {
				found[i].Name = wanted[at]
			}
			found[i].Name, found[i].Value = r.scrubber.text(found[i].Name), r.scrubber.text(found[i].Value)
		}
		return propertyList(found)
	})
}

// launch keeps of what a daemon is started with the program and its options.
func (s scrubber) launch(e ListEntry) string {
	if !strings.EqualFold(e.Name, "ProgramArguments") || strings.HasPrefix(e.Value, "/") {
		return e.Value
	}
	return s.args([]string{"", e.Value})[1]
}

// propertyList writes entries as one of Apple's property lists.
func propertyList(entries []ListEntry) string {
	var out bytes.Buffer
	out.WriteString(xml.Header + "<plist version=\"1.0\"><dict>\n")
	text := func(value string) { _ = xml.EscapeText(&out, []byte(value)) } // a buffer takes all
	for i := 0; i < len(entries); {
		next := i + 1
		for next < len(entries) && entries[next].Name == entries[i].Name {
			next++
		}
		out.WriteString("<key>")
		text(entries[i].Name)
		out.WriteString("</key>")
		several := next > i+1
		if several {
			out.WriteString("<array>")
		}
		for _, e := range entries[i:next] {
			if e.Value == "true" || e.Value == "false" {
				out.WriteString("<" + e.Value + "/>")
				continue
			}
			out.WriteString("<string>")
			text(e.Value)
			out.WriteString("</string>")
		}
		if several {
			out.WriteString("</array>")
		}
		out.WriteString("\n")
		i = next
	}
	out.WriteString("</dict></plist>\n")
	return out.String()
}
