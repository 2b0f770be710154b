package catalogue_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/farmwatch/farmwatch/proto/catalogue"
)

// artefact is a tool's file with one more artefact, or one instead of its name.
func artefact(t *testing.T, text string, alone bool) fstest.MapFS {
	t.Helper()
	if alone {
		fsys := with(t, toolName, "  - {type: process, value: exampledesk, os: linux, source: [M]}\n", "  - "+text+"\n")
		file := fsys[toolName]
		file.Data = []byte(strings.Replace(string(file.Data), "  - {type: path, value: /opt/example/*/exampledesk, match: glob, os: linux, source: [D]}\n", "", 1))
		return fsys
	}
	return with(t, toolName, "artefacts:\n", "artefacts:\n  - "+text+"\n")
}

// Public lists of remote-access tools hold every one of these mistakes.
func TestArtefactMistakes(t *testing.T) {
	tests := []struct{ name, artefact, want string }{
		{"short name", `{type: process, value: rd.exe, source: [L]}`, `:5: "rd.exe" has three characters or fewer`},
		{"generic name", `{type: process, value: Client.exe, source: [L]}`, `:5: "Client.exe" is over-generic: it is the name of clients`},
		{"generic pattern", `{type: process, value: "client*.exe", match: glob, source: [L]}`, `is over-generic`},
		{"short pattern", `{type: process, value: "rd-*.exe", match: glob, source: [L]}`, `three characters or fewer`},
		{"hash", `{type: process, value: d41d8cd98f00b204e9800998ecf8427e, source: [L]}`, `is a hash, not a name`},
		{"pattern", `{type: process, value: "example*", source: [L]}`, `is a pattern, say match: glob or name it whole`},
		{"expression", `{type: process, value: "example(32|64).exe", match: glob, source: [L]}`, `is a regular expression`},
		{"end of a name", `{type: process, value: askdesk.exe, match: suffix, source: [L]}`, `names of unrelated programs end so`},
		{"pattern of an end", `{type: process, value: "*askdesk.exe", match: glob, source: [L]}`, `names of unrelated programs end so`},
		{"remark as name", `{type: process, value: "can't find this one", source: [L]}`, `is a remark`},
		{"lost separator", `{type: path, value: 'C:Example\exampledesk.exe', source: [L]}`, `is not a whole path`},
		{"any folder", `{type: path, value: 'C:\*\exampledesk.exe', match: glob, source: [L]}`, `fits any folder`},
		{"lost separator further in", `{type: path, value: 'C:\Program FilesExample.exe', source: [L]}`, `has lost a separator`},
		{"laboratory", `{type: path, value: 'C:\Users\vagrant\Downloads\exampledesk.exe', source: [L]}`, `is where somebody had it`},
		{"path as name", `{type: process, value: /opt/exampledesk, source: [L]}`, `is a path, give it the type path`},
		{"original name", `{type: original_name, value: Client.exe, source: [L]}`, `over-generic`},
		{"expression path", `{type: path, value: "/opt/example/.*/exampledesk$", match: glob, source: [L]}`, `is a regular expression`},
		{"doubled backslash", `{type: path, value: 'C:\\Example\\exampledesk.exe', source: [L]}`, `has doubled backslashes`},
		{"doubled backslash in the registry", `{type: registry, value: 'HKLM\\SOFTWARE\\Example', source: [L]}`, `has doubled backslashes`},
		{"folder", `{type: path, value: /opt/example/, source: [L]}`, `is a folder`},
		{"relative path", `{type: path, value: bin/exampledesk, source: [L]}`, `is not a whole path`},
		{"short path", `{type: path, value: /opt/example/x*, match: glob, source: [L]}`, `ends in a name of three characters`},
		{"pattern of a path", `{type: path, value: /opt/*/exampledesk, source: [L]}`, `is a pattern, say match: glob`},
		{"end of a path", `{type: path, value: /opt/a/exampledesk, match: suffix, source: [L]}`, `compared from its beginning`},
		{"single label", `{type: domain, value: insight, source: [L]}`, `:5: "insight" is a bare single label`},
		{"url", `{type: domain, value: "https://example.com/a", source: [L]}`, `has a path or scheme`},
		{"url path", `{type: domain, value: example.com/download, source: [L]}`, `has a path or scheme`},
		{"inner star", `{type: domain, value: "relay-*.example.com", source: [L]}`, `a * that is not one whole label`},
		{"local", `{type: domain, value: printer.local, source: [L]}`, `nothing to do with the tool`},
		{"star suffix", `{type: domain, value: "relay.*.com", match: suffix, source: [L]}`, `nothing to do with the tool`},
		{"capital domain", `{type: domain, value: Example.com, source: [L]}`, `has capital letters`},
		{"address", `{type: domain, value: 192.0.2.1, source: [L]}`, `is not a domain`},
		{"shared host", `{type: domain, value: amazonaws.com, source: [L]}`, `:5: "amazonaws.com" is a shared host: it serves programs of any maker at Amazon`},
		{"parent of a shared host", `{type: domain, value: microsoft.com, source: [L]}`, `is a shared host`},
		{"shared below a star", `{type: domain, value: "*.cloudfront.net", source: [L]}`, `is a shared host`},
		{"registry of domains", `{type: domain, value: co.uk, source: [L]}`, `is where anybody registers domains`},
		{"beginning of a domain", `{type: domain, value: relay.example.org, match: prefix, source: [L]}`, `under which anybody can name a host`},
		{"port", `{type: port, value: 65536, source: [L]}`, `:5: port 65536 is outside`},
		{"team id", `{type: team_id, value: io.example, source: [I]}`, `is not an Apple Team ID`},
		{"team of a maker of everything", `{type: team_id, value: UBF8T346G9, source: [I]}`, `signs everything of Microsoft: flag it multi_product`},
		{"cut-off signer", `{type: signer, value: 'ConnectWise\', source: [L]}`, `the signer "ConnectWise\\" is cut off`},
		{"signer cut at a comma", `{type: signer, value: "Example,", source: [L]}`, `is cut off`},
		{"signer of everything", `{type: signer, value: Microsoft Corporation, source: [L]}`, `flag it multi_product`},
		{"signer of a stranger", `{type: signer, value: win.rar GmbH, source: [L]}`, `is that of the archiver WinRAR`},
		{"harvested word", `{type: signer, value: GlobalSigningDig, source: [L]}`, `gives out certificates`},
		{"short signer", `{type: signer, value: "AB*", match: glob, source: [L]}`, `three characters or fewer`},
		{"run time as signer", `{type: signer, value: .NET, source: [L]}`, `Microsoft's run time`},
		{"generic product", `{type: product, value: Remote, source: [L]}`, `over-generic`},
		{"product of Windows", `{type: product, value: "Microsoft® Windows® Operating System", source: [L]}`, `is Windows itself`},
		{"bundle id", `{type: bundle_id, value: exampledesk, source: [H]}`, `is not a bundle identifier`},
		{"build path", `{type: build_path, value: exampledesk, source: [M]}`, `is not the path of a Go package`},
		{"extension", `{type: side_file, value: msh, source: [M]}`, `is not an extension`},
		{"extension of anything", `{type: side_file, value: .db, source: [M]}`, `is over-generic`},
		{"banner", `{type: banner, value: http, source: [M]}`, `unknown banner "http"`},
		{"library", `{type: library, value: vncserver, source: [M]}`, `is not the name of a library`},
		{"short package", `{type: package, value: to, source: [D]}`, `three characters or fewer`},
		{"short packages", `{type: package, value: "tor*", match: glob, source: [D]}`, `three characters or fewer`},
		{"type", `{type: mutex, value: exampledesk, source: [L]}`, `unknown type "mutex"`},
		{"system", `{type: process, value: exampledesk2, os: android, source: [L]}`, `unknown system "android"`},
		{"match", `{type: process, value: exampledesk2, match: like, source: [L]}`, `unknown match "like"`},
		{"flag", `{type: process, value: exampledesk2, flags: [odd], source: [L]}`, `unknown flag "odd"`},
		{"source", `{type: process, value: exampledesk2, source: [Z]}`, `unknown source "Z"`},
		{"no source", `{type: process, value: exampledesk2}`, `source is missing`},
		{"no value", `{type: process, source: [L]}`, `value is missing`},
		{"twice", `{type: process, value: EXAMPLEDESK, os: linux, source: [L]}`, `the process "exampledesk" stands twice`},
		{"unchecked at full weight", `{type: signer, value: Example Ltd, weight: 0.7, source: [U, C]}`, `weight is 0.7, but nobody checked "Example Ltd"`},
		{"weight", `{type: signer, value: Example Ltd, weight: 7, source: [L]}`, `weight is 7, want 0 to 1`},
		{"weight in words", `{type: signer, value: Example Ltd, weight: much, source: [L]}`, `want a number`},
		{"words beside a signer", `{type: signer, value: Example Ltd, with: [serve], source: [L]}`, `with is for names and paths`},
		{"side of a tool with one", `{type: process, value: exampleview, flags: [viewer], source: [L]}`, `which only a tool of role both has`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			assertMistake(t, toolName, "artefacts:\n", "artefacts:\n  - "+test.artefact+"\n", test.want)
		})
	}
}

func TestToolMistakes(t *testing.T) {
	tests := []struct{ name, old, new, want string }{
		{"website", "category:", "website: www.relay.example.com\ncategory:", `is the product's website, which any browser visits`},
		{"above the website", "category:", "website: help.relay.example.com\ncategory:", `is the product's website`},
		{"category", "remote-desktop", "remote", `unknown category "remote"`},
		{"role", "category:", "role: guest\ncategory:", `unknown role "guest"`},
		{"client", "remote-desktop", "client", `want role: viewer`},
		{"meeting", "remote-desktop", "screen-share-with-control", `want role: both`},
		{"tool id", "id: exampledesk", "id: Example", `lower-case words joined by hyphens`},
		{
			"both sides at once", "artefacts:", "role: both\nartefacts:\n  - {type: process, value: exampleview, flags: [host, viewer], source: [L]}",
			`:6: an artefact of both sides has neither`,
		},
		{"brings nothing known", "category:", "brings: nosuch\ncategory:", `there is no tool "nosuch"`},
		{"brings itself", "category:", "brings: exampledesk\ncategory:", `must be its maker's only tool and bring another`},
		{"old keys", "artefacts:", "linux: {processes: [exampledesk]}\nartefacts:", `unknown key "linux"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { assertMistake(t, toolName, test.old, test.new, test.want) })
	}
}

// What proves nothing alone is no tool's only evidence; two different ones are.
func TestSoleEvidence(t *testing.T) {
	nothing := "nothing could ever show exampledesk"
	tests := []struct{ name, artefact, want string }{
		{"shared signer", `{type: signer, value: Example Ltd, flags: [shared], source: [L]}`, nothing},
		{"multi-product signer", `{type: signer, value: Microsoft Corporation, flags: [multi_product], source: [L]}`, nothing},
		{"generic name", `{type: process, value: client.exe, flags: [generic], source: [L]}`, nothing},
		{"unconfirmed name", `{type: process, value: exampled.exe, flags: [unconfirmed], source: [L]}`, nothing},
		{"two of one type", "{type: signer, value: A Ltd, flags: [shared], source: [L]}\n  - {type: signer, value: B Ltd, flags: [shared], source: [L]}", nothing},
		{"fact only", `{type: session_log, value: /var/log/example.log, source: [L]}`, nothing},
		{"flagged package", `{type: package, value: example, flags: [generic], source: [L]}`, nothing},
		{"banner", `{type: banner, value: rfb, source: [M]}`, ""}, // the tool has a port
		{"two of two types", "{type: signer, value: A Ltd, flags: [shared], source: [L]}\n  - {type: process, value: client.exe, flags: [generic], source: [L]}", ""},
		{"signer", `{type: signer, value: Example Ltd, source: [L]}`, ""},
		{"words", `{type: process, value: code, with: [tunnel], source: [L]}`, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := catalogue.Load(artefact(t, test.artefact, true))
			if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

// One fact that shows two makers' tools would count as two.
func TestOneFactOneTool(t *testing.T) {
	second := func(text string) fstest.MapFS {
		fsys := artefact(t, `{type: signer, value: Example Ltd, source: [L]}`, false)
		other := strings.NewReplacer("id: exampledesk", "id: other", "name: Example Desk", "name: Other").Replace(goodTool)
		head, _, _ := strings.Cut(other, "artefacts:")
		_, tail, _ := strings.Cut(other, "machines:")
		other = head + "artefacts:\n  - " + text + "\nmachines:" + tail
		fsys["tools/other.yaml"] = &fstest.MapFile{Data: []byte(other)}
		return fsys
	}
	_, err := catalogue.Load(second(`{type: signer, value: EXAMPLE LTD, source: [L]}`))
	if err == nil || !strings.Contains(err.Error(), `tools/other.yaml:5: the signer "EXAMPLE LTD" is exampledesk's as well`) {
		t.Errorf("got %v", err)
	}
	if _, err := catalogue.Load(second("{type: signer, value: Example Ltd, flags: [shared], source: [L]}\n  - {type: process, value: otherdesk, source: [L]}")); err != nil {
		t.Error(err)
	}
}

func TestWeights(t *testing.T) {
	for text, want := range map[string]float64{
		`{type: signer, value: Example Ltd, source: [L]}`:               0.7,
		`{type: signer, value: Example Ltd, source: [U]}`:               0.35,
		`{type: signer, value: Example Ltd, source: [C, U]}`:            0.35,
		`{type: signer, value: Example Ltd, source: [U, L]}`:            0.7,
		`{type: signer, value: Example Ltd, weight: 0.2, source: [U]}`:  0.2,
		`{type: signer, value: Example Ltd, weight: 0.95, source: [L]}`: 0.95,
	} {
		c, err := catalogue.Load(artefact(t, text, false))
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Tools[0].Artefacts[0].Weight; got != want {
			t.Errorf("%s weighs %v, want %v", text, got, want)
		}
	}
}
