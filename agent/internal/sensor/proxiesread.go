package sensor

import (
	"encoding/hex"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// settings reads what is wanted of one file of settings.
func (l *proxyLook) settings(place string, as settingsFormat, wanted parse.Wanted) parse.Settings {
	found, err := l.shelf.settings.read(l.fsys, place, func(r io.Reader) (parse.Settings, error) {
		content, err := io.ReadAll(io.LimitReader(r, settingsLimit+1))
		if err != nil {
			return nil, err
		}
		return as(content, wanted)
	})
	l.trouble(place, err)
	return found
}

// readEnvironment reads the variables that a login begins with.
func (l *proxyLook) readEnvironment() {
	places := append([]string{"etc/environment", "etc/profile"}, l.matching("*.sh", "etc/profile.d")...)
	places = append(places, l.matching("*.conf", append([]string{"etc/environment.d"}, l.inHomes(".config/environment.d")...)...)...)
	places = append(places, l.inHomes(".profile", ".bashrc", ".zshrc", ".pam_environment")...)
	for _, place := range places {
		found, err := l.shelf.lists.read(l.fsys, place, func(r io.Reader) ([]parse.Proxy, error) {
			content, err := io.ReadAll(io.LimitReader(r, settingsLimit+1))
			if err != nil {
				return nil, err
			}
			return parse.ParseProxyEnvironment(content)
		})
		l.trouble(place, err)
		for _, p := range found {
			l.add("environment", p)
		}
	}
}

// gnomeProxy is where GNOME keeps its proxy.
const gnomeProxy = "/system/proxy/"

func (l *proxyLook) readGNOME() {
	for _, place := range l.inHomes(".config/dconf/user") {
		l.gnome(l.settings(place, parse.ParseDconf, parse.Wanted{Patterns: []string{gnomeProxy + "mode", gnomeProxy + "autoconfig-url", gnomeProxy + "*/host", gnomeProxy + "*/port"}}))
	}
	for _, entry := range l.list("etc/dconf/db") {
		place := path.Join("etc/dconf/db", entry.Name())
		if !entry.IsDir() {
			l.gnome(l.settings(place, parse.ParseDconf, parse.Wanted{Patterns: []string{gnomeProxy + "mode", gnomeProxy + "autoconfig-url", gnomeProxy + "*/host", gnomeProxy + "*/port"}}))
			continue
		}
		var found parse.Settings // a folder's files are one database
		for _, file := range l.matching("*", place) {
			for _, one := range l.settings(file, parse.ParseSettings, parse.Wanted{Values: []string{"mode", "autoconfig-url", "host", "port"}}) {
				one.Name = "/" + strings.Trim(one.Section, "/") + "/" + one.Name
				found = append(found, one)
			}
		}
		l.gnome(found)
	}
}

func (l *proxyLook) gnome(found parse.Settings) {
	switch found.Value(gnomeProxy + "mode") {
	case "auto":
		if address := found.Value(gnomeProxy + "autoconfig-url"); address != "" {
			l.address("gnome", "pac", address)
		} else {
			l.add("gnome", parse.Proxy{Kind: "automatic"})
		}
	case "manual":
		for _, kind := range []string{"http", "https", "socks"} {
			name, port := found.Value(gnomeProxy+kind+"/host"), found.Value(gnomeProxy+kind+"/port")
			if name != "" {
				l.address("gnome", kind, atPort(name, port))
			}
		}
	}
}

// atPort writes a host and a port as one address.
func atPort(name, port string) string {
	switch {
	case port == "" || port == "0":
		return name
	case strings.Contains(name, ":") && !strings.HasPrefix(name, "[") && !strings.Contains(name, "://"):
		return "[" + name + "]:" + port
	}
	return name + ":" + port
}

func (l *proxyLook) address(source, kind, text string) {
	if p, ok := parse.ParseProxyAddress(kind, text); ok {
		l.add(source, p)
	}
}

func (l *proxyLook) readKDE() {
	for _, place := range append([]string{"etc/xdg/kioslaverc"}, l.inHomes(".config/kioslaverc")...) {
		found := l.settings(place, parse.ParseSettings, parse.Wanted{Values: []string{"proxytype", "httpproxy", "httpsproxy", "socksproxy", "proxy"}})
		switch found.Value("proxytype") {
		case "1":
			for _, kind := range []string{"http", "https", "socks"} {
				if text := found.Value(kind + "proxy"); text != "" {
					l.address("kde", kind, text)
				}
			}
		case "2":
			if script, ok := strings.CutPrefix(found.Value("proxy"), "Config Script="); ok { // the name has spaces
				l.address("kde", "pac", script)
			}
		case "3":
			l.add("kde", parse.Proxy{Kind: "automatic"})
		}
	}
}

func (l *proxyLook) readConnections() {
	for _, place := range l.matching("*.nmconnection", "etc/NetworkManager/system-connections") {
		found := l.settings(place, parse.ParseSettings, parse.Wanted{Values: []string{"method", "pac-url"}}).Within("proxy")
		if method := found.Value("method"); method == "1" || method == "auto" {
			if address := found.Value("pac-url"); address != "" {
				l.address("networkmanager", "pac", address)
			} else {
				l.add("networkmanager", parse.Proxy{Kind: "automatic"})
			}
		}
	}
}

const internetSettings = "Microsoft/Windows/CurrentVersion/Internet Settings"

// readInternetSettings reads what Windows gives to programs that ask it: of each
// person, of the machine for all, and what services go by.
func (l *proxyLook) readInternetSettings() {
	machine := registryRoot + "/HKLM/SOFTWARE/"
	for _, person := range l.people("") {
		l.internetSettings("internet_settings", path.Join(registryRoot, person, "Software", internetSettings))
		l.internetSettings("policy", path.Join(registryRoot, person, "Software/Policies", internetSettings))
	}
	l.internetSettings("internet_settings", machine+internetSettings)
	l.internetSettings("policy", machine+"Policies/"+internetSettings)
	raw, err := hex.DecodeString(strings.TrimSpace(registryText(l.fsys, machine+internetSettings+"/Connections/WinHttpSettings")))
	if err != nil || len(raw) == 0 {
		return
	}
	found, err := parse.ParseWinHTTP(raw)
	l.trouble("WinHttpSettings", err)
	for _, p := range found {
		l.add("winhttp", p)
	}
}

func (l *proxyLook) internetSettings(source, key string) {
	if registryText(l.fsys, key+"/ProxyEnable") == "1" {
		for _, p := range parse.ParseWindowsProxy(registryText(l.fsys, key+"/ProxyServer")) {
			l.add(source, p)
		}
	}
	if script := registryText(l.fsys, key+"/AutoConfigURL"); script != "" {
		l.address(source, "pac", script)
	}
	if registryText(l.fsys, key+"/AutoDetect") == "1" {
		l.add(source, parse.Proxy{Kind: "automatic"})
	}
}

// readSystemConfiguration reads what macOS keeps for each way onto a network.
func (l *proxyLook) readSystemConfiguration() {
	wanted := parse.Wanted{Patterns: []string{"networkservices/*/proxies/*"}}
	found := l.settings("Library/Preferences/SystemConfiguration/preferences.plist", parse.ParsePropertyList, wanted)
	services := map[string]map[string]string{}
	for _, one := range found {
		if parts := strings.Split(one.Name, "/"); len(parts) == 4 {
			if services[parts[1]] == nil {
				services[parts[1]] = map[string]string{}
			}
			services[parts[1]][parts[3]] = one.Value
		}
	}
	for _, set := range services {
		for _, kind := range []string{"http", "https", "socks"} {
			if switched(set[kind+"enable"]) && set[kind+"proxy"] != "" {
				l.address("system_configuration", kind, atPort(set[kind+"proxy"], set[kind+"port"]))
			}
		}
		if script := set["proxyautoconfigurlstring"]; switched(set["proxyautoconfigenable"]) && script != "" {
			l.address("system_configuration", "pac", script)
		}
		if switched(set["proxyautodiscoveryenable"]) {
			l.add("system_configuration", parse.Proxy{Kind: "automatic"})
		}
	}
}

func switched(value string) bool {
	on, err := strconv.ParseBool(value)
	return err == nil && on
}
