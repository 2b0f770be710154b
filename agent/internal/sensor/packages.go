package sensor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"sort"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

type installed struct {
	Name     string `column:"name,key,public" people:"out" about:"name of the package or program, without its version"`
	Version  string `column:"version,public" about:"version of the package"`
	Source   string `column:"source,key,public" about:"kind of package: deb, rpm, pacman, flatpak, snap or appimage; installer (the programs that Windows offers to remove) or msix; app, receipt (of macOS' installer), brew or cask"`
	BundleID string `column:"bundle_id,key,public" people:"out" about:"identifier that a program for macOS gives itself"`
}

// Packages looks at the software that is installed.
func Packages() Sensor {
	shelf := &packageShelf{}
	return Define(Options{
		Class: "packages", Every: 10 * time.Minute,
		About: "Looks at the names of installed packages, to recognise software that lets somebody else control this laptop.",
		Limits: []Limit{
			{OS: "windows", Reach: Partial, Why: "Programs that Windows offers to remove and packages of its store are read, of a person's own only while that person is logged in: Windows keeps them in a part of the registry that is loaded then."},
		},
	}, shelf.collect)
}

// packageShelf remembers the package databases it has read.
type packageShelf struct {
	files   memory[[]installed]
	rpm     []installed
	rpmSeen string // size and time of the database that rpm was asked about
}

func (s *packageShelf) collect(ctx context.Context, h host.Host) ([]installed, error) {
	v := newSurvey(h)
	var rows []installed
	var failures []error
	known := false
	for _, read := range []func(host.FS) ([]installed, bool, error){s.dpkg, s.pacman, s.flatpak, s.snap} {
		found, there, err := read(h.Files())
		known = known || there
		rows = append(rows, found...)
		failures = append(failures, err)
	}
	for _, read := range []func(*survey) []installed{uninstallers, storePackages, s.applications, s.receipts, brewed, images} {
		if ctx.Err() != nil {
			break
		}
		found := read(&v)
		known = known || len(found) > 0 && h.Platform().OS != "linux" // an AppImage is no database
		rows = append(rows, found...)
	}
	found, err := s.rpms(ctx, h, known)
	if len(found) == 0 && !known && (err == nil || errors.Is(err, host.ErrAbsent)) {
		err = noPackages(h, v)
	}
	rows = append(rows, found...)
	return distinct(rows), errors.Join(append(failures, err, v.packageFailure(), ctx.Err())...)
}

// noPackages is the error of a machine that shows none.
func noPackages(h host.Host, v survey) error {
	for _, place := range []string{registryRoot, "Applications"} {
		if h.Platform().OS != "linux" && exists(v.fsys, place) {
			return fmt.Errorf("this machine shows no installed programs: %w", host.ErrAbsent)
		}
	}
	return nothing("package databases (dpkg, rpm, pacman, flatpak, snap, applications, the registry)")
}

// packageFailure is what stood in the way, in words that say what would mend it.
func (v *survey) packageFailure() error {
	var closed error
	if v.closed {
		closed = fmt.Errorf("folders in which programs may be are closed to the agent: %w: run it as root or administrator", host.ErrDenied)
	}
	return errors.Join(closed, v.other)
}

// distinct sorts rows and keeps one of each package: a package installed for two
// architectures is one fact.
func distinct(rows []installed) []installed {
	sort.Slice(rows, func(i, j int) bool {
		a, b := rows[i], rows[j]
		if a.Source != b.Source {
			return a.Source < b.Source
		}
		if a.Name != b.Name {
			return a.Name < b.Name
		}
		if a.BundleID != b.BundleID {
			return a.BundleID < b.BundleID
		}
		return a.Version < b.Version
	})
	kept := rows[:0]
	for _, row := range rows {
		if n := len(kept); n > 0 && kept[n-1].Name == row.Name && kept[n-1].Source == row.Source && kept[n-1].BundleID == row.BundleID {
			continue
		}
		kept = append(kept, row)
	}
	return kept[:min(len(kept), rowLimit)]
}

func (s *packageShelf) dpkg(fsys host.FS) ([]installed, bool, error) {
	const status = "var/lib/dpkg/status"
	if !exists(fsys, status) {
		return nil, false, nil
	}
	rows, err := s.files.read(fsys, status, parseDpkgStatus)
	if err != nil {
		return nil, true, fmt.Errorf("read %s: %w", status, err)
	}
	return append([]installed(nil), rows...), true, nil
}

// parseDpkgStatus reads the paragraphs of dpkg's status file and keeps the
// packages whose files are on the disk.
func parseDpkgStatus(r io.Reader) ([]installed, error) {
	var rows []installed
	row, there := installed{Source: "deb"}, false
	flush := func() {
		if there && row.Name != "" && len(rows) < rowLimit {
			rows = append(rows, row)
		}
		row, there = installed{Source: "deb"}, false
	}
	err := eachLine(r, func(line string) {
		field, value, ok := strings.Cut(line, ":")
		switch {
		case line == "":
			flush()
		case !ok:
		case field == "Package":
			row.Name = tidy(value)
		case field == "Version":
			row.Version = tidy(value)
		case field == "Status":
			words := strings.Fields(value)
			there = len(words) == 3 && words[2] == "installed"
		}
	})
	flush()
	return rows, err
}

// tidy bounds a text that a package's maker chose.
func tidy(value string) string {
	value = strings.ToValidUTF8(strings.TrimSpace(value), "?")
	if len(value) > 200 {
		value = strings.ToValidUTF8(value[:200], "")
	}
	return value
}

// pacman keeps one folder per package, named <name>-<version>-<release>; the desc
// file inside is read only for names, which may hold dashes.
func (s *packageShelf) pacman(fsys host.FS) ([]installed, bool, error) {
	const local = "var/lib/pacman/local"
	folders, err := fs.ReadDir(fsys, local)
	if err != nil {
		return nil, !errors.Is(err, fs.ErrNotExist), unlessAbsent("read "+local, err)
	}
	var rows []installed
	var failure error
	for _, folder := range folders[:min(len(folders), rowLimit)] {
		if !folder.IsDir() {
			continue
		}
		desc := path.Join(local, folder.Name(), "desc")
		row, err := s.files.read(fsys, desc, parsePacmanDesc)
		if err != nil {
			failure = fmt.Errorf("read %s: %w", desc, err)
			continue
		}
		rows = append(rows, row...)
	}
	return rows, true, failure
}

func parsePacmanDesc(r io.Reader) ([]installed, error) {
	row, field := installed{Source: "pacman"}, ""
	err := eachLine(r, func(line string) {
		switch {
		case strings.HasPrefix(line, "%"):
			field = line
		case field == "%NAME%" && row.Name == "":
			row.Name = tidy(line)
		case field == "%VERSION%" && row.Version == "":
			row.Version = tidy(line)
		}
	})
	if row.Name == "" {
		return nil, err
	}
	return []installed{row}, err
}

// flatpak keeps one folder per application, for all people or for one.
func (s *packageShelf) flatpak(fsys host.FS) ([]installed, bool, error) {
	places := []string{"var/lib/flatpak/app"}
	homes, err := fs.Glob(fsys, "home/*/.local/share/flatpak/app")
	if err == nil {
		places = append(places, homes...)
	}
	var rows []installed
	there := false
	for _, place := range places {
		apps, err := fs.ReadDir(fsys, place)
		if err != nil {
			continue // most machines and people have none, and others' homes are closed
		}
		there = true
		for _, app := range apps {
			if strings.Contains(app.Name(), ".") {
				rows = append(rows, installed{Name: tidy(app.Name()), Source: "flatpak"})
			}
		}
	}
	return rows, there, nil
}

// snap mounts every package below /snap with a link to its current revision.
func (s *packageShelf) snap(fsys host.FS) ([]installed, bool, error) {
	folders, err := fs.ReadDir(fsys, "snap")
	if err != nil {
		return nil, false, unlessAbsent("read snap", err)
	}
	var rows []installed
	for _, folder := range folders {
		current := path.Join("snap", folder.Name(), "current")
		if !exists(fsys, current) {
			continue
		}
		version, err := s.files.read(fsys, path.Join(current, "meta/snap.yaml"), parseSnapVersion)
		row := installed{Name: tidy(folder.Name()), Source: "snap"}
		if err == nil && len(version) == 1 {
			row.Version = version[0].Version
		}
		rows = append(rows, row)
	}
	return rows, len(rows) > 0, nil
}

func parseSnapVersion(r io.Reader) ([]installed, error) {
	var row installed
	err := eachLine(r, func(line string) {
		if value, ok := strings.CutPrefix(line, "version:"); ok && row.Version == "" {
			row.Version = strings.Trim(tidy(value), `"'`)
		}
	})
	return []installed{row}, err
}

// unlessAbsent drops the error of a thing that is simply not there.
func unlessAbsent(doing string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
