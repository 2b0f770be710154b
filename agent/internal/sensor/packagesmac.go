package sensor

import (
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// applications are macOS' programs: a folder each, with a list of what it is.
func (s *packageShelf) applications(v *survey) []installed {
	places := append([]string{"Applications"}, v.inHomes("Applications")...)
	for _, entry := range v.list("Applications") {
		if entry.IsDir() && !strings.HasSuffix(entry.Name(), ".app") {
			places = append(places, path.Join("Applications", entry.Name()))
		}
	}
	var rows []installed
	for _, folder := range v.matchingUpTo(rowLimit, "*.app", places...) {
		rows = append(rows, s.listed(v, path.Join(folder, "Contents/Info.plist"), func(found parse.Settings) installed {
			row := installed{Name: found.Value("cfbundlename"), Version: found.Value("cfbundleshortversionstring"), BundleID: found.Value("cfbundleidentifier"), Source: "app"}
			if row.Name == "" {
				row.Name = fileStem(folder, ".app")
			}
			return row
		})...)
	}
	return rows
}

// receipts are what macOS' installer keeps of the packages it installed.
func (s *packageShelf) receipts(v *survey) []installed {
	var rows []installed
	for _, file := range v.matchingUpTo(rowLimit, "*.plist", "var/db/receipts") {
		rows = append(rows, s.listed(v, file, func(found parse.Settings) installed {
			return installed{Name: found.Value("packageidentifier"), Version: found.Value("packageversion"), Source: "receipt"}
		})...)
	}
	return rows
}

// listed reads one property list that tells of one package.
func (s *packageShelf) listed(v *survey, file string, row func(parse.Settings) installed) []installed {
	rows, err := s.files.read(v.fsys, file, func(r io.Reader) ([]installed, error) {
		content, err := io.ReadAll(io.LimitReader(r, settingsLimit))
		if err != nil {
			return nil, err
		}
		found, err := parse.ParsePropertyList(content, parse.Wanted{Values: []string{
			"cfbundlename", "cfbundleidentifier", "cfbundleshortversionstring", "packageidentifier", "packageversion",
		}})
		one := row(found)
		one.Name, one.Version, one.BundleID = tidy(one.Name), tidy(one.Version), tidy(one.BundleID)
		if err != nil || one.Name == "" {
			return nil, err
		}
		return []installed{one}, nil
	})
	if err != nil {
		v.trouble(file, err)
		return nil
	}
	return slices.Clone(rows)
}

// brewed are what Homebrew installed: a folder each, with one of each version.
func brewed(v *survey) []installed {
	var rows []installed
	for _, prefix := range []string{"opt/homebrew", "usr/local", "home/linuxbrew/.linuxbrew"} {
		for folder, source := range map[string]string{"Cellar": "brew", "Caskroom": "cask"} {
			for _, entry := range v.list(path.Join(prefix, folder)) {
				if name := entry.Name(); entry.IsDir() && !strings.HasPrefix(name, ".") {
					rows = append(rows, installed{Name: tidy(name), Version: tidy(lastName(v.list(path.Join(prefix, folder, name)))), Source: source})
				}
			}
		}
	}
	return rows
}

// lastName is the last of the names that do not begin with a dot.
func lastName(entries []fs.DirEntry) string {
	last := ""
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), ".") {
			last = entry.Name()
		}
	}
	return last
}
