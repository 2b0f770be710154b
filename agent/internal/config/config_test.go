package config_test

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/farmwatch/farmwatch/agent/internal/config"
)

func TestReadTakesFileThenEnvironment(t *testing.T) {
	file := []byte("server: collector.example:7443\nlog_level: debug\n")
	c, err := config.Read("agent.yaml", file, []string{"FARMWATCH_SERVER=other.example:7443", "FARMWATCH_LOG_LEVEL=", "HOME=/root"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Server != "other.example:7443" || c.LogLevel != "debug" || c.SpoolMiB != config.Default().SpoolMiB {
		t.Errorf("got %+v, want the environment over the file over the defaults, empty variables ignored", c)
	}
}

func TestReadNamesWhatItDoesNotKnow(t *testing.T) {
	_, err := config.Read("agent.yaml", []byte("server: a:1\nsever: b:1\n"), nil)
	if err == nil || !strings.Contains(err.Error(), "agent.yaml") || !strings.Contains(err.Error(), "line 2") || !strings.Contains(err.Error(), "sever") {
		t.Errorf("got %v, want the file, the line and the unknown key", err)
	}
}

func TestReadTakesAnEmptyFile(t *testing.T) {
	if _, err := config.Read("agent.yaml", nil, nil); err != nil {
		t.Errorf("an empty file is a file about which nothing was said: %v", err)
	}
}

func TestValidate(t *testing.T) {
	classes := []string{"usb_devices", "processes"}
	for _, test := range []struct {
		name  string
		edit  func(*config.Config)
		words []string
	}{
		{"default", func(*config.Config) {}, nil},
		{"server without port", func(c *config.Config) { c.Server = "collector" }, []string{`"collector"`, "host:port"}},
		{"unknown class", func(c *config.Config) { c.Disabled = []string{"usb"} }, []string{`"usb"`, "usb_devices"}},
		{"two mistakes at once", func(c *config.Config) { c.LogLevel, c.SpoolMiB = "loud", 0 }, []string{`"loud"`, "spool_mib 0"}},
		{"support of two lines", func(c *config.Config) { c.Support = "call us\nnow" }, []string{"support", "one line"}},
		{"no state", func(c *config.Config) { c.StateDir = "" }, []string{"state_dir"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := config.Default()
			test.edit(&c)
			err := c.Validate(classes)
			if len(test.words) == 0 && err != nil {
				t.Errorf("got %v, want no complaint", err)
			}
			for _, w := range test.words {
				if err == nil || !strings.Contains(err.Error(), w) {
					t.Errorf("got %v, want it to say %q", err, w)
				}
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("server: a:1\n"))
	f.Add([]byte("a: &a [*a]\n"))
	f.Fuzz(func(_ *testing.T, file []byte) {
		c, err := config.Read("f", file, nil)
		if err == nil {
			_ = c.Validate(nil)
		}
	})
}

// TestPlaces: the services of each system keep their files where its
// administrators look for them, and nowhere that a person could have made before.
func TestPlaces(t *testing.T) {
	if file := config.Path(); !filepath.IsAbs(file) || filepath.Base(file) != "agent.yaml" {
		t.Errorf("the configuration is %s", file)
	}
	c := config.Default()
	if !filepath.IsAbs(c.StateDir) || filepath.Dir(c.TokenFile) != filepath.Dir(config.Path()) {
		t.Errorf("state in %s, token in %s", c.StateDir, c.TokenFile)
	}
	if log := config.ServiceLog(); (log == "") != (runtime.GOOS == "linux") {
		t.Errorf("a service logs to %q on %s", log, runtime.GOOS)
	}
}
