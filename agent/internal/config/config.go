// Package config is what an administrator may set of the agent: one file, the
// same names in the environment, and nothing that weakens what the worker was told.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// longestSupport is what a notice on a desktop has room for.
const longestSupport = 200

// Config is everything that can be set. The zero value is not valid; start from Default.
type Config struct {
	Server    string   `yaml:"server"`           // the collector's agent port, "host:port"
	StateDir  string   `yaml:"state_dir"`        // identity, spool and status; readable by its owner alone
	Token     string   `yaml:"token"`            // an enrolment token, used once at the first start; better in TokenFile
	TokenFile string   `yaml:"token_file"`       // a file that holds the token; removed after the enrolment
	LogLevel  string   `yaml:"log_level"`        // debug, info, warn, error
	LogFile   string   `yaml:"log_file"`         // where the log goes instead of standard error; it and the one before it hold 4 MiB each
	LogJSON   bool     `yaml:"log_json"`         // JSON lines instead of text
	Disabled  []string `yaml:"disabled_sensors"` // classes that are not looked at; each is told to the collector as such
	Support   string   `yaml:"support"`          // whom a person may ask about a presence check, e.g. the number of the service desk; one line that is shown to them
	SpoolMiB  int      `yaml:"spool_mib"`        // how much may wait on disk for the collector, in MiB
}

// Read reads a file over the defaults and then the environment over both. Name
// is how errors call the file; environ is as of os.Environ.
func Read(name string, file []byte, environ []string) (Config, error) {
	c := Default()
	decoder := yaml.NewDecoder(bytes.NewReader(file))
	decoder.KnownFields(true)
	if err := decoder.Decode(&c); err != nil && !errors.Is(err, io.EOF) {
		return c, fmt.Errorf("read %s: %w", name, err)
	}
	c.override(environ)
	return c, nil
}

// override takes FARMWATCH_SERVER, FARMWATCH_TOKEN, FARMWATCH_TOKEN_FILE,
// FARMWATCH_STATE_DIR and FARMWATCH_LOG_LEVEL.
func (c *Config) override(environ []string) {
	texts := map[string]*string{
		"FARMWATCH_SERVER": &c.Server, "FARMWATCH_TOKEN": &c.Token, "FARMWATCH_TOKEN_FILE": &c.TokenFile,
		"FARMWATCH_STATE_DIR": &c.StateDir, "FARMWATCH_LOG_LEVEL": &c.LogLevel,
	}
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		if text, ok := texts[name]; ok && value != "" {
			*text = value
		}
	}
}

// Validate says in words what cannot work, all of it at once. Classes are the
// sensors there are.
func (c Config) Validate(classes []string) error {
	var errs []error
	if c.StateDir == "" {
		errs = append(errs, errors.New("state_dir is empty: say where the agent keeps its identity and what waits to be sent"))
	}
	if c.Server != "" {
		if _, _, err := net.SplitHostPort(c.Server); err != nil {
			errs = append(errs, fmt.Errorf("server %q is not host:port: %w", c.Server, err))
		}
	}
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, c.LogLevel) {
		errs = append(errs, fmt.Errorf("log_level %q is none of debug, info, warn, error", c.LogLevel))
	}
	if len(c.Support) > longestSupport || strings.ContainsFunc(c.Support, unicode.IsControl) {
		errs = append(errs, fmt.Errorf("support is not one line of at most %d bytes", longestSupport))
	}
	if c.SpoolMiB < 1 || c.SpoolMiB > 4096 {
		errs = append(errs, fmt.Errorf("spool_mib %d is not between 1 and 4096", c.SpoolMiB))
	}
	for _, class := range c.Disabled {
		if !slices.Contains(classes, class) {
			errs = append(errs, fmt.Errorf("disabled_sensors names %q, which no sensor is called; they are %s", class, strings.Join(classes, ", ")))
		}
	}
	return errors.Join(errs...)
}
