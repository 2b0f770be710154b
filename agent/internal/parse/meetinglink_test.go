package parse_test

import (
	"strings"
	"testing"

	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

func TestMeetingLink(t *testing.T) {
	for word, want := range map[string]struct{ scheme, link string }{
		"zoommtg://zoom.us/join?confno=1&pwd=x":      {"zoom", "zoom"},
		`"--url=zoommtg://zoom.us/join?action=join"`: {"zoom", "zoom"},
		"ZoomMtg:join":                                             {"zoom", "zoom"},
		"msteams:/l/meetup-join/19:x":                              {"teams", "teams"},
		"ms-teams://teams.live.com/meet/9":                         {"teams", "teams"},
		"webex://meet?x=1":                                         {"webex", "webex"},
		"https://us02web.zoom.us/j/1?pwd=x":                        {"", "zoom"},
		"https://teams.microsoft.com/l/meetup-join/19%3ameeting/0": {"", "teams"},
		"--app=https://meet.google.com/abc-defg-hij":               {"", "meet-app"},
		"https://meet.google.com":                                  {},
		"https://zoom.us/download":                                 {},
		"https://notzoom.us/j/1":                                   {},
		"https://zoom.us.example/j/1":                              {},
		"zoommtg:":                                                 {},
		"zoommtg":                                                  {},
		`webex:\folder`:                                            {},
		"-zoommtg://x":                                             {},
		"--log=/var/log/zoommtg":                                   {},
		"mailto:zoommtg:x":                                         {},
		"https://example.org/?u=zoommtg:join":                      {},
		"":                                                         {},
	} {
		scheme, byScheme := parse.MeetingScheme(word)
		link, byLink := parse.MeetingLink(word)
		if scheme != want.scheme || link != want.link || byScheme != (want.scheme != "") || byLink != (want.link != "") {
			t.Errorf("%q: scheme %q, link %q, want %q and %q", word, scheme, link, want.scheme, want.link)
		}
	}
}

func FuzzMeetingLink(f *testing.F) {
	for _, word := range []string{"zoommtg://zoom.us/join?confno=1", `"--url=msteams:/l/x"`, "https://a.webex.com/meet/x", "--app=https://meet.google.com/a", "/=:", `"'`, "https://"} {
		f.Add(word)
	}
	f.Fuzz(func(t *testing.T, word string) {
		byScheme, scheme := parse.MeetingScheme(word)
		byLink, link := parse.MeetingLink(word)
		if scheme && (!link || byScheme != byLink) {
			t.Fatalf("%q is a link by its scheme to %q, and else to %q", word, byScheme, byLink)
		}
		for _, tool := range []string{byScheme, byLink} {
			if len(tool) > 8 || tool != "" && strings.Contains(tool, "/") {
				t.Fatalf("%q gives %q, which is no program", word, tool)
			}
		}
	})
}
