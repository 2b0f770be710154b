package parse

import "strings"

// passageWanted are the settings of tunnels that say where they lead, by the last
// part of their names. Those that are wanted for their presence only may be secret.
var passageWanted = Wanted{
	Values: []string{
		"localport", "local_port", "localip", "local_ip", "local_addr", "type", "name", "plugin", "addr", "proto", "service", "url",
	},
	Patterns: []string{
		"proxies//*", "tunnels/*/addr", "tunnels/*/proto", "endpoints//upstream/url", "ingress//service",
	},
}

// ParseTunnelSettings reads where the passages lead that a file of settings asks
// for: of frpc and rathole (INI, TOML, YAML, JSON), ngrok and cloudflared (YAML).
// Addresses in the internet at which they are to be found are left out.
func ParseTunnelSettings(kind string, b []byte) ([]Passage, error) {
	read := ParseSettings
	if trimmed := strings.TrimSpace(string(b[:min(len(b), 64)])); strings.HasPrefix(trimmed, "{") {
		read = ParseSettingsJSON
	}
	found, err := read(b, passageWanted)
	if err != nil {
		return nil, err
	}
	var passages []Passage
	take := func(p Passage, ok bool) {
		if ok && len(passages) < passageLimit {
			p.Kind = kind
			passages = append(passages, p)
		}
	}
	switch kind {
	case "frp":
		for _, group := range grouped(found) {
			take(frpPassage(group))
		}
	case "ngrok":
		for _, group := range grouped(found) {
			take(ngrokPassage(group))
		}
	default:
		for _, one := range found {
			if name := lastName(one.Name); name == "service" || name == "local_addr" || name == "url" && kind == "cloudflared" {
				take(ParseTarget(one.Value))
			}
		}
	}
	return passages, nil
}

func lastName(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// grouped puts together what is said of one passage: a setting that is there
// already, or another section, begins the next.
func grouped(found Settings) []map[string]string {
	var groups []map[string]string
	var group map[string]string
	section := ""
	for _, one := range found {
		name := lastName(one.Name)
		if _, there := group[name]; there || group == nil || one.Section != section {
			if len(groups) >= settingsLimit {
				break
			}
			group, section = map[string]string{}, one.Section
			groups = append(groups, group)
		}
		group[name] = one.Value
	}
	return groups
}

func frpPassage(group map[string]string) (Passage, bool) {
	switch strings.ToLower(group["plugin"]) {
	case "socks5", "http_proxy":
		return Passage{What: "any"}, true
	}
	if kind := strings.ToLower(group["type"]); kind == "socks5" || kind == "http_proxy" {
		return Passage{What: "any"}, true // of a plugin, which newer settings nest
	}
	text := group["localport"] + group["local_port"]
	port, ok := portNumber(text)
	if !ok || text == "" {
		return Passage{}, false
	}
	p := Passage{Port: port, Host: elsewhere(group["localip"] + group["local_ip"])}
	if strings.HasPrefix(strings.ToLower(group["type"]), "http") {
		p.What = "web"
	}
	return p, true
}

// ngrokPassage: of two addresses the one without a name in the internet is here.
func ngrokPassage(group map[string]string) (Passage, bool) {
	if addr := group["addr"]; addr != "" {
		p, ok := ParseTarget(addr)
		if strings.HasPrefix(group["proto"], "http") {
			p.What = "web"
		}
		return p, ok
	}
	p, ok := ParseTarget(group["url"])
	for _, public := range []string{".ngrok.app", ".ngrok.io", ".ngrok.dev", ".ngrok-free.app", ".ngrok.com"} {
		ok = ok && !strings.HasSuffix(p.Host, public)
	}
	return p, ok && (p.Host == "" || strings.Count(p.Host, ".") != 1)
}
