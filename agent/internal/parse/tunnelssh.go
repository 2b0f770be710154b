package parse

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// sshKind is how the passages of ssh and its relatives are called.
const sshKind = "ssh_reverse"

// sshServices are hosts that give whoever forwards to them an address in the internet.
var sshServices = map[string]string{
	"pinggy.io": "pinggy", "pinggy.online": "pinggy", "serveo.net": "serveo", "localhost.run": "localhost_run", "srv.us": "srv_us", "tuns.sh": "tuns",
	"ngrok.com": "ngrok", "ssh-j.com": "ssh_j",
}

// sshCommand reads ssh, what is built around it and what is written after it.
// Options may stand behind the host as well; the next plain word begins a command
// for it.
func sshCommand(words []string) TunnelCommand {
	c := TunnelCommand{Kind: sshKind}
	for i := 0; i < len(words); i++ {
		word := words[i]
		switch {
		case word == "":
			continue
		case word[0] != '-' || len(word) == 1:
			if _, err := strconv.Atoi(word); err == nil {
				continue // autossh's own port stands behind an option that ssh has without a value
			}
			if c.Remote != "" {
				return c
			}
			c.sshTo(word)
			continue
		}
		at := strings.IndexAny(word[1:], "BbcDEeFIiJLlmOopPQRSWw")
		if at < 0 {
			continue
		}
		letter, value := word[1+at], word[2+at:]
		if value == "" {
			if i++; i >= len(words) {
				return c
			}
			value = words[i]
		}
		c.sshOption(letter, value)
	}
	return c
}

func (c *TunnelCommand) sshOption(letter byte, value string) {
	switch letter {
	case 'R':
		c.forward(value)
	case 'F':
		c.Settings = append(c.Settings, value)
	case 'o':
		name, rest := sshSetting(value)
		if name == "remoteforward" {
			c.forward(strings.Join(strings.Fields(rest), ":"))
		}
	}
}

// sshTo notes the host, and the service that it may be.
func (c *TunnelCommand) sshTo(destination string) {
	p, ok := ParseTarget(strings.TrimPrefix(destination, "ssh://") + ":22")
	if ok {
		c.Remote = p.Host
	}
	if _, after, user := strings.Cut(destination, "@"); c.Remote == "" && user {
		c.Remote = strings.ToLower(after)
	}
	for service, kind := range sshServices {
		if c.Remote == service || strings.HasSuffix(c.Remote, "."+service) {
			c.Kind = kind
		}
	}
}

// plinkCommand reads PuTTY's programs, whose options are words.
func plinkCommand(words []string) TunnelCommand {
	c := TunnelCommand{Kind: sshKind}
	for i, word := range words {
		switch value, joined := strings.CutPrefix(word, "-R"); {
		case word == "-R" && i+1 < len(words):
			c.forward(words[i+1])
		case joined && value != "":
			c.forward(value)
		}
	}
	return c
}

// forward takes in what -R or RemoteForward asks for:
// [bind:]port:host:hostport, a socket in place of either, or [bind:]port alone.
func (c *TunnelCommand) forward(spec string) {
	if p, ok := parseForward(spec); ok && len(c.Passages) < passageLimit {
		c.Passages = append(c.Passages, p)
	}
}

func parseForward(spec string) (Passage, bool) {
	parts := splitForward(spec)
	switch n := len(parts); {
	case n == 0 || n > 4:
		return Passage{}, false
	case n == 1 || n == 2 && !strings.Contains(parts[1], "/"):
		if parts[n-1] == "0" || n == 1 && strings.HasPrefix(parts[0], "/") {
			return Passage{What: "any"}, true // the other side picks the port, or it is a socket there
		}
		_, ok := portNumber(parts[n-1])
		return Passage{What: "any"}, ok
	case strings.Contains(parts[n-1], "/"):
		return Passage{}, true // a socket of this machine
	default:
		port, ok := portNumber(parts[n-1])
		return Passage{Host: elsewhere(parts[n-2]), Port: port}, ok
	}
}

// splitForward takes a forward apart at colons outside brackets, or at slashes in
// the older way of writing it.
func splitForward(spec string) []string {
	spec = strings.Trim(strings.TrimSpace(spec), `"'`)
	separator := byte(':')
	if !strings.Contains(spec, ":") && !strings.HasPrefix(spec, "/") && strings.Count(spec, "/") >= 2 {
		separator = '/'
	}
	var parts []string
	begin, inside := 0, false
	for i := range len(spec) {
		switch {
		case spec[i] == '[':
			inside = true
		case spec[i] == ']':
			inside = false
		case spec[i] == separator && !inside:
			parts = append(parts, spec[begin:i])
			begin = i + 1
		}
		if len(parts) > 4 {
			return nil
		}
	}
	if spec == "" {
		return nil
	}
	return append(parts, spec[begin:])
}

// ParseForwards reads the words of a program of any name as ssh would: whoever
// writes a way back and where to, as ssh has them, has ssh under another name.
func ParseForwards(words []string) (TunnelCommand, bool) {
	for i, word := range words {
		if wholeForward.MatchString(word) || i > 0 && wholeForward.MatchString(words[i-1]+word) {
			return ParseTunnelCommand("ssh", words)
		}
	}
	return TunnelCommand{}, false
}

// wholeForward is the option with both ports, and a host that is no number alone.
var wholeForward = regexp.MustCompile(`^-[A-Za-z]*R([^:/\s]*:)?\d{1,5}:(\[[0-9A-Fa-f:]+\]|localhost|[0-9A-Za-z-]+\.[0-9A-Za-z.-]+):\d{1,5}$`)

// An SSHHost is what settings of ssh say of passages to hosts of some names.
type SSHHost struct {
	patterns []string
	Passages []Passage
	Included []string // further files that hold for them, with patterns and ~ as they are written
}

// Fits says whether the settings hold for a host, as the command line names it.
func (h SSHHost) Fits(host string) bool {
	fits := false
	for _, pattern := range h.patterns {
		bare, not := strings.CutPrefix(pattern, "!")
		if ok, err := path.Match(bare, host); err == nil && ok {
			if not {
				return false
			}
			fits = true
		}
	}
	return fits
}

// ParseSSHSettings reads the passages that ~/.ssh/config and its like ask for.
// Blocks of Match that ask for more than a host's name are left out.
func ParseSSHSettings(b []byte) ([]SSHHost, error) {
	if len(b) > settingsMaximum {
		return nil, fmt.Errorf("settings of ssh: %d bytes, want at most %d", len(b), settingsMaximum)
	}
	hosts := []SSHHost{{patterns: []string{"*"}}}
	skip := false
	for line := range bytes.Lines(settingsText(b)) {
		name, value := sshSetting(string(line[:min(len(line), 4*settingsValue)]))
		at := &hosts[len(hosts)-1]
		switch name {
		case "host", "match":
			patterns := strings.Fields(strings.ToLower(strings.ReplaceAll(value, `"`, " ")))
			if name == "match" {
				patterns = matched(patterns)
			}
			if skip = len(hosts) >= settingsLimit || len(patterns) == 0; !skip {
				hosts = append(hosts, SSHHost{patterns: patterns})
			}
		case "remoteforward":
			if p, ok := parseForward(strings.Join(strings.Fields(value), ":")); ok && !skip && len(at.Passages) < passageLimit {
				p.Kind = sshKind
				at.Passages = append(at.Passages, p)
			}
		case "include":
			if !skip && len(at.Included) < passageLimit {
				at.Included = append(at.Included, strings.Fields(strings.ReplaceAll(value, `"`, " "))...)
			}
		}
	}
	return slices.DeleteFunc(hosts, func(h SSHHost) bool { return len(h.Passages)+len(h.Included) == 0 }), nil
}

// matched are the patterns of hosts for which a block of Match holds; none where
// it asks for anything else.
func matched(words []string) []string {
	switch {
	case len(words) == 1 && words[0] == "all":
		return []string{"*"}
	case len(words) == 2 && (words[0] == "host" || words[0] == "originalhost"):
		return strings.Split(words[1], ",")
	}
	return nil
}

// sshSetting takes a line apart at the first space or sign.
func sshSetting(line string) (name, value string) {
	line = strings.TrimSpace(line)
	end := strings.IndexAny(line, " \t=")
	if end < 0 {
		return "", ""
	}
	return strings.ToLower(line[:end]), strings.TrimSpace(strings.TrimLeft(line[end:], " \t="))
}
