package sensor

import (
	"net"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// commandSays is what a command line says of remote access. Passwords and tokens
// may stand on it: of those it keeps that there is one.
func commandSays(words []string) []remoteAccess { return commandWords(words, 0) }

func commandWords(words []string, depth int) []remoteAccess {
	if len(words) == 0 || depth > 2 {
		return nil
	}
	base := strings.TrimSuffix(strings.ToLower(path.Base(strings.ReplaceAll(words[0], `\`, "/"))), ".exe")
	switch base {
	case "sh", "bash", "dash", "zsh":
		if at := slices.Index(words, "-c"); at > 0 && at+1 < len(words) {
			return commandWords(parse.SplitCommand(strings.TrimPrefix(strings.TrimSpace(words[at+1]), "exec ")), depth+1)
		}
	case "env", "sudo", "nohup", "setsid":
		return commandWords(words[1:], depth+1)
	}
	if script, at := interpreted(base, words); at > 0 {
		base, words = strings.ToLower(path.Base(script)), words[at:]
	}
	if launch, ok := parse.ParseLaunch(words); ok && strings.Contains(strings.ToLower(strings.Join(words, " ")), "screenconnect") {
		return []remoteAccess{screenConnectRow(launch, "")}
	}
	for _, known := range commands() {
		if base == known.program {
			return known.read(words[1:])
		}
	}
	return nil
}

// A command is a program whose words say something.
type command struct {
	program string
	read    func(words []string) []remoteAccess
}

func commands() []command {
	return []command{
		{"x11vnc", x11vncWords},
		{"x0vncserver", tigerWords}, {"x0tigervnc", tigerWords}, {"xtigervnc", tigerWords}, {"xvnc", tigerWords},
		{"wayvnc", func([]string) []remoteAccess {
			return []remoteAccess{{Tool: "wayvnc", Unattended: "true", How: "service"}}
		}},
		{"cloudflared", cloudflaredWords},
		{"ngrok", func(words []string) []remoteAccess {
			if option(words, "--authtoken") != "" {
				return []remoteAccess{{Tool: "ngrok", How: "enrolled"}}
			}
			return nil
		}},
		{"chisel", chiselWords},
		{"frpc", func(words []string) []remoteAccess {
			return servedBy("frp", option(words, "-s", "--server_addr", "--server-addr"))
		}},
		{"bore", func(words []string) []remoteAccess { return servedBy("bore", option(words, "-t", "--to")) }},
		{"ssh", sshWords}, {"autossh", sshWords},
		{"anydesk", silent("anydesk", "--silent", "--install")},
		{"rustdesk", silent("rustdesk", "--silent-install")},
		{"meshagent", silent("meshagent", "-fullinstall")},
	}
}

// silent reads whether a program is being put in without asking.
func silent(tool string, options ...string) func([]string) []remoteAccess {
	return func(words []string) []remoteAccess {
		for _, o := range options {
			if slices.Contains(words, o) {
				return []remoteAccess{{Tool: tool, How: "silent_install"}}
			}
		}
		return nil
	}
}

// option is the value of the first of an option's names, in the same word or the next.
func option(words []string, names ...string) string {
	for i, word := range words {
		for _, name := range names {
			if value, ok := strings.CutPrefix(word, name+"="); ok {
				return value
			}
			if word == name && i+1 < len(words) {
				return words[i+1]
			}
		}
	}
	return ""
}

// given says whether one of the options is there, with one dash or two.
func given(words []string, names ...string) bool {
	return slices.ContainsFunc(words, func(word string) bool {
		name, _, _ := strings.Cut(strings.ToLower(strings.TrimLeft(word, "-")), "=")
		return slices.Contains(names, name)
	})
}

// servedBy is a passage through somebody's own server.
func servedBy(tool, server string) []remoteAccess {
	name := serverName(server)
	if name == "" {
		return nil
	}
	return []remoteAccess{{Tool: tool, Tenant: name, TenantKind: "server", SelfHosted: "true"}}
}

// serverName is the host of an address, whatever stands around it, in lower case;
// "" of one that is this machine itself.
func serverName(address string) string {
	text := strings.ToLower(strings.TrimSpace(address))
	if strings.Contains(text, "://") {
		if u, err := url.Parse(text); err == nil {
			text = u.Host
		}
	}
	if _, after, ok := strings.Cut(text, "@"); ok {
		text = after
	}
	text, _, _ = strings.Cut(text, "/")
	if name, _, err := net.SplitHostPort(text); err == nil {
		text = name
	}
	text = strings.Trim(text, "[].")
	if text == "localhost" || text == "127.0.0.1" || text == "::1" || strings.ContainsAny(text, " \t\"'$") {
		return ""
	}
	return text
}

func x11vncWords(words []string) []remoteAccess {
	row := remoteAccess{Tool: "x11vnc", Unattended: yes(!given(words, "accept"))}
	if given(words, "rfbauth", "passwdfile", "usepw", "passwd", "unixpw", "storepasswd") {
		row.How = "password"
	}
	return []remoteAccess{row}
}

func tigerWords(words []string) []remoteAccess {
	row := remoteAccess{Tool: "tigervnc", Unattended: yes(!given(words, "queryconnect") || option(words, "-QueryConnect", "--QueryConnect") == "0")}
	if given(words, "rfbauth", "passwordfile", "passwd", "password") {
		row.How = "password"
	}
	return []remoteAccess{row}
}

func cloudflaredWords(words []string) []remoteAccess {
	if !slices.Contains(words, "tunnel") {
		return nil
	}
	row := remoteAccess{Tool: "cloudflared", How: "service"}
	if given(words, "token", "token-file") {
		row.How = "enrolled"
	}
	if token, ok := parse.ParseTunnelToken(option(words, "--token")); ok {
		row.Tenant, row.TenantKind = token.Tunnel, "tunnel"
		if token.Account != "" {
			row.Tenant, row.TenantKind = token.Account, "account"
		}
	}
	return []remoteAccess{row}
}

func chiselWords(words []string) []remoteAccess {
	at := slices.Index(words, "client")
	if at < 0 {
		return nil
	}
	for i := at + 1; i < len(words); i++ {
		switch {
		case !strings.HasPrefix(words[i], "-"):
			return servedBy("chisel", words[i])
		case slices.Contains([]string{"--fingerprint", "--auth", "--keepalive", "--max-retry-count", "--max-retry-interval", "--proxy", "--header", "--hostname", "--sni", "--tls-ca", "--tls-key", "--tls-cert"}, words[i]):
			i++
		}
	}
	return nil
}

// sshWords reads where an ssh goes that opens a way back into this machine.
func sshWords(words []string) []remoteAccess {
	back := false
	for i := 0; i < len(words); i++ {
		word := words[i]
		if number(word) != "" {
			continue // autossh's own port stands behind an option that ssh has without a value
		}
		if !strings.HasPrefix(word, "-") || len(word) < 2 {
			if back {
				return servedBy("ssh-reverse", word)
			}
			return nil // what follows the host is a command for it
		}
		letter := strings.IndexAny(word[1:], "BbcDEeFIiJLlmOopQRSWw")
		if letter < 0 {
			continue
		}
		back = back || word[1+letter] == 'R'
		if letter == len(word)-2 {
			i++ // its value is the next word
		}
	}
	return nil
}
