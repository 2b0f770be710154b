package parse

import (
	"slices"
	"strings"
)

// ngrokCommand: a verb, then a target; start opens what the settings say.
func ngrokCommand(words []string) TunnelCommand {
	c := TunnelCommand{Kind: "ngrok", Settings: valuesOf(words, "--config", "-config")}
	for i, word := range words {
		switch word {
		case "http", "tcp", "tls":
			if p, ok := firstTarget(words[i+1:]); ok {
				if word == "http" {
					p.What = "web"
				}
				c.Passages = append(c.Passages, p)
			}
			return c
		case "start", "service":
			c.Silent = true
			return c
		}
	}
	return c
}

// cloudflaredCommand: what access does is to reach others, and opens nothing here.
func cloudflaredCommand(words []string) TunnelCommand {
	c := TunnelCommand{Kind: "cloudflared"}
	if !slices.Contains(words, "tunnel") {
		return c
	}
	c.Settings = valuesOf(words, "--config", "-config")
	for _, address := range valuesOf(words, "--url", "-url") {
		if p, ok := ParseTarget(address); ok {
			if p.What == "" && !strings.Contains(address, "://") {
				p.What = "web" // which it takes for granted
			}
			c.Passages = append(c.Passages, p)
		}
	}
	c.Silent = len(c.Passages) == 0
	return c
}

func frpCommand(words []string) TunnelCommand {
	c := TunnelCommand{Kind: "frp", Settings: valuesOf(words, "-c", "--config")}
	for _, word := range words {
		switch word {
		case "tcp", "udp", "http", "https", "stcp", "sudp", "xtcp", "tcpmux":
			port, ok := portNumber(valueOf(words, "-l", "--local_port", "--local-port"))
			if !ok {
				continue
			}
			p := Passage{Port: port, Host: elsewhere(valueOf(words, "-i", "--local_ip", "--local-ip"))}
			if strings.HasPrefix(word, "http") {
				p.What = "web"
			}
			c.Passages = append(c.Passages, p)
			return c
		}
	}
	c.Silent = true
	return c
}

// chiselCommand: of what the client asks for, words that begin with R: come back here.
func chiselCommand(words []string) TunnelCommand {
	c := TunnelCommand{Kind: "chisel"}
	if !slices.Contains(words, "client") {
		return c
	}
	for _, word := range words {
		spec, back := strings.CutPrefix(word, "R:")
		if !back {
			continue
		}
		spec, _, _ = strings.Cut(spec, "/")
		if spec == "socks" || strings.HasSuffix(spec, ":socks") {
			c.Passages = append(c.Passages, Passage{What: "any"})
			continue
		}
		parts := splitForward(spec)
		if len(parts) == 0 {
			continue
		}
		if port, ok := portNumber(parts[len(parts)-1]); ok {
			p := Passage{Port: port}
			if len(parts) > 1 {
				if _, number := portNumber(parts[len(parts)-2]); !number {
					p.Host = elsewhere(parts[len(parts)-2])
				}
			}
			c.Passages = append(c.Passages, p)
		}
	}
	return c
}

func devtunnelCommand(words []string) TunnelCommand {
	c := TunnelCommand{Kind: "devtunnel"}
	if !slices.Contains(words, "host") {
		return c
	}
	for _, list := range valuesOf(words, "-p", "--port-numbers", "--ports", "--port-number") {
		for word := range strings.FieldsFuncSeq(list, func(r rune) bool { return r == ',' || r == ' ' }) {
			if port, ok := portNumber(word); ok {
				c.Passages = append(c.Passages, Passage{Port: port})
			}
		}
	}
	c.Silent = len(c.Passages) == 0
	return c
}

func localtunnelCommand(words []string) TunnelCommand {
	c := TunnelCommand{Kind: "localtunnel"}
	if port, ok := portNumber(valueOf(words, "-p", "--port")); ok {
		c.Passages = []Passage{{Port: port, Host: elsewhere(valueOf(words, "-l", "--local-host")), What: "web"}}
	}
	return c
}

func loclxCommand(words []string) TunnelCommand {
	c := TunnelCommand{Kind: "localxpose"}
	if !slices.Contains(words, "tunnel") {
		return c
	}
	for _, to := range valuesOf(words, "--to", "-t") {
		if p, ok := ParseTarget(to); ok {
			if slices.Contains(words, "http") {
				p.What = "web"
			}
			c.Passages = append(c.Passages, p)
		}
	}
	c.Silent = len(c.Passages) == 0
	return c
}

func zrokCommand(words []string) TunnelCommand {
	c := TunnelCommand{Kind: "zrok"}
	at := slices.Index(words, "share")
	if at < 0 {
		return c
	}
	if p, ok := firstTarget(words[at+1:]); ok {
		if mode := valueOf(words, "--backend-mode", "-b"); mode == "" || mode == "proxy" {
			p.What = "web"
		}
		c.Passages = append(c.Passages, p)
	}
	c.Silent = len(c.Passages) == 0
	return c
}

// gostCommand: of the services, those whose scheme begins with r listen at the other end.
func gostCommand(words []string) TunnelCommand {
	c := TunnelCommand{Kind: "gost", Settings: valuesOf(words, "-C")}
	for _, address := range valuesOf(words, "-L") {
		scheme, _, target, ok := queryOf(address)
		if !ok || !strings.HasPrefix(scheme, "rtcp") && !strings.HasPrefix(scheme, "rudp") {
			continue
		}
		if p, ok := ParseTarget(target); ok {
			c.Passages = append(c.Passages, p)
		} else if target == "" {
			c.Passages = append(c.Passages, Passage{What: "any"})
		}
	}
	return c
}

func wstunnelCommand(words []string) TunnelCommand {
	c := TunnelCommand{Kind: "wstunnel"}
	if !slices.Contains(words, "client") {
		return c
	}
	for _, spec := range valuesOf(words, "-R", "--remote-to-local") {
		scheme, rest, ok := strings.Cut(spec, "://")
		if ok && (strings.HasPrefix(scheme, "socks") || scheme == "http") {
			c.Passages = append(c.Passages, Passage{What: "any"})
			continue
		}
		rest, _, _ = strings.Cut(rest, "?")
		if p, ok := parseForward(rest); ok {
			c.Passages = append(c.Passages, p)
		}
	}
	return c
}

// ligoloCommand: its agent lets the other end into the whole network.
func ligoloCommand(words []string) TunnelCommand {
	c := TunnelCommand{Kind: "ligolo"}
	if valueOf(words, "-connect", "--connect") != "" && given(words, "-ignore-cert", "-retry", "-accept-fingerprint", "-socks", "-ua") {
		c.Passages = []Passage{{What: "any"}}
	}
	return c
}

func given(words []string, names ...string) bool {
	return slices.ContainsFunc(words, func(word string) bool {
		word, _, _ = strings.Cut(word, "=")
		return slices.Contains(names, word)
	})
}

// editorCommand: an editor's files and terminal, to be used in a browser elsewhere.
func editorCommand(words []string) TunnelCommand {
	c := TunnelCommand{Kind: "ide"}
	if at := slices.Index(words, "tunnel"); at == 0 || at == 1 && strings.HasPrefix(words[0], "-") {
		c.Passages = []Passage{{What: "editor"}}
	}
	return c
}
