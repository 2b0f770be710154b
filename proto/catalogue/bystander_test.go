package catalogue

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// Who connects to a name of a tool decides what that says.
func TestWhoReachesATool(t *testing.T) {
	c, err := source()
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		columns []string
		want    string
	}{
		"nobody says who":                     {nil, StateContacted},
		"a browser":                           {[]string{"file", "firefox"}, StateContacted},
		"a browser of Windows":                {[]string{"file", "chrome.exe", "signer", "Google LLC", "signature", "valid"}, StateContacted},
		"what calls itself a browser":         {[]string{"file", "chrome.exe", "signer", "Somebody", "signature", "valid"}, StateReached},
		"what calls itself one, unsigned":     {[]string{"file", "chrome.exe", "signature", "unsigned"}, StateReached},
		"what calls itself a mail program":    {[]string{"file", "outlook.exe", "signature", "unsigned"}, StateReached},
		"a download by hand":                  {[]string{"file", "curl.exe", "signature", "unsigned"}, StateContacted},
		"a developer's proxy":                 {[]string{"file", "mitmdump"}, StateContacted},
		"a browser of another package":        {[]string{"file", "firefox", "package", "helper"}, StateReached},
		"a part of Windows":                   {[]string{"file", "svchost.exe", "signer", "Microsoft Windows", "signature", "valid"}, StateContacted},
		"a shell of Windows":                  {[]string{"file", "powershell.exe", "signer", "Microsoft Windows", "signature", "valid"}, StateReached},
		"a part of macOS":                     {[]string{"file", "nsurlsessiond", "bundle_id", "com.apple.nsurlsessiond", "signature", "valid"}, StateContacted},
		"one that says it is of macOS":        {[]string{"file", "helper", "bundle_id", "com.apple.helper", "signature", "invalid"}, StateReached},
		"a resolver":                          {[]string{"file", "systemd-resolved"}, StateContacted},
		"its own program":                     {[]string{"file", "teamviewerd"}, StateContacted},
		"its own viewer":                      {[]string{"file", "TeamViewer.exe", "signer", "TeamViewer Germany GmbH", "signature", "valid"}, StateContacted},
		"its own, known by who signed it":     {[]string{"file", "update.exe", "signer", "TeamViewer Germany GmbH", "signature", "valid"}, StateContacted},
		"a script":                            {[]string{"file", "python3.12", "script", "beacon.py"}, StateReached},
		"a program that nobody lists":         {[]string{"file", "helper"}, StateReached},
		"the host's name is no program's own": {[]string{"file", "helper", "package", "helper"}, StateReached},
	} {
		var got []string
		for _, r := range c.Matching(seen(classNames, append([]string{"name", "client.teamviewer.com"}, test.columns...)...)) {
			if r.Tool == "teamviewer" {
				got = append(got, r.State)
			}
		}
		if !slices.Equal(got, []string{test.want}) {
			t.Errorf("%s: %v, want %s", name, got, test.want)
		}
	}
}

func TestBystandersAreStrict(t *testing.T) {
	for text, want := range map[string]string{
		"- {kind: browser, files: [firefox]}\n":                                              "name is missing",
		"- {name: a, kind: pet, files: [firefox]}\n":                                         "unknown kind",
		"- {name: a, kind: browser}\n":                                                       "nothing says which program",
		"- {name: a, kind: browser, files: [x.exe]}\n":                                       "ends in .exe",
		"- {name: a, kind: browser, files: [\"*\"]}\n":                                       "too short",
		"- {name: a, kind: browser, files: [fire*fox]}\n":                                    "not its end",
		"- {name: a, kind: browser, colour: red}\n":                                          "colour",
		"- {name: a, kind: browser, files: [ab]}\n- {name: a, kind: browser, files: [cd]}\n": "stands twice",
	} {
		_, l := load(fstest.MapFS{bystandersFile: {Data: []byte(text)}})
		told := slices.ContainsFunc(l.mistakes, func(err error) bool {
			return strings.HasPrefix(err.Error(), bystandersFile+":") && strings.Contains(err.Error(), want)
		})
		if !told {
			t.Errorf("%q: %v, want %q", text, l.mistakes, want)
		}
	}
}
