package sensor

import (
	"io/fs"
	"path"
	"strings"
	"testing"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// secretive is a machine some of whose files cannot be asked for.
type secretive struct {
	host.Host
	refused map[string]error // by the name's last element
}

func (s secretive) Files() host.FS { return secretiveFiles{s.Host.Files(), s.refused} }

type secretiveFiles struct {
	host.FS
	refused map[string]error
}

func (f secretiveFiles) Open(name string) (fs.File, error) {
	if err := f.refused[path.Base(name)]; err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return f.FS.Open(name)
}

func (f secretiveFiles) Stat(name string) (fs.FileInfo, error) {
	if err := f.refused[path.Base(name)]; err != nil {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: err}
	}
	return fs.Stat(f.FS, name)
}

// TestWhatHidesIsNotClean: what starts by itself and cannot be read is told.
func TestWhatHidesIsNotClean(t *testing.T) {
	const windows, run = "-- platform.yaml --\nos: windows\n", "-- files/registry/HKLM/SOFTWARE/Microsoft/Windows/CurrentVersion/Run/"
	const seen = run + "Seen --\nC:\\seen.exe\n"
	const service = "-- files/registry/HKLM/SYSTEM/CurrentControlSet/Services/shut/ImagePath --\nC:\\shut.exe\n"
	task := "-- files/Windows/System32/Tasks/long --\n<Task><!--" + strings.Repeat("x", unitLimit) + "--><Actions><Exec><Command>C:\\long.exe</Command></Exec></Actions></Task>\n"
	for name, c := range map[string]struct {
		machine string
		refused map[string]error
		want    finding.CoverageState
	}{
		"nothing hides":                {machine: windows + seen + service, want: finding.CoverageOK},
		"a key that lets nobody in":    {windows + seen + service, map[string]error{"ImagePath": fs.ErrPermission}, finding.CoverageDenied},
		"a name nobody can ask for":    {windows + seen + run + "bad\uFFFDname --\nC:\\bad.exe\n", map[string]error{"bad\uFFFDname": fs.ErrNotExist}, finding.CoverageFailed},
		"a value that is too long":     {windows + seen + run + "Long --\nC:\\long.exe\n", map[string]error{"Long": fs.ErrClosed}, finding.CoverageFailed},
		"a task too long to be read":   {machine: windows + seen + task, want: finding.CoverageFailed},
		"a task that leads elsewhere":  {windows + seen + "-- files/Windows/System32/Tasks/away --\n<Task/>\n", map[string]error{"away": fs.ErrClosed}, finding.CoverageFailed},
		"a service that is going away": {windows + seen + service, map[string]error{"ImagePath": fs.ErrNotExist}, finding.CoverageOK},
	} {
		t.Run(name, func(t *testing.T) {
			rows, coverage := look(t, secretive{machine(t, c.machine), c.refused}, Startup())
			if coverage.State != c.want || len(rows) == 0 || !strings.Contains(strings.Join(rows, "\n"), "name=Seen") {
				t.Errorf("coverage %+v, rows %q, want %s and what can be seen", coverage, rows, c.want)
			}
		})
	}
}
