//go:build tools

package main_test

import (
	"encoding/json"
	"path"
	"regexp"
	"strings"
	"testing"
	"time"
)

// A company is a collector on the visitor's machine, and the laptop's agent enrolled with it.
type company struct{ *scene }

const ours = "/opt/farmwatch/"

// newCompany starts a collector and signs its administrator in.
func newCompany(s *scene) company {
	s.mine.t.Helper()
	c := company{s}
	server := s.theirs.start("", ours+"farmwatch-server", "serve", "--state", "/root/server", "--agents", visitorAddress+":7443", "--console", "127.0.0.1:7480", "--sign-in-link", "admin")
	link := c.says(s.theirs, server, `http\S*sign-in#code=[A-Za-z0-9_-]+`)
	s.theirs.run(ours+"farmwatchctl", "login", link)
	return c
}

// enrol puts the laptop into the helpdesk's group and runs its agent, and gives its id.
func (c company) enrol() string {
	s := c.scene
	s.mine.t.Helper()
	token := s.theirs.run(ours+"farmwatch-server", "token", "create", "--state", "/root/server", "--uses", "1", "--ttl", "10m", "--group", "helpdesk", "--description", "tools", "--quiet")
	s.mine.write("/root/token", token)
	s.mine.run(ours+"farmwatch-agent", "enroll", "--state", "/root/agent", "--server", visitorAddress+":7443", "--token-file", "/root/token")
	agent := s.mine.start("", ours+"farmwatch-agent", "run", "--state", "/root/agent")
	c.says(s.mine, agent, "connected")
	return c.device()
}

// device is the id of the only device there is.
func (c company) device() string {
	c.mine.t.Helper()
	var devices []struct{ ID string }
	c.ask(&devices, "devices", "list")
	if len(devices) != 1 {
		c.mine.t.Fatalf("%d devices, want the laptop", len(devices))
	}
	return devices[0].ID
}

// says waits for a program's words.
func (c company) says(l *laptop, p *program, pattern string) string {
	l.t.Helper()
	words := regexp.MustCompile(pattern)
	var found string
	eventually(l.t, patience, "the words "+pattern, func() bool {
		found = words.FindString(l.read(p.log))
		return found != ""
	})
	return found
}

// ctl runs farmwatchctl as the company's administrator.
func (c company) ctl(args ...string) string {
	c.mine.t.Helper()
	return c.theirs.run(append([]string{ours + "farmwatchctl"}, args...)...)
}

func (c company) ask(into any, args ...string) {
	c.mine.t.Helper()
	if err := json.Unmarshal([]byte(c.ctl(append(args, "-o", "json")...)), into); err != nil {
		c.mine.t.Fatalf("farmwatchctl %s: %v", strings.Join(args, " "), err)
	}
}

// open says whether a finding of the laptop is open.
func (c company) open(rule string) bool {
	c.mine.t.Helper()
	var device struct {
		Findings []struct{ Rule, Status string }
	}
	c.ask(&device, "devices", "show", c.device())
	for _, f := range device.Findings {
		if f.Rule == rule && f.Status == "open" {
			return true
		}
	}
	return false
}

// alerts are the titles of all alerts there ever were.
func (c company) alerts() []string {
	c.mine.t.Helper()
	var alerts []struct{ Title, Level string }
	c.ask(&alerts, "alerts", "list")
	var titles []string
	for _, a := range alerts {
		titles = append(titles, a.Level+": "+a.Title)
	}
	return titles
}

// sanction applies a sanction for the helpdesk's laptops.
func (c company) sanction(name, tool, terms string) {
	c.mine.t.Helper()
	file := path.Join("/root", name+".yaml")
	c.theirs.write(file, `apiVersion: farmwatch/v1
kind: Sanction
metadata: {name: `+name+`}
spec:
  tools: [`+tool+`]
  scope: {groups: [helpdesk]}
`+terms+`  owner: it-support@corp.example
  approver: ciso@corp.example
  justification: "Remote support, ITSM 4411"
  expires: `+time.Now().AddDate(0, 1, 0).Format(time.DateOnly)+"\n")
	c.ctl("sanctions", "apply", "-f", file)
}

// TestToolsHelpdeskUnderATicket: a helpdesk's real session under a sanction with
// an open ticket is known and no reason for an alert; once the sanction is
// revoked, the same session is.
func TestToolsHelpdeskUnderATicket(t *testing.T) {
	t.Parallel()
	s := newScene(t, false, "x11vnc")
	c := newCompany(s)
	c.sanction("helpdesk-vnc", "x11vnc", "  conditions: {ticket: required}\n")
	c.ctl("sanctions", "ticket", "helpdesk-vnc", "--device", c.enrol(), "--ticket", "INC-4711", "--for", "1h")
	s.mine.screen()
	s.start("/usr/bin/x11vnc", "-display", ":5", "-nopw", "-forever", "-shared", "-quiet")
	s.awaits(5900)
	leave := viewing(5900)(s)
	defer leave()
	eventually(t, patience, "the session is known", func() bool { return c.open("tool.x11vnc.controlled") })
	time.Sleep(5 * time.Second)
	if alerts := c.alerts(); len(alerts) > 0 {
		t.Fatalf("a session under a ticket gave alerts: %v", alerts)
	}
	c.ctl("sanctions", "revoke", "helpdesk-vnc")
	took := eventually(t, patience, "the session is a reason for an alert once nothing permits it", func() bool { return len(c.alerts()) > 0 })
	t.Logf("%v, %s after the sanction was revoked", c.alerts(), took.Round(time.Second))
}

// TestToolsSanctionedTenant: the company's own MeshCentral server is permitted by
// its id; the same agent, enrolled with another server, is not.
func TestToolsSanctionedTenant(t *testing.T) {
	t.Parallel()
	s := newScene(t, false)
	meshAgent(s)
	settings := s.mine.read("/usr/local/mesh_services/meshagent/meshagent.msh")
	id := func(key string) string {
		found := regexp.MustCompile(key + `=(?:0x)?([0-9A-F]+)`).FindStringSubmatch(settings)
		if len(found) == 0 {
			t.Fatalf("the agent's settings name no %s", key)
		}
		return strings.ToLower(found[1])
	}
	group, server := id("MeshID"), id("ServerID")
	c := newCompany(s)
	c.sanction("helpdesk-mesh", "meshagent", "  tenants: [{id: "+group+", label: our group}, {id: "+server+", label: our server}]\n")
	device := c.enrol()
	eventually(t, patience, "the agent's server is known", func() bool { return c.open("tool.meshagent.tenant") && c.open("tool.meshagent.running") })
	time.Sleep(5 * time.Second)
	if alerts := c.alerts(); len(alerts) > 0 {
		t.Fatalf("our own server gave alerts: %v\n%s\n%s", alerts, c.ctl("devices", "show", device), c.ctl("sanctions", "list", "-o", "json"))
	}
	c.sanction("helpdesk-mesh", "meshagent", "  tenants: [{id: "+strings.Repeat("0", len(server))+", label: another server}]\n")
	eventually(t, patience, "a foreign server is a reason for an alert", func() bool { return len(c.alerts()) > 0 })
	t.Log(c.alerts())
}
