package catalogue

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// The states in which a tool can be seen. Installed, opened, running, listening,
// connected and controlled are each stronger than the one before.
const (
	StateContacted  = "contacted"  // one of its names was looked up or connected to, by whatever program
	StateInstalled  = "installed"  // its package or unit is there
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

// shortName is how much of a process's name the Linux kernel keeps.
const shortName = 15

// passage are the categories that give no control of the device themselves but
// open a way to it, or hide where its traffic goes: their own class of evidence.
var passages = []string{"tunnel", "ide-tunnel", "vpn", "mesh", "residential-proxy"}

func (t *Tool) passage() bool { return slices.Contains(passages, t.Category) }

// scored says whether the tool has rules at all. Viewers and other programs of
// the controlling side never do.
func (t *Tool) scored() bool { return t.ControlsHost || t.passage() }

// rulesOf derives a tool's rules, one for each state and class in which its
// facts let it be seen.
func rulesOf(t *Tool) []Rule {
	if !t.scored() {
		return nil
	}
	var rules []Rule
	add := func(state, class string, m Match) {
		if len(m.Any) > 0 {
			rules = append(rules, t.rule(state, class, m))
		}
	}
	if domains := t.Network.Domains; len(domains) > 0 {
		add(StateContacted, "observed_names", Match{Any: []Match{oneOf("name", "domain", domains)}})
	}
	add(StateInstalled, "packages", t.named(func(x *Traces) []string { return x.Packages }))
	add(StateInstalled, "systemd_units", t.named(func(x *Traces) []string { return x.Units }))
	add(StateRunning, "processes", t.running())
	if t.passage() {
		return rules // a listener or visitor of a tunnel or VPN is not control of the device
	}
	socket := t.owner()
	add(StateListening, "listening_ports", socket)
	if len(socket.Any) > 0 {
		socket.Tests = []Test{
			{Column: "direction", Modifier: "equals", Values: []string{"inbound"}},
			{Column: "state", Modifier: "equals", Values: []string{"established"}},
		}
	}
	add(StateControlled, "process_open_sockets", socket)
	return rules
}

// each gives the traces of all systems in a fixed order: a rule does not ask
// which system it is on, since names of one do not occur on another.
func (t *Tool) each() []*Traces { return []*Traces{&t.Linux, &t.MacOS, &t.Windows} }

func (t *Tool) named(list func(*Traces) []string) Match {
	var names []string
	for _, traces := range t.each() {
		names = append(names, list(traces)...)
	}
	if len(names) == 0 {
		return Match{}
	}
	return Match{Any: []Match{oneOf("name", "equals", names)}}
}

// running fits the tool's processes: by name, script or path, and with the
// words of the command line where the names alone would say too little.
func (t *Tool) running() Match {
	var m Match
	for i, traces := range t.each() {
		called := identity(traces, i == 0)
		if len(traces.Paths) > 0 {
			called = append(called, oneOf("path", "glob", traces.Paths))
		}
		switch {
		case len(called) == 0:
		case len(traces.Arguments) > 0:
			m.Any = append(m.Any, Match{Tests: []Test{argumentTest(traces.Arguments)}, Any: called})
		default:
			m.Any = append(m.Any, called...)
		}
	}
	return m
}

// owner fits the process of a socket. Sockets do not carry the command line, so
// a tool that needs it to be told from others has no owner.
func (t *Tool) owner() Match {
	var m Match
	for i, traces := range t.each() {
		if len(traces.Arguments) == 0 {
			m.Any = append(m.Any, identity(traces, i == 0)...)
		}
	}
	return m
}

// identity compares a process's executable, interpreted script and short name.
func identity(traces *Traces, linux bool) []Match {
	if len(traces.Processes) == 0 {
		return nil
	}
	short := slices.Clone(traces.Processes)
	for _, name := range traces.Processes {
		if linux && len(name) > shortName {
			short = append(short, name[:shortName])
		}
	}
	return []Match{
		oneOf("file", "equals", traces.Processes), oneOf("script", "equals", traces.Processes), oneOf("name", "equals", short),
	}
}

func oneOf(column, modifier string, values []string) Match {
	return Match{Tests: []Test{{Column: column, Modifier: modifier, Values: values}}}
}

// argumentTest asks for one of the words as a whole, anywhere after the program
// and its script.
func argumentTest(words []string) Test {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = regexp.QuoteMeta(word)
	}
	return Test{Column: "flags", Modifier: "re", Values: []string{`(^|\s)(` + strings.Join(quoted, "|") + `)(\s|=|$)`}}
}

// A verdict is what a state of a kind of tool may say.
type verdict struct {
	severity   finding.Severity
	confidence finding.Confidence
	tier       int
}

// verdictOf follows what each state proves: that somebody is connected now is
// strong, a program that waits supports, a package alone is context, and a name
// that a browser may have looked up is hardly that.
func (t *Tool) verdictOf(state string) verdict {
	switch {
	case state == StateContacted:
		return verdict{finding.SeverityInformational, finding.ConfidenceLow, 4}
	case t.Category == "mesh" || t.Category == "jiggler" || t.Category == "virtual-camera":
		return verdict{finding.SeverityInformational, finding.ConfidenceHigh, 4}
	case t.passage() && state == StateInstalled:
		return verdict{finding.SeverityInformational, finding.ConfidenceHigh, 4}
	case t.passage():
		return verdict{finding.SeverityMedium, finding.ConfidenceMedium, 3}
	}
	switch state {
	case StateControlled:
		return verdict{finding.SeverityHigh, finding.ConfidenceHigh, 2}
	case StateListening:
		return verdict{finding.SeverityMedium, finding.ConfidenceHigh, 3}
	case StateRunning:
		return verdict{finding.SeverityMedium, finding.ConfidenceMedium, 3}
	}
	if t.Unattended {
		return verdict{finding.SeverityLow, finding.ConfidenceHigh, 3}
	}
	return verdict{finding.SeverityLow, finding.ConfidenceHigh, 4}
}

func (t *Tool) rule(state, class string, m Match) Rule {
	v := t.verdictOf(state)
	group := "tool"
	if t.passage() {
		group = "tunnel"
	}
	labels := []string{t.Category}
	if t.Unattended {
		labels = append(labels, "unattended")
	}
	r := Rule{
		ID: fmt.Sprintf("tool.%s.%s", t.ID, state), Title: t.title(state), Status: "stable",
		Severity: v.severity, Confidence: v.confidence, Tier: v.tier, Group: group, Techniques: t.techniques(),
		Class: class, Match: m, Explain: t.explain(state), FalsePositives: falsePositives(state),
		Machines: t.Machines, Lookalikes: t.Lookalikes, Tool: t.ID, Vendor: cmp.Or(t.Vendor, t.ID), State: state, Labels: labels,
	}
	if state == StateContacted {
		r.Machines = nil // names are proved for every tool at once, by a test of its own
	}
	return r
}

func falsePositives(state string) []string {
	list := []string{"a tool that the company itself uses for support; grant it a sanction"}
	if state == StateContacted {
		list = append(list, "a browser that visits the product's pages, or a page that loads something from them")
	}
	return list
}
