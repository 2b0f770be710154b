package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
	"golang.org/x/tools/txtar"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

const machines = "../../../proto/catalogue/machines"

// agent runs one command line in a world of the test's own.
func agent(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	at := time.Date(2026, 11, 25, 9, 12, 0, 0, time.UTC)
	code = execute(t.Context(), world{args: args, out: &o, err: &e, now: func() time.Time { return at }})
	return code, o.String(), e.String()
}

// TestScanSaysOfEveryMachineWhatItMust: the command line, not its parts.
func TestScanSaysOfEveryMachineWhatItMust(t *testing.T) {
	for _, file := range recordings(t) {
		t.Run(strings.TrimPrefix(file, machines+"/"), func(t *testing.T) {
			t.Parallel()
			code, out, errs := agent(t, "scan", "--recording", file, "--output", "json")
			if code != 0 {
				t.Fatalf("ends with %d: %s", code, errs)
			}
			var got scanned
			if err := json.Unmarshal([]byte(out), &got); err != nil {
				t.Fatal(err)
			}
			want := expected(t, file)
			var rules []string
			for _, f := range got.Findings {
				rules = append(rules, f.Rule)
			}
			slices.Sort(rules)
			slices.Sort(want.Findings)
			if rules = slices.Compact(rules); !slices.Equal(rules, want.Findings) {
				t.Errorf("found %v\nwant  %v", rules, want.Findings)
			}
			if want.Level != "" && string(got.Level) != want.Level {
				t.Errorf("the level is %s, want %s", got.Level, want.Level)
			}
			if len(got.Coverage) != len(classes()) {
				t.Errorf("coverage tells of %d classes, want all %d", len(got.Coverage), len(classes()))
			}
		})
	}
}

func recordings(t *testing.T) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(machines, func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".txtar") {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) < 20 {
		t.Fatalf("found %d recorded machines below %s: %v", len(files), machines, err)
	}
	return files
}

type expectation struct {
	Findings []string `yaml:"findings"`
	Level    string   `yaml:"level"`
}

func expected(t *testing.T, file string) (e expectation) {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range archive.Files {
		if f.Name == "expect.yaml" {
			if err := yaml.Unmarshal(f.Data, &e); err != nil {
				t.Fatal(err)
			}
			return e
		}
	}
	t.Fatalf("%s does not say what it must give (expect.yaml)", file)
	return e
}

func TestScanForPeopleShowsEachThingOnce(t *testing.T) {
	code, out, _ := agent(t, "scan", "--recording", machines+"/pikvm-as-keyboard.txtar")
	if code != 0 {
		t.Fatalf("ends with %d", code)
	}
	for _, words := range []string{
		"Is it remotely controlled?  HIGH", "Why this fired", "What else explains it", "What would change the verdict", "Next step",
		"Does it stand in a laptop farm?", "kvm.composite_keyboard_pointer_storage", "is not the same as clean",
	} {
		if !strings.Contains(out, words) {
			t.Errorf("the text does not say %q", words)
		}
	}
	if n := strings.Count(out, "product_id=c31c"); n != 1 {
		t.Errorf("the device is shown %d times, want once with all that is claimed of it", n)
	}
	for i, line := range strings.Split(out, "\n") {
		if len(line) > textWidth+4 {
			t.Errorf("line %d has %d characters: %s", i+1, len(line), line)
		}
	}
}

func TestScanShowsNoLocalColumn(t *testing.T) {
	file := machines + "/tools/" + firstTool(t)
	_, out, _ := agent(t, "scan", "--recording", file, "--output", "json")
	var got scanned
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	for _, f := range got.Findings {
		for _, e := range f.Evidence {
			for _, local := range []string{"args", "flags", "path", "boot_id"} {
				if e.Columns[local] != "" {
					t.Errorf("%s shows the local column %s of %s", f.Rule, local, e.Class)
				}
			}
		}
	}
}

func TestScanListsRowsWhenAsked(t *testing.T) {
	for _, flags := range [][]string{nil, {"--rows"}} {
		_, out, _ := agent(t, append([]string{"scan", "--output", "json", "--recording", machines + "/phone-gadget-mode.txtar"}, flags...)...)
		var got scanned
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatal(err)
		}
		phone := slices.ContainsFunc(got.Rows, func(row evidenceItem) bool {
			return row.Class == "usb_devices" && row.Columns["has_phone_class"] == "true"
		})
		if phone != (flags != nil) {
			t.Errorf("scan %v lists the phone: %v", flags, phone)
		}
	}
}

func firstTool(t *testing.T) string {
	t.Helper()
	entries, err := os.ReadDir(machines + "/tools")
	if err != nil || len(entries) == 0 {
		t.Fatalf("no recorded tools: %v", err)
	}
	return entries[0].Name()
}

func TestExitCodes(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "broken.txtar")
	if err := os.WriteFile(broken, []byte("-- platform.yaml --\nos: [\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	kvm := machines + "/pikvm-v4-on-laptop.txtar"
	for _, test := range []struct {
		name  string
		args  []string
		code  int
		words string
	}{
		{"fails on the level asked for", []string{"scan", "--recording", kvm, "--fail-on", "high"}, 7, "at or above high"},
		{"does not fail below it", []string{"scan", "--recording", machines + "/plain-laptop.txtar", "--fail-on", "watch"}, 0, ""},
		{"unknown level", []string{"scan", "--fail-on", "loud"}, 2, `"loud"`},
		{"a level that would always fail", []string{"scan", "--fail-on", "none"}, 2, "always"},
		{"unknown output", []string{"scan", "--output", "xml"}, 2, `"xml"`},
		{"unknown flag", []string{"scan", "--insecure"}, 2, "--insecure"},
		{"gathering backwards", []string{"scan", "--for", "-1m"}, 2, "--for -1m0s"},
		{"no such recording", []string{"scan", "--recording", "nowhere.txtar"}, 1, "nowhere.txtar"},
		{"broken recording", []string{"scan", "--recording", broken}, 1, "platform.yaml"},
		{"not enrolled", []string{"status", "--enrolled", "--state", t.TempDir()}, 7, "not enrolled"},
		{"never ran", []string{"status", "--state", t.TempDir()}, 7, ""},
		{"enrol without a collector", []string{"enroll", "--state", t.TempDir()}, 1, "no collector is named"},
		{"enrol with half a token", []string{"enroll", "--state", t.TempDir(), "--server", "127.0.0.1:1", "--token", "fwt1-x"}, 1, "token"},
		{"named configuration that is not there", []string{"doctor", "--config", "nowhere.yaml"}, 1, "nowhere.yaml"},
	} {
		t.Run(test.name, func(t *testing.T) {
			code, _, errs := agent(t, test.args...)
			if code != test.code || !strings.Contains(errs, test.words) {
				t.Errorf("ends with %d and %q, want %d and %q", code, errs, test.code, test.words)
			}
		})
	}
}

func TestPrivacyShowNamesEveryColumn(t *testing.T) {
	code, out, _ := agent(t, "privacy", "show")
	if code != 0 {
		t.Fatalf("ends with %d", code)
	}
	for _, class := range classes() {
		if !strings.Contains(out, "\n"+class+", every ") {
			t.Errorf("%s is not shown", class)
		}
	}
	for _, line := range []string{"at enrolment, your company", "masked  serial ", "stays   args ", "leaves  vendor_id "} {
		if !strings.Contains(out, line) {
			t.Errorf("does not say %q", line)
		}
	}
}

func TestPrivacyLastBeforeAnythingLeft(t *testing.T) {
	code, out, _ := agent(t, "privacy", "last", "--state", t.TempDir())
	if code != 0 || !strings.Contains(out, "Nothing has left by the agent") {
		t.Errorf("ends with %d and %q", code, out)
	}
}

// TestAnchor: machines that nothing tells apart are two devices, not one.
func TestAnchor(t *testing.T) {
	if got := anchor(host.Platform{}); got != "" {
		t.Errorf("a machine that nothing tells from others is anchored to %q", got)
	}
	one, other := anchor(host.Platform{Hardware: "smbios:1"}), anchor(host.Platform{Hardware: "smbios:2"})
	if one == "" || one == other {
		t.Errorf("two machines are anchored to %q and %q", one, other)
	}
}
