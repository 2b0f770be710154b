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
	LogLevel           string   `yaml:"log_level"`           // debug, info, warn, error
	LogFormat          string   `yaml:"log_format"`          // text, json
}

// Default is the configuration of a collector about which nothing was said.
func Default() Config {
	return Config{
		StateDir: "/var/lib/farmwatch-server", Agents: ":7443", Console: "127.0.0.1:7480",
		MaxAgents: 20_000, KeepRawDays: 14, LogLevel: "info", LogFormat: "text",
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
		"FARMWATCH_LOG_LEVEL": &c.LogLevel, "FARMWATCH_LOG_FORMAT": &c.LogFormat,
	}
	numbers := map[string]*int{"FARMWATCH_MAX_AGENTS": &c.MaxAgents, "FARMWATCH_KEEP_RAW_DAYS": &c.KeepRawDays}
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
		if name == "FARMWATCH_NAMES" {
			c.Names = strings.Split(value, ",")
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
	if _, err := c.Level(); err != nil {
		errs = append(errs, err)
	}
	if c.LogFormat != "text" && c.LogFormat != "json" {
		say("log_format %q is neither text nor json", c.LogFormat)
	}
	return errors.Join(errs...)
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
