package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/farmwatch/farmwatch/proto/catalogue"
)

// ours are two tools, as much of them as the importer asks for.
var ours = []catalogue.Tool{
	{ID: "farlook", Name: "FarLook", Category: "remote-desktop", Website: "farlook.example", Artefacts: []catalogue.Artefact{
		{Type: "process", Value: "FarLook.exe", OS: "windows"},
		{Type: "process", Value: "farlookd.exe", OS: "windows"},
		{Type: "signer", Value: "FarLook GmbH", OS: "windows"},
		{Type: "domain", Value: "relay.farlook.net", Match: "suffix"},
	}},
	{ID: "nearhand", Name: "NearHand", Category: "rmm", Artefacts: []catalogue.Artefact{
		{Type: "process", Value: "nearhandsvc.exe", OS: "windows"},
		{Type: "signer", Value: "NearHand Inc.", OS: "windows"},
	}},
}

// entry writes one entry of the public list's shape, made up here.
func entry(name, details, artefacts, signers string) string {
	return "Name: " + name + "\nCategory: RMM\nDescription: x\nDetails:\n  Website: https://www.farlook.example/en\n" + details + "Artifacts:\n" + artefacts + "CodeSigning:\n  certificates:\n" + signers
}

func compareText(t *testing.T, texts ...string) comparison {
	t.Helper()
	fsys := fstest.MapFS{}
	for i, text := range texts {
		fsys[string(rune('a'+i))+".yaml"] = &fstest.MapFile{Data: []byte(text)}
	}
	list, err := read(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return compare(ours, list)
}

// TestKnownMistakes: each of the list's known mistakes is refused, with its
// reason, and the good value beside it is not.
func TestKnownMistakes(t *testing.T) {
	for _, c := range []struct{ kind, text, want string }{
		{"domain", "user_managed", "names nothing"},
		{"domain", "*.user_managed", "names nothing"},
		{"domain", "<your-server>", "a placeholder"},
		{"domain", "github.com", "programs of any maker"},
		{"domain", "raw.githubusercontent.com", "programs of any maker"},
		{"domain", "farlook.en.softonic.com", "a page about"},
		{"domain", "farlook.net/download/latest", "has a path"},
		{"domain", "https://farlook.net", "has a path or scheme"},
		{"domain", "203.0.113.9", "is an address"},
		{"domain", "203.0.113.9:8443", "is an address"},
		{"domain", "2001:db8::7", "is an address"},
		{"domain", "*.local", "somebody's own network"},
		{"domain", "insight", "a single label"},
		{"domain", "*farlook.net", "not one whole label"},
		{"domain", "relay-*.farlook.net", "a * within"},
		{"domain", "relay-[a-f0-9]{8}.farlook.net", "a regular expression"},
		{"domain", "relay9.farlook.org:443", "has a port"},
		{"domain", "farlook.example", "website"},
		{"process", "da39a3ee5e6b4b0d3255bfef95601890afd80709", "is a hash"},
		{"process", "can't find this one", "is a remark"},
		{"process", "requires sign up", "is a remark"},
		{"process", "dd.exe", "three characters"},
		{"process", "agent.exe", "over-generic"},
		{"process", "farlook*.exe", "is a pattern"},
		{"process", `Program Files\FarLook\x1.exe`, "is a path"},
		{"process", "far_[a-z0-9]+_.exe", "a regular expression"},
		{"process", "nearhandsvc.exe", "is nearhand's"},
		{"path", `C:\\Program Files\\FarLook\\far.exe`, "doubled backslashes"},
		{"path", `C:Program FilesFarLookfar.exe`, "lost its separators"},
		{"path", `C:\Program FilesFarLook.exe`, "lost its separators"},
		{"path", `C:\Program Files (x86)FarLook\far.exe`, "lost its separators"},
		{"path", "qq.exe", "three characters"},
		{"path", "can't find this one", "not the path of a program"},
		{"path", "farlook-*.pkg", "not the path of a program"},
		{"path", `C:\Program Files\FarLook\far.*\.exe`, "a regular expression"},
		{"path", `C:\*\farlook.exe`, "any folder"},
		{"path", `*\FarLook\farlook.exe`, "not a whole path"},
		{"path", `C:\Program Files\FarLook\*`, "is a folder"},
		{"path", `C:\Users\vagrant\FarLook\far.exe`, "where a sample lay"},
		{"path", `C:\Users\sam\Downloads\farlook.exe`, "where a sample lay"},
		{"path", `C:\Users\sam\AppData\farlook.exe`, "folder of one person"},
		{"path", `C:\Users\USERNAME\AppData\farlook.exe`, "a placeholder"},
		{"path", `C:\Program Files\FarLook\readme.txt`, "not the path of a program"},
		{"signer", "GlobalSigningDig", "unrelated program"},
		{"signer", "CodeSigningMico", "unrelated program"},
		{"signer", ".NET", "unrelated program"},
		{"signer", "win.rar GmbH", "unrelated program"},
		{"signer", `FarLook\`, "cut off at a comma"},
		{"signer", "NearHand Inc.", "is nearhand's"},
	} {
		t.Run(c.kind+" "+c.text, func(t *testing.T) {
			p := product{file: "a.yaml", name: "FarLook", website: "farlook.example"}
			p.add("here", c.kind, "windows", c.text)
			found := compare(ours, []product{p})[0]
			if len(found.adds) > 0 || len(found.refused) != 1 || !strings.Contains(found.refused[0], c.want) {
				t.Errorf("adds %v, refused %q, want a reason with %q", found.adds, found.refused, c.want)
			}
		})
	}
}

func TestWhatIsAdded(t *testing.T) {
	found := compareText(t, entry("FarLook (aka FarSight)",
		"  PEMetadata:\n    - {Filename: farlook.exe, OriginalFileName: FarLookMain.exe, Product: FarLook*}\n  InstallationPaths: ['C:\\Program Files\\FarLook\\farlook.exe', /opt/farlook/farlook, farlookhelper.exe]\n",
		"  Registry:\n    - {Path: 'HKLM\\SYSTEM\\CurrentControlSet\\Services\\FarLookService'}\n  Network:\n    - {Domains: [eu.relay.farlook.net, hub.farlook.org, N/A]}\n  EventLog: null\n",
		"    - {signer_name: FarLook GmbH}\n    - {signer_name: Microsoft Corporation}\n    - {signer_name: Somebody Else Ltd}\n"))[0]
	if found.tool == nil || found.tool.ID != "farlook" || found.same != 3 || len(found.refused) > 0 {
		t.Errorf("tool %v, %d known, refused %q", found.tool, found.same, found.refused)
	}
	var lines []string
	for i := range found.adds {
		lines = append(lines, strings.TrimPrefix(line(&found.adds[i]), "  - "))
	}
	want := []string{
		`{type: original_name, value: "FarLookMain.exe", os: windows, source: [L]}`,
		`{type: product, value: "FarLook", match: prefix, os: windows, source: [L]}`,
		`{type: path, value: "C:\\Program Files\\FarLook\\farlook.exe", os: windows, source: [L]}`,
		`{type: path, value: "/opt/farlook/farlook", os: linux, source: [L]}`,
		`{type: process, value: "farlookhelper.exe", os: windows, source: [L]}`,
		`{type: unit, value: "FarLookService", os: windows, source: [L]}`,
		`{type: domain, value: "hub.farlook.org", match: suffix, source: [L]}`,
		`{type: signer, value: "Microsoft Corporation", os: windows, flags: [multi_product], source: [L]}`,
		`{type: signer, value: "Somebody Else Ltd", os: windows, flags: [unconfirmed], source: [L]}`,
	}
	if strings.Join(lines, "\n") != strings.Join(want, "\n") {
		t.Errorf("adds\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
}

// TestMatching: a product is one of ours by name, by another name or by what
// it runs, and by its signer never.
func TestMatching(t *testing.T) {
	one := "  PEMetadata: {Filename: farlookd.exe}\n"
	for _, c := range []struct{ name, details, signers, want string }{
		{"far-look", "", "", "farlook"},
		{"Old Vendor (now FarLook)", "", "", "farlook"},
		{"Renamed Product", one, "", "farlook"},
		{"Both at once", "  PEMetadata: [{Filename: farlookd.exe}, {Filename: nearhandsvc.exe}]\n", "", ""},
		{"Signed alike", "", "    - {signer_name: FarLook GmbH}\n", ""},
	} {
		found := compareText(t, entry(c.name, c.details, "", c.signers))[0]
		got := ""
		if found.tool != nil {
			got = found.tool.ID
		}
		if got != c.want {
			t.Errorf("%s is %q (by %s), want %q", c.name, got, found.by, c.want)
		}
	}
}

func TestSharedAndTwice(t *testing.T) {
	one := entry("Alpha Assist", "", "", "    - {signer_name: Alpha Beta Holding}\n")
	two := entry("Beta Assist", "", "", "    - {signer_name: Alpha Beta Holding}\n")
	found := compareText(t, one, two, strings.Replace(one, "Alpha Assist", "alpha assist", 1))
	if got := line(&found[0].adds[0]); !strings.Contains(got, "flags: [shared]") {
		t.Errorf("a signer of two products is added as %s", got)
	}
	if len(found[2].refused) != 1 || !strings.Contains(found[2].refused[0], "stands in a.yaml as well") {
		t.Errorf("the second entry of one product: refused %q", found[2].refused)
	}
}

// TestForms: the same entry is read alike from YAML, from the JSON export and
// from the table.
func TestForms(t *testing.T) {
	entries := []map[string]any{{"Name": "FarLook", "Details": map[string]any{"Website": "", "PEMetadata": []any{map[string]any{"Filename": "farx.exe"}}},
		"Artifacts": map[string]any{"Network": []any{map[string]any{"Domains": []any{"hub.farlook.org"}}}}}, {"Name": "Other"}}
	text, err := json.Marshal(entries)
	if err != nil {
		t.Fatal(err)
	}
	table := "Name,Website,Filename,OriginalFileName,Product,InstallationPaths,Artifacts\n" +
		`FarLook,,farx.exe,,,,"{""Network"": [{""Domains"": [""hub.farlook.org""]}]}"` + "\nOther,,,,,,{}\n"
	for name, data := range map[string]string{"all.json": string(text), "all.csv": table, "all.yaml": string(text)} {
		list, err := read(fstest.MapFS{name: {Data: []byte(data)}})
		if err != nil || len(list) != 2 || len(list[0].values) != 2 || list[0].file != name+"[0]" || list[1].name != "Other" {
			t.Errorf("%s: %+v, error %v", name, list, err)
		}
	}
}

// TestBadFiles: a file that cannot be read is told and stops nothing else.
func TestBadFiles(t *testing.T) {
	list, err := read(fstest.MapFS{
		"bad.yaml": {Data: []byte("Name: [")}, "bad.json": {Data: []byte("{")}, "bad.csv": {Data: []byte("a,b\n1,2\n")}, "text.yml": {Data: []byte("just words")},
		"big.yaml": {Data: bytes.Repeat([]byte(" "), maxOneTool+1)}, "good.yaml": {Data: []byte("Name: FarLook")}, "picture.png": {Data: []byte("x")},
	})
	if err != nil || len(list) != 6 {
		t.Fatalf("%+v, error %v", list, err)
	}
	for _, p := range list {
		if (len(p.mistakes) > 0) != (p.file != "good.yaml") {
			t.Errorf("%s: mistakes %q", p.file, p.mistakes)
		}
	}
	list, err = read(fstest.MapFS{"all.csv": {Data: []byte("Name,Artifacts\nBad,{\nGood,{}\n")}})
	if err != nil || len(list) != 2 || len(list[0].mistakes) != 1 || list[1].name != "Good" {
		t.Errorf("a table with one bad row: %+v, error %v", list, err)
	}
	if _, err := read(fstest.MapFS{"readme.md": {}}); err == nil {
		t.Error("a folder without the list is no mistake")
	}
}

func TestRun(t *testing.T) {
	folder, drafts := t.TempDir(), filepath.Join(t.TempDir(), "drafts")
	text := entry("Made Up Product", "  PEMetadata: {Filename: madeupmain.exe}\n", "", "")
	if err := os.WriteFile(filepath.Join(folder, "made.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run([]string{folder}, &out); err != nil || !strings.Contains(out.String(), "1 products, 0 of them among our tools") {
		t.Errorf("error %v, says %s", err, out.String())
	}
	if _, err := os.Stat(drafts); err == nil {
		t.Error("it wrote without being asked")
	}
	if err := run([]string{"-write", drafts, folder}, &out); err != nil {
		t.Fatal(err)
	}
	draft, err := os.ReadFile(filepath.Join(drafts, "made-up-product.yaml"))
	if err != nil || !bytes.Contains(draft, []byte(`{type: process, value: "madeupmain.exe", os: windows, source: [L]}`)) {
		t.Errorf("draft %s, error %v", draft, err)
	}
	if err := run([]string{"-write", drafts, folder}, &out); err == nil {
		t.Error("it wrote over a draft")
	}
	if err := run(nil, &out); err == nil {
		t.Error("no folder is no mistake")
	}
}

// FuzzRead feeds it one hostile file. Whatever it proposes must be one line
// of a file that the loader reads.
func FuzzRead(f *testing.F) {
	f.Add(uint8(0), entry("FarLook", "  PEMetadata: {Filename: farx.exe}\n", "  Network:\n    - {Domains: [hub.farlook.org, 'user_managed']}\n", ""))
	f.Add(uint8(1), `[{"Name": "FarLook", "Artifacts": {"Network": [{"Domains": "a.b.example"}]}}]`)
	f.Add(uint8(2), "Name,Artifacts\nFarLook,{}\n")
	names := []string{"x.yaml", "x.json", "x.csv"}
	f.Fuzz(func(t *testing.T, form uint8, text string) {
		list, err := read(fstest.MapFS{names[int(form)%3]: {Data: []byte(text)}})
		if err != nil {
			return
		}
		found := compare(ours, list)
		if err := found.print(new(bytes.Buffer)); err != nil {
			t.Fatal(err)
		}
		for i := range found {
			for j := range found[i].adds {
				if strings.Contains(line(&found[i].adds[j]), "\n") {
					t.Errorf("an artefact of two lines: %q", line(&found[i].adds[j]))
				}
			}
		}
	})
}
