package sensor

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"maps"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// toolsNamed are the tools that the readers' code names.
func toolsNamed(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("remoteaccess*.go")
	if err != nil {
		t.Fatal(err)
	}
	var named []string
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		code, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range regexp.MustCompile(`(?:Tool: |servedBy\(|silent\(|l\.network\(place, |l\.served\(place, |(?m)^\t\t\{)"([a-z][a-z0-9-]+)"(?:,? |,|\))`).FindAllStringSubmatch(string(code), -1) {
			if !slices.Contains([]string{"x0vncserver", "x0tigervnc", "xtigervnc", "xvnc", "frpc", "ssh", "autossh"}, found[1]) {
				named = append(named, found[1])
			}
		}
	}
	slices.Sort(named)
	return slices.Compact(named)
}

// secretsIn puts a canary into every secret of a recorded machine.
func secretsIn(archive *txtar.Archive, canary string) int {
	planted := 0
	for i, file := range archive.Files {
		for _, secret := range []string{"AAAAAAAA", "00YYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYYY", "00aa11bb22cc33dd00aa11bb22cc33dd00aa11bb22cc33dd00aa11bb22cc33dd", "hmac:AAAA", "BgIAAAAA", `"AAAA"`, "AAAA"} {
			if strings.Contains(file.Name, "[") || !bytes.Contains(file.Data, []byte(secret)) || strings.HasSuffix(file.Name, "plist") && secret == "AAAA" && bytes.Contains(file.Data, []byte("eyJ")) {
				continue
			}
			with := canary
			if strings.HasPrefix(secret, `"`) {
				with = `"` + canary + `"`
			}
			file.Data, planted = bytes.ReplaceAll(file.Data, []byte(secret), []byte(with)), planted+1
		}
		archive.Files[i] = file
	}
	return planted
}

// No secret is in a row, in what is remembered or in a reason, nor does anything
// that is change with the secret, as a hash of it would.
func TestSecretsAreNeverSaid(t *testing.T) {
	files, err := filepath.Glob("../../../proto/catalogue/machines/settings/*.txtar")
	if err != nil || len(files) < 8 {
		t.Fatalf("%d machines, error %v", len(files), err)
	}
	planted := 0
	for _, file := range files {
		var said [2]string
		for i, canary := range []string{"CANARYhunter2canary", "CANARYother99canary"} {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			planted += secretsIn(archive, canary)
			h, err := host.ReadRecording(archive)
			if err != nil {
				t.Fatal(err)
			}
			shelf := newAccessShelf(&startShelf{})
			rows, failure := shelf.collect(context.Background(), h)
			kept := shelf.begin(context.Background(), h)
			text, err := json.Marshal([]any{rows, sentence(strings.TrimSpace(errorText(failure)))})
			if err != nil {
				t.Fatal(err)
			}
			said[i] = string(text)
			for _, s := range kept.starts {
				said[i] += strings.Join([]string{s.name, s.program, s.config}, " ")
			}
			for _, name := range slices.Sorted(maps.Keys(shelf.settings.kept)) {
				for _, setting := range shelf.settings.kept[name].value {
					said[i] += setting.Name + "=" + setting.Value
				}
			}
		}
		if strings.Contains(said[0], "CANARY") || said[0] != said[1] {
			t.Errorf("%s: what is said holds a secret or depends on it:\n%s\n%s", filepath.Base(file), said[0], said[1])
		}
	}
	if planted < 40 {
		t.Errorf("only %d secrets were planted", planted)
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// home makes a disk with two homes, of which the second is an ordinary one.
func home(t *testing.T, hostile func(root string)) host.Host {
	t.Helper()
	root := t.TempDir()
	for name, content := range map[string]string{
		"home/anna/.anydesk/system.conf": "ad.anynet.pwd_hash=x\n", "home/zoe/.config/rustdesk/RustDesk.toml": "password = 'x'\n", "etc/hostname": "x\n",
	} {
		full := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	hostile(root)
	return host.New(host.Options{Now: time.Now, Root: root})
}

// Whatever stands where settings are expected, the others are read, and what
// could not be is said.
func TestHostileSettings(t *testing.T) {
	at := func(root string) string { return filepath.Join(root, "home/anna/.anydesk/system.conf") }
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		hostile func(root string)
		state   finding.CoverageState
	}{
		"a socket": {func(root string) {
			must(os.Remove(at(root)))
			listener, err := net.Listen("unix", at(root))
			must(err)
			t.Cleanup(func() { must(listener.Close()) })
		}, finding.CoverageFailed},
		"a large file":      {func(root string) { must(os.Truncate(at(root), 300<<20)) }, finding.CoverageFailed},
		"a folder":          {func(root string) { must(os.Remove(at(root))); must(os.Mkdir(at(root), 0o755)) }, finding.CoverageFailed},
		"links in a ring":   {func(root string) { must(os.Remove(at(root))); must(os.Symlink("system.conf", at(root))) }, finding.CoverageFailed},
		"a link to nothing": {func(root string) { must(os.Remove(at(root))); must(os.Symlink("none", at(root))) }, finding.CoverageOK},
		"no letters":        {func(root string) { must(os.WriteFile(at(root), bytes.Repeat([]byte{0xff, 0, 0xfe}, 1000), 0o600)) }, finding.CoverageOK},
	} {
		rows, coverage := access(t, home(t, c.hostile))
		if !slices.Contains(rows, "tool=rustdesk unattended=true how=password self_hosted=false") || coverage.State != c.state {
			t.Errorf("%s: %q, %s %s", name, rows, coverage.State, coverage.Detail)
		}
	}
}

// A closedDisk is one whose owner lets nobody into one home.
type closedDisk struct{ host.FS }

func (d closedDisk) denied(name string) error {
	if strings.HasPrefix(name, "home/anna/") {
		return &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return nil
}

func (d closedDisk) Open(name string) (fs.File, error) {
	if err := d.denied(name); err != nil {
		return nil, err
	}
	return d.FS.Open(name)
}

func (d closedDisk) Stat(name string) (fs.FileInfo, error) {
	if err := d.denied(name); err != nil {
		return nil, err
	}
	return fs.Stat(d.FS, name)
}

func (d closedDisk) Lstat(name string) (fs.FileInfo, error) {
	if err := d.denied(name); err != nil {
		return nil, err
	}
	return d.FS.Lstat(name)
}

type closedHost struct{ host.Host }

func (h closedHost) Files() host.FS { return closedDisk{h.Host.Files()} }

func TestClosedHomesAreSaid(t *testing.T) {
	rows, coverage := access(t, closedHost{home(t, func(string) {})})
	if !slices.Equal(rows, []string{"tool=rustdesk unattended=true how=password self_hosted=false"}) || coverage.State != finding.CoverageDenied ||
		!strings.Contains(coverage.Detail, "run it as root") || strings.Contains(coverage.Detail, "anna") {
		t.Errorf("%q, %s %s", rows, coverage.State, coverage.Detail)
	}
}

// What has not changed is not read again, and what has is.
func TestSettingsAreReadOnce(t *testing.T) {
	var root string
	h := home(t, func(r string) { root = r })
	s := RemoteAccess()
	before, _ := look(t, h, s)
	file := filepath.Join(root, "home/anna/.anydesk/system.conf")
	stat, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	write := func(content string, at time.Time) {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, at, at); err != nil {
			t.Fatal(err)
		}
	}
	write("ad.anynet.pwd_hasx=x\n", stat.ModTime())
	if again, _ := look(t, h, s); !slices.Equal(before, again) {
		t.Errorf("an unchanged size and time were read again: %q", again)
	}
	write("ad.anynet.id=1\n", stat.ModTime().Add(time.Second))
	after, _ := look(t, h, s)
	if len(after) != 2 || !strings.HasPrefix(after[0], "tool=anydesk unattended=false") {
		t.Errorf("after the change: %q", after)
	}
}

// Where nothing of a machine was recorded, nothing is said of it.
func TestNoSettingsAreNotClean(t *testing.T) {
	for text, want := range map[string]finding.CoverageState{
		"-- platform.yaml --\nos: linux\n":                              finding.CoverageAbsent,
		"-- platform.yaml --\nos: darwin\n":                             finding.CoverageAbsent,
		"-- platform.yaml --\nos: windows\n-- files/ProgramData/x --\n": finding.CoverageAbsent,
	} {
		if rows, coverage := access(t, machine(t, text)); len(rows) > 0 || coverage.State != want {
			t.Errorf("%s: %q, %s %s, want %s", text, rows, coverage.State, coverage.Detail, want)
		}
	}
}

// A recording that was made of a machine holds no settings, and says so.
func TestRecordedWithoutSettings(t *testing.T) {
	met, err := host.OpenRecording("../../../proto/catalogue/machines/settings/linux-asked.txtar")
	if err != nil {
		t.Fatal(err)
	}
	archive, err := host.Record(context.Background(), met, func(value string) string { return value }, nil)
	if err != nil {
		t.Fatal(err)
	}
	h, err := host.ReadRecording(archive)
	if err != nil {
		t.Fatal(err)
	}
	if rows, coverage := access(t, h); len(rows) > 0 || coverage.State == finding.CoverageOK {
		t.Errorf("%q, %s %s", rows, coverage.State, coverage.Detail)
	}
}

// FuzzHostileSettings puts any bytes into any of these files. The reader may not
// break, and no row may grow without bound.
func FuzzHostileSettings(f *testing.F) {
	places := []string{
		"home/a/.anydesk/system.conf", "home/a/.config/rustdesk/RustDesk2.toml", "home/a/.config/dconf/user", "home/a/.config/chrome-remote-desktop/host#1.json",
		"home/a/.config/autostart/x.desktop", "home/a/.cloudflared/x.json", "var/lib/tailscale/tailscaled.state", "var/lib/cloudflare-warp/mdm.xml",
		"etc/systemd/system/x.service", "usr/local/mesh_services/meshagent/meshagent.msh", "opt/x/x.db", "opt/screenconnect-0123456789abcdef/ClientLaunchParameters.txt",
		"Library/LaunchDaemons/x.plist", "registry/HKLM/SYSTEM/CurrentControlSet/Services/X/ImagePath", "registry/HKLM/SOFTWARE/TacticalRMM/BaseURL",
	}
	for at, seed := range []string{"ad.anynet.pwd_hash=x\nad.anynet.alias=a@b\n", "[options]\nrelay-server='x'\n", "GVariant", "{\"host_id\":1}", "Exec=x11vnc -forever", "[Service]\nExecStart=frpc -c /x\n", "?e=Access&h=x"} {
		f.Add(uint(at), []byte(seed))
	}
	f.Fuzz(func(t *testing.T, at uint, content []byte) {
		files := fstest.MapFS{"etc/hostname": &fstest.MapFile{}, "etc/systemd/system/y.service": &fstest.MapFile{Data: []byte("[Service]\nExecStart=/opt/x/x run\n")}}
		files[places[at%uint(len(places))]] = &fstest.MapFile{Data: content}
		rows, coverage := Look(context.Background(), &disk{files: files}, RemoteAccess())
		if strings.Contains(coverage.Detail, "broke at") || len(rows) > accessLimit {
			t.Fatalf("%d rows, %s", len(rows), coverage.Detail)
		}
	})
}
