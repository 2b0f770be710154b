// Package config is what an administrator may set of the collector: one file,
// the environment over it, flags over both.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Config is everything that can be set. The zero value is not valid; start from Default.
type Config struct {
	StateDir           string   `yaml:"state_dir"`           // the CA, the store and the keys; readable by its owner alone
	Agents             string   `yaml:"agents"`              // where agents are listened to, "host:port"; an empty host is every address
	Names              []string `yaml:"names"`               // the host names and addresses agents know the collector by
	Console            string   `yaml:"console"`             // where the console is served
	ConsoleCertificate string   `yaml:"console_certificate"` // PEM; needed anywhere but on loopback
	ConsoleKey         string   `yaml:"console_key"`         // PEM
	MaxAgents          int      `yaml:"max_agents"`          // how many agents may be connected at once
	KeepRawDays        int      `yaml:"keep_raw_days"`       // how long reports are kept as they came; 0 is for ever
	KeepStayDays       int      `yaml:"keep_stay_days"`      // how long it is kept in which network a device stood, in days
	GeoDir             string   `yaml:"geo_dir"`             // where `make geo` put its files; empty is the folder geo in the state folder
	Proxies            []string `yaml:"proxies"`             // addresses of load balancers, which say by the PROXY protocol for whom they call
	Place              string   `yaml:"place"`               // where the collector stands, a country's two letters or "38.7,-9.1"; empty: no round trip is judged by it
	Egress             Egress   `yaml:"egress"`              // from when on a way out is taken for the company's own
	LogLevel           string   `yaml:"log_level"`           // debug, info, warn, error
	LogFormat          string   `yaml:"log_format"`          // text, json
}

// Default is the configuration of a collector about which nothing was said.
func Default() Config {
	return Config{
		StateDir: "/var/lib/farmwatch-server", Agents: ":7443", Console: "127.0.0.1:7480",
		MaxAgents: 20_000, KeepRawDays: 14, KeepStayDays: 30, Egress: usualEgress(), LogLevel: "info", LogFormat: "text",
	}
}

// Read reads a file over the defaults and the environment over both. Name is
// how errors call the file; environ is as of os.Environ.
func Read(name string, file []byte, environ []string) (Config, error) {
	c := Default()
	decoder := yaml.NewDecoder(bytes.NewReader(file))
	decoder.KnownFields(true)
	if err := decoder.Decode(&c); err != nil && !errors.Is(err, io.EOF) {
		return c, fmt.Errorf("read %s: %w", name, err)
	}
	if err := decoder.Decode(&struct{}{}); !errors.Is(err, io.EOF) {
		return c, fmt.Errorf("read %s: it holds a second document; only one is read", name)
	}
	return c, c.override(environ)
}

// override takes FARMWATCH_STATE_DIR, FARMWATCH_AGENTS and so on: the file's
// names in capitals. Lists are separated by commas.
func (c *Config) override(environ []string) error {
	texts := map[string]*string{
		"FARMWATCH_STATE_DIR": &c.StateDir, "FARMWATCH_AGENTS": &c.Agents, "FARMWATCH_CONSOLE": &c.Console,
		"FARMWATCH_CONSOLE_CERTIFICATE": &c.ConsoleCertificate, "FARMWATCH_CONSOLE_KEY": &c.ConsoleKey,
		"FARMWATCH_GEO_DIR": &c.GeoDir, "FARMWATCH_PLACE": &c.Place, "FARMWATCH_LOG_LEVEL": &c.LogLevel, "FARMWATCH_LOG_FORMAT": &c.LogFormat,
	}
	numbers := map[string]*int{"FARMWATCH_MAX_AGENTS": &c.MaxAgents, "FARMWATCH_KEEP_RAW_DAYS": &c.KeepRawDays, "FARMWATCH_KEEP_STAY_DAYS": &c.KeepStayDays}
	lists := map[string]*[]string{"FARMWATCH_NAMES": &c.Names, "FARMWATCH_PROXIES": &c.Proxies}
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		if value == "" {
			continue
		}
		if text, ok := texts[name]; ok {
			*text = value
		}
		if number, ok := numbers[name]; ok {
			n, err := strconv.Atoi(value)
			if err != nil {
				return fmt.Errorf("%s %q is no whole number", name, value)
			}
			*number = n
		}
		if list, ok := lists[name]; ok {
			*list = strings.Split(value, ",")
		}
	}
	return nil
}

// Validate says in words what cannot work, all of it at once.
func (c Config) Validate() error {
	var errs []error
	say := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if c.StateDir == "" {
		say("state_dir is empty: say where the collector keeps its CA, its store and its keys")
	}
	for name, address := range map[string]string{"agents": c.Agents, "console": c.Console} {
		if _, err := port(address); err != nil {
			say("%s %q is no address to listen on: %w", name, address, err)
		}
	}
	for _, name := range c.Names {
		if name == "" || strings.ContainsAny(name, " /:[]*") && net.ParseIP(name) == nil {
			say("names holds %q, which is neither a host name nor an address; leave the port away", name)
		}
	}
	switch {
	case (c.ConsoleCertificate == "") != (c.ConsoleKey == ""):
		say("console_certificate and console_key belong together: only one of them is set")
	case c.ConsoleCertificate == "" && !loopback(c.Console):
		say("console %q can be reached from other machines, and without TLS everybody on the way could sign in as you: set console_certificate and console_key, or serve it on 127.0.0.1", c.Console)
	}
	if c.MaxAgents < 1 {
		say("max_agents is %d, want at least 1", c.MaxAgents)
	}
	if c.KeepRawDays < 0 || c.KeepRawDays > 3650 {
		say("keep_raw_days is %d, want 0 (for ever) to 3650", c.KeepRawDays)
	}
	// The rules look back over thirty days; a year of it would be a history of movements.
	if c.KeepStayDays < 1 || c.KeepStayDays > 90 {
		say("keep_stay_days is %d, want 1 to 90", c.KeepStayDays)
	}
	if _, err := c.ProxyRanges(); err != nil {
		errs = append(errs, err)
	}
	errs = append(errs, c.Egress.validate()...)
	if _, err := c.Level(); err != nil {
		errs = append(errs, err)
	}
	if c.LogFormat != "text" && c.LogFormat != "json" {
		say("log_format %q is neither text nor json", c.LogFormat)
	}
	return errors.Join(errs...)
}

// Geo is the folder of the files about networks and countries; it need not be there.
func (c Config) Geo() string {
	if c.GeoDir != "" {
		return c.GeoDir
	}
	return filepath.Join(c.StateDir, "geo")
}

// ProxyRanges are the addresses of load balancers, one address being a range of one.
func (c Config) ProxyRanges() ([]netip.Prefix, error) {
	var ranges []netip.Prefix
	for _, text := range c.Proxies {
		r, err := netip.ParsePrefix(text)
		if a, wrong := netip.ParseAddr(text); wrong == nil && a.Zone() == "" {
			r, err = netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()), nil
		}
		if err != nil || r.Bits() == 0 || r.Addr().Is4In6() {
			return nil, fmt.Errorf("proxies holds %q, want the addresses of your load balancers or their ranges, as 192.0.2.7 or 192.0.2.0/28, and never everybody's", text)
		}
		ranges = append(ranges, r.Masked())
	}
	return ranges, nil
}

// Level is how much is logged.
func (c Config) Level() (slog.Level, error) {
	switch c.LogLevel {
	case "debug":
		return slog.LevelDebug, nil
	case "info":
		return slog.LevelInfo, nil
	case "warn":
		return slog.LevelWarn, nil
	case "error":
		return slog.LevelError, nil
	}
	return 0, fmt.Errorf("log_level %q is none of debug, info, warn, error", c.LogLevel)
}

func port(address string) (int, error) {
	_, text, err := net.SplitHostPort(address)
	if err != nil {
		return 0, errors.New("want host:port")
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return 0, fmt.Errorf("%q is no port", text)
	}
	return int(n), nil
}

func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
