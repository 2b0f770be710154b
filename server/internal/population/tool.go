package population

import (
	"fmt"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// A host is what a remote-access tool that lets people in shows on Windows.
type host struct {
	programs []string
	how      string // by what one comes in without anybody agreeing
	kind     string // of the tenant; empty where settings name none
	source   string // of its log of sessions
}

var hosts = map[string]host{
	"anydesk":               {[]string{"AnyDesk.exe"}, "password", "", "anydesk_trace"},
	"chrome-remote-desktop": {[]string{"remoting_host.exe"}, "pin", "account", "eventlog"},
	"rustdesk":              {[]string{"rustdesk.exe"}, "password", "custom_server", "rustdesk_log"},
	"teamviewer":            {[]string{"TeamViewer_Service.exe"}, "enrolled password", "account", "teamviewer_log"},
	"meshagent":             {[]string{"MeshAgent.exe"}, "enrolled", "mesh", "meshagent_log"},
	"screenconnect":         {[]string{"ScreenConnect.ClientService.exe"}, "service", "instance", "eventlog"},
	"splashtop":             {[]string{"SRServer.exe", "SRService.exe"}, "service", "account", "splashtop_log"},
	"quick-assist":          {nil, "", "", "eventlog"},
	"parsec":                {[]string{"parsecd.exe"}, "trusted", "", "parsec_log"},
}

// hostOf is the side of a tool that lets somebody in, set up so that nobody has to agree.
func hostOf(tool, tenant string) []finding.Observation {
	h := hosts[tool]
	var rows []finding.Observation
	for _, file := range h.programs {
		rows = append(rows, program(file))
	}
	settings := map[string]string{"tool": tool, "unattended": "true", "how": h.how, "enabled": "true", "self_hosted": "false"}
	if h.kind != "" {
		settings["tenant"], settings["tenant_kind"] = tenant, h.kind
	}
	return append(rows, rowOf("remote_access", settings))
}

// sessionRow is somebody who is in, or was, as the tool's log has it.
func sessionRow(tool, approval, peer string, begun time.Time, state string) finding.Observation {
	return rowOf("remote_sessions", map[string]string{
		"tool": tool, "source": hosts[tool].source, "direction": "incoming", "state": state, "approval": approval, "kind": "screen",
		"started": begun.UTC().Format(time.RFC3339), "peer": peer, "peer_scope": "unknown",
	})
}

// session lets somebody in for a while; for a day the tool's log tells of it.
func (d *day) session(tool, approval, peer string, after, long float64) {
	if !d.awake() {
		return
	}
	begun := d.spans[0].from.Add(hours(after))
	active := sessionRow(tool, approval, peer, begun, "active")
	d.is(after, active)
	ended := active
	ended.Columns = map[string]string{}
	for k, v := range active.Columns {
		ended.Columns[k] = v
	}
	ended.Columns["state"], ended.Columns["ended"] = "ended", begun.Add(hours(long)).UTC().Format(time.RFC3339)
	d.is(after+long, ended)
	d.laptop.forgets = append(d.laptop.forgets, forget{begun.Add(hours(long) + 24*time.Hour), ended.UID})
}

// A forget is a row that is told for a day and no longer.
type forget struct {
	at  time.Time
	uid string
}

// forgetting takes what was told for a day.
func forgetting(l *laptop, d *day) {
	if !d.awake() {
		return
	}
	var left []forget
	for _, g := range l.forgets {
		if g.at.Before(d.spans[len(d.spans)-1].to) {
			d.changes = append(d.changes, change{at: latest(g.at, d.spans[0].from), take: []string{g.uid}})
		} else {
			left = append(left, g)
		}
	}
	l.forgets = left
}

// support is the company's own account.
const support = "support@corp.example"

// managed is the company's own way to help: its tool, under its account, and the person at the laptop has to agree.
func managed() []finding.Observation {
	return []finding.Observation{
		program("TeamViewer_Service.exe"),
		rowOf("remote_access", map[string]string{"tool": "teamviewer", "unattended": "false", "tenant": support, "tenant_kind": "account", "enabled": "true", "self_hosted": "false"}),
	}
}

// A ticket is help that somebody asked for, as the desk's system has it.
type ticket struct {
	id     string
	device string
	person string
	tool   string
	from   time.Time
	to     time.Time
	known  int // from which day on the collector can know of it; 0 never
}

// helped is what every laptop of the company has and now and then gets.
func helped(l *laptop, d *day) {
	if !d.awake() {
		return
	}
	d.is(0, managed()...)
	if d.weekday() && chance(l.random, share("remote help by the helpdesk, a laptop and working day")) {
		d.help(1+5*l.random.Float64(), 0.2+0.5*l.random.Float64())
	}
}

// help is one session of the helpdesk: mostly by the company's own account, else by what Windows brings.
func (d *day) help(after, long float64) {
	l := d.laptop
	if l.system != "windows" || !chance(l.random, share("of the helpdesk's sessions, those by Quick Assist")) {
		d.session("teamviewer", "person", "technician", after, long)
		return
	}
	known := d.number
	if chance(l.random, share("remote help without a ticket in time")) {
		known++
	}
	d.ticket("quick-assist", after, long, known)
	d.during(after, long+0.1, program("QuickAssist.exe", "signer", "Microsoft Corporation", "signature", "valid", "product", "Quick Assist", "original_name", "QuickAssist.exe"))
	d.session("quick-assist", "person", "technician", after+0.05, long)
}

func (d *day) ticket(tool string, after, long float64, known int) {
	from := d.spans[0].from.Add(hours(after))
	d.fleet.tickets = append(d.fleet.tickets, ticket{
		id: fmt.Sprintf("T-%06d", len(d.fleet.tickets)+1), device: d.laptop.id, person: d.laptop.person.id, tool: tool,
		from: from.Add(-10 * time.Minute), to: from.Add(hours(long) + time.Hour), known: known,
	})
}
