package agent_test

import (
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/farmwatch/farmwatch/"

// TestImports guards the direction of flow: what a package may import of ours,
// and which outside packages are kept in one room. The reason is the message.
func TestImports(t *testing.T) {
	for _, rule := range []struct {
		pkg    string
		ours   []string // all of ours it may import directly
		reason string
	}{
		{"agent/internal/host", nil, "the host hands out bytes and rows and understands neither"},
		{"agent/internal/parse", nil, "parsers are pure: bytes in, facts out"},
		{"agent/internal/sensor", []string{"agent/internal/host", "agent/internal/parse", "proto/finding"}, "a sensor asks the host and understands the answer; it judges nothing"},
		{"agent/internal/detect", []string{"proto/catalogue", "proto/finding"}, "detection is pure: it must give the same findings for a recording as for a live machine"},
		{"agent/internal/privacy", []string{"agent/internal/sensor", "proto/finding", "proto/farmwatch/agent/v1"}, "the gate decides by the sensors' own columns"},
		{"agent/internal/spool", []string{"agent/internal/privacy"}, "the spool takes what the gate cleared and nothing else"},
		{"agent/internal/uplink", []string{"agent/internal/spool", "proto/farmwatch/agent/v1"}, "the uplink sends what was spooled and nothing else"},
	} {
		t.Run(rule.pkg, func(t *testing.T) {
			for _, imported := range imports(t, "./"+strings.TrimPrefix(rule.pkg, "agent/")) {
				own, ok := strings.CutPrefix(imported, module)
				if ok && !contains(rule.ours, own) {
					t.Errorf("%s imports %s: %s", rule.pkg, own, rule.reason)
				}
			}
		})
	}
}

// TestRooms keeps what touches the machine or the network in the one package made for it.
func TestRooms(t *testing.T) {
	rooms := map[string]struct {
		rooms  []string
		reason string
	}{
		"os/exec":                           {[]string{"agent/internal/host"}, "only the host runs commands, from a fixed list"},
		"golang.org/x/sys/unix":             {[]string{"agent/internal/host"}, "only the host makes system calls"},
		"golang.org/x/sys/windows":          {[]string{"agent/internal/host"}, "only the host makes system calls"},
		"github.com/google/gopacket/pcapgo": {[]string{"agent/internal/host"}, "only the host captures packets"},
		"google.golang.org/grpc":            {[]string{"agent/internal/uplink", "proto/farmwatch/agent/v1"}, "only the uplink talks to the collector"},
		"net/http":                          {nil, "the agent serves nothing and fetches nothing"},
	}
	for _, line := range list(t, "-f", "{{.ImportPath}} {{join .Imports \" \"}}", "./...") {
		fields := strings.Fields(line)
		pkg := strings.TrimPrefix(fields[0], module)
		for _, imported := range fields[1:] {
			if room, kept := rooms[imported]; kept && !under(pkg, room.rooms) {
				t.Errorf("%s imports %s: %s", pkg, imported, room.reason)
			}
		}
	}
}

func imports(t *testing.T, pkg string) []string {
	t.Helper()
	return list(t, "-f", "{{join .Imports \"\\n\"}}", pkg)
}

func list(t *testing.T, args ...string) []string {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list"}, args...)...).Output()
	if err != nil {
		t.Fatalf("go list %v: %v", args, err)
	}
	return strings.FieldsFunc(string(out), func(r rune) bool { return r == '\n' })
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

// under says whether pkg is one of the rooms or a program below one.
func under(pkg string, rooms []string) bool {
	for _, room := range rooms {
		if pkg == room || strings.HasPrefix(pkg, room+"/") {
			return true
		}
	}
	return false
}
