package parse

import "strings"

// meetingSchemes are the kinds of address by which meeting programs are told to
// join one, as the programs' own desktop files and installers register them.
var meetingSchemes = map[string]string{
	"zoommtg": "zoom", "zoomus": "zoom",
	"msteams": "teams", "ms-teams": "teams",
	"webex": "webex", "webexteams": "webex", "ciscospark": "webex", "wbx": "webex",
	"gotomeeting": "goto", "goto": "goto",
}

// MeetingScheme is the meeting program that a word of a command line tells to
// join a meeting: "zoommtg:…", or the same as an option's value. What stands
// after the colon is not looked at.
func MeetingScheme(word string) (tool string, ok bool) {
	scheme, rest, found := strings.Cut(optionValue(word), ":")
	if !found || rest == "" || strings.HasPrefix(rest, `\`) { // a drive
		return "", false
	}
	tool, ok = meetingSchemes[strings.ToLower(scheme)]
	return tool, ok
}

// meetingSites are the places in the web of meetings: the end of a host's name, and
// how the path begins.
var meetingSites = []struct{ host, path, tool string }{
	{"zoom.us", "/j/", "zoom"}, {"zoom.us", "/s/", "zoom"}, {"zoom.us", "/wc/", "zoom"}, {"zoom.com", "/j/", "zoom"},
	{"teams.microsoft.com", "/l/meetup-join/", "teams"}, {"teams.microsoft.com", "/meet/", "teams"}, {"teams.live.com", "/meet/", "teams"},
	{"webex.com", "/", "webex"},
	{"meet.google.com", "/", "meet-app"},
	{"meet.goto.com", "/", "goto"},
}

// MeetingLink is MeetingScheme for a meeting program's own command line, where an
// address in the web is a link to a meeting as well.
func MeetingLink(word string) (tool string, ok bool) {
	if tool, ok = MeetingScheme(word); ok {
		return tool, true
	}
	scheme, rest, _ := strings.Cut(optionValue(word), "://")
	if scheme != "https" && scheme != "http" {
		return "", false
	}
	host, path, _ := strings.Cut(rest, "/")
	host = strings.ToLower(host)
	for _, site := range meetingSites {
		if below(host, site.host) && strings.HasPrefix("/"+path, site.path) && len(path) >= len(site.path) {
			return site.tool, true
		}
	}
	return "", false
}

func below(host, name string) bool {
	return host == name || strings.HasSuffix(host, "."+name)
}

// optionValue is a word without its quotes and, where it is an option, without
// the option's name: "--url=zoommtg://…".
func optionValue(word string) string {
	word = strings.Trim(word, `"'`)
	if !strings.HasPrefix(word, "-") && !strings.HasPrefix(word, "/") {
		return word
	}
	if _, value, ok := strings.Cut(word, "="); ok {
		return strings.Trim(value, `"'`)
	}
	return word
}
