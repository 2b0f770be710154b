//go:build tools

package main_test

import (
	_ "embed"
	"path"
	"strings"
	"time"
)

// modules is where the laptops find what npm brought.
const modules = "/opt/npm/node_modules"

// terminal is how those come in whom the agent's server gives one.
const terminal = "it starts a shell, as it does for scripts, and the connection is one like that which it always has"

// multicast is why the agent seems to listen at some times.
const multicast = "it opens a UDP port for as long as it offers a direct way"

// meshVisit asks of a MeshCentral server what an operator's browser asks of it.
//
//go:embed testdata/meshvisit.js
var meshVisit string

// meshes are agents that a company's server controls.
func meshes() []specimen {
	return []specimen{
		{tool: "meshagent", what: "MeshAgent, a desktop session through MeshCentral (from npm)", visit: meshSession("2"),
			settings: []string{"unattended", "tenant"}, passing: []string{"listening"},
			lacks: map[string]string{"installed": "it was started by hand, without a service", "listening": multicast},
			begin: meshAgent},
		{tool: "meshagent", what: "MeshAgent, a terminal session through MeshCentral (from npm)", visit: meshSession("1"),
			settings: []string{"unattended", "tenant"}, passing: []string{"listening"},
			lacks: map[string]string{"installed": "it was started by hand, without a service", "listening": multicast, "session": terminal},
			begin: meshAgent},
	}
}

// meshAgent runs a MeshCentral server elsewhere, and its real agent on the laptop.
func meshAgent(s *scene) {
	s.theirs.meshCentral()
	s.mine.screen()
	at := "/usr/local/mesh_services/meshagent/meshagent"
	s.mine.run("/bin/sh", "-c", `mkdir -p "$(dirname "$1")" && cp "$0" "$1" && chmod +x "$1"`, modules+"/meshcentral/agents/meshagent_x86-64", at)
	if s.disguised {
		at = s.copyOf(at)
		s.mine.run("rm", "-r", "/usr/local/mesh_services")
	}
	s.mine.write(at+".msh", s.theirs.run("node", "/root/meshvisit.js", modules, farAddress+":4430", "group"))
	s.startAs(at, at)
	s.reaches(4430)
	// What the server sends it first makes it begin anew.
	s.steady()
	s.reaches(4430)
}

// meshCentral runs a MeshCentral server with one account.
func (l *laptop) meshCentral() {
	l.t.Helper()
	const home = "/root/meshcentral"
	l.write(path.Join(home, "config.json"), `{"settings": {"cert": "`+farAddress+`", "port": 4430, "redirPort": 8081, "mpsPort": 0, "WANonly": true,
		"exactPorts": true, "selfUpdate": false, "noAgentUpdate": 1, "ignoreAgentHashCheck": true, "autoBackup": false},
		"domains": {"": {"agentTimeStampServer": false}}}`)
	l.write("/root/meshvisit.js", meshVisit)
	server := []string{"node", modules + "/meshcentral/meshcentral.js", "--datapath", home, "--filespath", home + "/files"}
	l.run(append(server, "--createaccount", "admin", "--pass", "Correct-Horse-1")...)
	l.run(append(server, "--adminaccount", "admin")...)
	p := l.start("", server...)
	eventually(l.t, patience, "a MeshCentral server", func() bool {
		return strings.Contains(l.read(p.log), "HTTPS server running")
	})
}

// meshSession lets an operator open the laptop's terminal (1) or desktop (2).
func meshSession(kind string) visit {
	return func(s *scene) func() {
		s.mine.t.Helper()
		p := s.theirs.start("", "/usr/bin/node", "/root/meshvisit.js", modules, farAddress+":4430", "visit", kind)
		eventually(s.mine.t, patience, "the operator's session is open", func() bool {
			return strings.Contains(s.theirs.read(p.log), "in\n")
		})
		return func() { p.stop(); time.Sleep(2 * time.Second) }
	}
}
