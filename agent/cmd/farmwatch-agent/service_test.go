package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"
)

func TestServiceVerb(t *testing.T) {
	for system, want := range map[string]string{"linux": "run", "windows": serviceRun, "darwin": serviceRun} {
		if got := serviceVerb(system); got != want {
			t.Errorf("%s starts the agent by %s, want %s", system, got, want)
		}
		c, _, err := command(world{out: io.Discard, err: io.Discard}).Find([]string{want})
		if err != nil || c.Name() != want {
			t.Errorf("%s would start %s, which is no command: %v", system, want, err)
		}
	}
}

func TestRefusedServiceSaysHowToGetTheRights(t *testing.T) {
	if err := rightsFor(fs.ErrPermission); !strings.Contains(err.Error(), "run it") {
		t.Error(err)
	}
	if err := rightsFor(io.EOF); !errors.Is(err, io.EOF) || strings.Contains(err.Error(), "run it") {
		t.Error(err)
	}
	for system, want := range map[string]string{"windows": "Run as administrator", "darwin": "sudo", "linux": "sudo"} {
		if !strings.Contains(asAdministrator(system), want) || strings.Contains(serviceExample(system), "sudo") != (want == "sudo") {
			t.Errorf("%s: %s; %s", system, asAdministrator(system), serviceExample(system))
		}
	}
}

// TestLaunchdPlist: it is XML, and says what a daemon of ours needs. Whether
// launchd takes it, only a Mac can say.
func TestLaunchdPlist(t *testing.T) {
	decoder := xml.NewDecoder(bytes.NewReader([]byte(launchdPlist)))
	for {
		_, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"<key>Label</key>", "{{range Arguments}}", "<key>KeepAlive</key>\n\t<true/>", "<key>RunAtLoad</key>\n\t<true/>", "<key>Umask</key>\n\t<integer>63</integer>"} {
		if !strings.Contains(launchdPlist, want) {
			t.Errorf("the plist does not say %s", want)
		}
	}
}
