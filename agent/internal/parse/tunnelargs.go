package parse

import (
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// passageLimit bounds the passages of one command line or file of settings.
const passageLimit = 64

// A Passage is one way by which somebody elsewhere reaches a port.
type Passage struct {
	Kind string // what opens it: ssh_reverse, ngrok, …
	Host string // where the port is, in lower case; "" is this machine
	Port int    // 0 where it is none or not said
	What string // web, editor, any (whatever the other side asks for) or "" when only the port says it
}

// A TunnelCommand is what a command line says of the passages its program opens.
type TunnelCommand struct {
	Kind     string
	Passages []Passage
	Settings []string // files of settings that it names
	Remote   string   // ssh: the host it goes to, under which its settings may name more
	Silent   bool     // it opens what its account or its settings say, which may be anything
}

// ParseTunnelCommand reads the words after a program's name. It is false for a
// program that opens no passages, and for a use of one that opens none.
func ParseTunnelCommand(program string, words []string) (TunnelCommand, bool) {
	program = strings.TrimSuffix(strings.ToLower(program), ".exe")
	if len(words) > settingsLimit {
		words = words[:settingsLimit]
	}
	read, known := tunnelPrograms[program]
	if !known {
		return TunnelCommand{}, false
	}
	c := read(words)
	for i := range c.Passages {
		if c.Passages[i].Kind == "" {
			c.Passages[i].Kind = c.Kind
		}
	}
	c.Passages = c.Passages[:min(len(c.Passages), passageLimit)]
	return c, c.Silent || c.Remote != "" || len(c.Passages)+len(c.Settings) > 0
}

// tunnelPrograms read command lines, by the name of the program or of its script.
var tunnelPrograms = map[string]func(words []string) TunnelCommand{
	"ssh": sshCommand, "autossh": sshCommand, "dbclient": sshCommand,
	"plink": plinkCommand, "klink": plinkCommand, "putty": plinkCommand, "kitty": plinkCommand, "plinkx": plinkCommand,
	"ngrok":       ngrokCommand,
	"cloudflared": cloudflaredCommand,
	"frpc":        frpCommand,
	"chisel":      chiselCommand,
	"bore":        oneTarget("bore", []string{"local"}, []string{"-l", "--local-host"}),
	"devtunnel":   devtunnelCommand,
	"localtunnel": localtunnelCommand, "lt": localtunnelCommand, "lt.js": localtunnelCommand,
	"loclx":    loclxCommand,
	"zrok":     zrokCommand,
	"pagekite": oneTarget("pagekite", nil, nil), "pagekite.py": oneTarget("pagekite", nil, nil),
	"jprq":      oneTarget("jprq", []string{"tcp", "http"}, nil),
	"tmole":     oneTarget("tunnelmole", nil, nil),
	"tailscale": oneTarget("tailscale_funnel", []string{"funnel"}, nil),
	"gost":      gostCommand,
	"wstunnel":  wstunnelCommand,
	"rathole":   fileCommand("rathole"), "ratholec": fileCommand("rathole"),
	"npc":        silentCommand("nps"),
	"localtonet": silentCommand("localtonet"),
	"playit":     silentCommand("playit"), "playit-agent": silentCommand("playit"),
	"pitunnel": silentCommand("pitunnel"),
	"agent":    ligoloCommand, "ligolo-agent": ligoloCommand, "ligolo-ng_agent": ligoloCommand,
	"code-tunnel": editorCommand, "code": editorCommand, "code-insiders": editorCommand, "cursor": editorCommand, "cursor-tunnel": editorCommand,
}

// portsOf are the ports that the schemes of addresses stand for.
var portsOf = map[string]int{"http": 80, "https": 443, "rdp": 3389, "ssh": 22, "vnc": 5900, "smb": 445, "tcp": 0, "udp": 0, "tls": 0}

// ParseTarget reads where a passage ends, however it is written: a port, a host
// with a port, or an address with a scheme. It is false for what names no port.
func ParseTarget(text string) (Passage, bool) {
	var p Passage
	text = strings.ToLower(strings.Trim(strings.TrimSpace(text), `"'`))
	if scheme, rest, ok := strings.Cut(text, "://"); ok {
		port, known := portsOf[scheme]
		if !known {
			return p, false
		}
		if scheme == "http" || scheme == "https" {
			p.What = "web"
		}
		p.Port, text = port, rest
	}
	text, _, _ = strings.Cut(text, "/")
	if _, after, ok := strings.Cut(text, "@"); ok {
		text = after
	}
	if port, ok := portNumber(text); ok {
		p.Port = port
		return p, true
	}
	host, port := text, ""
	if h, n, err := net.SplitHostPort(text); err == nil {
		host, port = h, n
	}
	if port != "" {
		number, ok := portNumber(port)
		if !ok {
			return p, false
		}
		p.Port = number
	}
	host = strings.Trim(host, "[].")
	if len(host) > settingsValue || strings.ContainsAny(host, " \t$%\"'") || host == "http_status" { // cloudflared's own answer
		return p, false
	}
	p.Host = elsewhere(host)
	return p, p.Port != 0 && text != ""
}

func portNumber(text string) (int, bool) {
	number, err := strconv.Atoi(text)
	return number, err == nil && number > 0 && number < 65536 && text[0] != '+'
}

// elsewhere is a host as Passage has it: "" for this machine itself.
func elsewhere(host string) string {
	switch host = strings.ToLower(strings.Trim(host, "[]")); {
	case host == "localhost", host == "::1", host == "0.0.0.0", host == "::", host == "*", host == "ip6-localhost", host == "host.docker.internal":
		return ""
	case strings.HasPrefix(host, "127.") && net.ParseIP(host) != nil:
		return ""
	}
	return host
}

// valueOf is the value of the first of an option's names, in the same word or the next.
func valueOf(words []string, names ...string) string {
	values := valuesOf(words, names...)
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

func valuesOf(words []string, names ...string) []string {
	var values []string
	for i, word := range words {
		for _, name := range names {
			if value, ok := strings.CutPrefix(word, name+"="); ok {
				values = append(values, value)
			} else if word == name && i+1 < len(words) {
				values = append(values, words[i+1])
			}
		}
	}
	return values
}

// oneTarget reads a program whose first plain word behind its verb is the target;
// hosts are options that say on which machine a bare port is.
func oneTarget(kind string, verbs, hosts []string) func([]string) TunnelCommand {
	return func(words []string) TunnelCommand {
		c := TunnelCommand{Kind: kind}
		at := 0
		if len(verbs) > 0 {
			if at = slices.IndexFunc(words, func(w string) bool { return slices.Contains(verbs, w) }); at < 0 {
				return c
			}
			at++
		}
		if p, ok := firstTarget(words[at:]); ok {
			if host := valueOf(words, hosts...); host != "" && p.Host == "" {
				p.Host = elsewhere(host)
			}
			if at > 0 && words[at-1] == "http" {
				p.What = "web"
			}
			c.Passages = append(c.Passages, p)
		}
		return c
	}
}

// firstTarget is the first word that can be one: a number behind an option's name
// may be its value, so words with a colon or alone are preferred.
func firstTarget(words []string) (Passage, bool) {
	for i, word := range words {
		if strings.HasPrefix(word, "-") || i > 0 && strings.HasPrefix(words[i-1], "-") && !strings.Contains(words[i-1], "=") && i+1 < len(words) {
			continue
		}
		if p, ok := ParseTarget(word); ok {
			return p, true
		}
	}
	return Passage{}, false
}

// silentCommand is of programs whose command line says nothing of where they lead.
func silentCommand(kind string) func([]string) TunnelCommand {
	return func([]string) TunnelCommand { return TunnelCommand{Kind: kind, Silent: true} }
}

// fileCommand is of programs whose last word is their file of settings.
func fileCommand(kind string) func([]string) TunnelCommand {
	return func(words []string) TunnelCommand {
		c := TunnelCommand{Kind: kind, Silent: true}
		if n := len(words); n > 0 && !strings.HasPrefix(words[n-1], "-") {
			c.Settings = []string{words[n-1]}
		}
		return c
	}
}

// queryOf takes an address apart whose scheme is joined of several, as "rtcp" or "relay+tls".
func queryOf(address string) (scheme, host, path string, ok bool) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "" {
		return "", "", "", false
	}
	return strings.ToLower(u.Scheme), u.Host, strings.TrimPrefix(u.Path, "/"), true
}

// OpensTunnels says whether a program of this name can keep a way to another
// machine open, in either direction.
func OpensTunnels(program string) bool {
	_, known := tunnelPrograms[strings.TrimSuffix(strings.ToLower(program), ".exe")]
	return known
}
