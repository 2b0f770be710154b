package catalogue

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// The states in which a tool can be seen. Installed, opened, running, listening,
// connected and controlled are each stronger than the one before.
const (
	StateContacted  = "contacted"  // one of its names was looked up or connected to, by whatever program
	StateReached    = "reached"    // the same by a program that is known and neither the tool's own nor one that connects for others
	StateInstalled  = "installed"  // its package, program or unit is there
	StateUnattended = "unattended" // somebody can come in without anybody agreeing
	StateTenant     = "tenant"     // whose account it belongs to was seen
	StateOpened     = "opened"     // a program of it runs that may be either side
	StateRunning    = "running"    // its process is there
	StateListening  = "listening"  // its process waits for connections
	StateConnected  = "connected"  // its process is connected to somebody or a relay
	StateControlled = "controlled" // somebody is connected to its process now
	StateEntered    = "entered"    // somebody came in without anybody agreeing, in the last day
	StateVisited    = "visited"    // somebody was in within the last day
)

// countedStates are those that a composite may ask for.
var countedStates = []string{
	StateInstalled, StateUnattended, StateTenant, StateOpened, StateRunning,
	StateListening, StateConnected, StateControlled, StateEntered, StateVisited,
}

// A place is a state and a class of rows that shows it.
type place struct{ state, class string }

// places gives where a tool's rules can fire, in a fixed order.
func (t *Tool) places() []place {
	if !t.scored() {
		return nil
	}
	var list []place
	add := func(can bool, state, class string) {
		if can {
			list = append(list, place{state, class})
		}
	}
	units := t.shows(classStartup, RoleHost, RoleBoth)
	host, either := t.shows(classProcesses, RoleHost), t.shows(classProcesses, RoleBoth)
	control := !t.passage() && !t.context()
	add(t.named(), StateContacted, classNames)
	add(t.named(), StateReached, classNames)
	add(t.shows(classPackages, RoleHost, RoleBoth), StateInstalled, classPackages)
	add(units, StateInstalled, classStartup)
	add(control, StateUnattended, classAccess)
	add(control && units && t.Unattended, StateUnattended, classStartup)
	add(control || t.passage(), StateTenant, classAccess)
	add(either, StateOpened, classProcesses)
	add(host, StateRunning, classProcesses)
	if !control {
		return list // a listener or visitor of a tunnel or VPN is not control of the device
	}
	add(t.shows(classListeners, RoleHost) || t.has("port") && t.has("banner") || t.waits(), StateListening, classListeners)
	add(t.shows(classSockets, RoleHost), StateConnected, classSockets)
	add(t.shows(classSockets, RoleHost) || t.shows(classSockets, RoleBoth) && !t.meeting(), StateControlled, classSockets)
	add(t.has("session_process") || t.ForksSession, StateControlled, classProcesses)
	for _, state := range []string{StateControlled, StateEntered, StateVisited} {
		add(true, state, classSessions)
	}
	return list
}

// context are the categories that say something about a device and give nobody
// a way to it.
func (t *Tool) context() bool {
	return slices.Contains([]string{"jiggler", "virtual-camera", "vm"}, t.Category)
}

// meeting programs connect to each other whatever is shown or controlled.
func (t *Tool) meeting() bool { return t.Category == "screen-share-with-control" }

func (t *Tool) has(kind string) bool {
	return slices.ContainsFunc(t.Artefacts, func(a Artefact) bool { return a.Type == kind })
}

// waits says that whatever waits at a port is the host's side, of a program that
// is there otherwise as well: one of its ports has the flag host.
func (t *Tool) waits() bool {
	return t.shows(classListeners, RoleBoth) && slices.ContainsFunc(t.Artefacts, func(a Artefact) bool { return a.Type == "port" && a.host() })
}

// named says whether a host name shows the tool.
func (t *Tool) named() bool {
	return slices.ContainsFunc(t.Artefacts, func(a Artefact) bool { return a.Type == "domain" && !a.weak() })
}

// group is the tool's class of evidence.
func (t *Tool) group() string {
	switch {
	case t.passage():
		return "tunnel"
	case t.Category == "jiggler":
		return "input"
	case t.context():
		return "posture"
	}
	return "tool"
}

// A verdict is what a state of a kind of tool may say.
type verdict struct {
	severity   finding.Severity
	confidence finding.Confidence
	tier       int
}

// verdicts follow what each state proves: that somebody is connected now is
// strong, a program that waits supports, a package alone is context, and a name
// that a browser may have looked up is hardly that.
var verdicts = map[string]verdict{
	StateContacted:  {finding.SeverityInformational, finding.ConfidenceLow, 4},
	StateReached:    {finding.SeverityMedium, finding.ConfidenceMedium, 3},
	StateTenant:     {finding.SeverityInformational, finding.ConfidenceHigh, 4},
	StateInstalled:  {finding.SeverityLow, finding.ConfidenceHigh, 4},
	StateOpened:     {finding.SeverityLow, finding.ConfidenceMedium, 4},
	StateUnattended: {finding.SeverityMedium, finding.ConfidenceHigh, 3},
	StateRunning:    {finding.SeverityMedium, finding.ConfidenceMedium, 3},
	StateListening:  {finding.SeverityMedium, finding.ConfidenceHigh, 3},
	StateConnected:  {finding.SeverityMedium, finding.ConfidenceHigh, 3},
	StateVisited:    {finding.SeverityMedium, finding.ConfidenceHigh, 3},
	StateEntered:    {finding.SeverityMedium, finding.ConfidenceHigh, 3},
	StateControlled: {finding.SeverityHigh, finding.ConfidenceHigh, 2},
}

func (t *Tool) verdictOf(state string) verdict {
	v := verdicts[state]
	switch {
	case state == StateContacted:
	case t.Category == "mesh", t.context(), state == StateReached && t.meeting():
		return verdict{finding.SeverityInformational, finding.ConfidenceHigh, 4}
	case t.passage() && state == StateInstalled:
		v.severity = finding.SeverityInformational
	}
	return v
}

// rule makes the rule of a place, with its words.
func (t *Tool) rule(c *Catalogue, p place) *Rule {
	v := t.verdictOf(p.state)
	labels := []string{t.Category}
	if t.Unattended || p.state == StateUnattended {
		labels = append(labels, "unattended")
	}
	r := &Rule{
		ID: "tool." + t.ID + "." + p.state, Title: t.title(p.state), Status: "stable",
		Severity: v.severity, Confidence: v.confidence, Tier: v.tier, Group: t.group(), Techniques: t.techniques(),
		Class: p.class, Explain: t.explain(p.state), FalsePositives: falsePositives(p.state),
		Machines: t.Machines, Lookalikes: t.Lookalikes, Tool: t.ID, Vendor: cmp.Or(t.Vendor, t.ID), State: p.state, Labels: labels,
		of: c, tool: t,
	}
	switch p.state {
	case StateContacted, StateReached:
		r.Machines = nil // names are proved for every tool at once, by a test of its own
	case StateOpened:
		r.Lookalikes = nil // somebody who controls other machines has it open as well
	}
	return r
}

func falsePositives(state string) []string {
	list := []string{"a tool that the company itself uses for support; grant it a sanction"}
	switch state {
	case StateContacted:
		return append(list, "a browser that visits the product's pages, or a page that loads something from them")
	case StateReached:
		return append(list, "a program that manages many such tools, or works with one on purpose, and is not listed")
	case StateOpened:
		return append(list, "somebody who controls other machines with it and not this one")
	}
	return list
}

func (p place) String() string { return fmt.Sprintf("%s %s", p.state, p.class) }
