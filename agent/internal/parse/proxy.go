package parse

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
)

// A Proxy is where a machine sends what programs ask of the internet.
type Proxy struct {
	Kind string // http, https, socks, pac (a script picks one) or automatic (the network says which)
	Host string // in lower case; "" of a script on this machine's disk, and of automatic
	Port int    // 0 when not said
}

const proxyLimit = 256 // of one file

// proxyPorts are where proxies are looked for when nobody names a port.
var proxyPorts = map[string]int{"http": 80, "https": 443, "socks": 1080, "pac": 80}

// ParseProxyAddress reads an address of a proxy, with a scheme or without. What
// stands before an @ is somebody's password, and is passed over.
func ParseProxyAddress(kind, text string) (Proxy, bool) {
	p := Proxy{Kind: kind, Port: proxyPorts[kind]}
	text = strings.ToLower(strings.Trim(strings.TrimSpace(text), `"'`))
	if scheme, rest, ok := strings.Cut(text, "://"); ok {
		switch {
		case kind == "pac" && scheme == "file":
			return Proxy{Kind: kind}, true
		case kind == "pac" && scheme == "https":
			p.Port = 443
		case strings.HasPrefix(scheme, "socks") && kind != "pac":
			p.Kind, p.Port = "socks", proxyPorts["socks"]
		}
		text = rest
	}
	text, _, _ = strings.Cut(text, "/")
	if at := strings.LastIndexByte(text, '@'); at >= 0 {
		text = text[at+1:]
	}
	text = strings.Join(strings.Fields(text), ":") // KDE writes a space before the port
	if text == "" || len(text) > settingsValue || strings.ContainsAny(text, "$%\"'=;") {
		return p, false
	}
	if host, port, ok := cutPort(text); ok {
		text, p.Port = host, port
	}
	p.Host = strings.Trim(text, "[]")
	return p, p.Host != ""
}

// cutPort takes the port off a host; an IPv6 address without brackets has none.
func cutPort(text string) (host string, port int, ok bool) {
	at := strings.LastIndexByte(text, ':')
	if at < 0 || strings.Count(text, ":") > 1 && !strings.HasPrefix(text, "[") {
		return text, 0, false
	}
	port, ok = portNumber(text[at+1:])
	return text[:at], port, ok
}

// ParseProxyEnvironment reads the variables by which programs find a proxy, from
// a file of assignments such as /etc/environment or a shell's own.
func ParseProxyEnvironment(b []byte) ([]Proxy, error) {
	if len(b) > settingsMaximum {
		return nil, fmt.Errorf("environment: %d bytes, want at most %d", len(b), settingsMaximum)
	}
	var found []Proxy
	for line := range bytes.Lines(b) {
		text := strings.TrimSpace(string(line[:min(len(line), 4*settingsValue)]))
		text = strings.TrimSpace(strings.TrimPrefix(text, "export "))
		name, value, ok := strings.Cut(text, "=")
		kind := map[string]string{"http_proxy": "http", "https_proxy": "https", "all_proxy": "socks"}[strings.ToLower(name)]
		if !ok || kind == "" || len(found) >= proxyLimit {
			continue
		}
		if kind == "socks" && !strings.Contains(strings.ToLower(value), "socks") {
			kind = "http"
		}
		if p, ok := ParseProxyAddress(kind, bareValue(strings.TrimRight(value, "; \t"))); ok {
			found = append(found, p)
		}
	}
	return found, nil
}

// ParseWindowsProxy reads a list of proxies as Windows keeps it: one for all, or
// one for each kind as in "http=a:80;socks=b:1080".
func ParseWindowsProxy(text string) []Proxy {
	var found []Proxy
	for word := range strings.FieldsFuncSeq(text[:min(len(text), settingsMaximum/64)], func(r rune) bool { return r == ';' || r == ' ' }) {
		kind, address, ok := strings.Cut(word, "=")
		if !ok {
			kind, address = "http", word
		}
		kind = strings.ToLower(kind)
		if _, known := proxyPorts[kind]; !known || kind == "pac" || len(found) >= proxyLimit {
			continue
		}
		if p, ok := ParseProxyAddress(kind, address); ok {
			found = append(found, p)
		}
	}
	return found
}

// ParseWinHTTP reads the setting that Windows' services go by: three numbers, of
// which the third says what is there, and the list of proxies behind its length.
func ParseWinHTTP(b []byte) ([]Proxy, error) {
	const named = 2
	if len(b) < 16 {
		return nil, fmt.Errorf("setting of WinHTTP: %d bytes, want 16 or more", len(b))
	}
	flags, length := binary.LittleEndian.Uint32(b[8:]), binary.LittleEndian.Uint32(b[12:])
	if flags&named == 0 {
		return nil, nil
	}
	if uint64(length) > uint64(len(b)-16) {
		return nil, fmt.Errorf("setting of WinHTTP: a list of %d bytes in %d", length, len(b)-16)
	}
	return ParseWindowsProxy(string(b[16 : 16+length])), nil
}
