package config

import (
	"strings"
	"testing"
)

func TestDefaultIsValid(t *testing.T) {
	if err := Default().Validate(); err != nil {
		t.Error(err)
	}
}

func TestRead(t *testing.T) {
	file := "state_dir: /srv/farmwatch\nnames: [collector.example.com]\nmax_agents: 5\n"
	c, err := Read("server.yaml", []byte(file), []string{"FARMWATCH_AGENTS=127.0.0.1:9", "FARMWATCH_NAMES=a,b", "FARMWATCH_CONSOLE=", "FARMWATCH_KEEP_RAW_DAYS=3", "FARMWATCH_PROXIES=192.0.2.7,::1", "PATH=/bin"})
	if err != nil {
		t.Fatal(err)
	}
	if c.StateDir != "/srv/farmwatch" || c.Agents != "127.0.0.1:9" || strings.Join(c.Names, " ") != "a b" || c.Console != Default().Console || c.MaxAgents != 5 || c.KeepRawDays != 3 || len(c.Proxies) != 2 || c.Geo() != "/srv/farmwatch/geo" || c.KeepStayDays != 30 {
		t.Errorf("read %+v", c)
	}
}

func TestReadRefuses(t *testing.T) {
	for name, test := range map[string]struct{ file, env, want string }{
		"unknown key":     {"stat_dir: /x\n", "", "server.yaml"},
		"wrong kind":      {"max_agents: many\n", "", "line 1"},
		"second document": {"console: 127.0.0.1:1\n---\nagents: :2\n", "", "second document"},
		"environment":     {"", "FARMWATCH_MAX_AGENTS=many", "FARMWATCH_MAX_AGENTS"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read("server.yaml", []byte(test.file), []string{test.env})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want it to name %s", err, test.want)
			}
		})
	}
}

func TestValidate(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"console for all":        {func(c *Config) { c.Console = ":7480" }, "set console_certificate"},
		"console on a name":      {func(c *Config) { c.Console = "collector:7480" }, "set console_certificate"},
		"console with TLS":       {func(c *Config) { c.Console, c.ConsoleCertificate, c.ConsoleKey = ":7480", "a", "b" }, ""},
		"half a pair":            {func(c *Config) { c.ConsoleKey = "b" }, "belong together"},
		"console on ::1":         {func(c *Config) { c.Console = "[::1]:7480" }, ""},
		"no state":               {func(c *Config) { c.StateDir = "" }, "state_dir"},
		"no port":                {func(c *Config) { c.Agents = "host" }, "agents \"host\""},
		"port too large":         {func(c *Config) { c.Agents = ":70000" }, "70000"},
		"a name with a port":     {func(c *Config) { c.Names = []string{"a:1"} }, "leave the port away"},
		"an address as a name":   {func(c *Config) { c.Names = []string{"2001:db8::1"} }, ""},
		"nobody":                 {func(c *Config) { c.MaxAgents = 0 }, "max_agents"},
		"days below zero":        {func(c *Config) { c.KeepRawDays = -1 }, "keep_raw_days"},
		"kept for ever":          {func(c *Config) { c.KeepRawDays = 0 }, ""},
		"stays below a day":      {func(c *Config) { c.KeepStayDays = 0 }, "keep_stay_days"},
		"stays for a year":       {func(c *Config) { c.KeepStayDays = 365 }, "keep_stay_days"},
		"proxies":                {func(c *Config) { c.Proxies = []string{"192.0.2.7", "192.0.2.64/28", "2001:db8::/64", "::1"} }, ""},
		"a proxy by name":        {func(c *Config) { c.Proxies = []string{"balancer"} }, "\"balancer\""},
		"everybody a proxy":      {func(c *Config) { c.Proxies = []string{"0.0.0.0/0"} }, "never everybody's"},
		"log level":              {func(c *Config) { c.LogLevel = "loud" }, "log_level"},
		"log format":             {func(c *Config) { c.LogFormat = "xml" }, "log_format"},
		"several things at once": {func(c *Config) { c.LogFormat, c.LogLevel = "xml", "loud" }, "log_format"},
	} {
		t.Run(name, func(t *testing.T) {
			c := Default()
			test.change(&c)
			err := c.Validate()
			if test.want == "" && err == nil {
				return
			}
			if err == nil || test.want == "" || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want it to say %q", err, test.want)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add("state_dir: /x\nnames: [a, b]\n")
	f.Add("{")
	f.Add("a: &a [*a]\n")
	f.Fuzz(func(_ *testing.T, file string) {
		c, err := Read("server.yaml", []byte(file), nil)
		if err == nil {
			_ = c.Validate()
		}
	})
}
