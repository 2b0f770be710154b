package sensor

import (
	"path"
	"regexp"
	"strings"
)

// update are the names of what mends other software and is none of its own.
var update = regexp.MustCompile(`\bKB\d{6,}\b`)

// uninstallers are the programs that Windows offers to remove: of the machine, for
// 64-bit and 32-bit programs, and of each person who is logged in.
func uninstallers(v *survey) []installed {
	var rows []installed
	for _, root := range append([]string{"HKLM/SOFTWARE", "HKLM/SOFTWARE/WOW6432Node"}, v.people("Software")...) {
		key := path.Join(registryRoot, root, currentVersion, "Uninstall")
		for _, entry := range v.list(key) {
			below := path.Join(key, entry.Name())
			row := installed{Name: tidy(registryText(v.fsys, below+"/DisplayName")), Source: "installer"}
			if row.Name == "" || update.MatchString(row.Name) || registryText(v.fsys, below+"/SystemComponent") == "1" || registryText(v.fsys, below+"/ParentKeyName") != "" {
				continue
			}
			row.Version = tidy(registryText(v.fsys, below+"/DisplayVersion"))
			row.Name = withoutVersion(row.Name, row.Version)
			rows = append(rows, row)
		}
	}
	return rows
}

// withoutVersion is a program's name as its maker means it: many write the version
// and the processor behind it, which would make another name of each version.
func withoutVersion(name, version string) string {
	for {
		before := name
		name = strings.TrimSpace(processorEnding.ReplaceAllString(name, ""))
		if version != "" {
			if short, ok := strings.CutSuffix(name, version); ok {
				name = short
			}
		}
		name = strings.TrimRight(versionEnding.ReplaceAllString(name, ""), " -,")
		if name == "" {
			return before
		}
		if name == before {
			return name
		}
	}
}

var (
	processorEnding = regexp.MustCompile(`(?i)\s*(\((x64|x86|64-bit|32-bit|amd64|arm64)[^)]*\)|\b(x64|x86_64|amd64|arm64|64-bit|32-bit))$`)
	versionEnding   = regexp.MustCompile(`(?i)(\s+|\s+v|\s*\bversion\s+)\d+(\.\d+)+$|\s+(version)$`)
)

// storePackages are those that Windows' store and its like put in place, MSIX: of
// all people, and of each who is logged in. A key's name says all.
func storePackages(v *survey) []installed {
	const store = registryRoot + "/HKLM/SOFTWARE/" + currentVersion + "/Appx/AppxAllUserStore"
	keys := []string{store + "/Applications"}
	for _, entry := range v.list(store) {
		if strings.HasPrefix(entry.Name(), "S-1-5-21-") {
			keys = append(keys, path.Join(store, entry.Name()))
		}
	}
	for _, entry := range v.list(registryRoot + "/HKU") {
		if strings.HasSuffix(entry.Name(), "_Classes") {
			keys = append(keys, path.Join(registryRoot, "HKU", entry.Name(), "Local Settings/Software", currentVersion, "AppModel/Repository/Packages"))
		}
	}
	var rows []installed
	for _, key := range keys {
		for _, entry := range v.list(key) {
			// name_version_processor_resource_publisher
			if parts := strings.Split(entry.Name(), "_"); len(parts) == 5 && entry.IsDir() {
				rows = append(rows, installed{Name: tidy(parts[0]), Version: tidy(parts[1]), Source: "msix"})
			}
		}
	}
	return rows
}
