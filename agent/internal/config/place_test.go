package config

import (
	"strings"
	"testing"
)

func TestEverySystemHasItsPlaces(t *testing.T) {
	classes := []string{"processes"}
	for system, below := range map[string]string{"linux": "/", "darwin": "/Library/", "windows": `C:\ProgramData\farmwatch\`} {
		p, c := placeOn(system), defaultOn(system)
		for _, path := range []string{p.file, p.token, p.state, c.StateDir, c.TokenFile} {
			if !strings.HasPrefix(path, below) {
				t.Errorf("%s: %s is not below %s", system, path, below)
			}
		}
		if p.own != "" && (!strings.HasSuffix(p.own, "farmwatch") || !strings.HasPrefix(p.file, p.own) || !strings.HasPrefix(p.token, p.own) || !strings.HasPrefix(p.state, p.own)) {
			t.Errorf("%s: not all of %+v is in %s", system, p, p.own)
		}
		if (p.own == "") != (system == "linux") {
			t.Errorf("%s has %q for its own; only the package of Linux makes the folders", system, p.own)
		}
		if err := c.Validate(classes); err != nil {
			t.Errorf("%s: %v", system, err)
		}
		if (p.log == "") != (system == "linux") {
			t.Errorf("%s: the service logs to %q; only the systemd of Linux keeps what a service prints", system, p.log)
		}
	}
}
