package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sort"
	"strings"
)

// A ProgramHost is a host that says by itself what a program file is: a system
// that judges signatures, or a recording, which holds no programs.
type ProgramHost interface {
	// Program is what is known of the program at this path, as processes name it;
	// ErrAbsent where nothing is, ErrNotYet where the answer takes longer than one
	// look may.
	Program(ctx context.Context, path string) (Program, error)
}

// Program is what a program file says of itself or the system of it, whatever
// it is called. Empty is unknown.
type Program struct {
	Path         string // as in Process
	Signer       string // in whose name it is signed
	Signature    string // valid, invalid, unverified, unsigned
	TeamID       string // Apple's number of the signer
	BundleID     string // identifier it is signed under
	OriginalName string // of a Windows program
	Product      string // of a Windows program
	BuildPath    string // main package, where Go built it
	Libraries    string // that it needs, joined by blanks
	Package      string // that it belongs to or is a copy from
	Beside       string // extensions of files beside it that carry its name, joined by blanks
}

// ErrNotYet says that who asks again has the answer later.
var ErrNotYet = errors.New("not known yet")

// Judged says whether this is no more than a verdict on the program's signature:
// what else it is stands in the file.
func (p Program) Judged() bool {
	return p == Program{Path: p.Path, Signer: p.Signer, Signature: p.Signature, TeamID: p.TeamID, BundleID: p.BundleID}
}

// maxPrograms is how many programs a recording describes.
const maxPrograms = 500

type programRow struct {
	Path         string `yaml:"path"`
	Signer       string `yaml:"signer,omitempty"`
	Signature    string `yaml:"signature,omitempty"`
	TeamID       string `yaml:"team_id,omitempty"`
	BundleID     string `yaml:"bundle_id,omitempty"`
	OriginalName string `yaml:"original_name,omitempty"`
	Product      string `yaml:"product,omitempty"`
	BuildPath    string `yaml:"build_path,omitempty"`
	Libraries    string `yaml:"libraries,omitempty"`
	Package      string `yaml:"package,omitempty"`
	Beside       string `yaml:"beside,omitempty"`
}

func (r programRow) program() (Program, error) {
	switch r.Signature {
	case "", "valid", "invalid", "unverified", "unsigned":
	default:
		return Program{}, fmt.Errorf("signature %q, want valid, invalid, unverified or unsigned", r.Signature)
	}
	if r.Path == "" {
		return Program{}, errors.New("no path")
	}
	return Program(r), nil
}

var _ ProgramHost = (*recording)(nil)

// Program is as programs.yaml says.
func (r *recording) Program(_ context.Context, path string) (Program, error) {
	if p, ok := r.programs[path]; ok {
		return p, nil
	}
	return Program{}, fmt.Errorf("%s is not in the recording's programs.yaml: %w", path, ErrAbsent)
}

func recordedPrograms(archive fs.FS) (map[string]Program, error) {
	rows, err := readRows(archive, "programs.yaml", programRow.program)
	if errors.Is(err, ErrAbsent) {
		return nil, nil
	}
	programs := make(map[string]Program, len(rows))
	for _, p := range rows {
		programs[p.Path] = p
	}
	return programs, err
}

// programs records what is known of the programs that run and of the scripts
// they interpret, by their paths.
func (r *recorder) programs(ctx context.Context, running []Process) error {
	asked, ok := r.host.(ProgramHost)
	if !ok {
		return nil
	}
	met := map[string]bool{"": true}
	var rows []programRow
	for _, p := range running {
		for _, path := range append([]string{p.Path}, scripts(p)...) {
			if met[path] || len(rows) >= maxPrograms {
				continue
			}
			met[path] = true
			known, err := asked.Program(ctx, path)
			if err != nil || known == (Program{Path: known.Path}) {
				continue // nothing is known of it, which is what leaving it out says
			}
			rows = append(rows, r.scrubber.program(known))
		}
	}
	if len(rows) == 0 {
		return nil
	}
	sort.Slice(rows, func(i, j int) bool { return rows[i].Path < rows[j].Path })
	return r.yaml("programs.yaml", rows)
}

// scripts are the words of a command line that may name what an interpreter runs
// and are recorded as they are.
func scripts(p Process) []string {
	var paths []string
	for _, arg := range p.Args[min(1, len(p.Args)):min(4, len(p.Args))] {
		if systemPath(arg) {
			paths = append(paths, arg)
		}
	}
	return paths
}

func (s scrubber) program(p Program) programRow {
	p.Path, p.Product, p.OriginalName = s.text(p.Path), s.text(p.Product), s.text(p.OriginalName)
	p.Libraries, p.BuildPath = s.text(p.Libraries), s.text(p.BuildPath)
	return programRow(p)
}

// serviceUnit is the service in whose control group a process is, as
// /proc/<pid>/cgroup tells it: "0::/system.slice/ssh.service" where there is one
// hierarchy, "1:name=systemd:/…" among others where there are many. A session's or
// an application's scope is no service.
func serviceUnit(cgroup string) string {
	for line := range strings.Lines(cgroup) {
		parts := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(parts) != 3 || parts[1] != "" && parts[1] != "name=systemd" {
			continue
		}
		unit := ""
		for element := range strings.SplitSeq(parts[2], "/") {
			switch {
			case strings.HasSuffix(element, ".service"):
				unit = element
			case strings.HasSuffix(element, ".scope"), strings.HasSuffix(element, ".slice"):
				unit = ""
			}
		}
		if unit != "" {
			return strings.ToValidUTF8(unit, "\uFFFD")
		}
	}
	return ""
}

// unitName keeps a unit's name, but not what an instance of a template stands for
// unless that is a number or a terminal.
func (s scrubber) unitName(unit string) string {
	template, instance, ok := strings.Cut(unit, "@")
	if !ok {
		return s.text(unit)
	}
	instance = strings.TrimSuffix(instance, ".service")
	if strings.Trim(instance, "0123456789") != "" && !strings.HasPrefix(instance, "tty") {
		instance = s.named("instance", instance)
	}
	return template + "@" + instance + ".service"
}
