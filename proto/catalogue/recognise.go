package catalogue

import (
	"cmp"
	"slices"
	"strings"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// shown is one artefact that a row shows, and the column that shows it.
type shown struct {
	mark
	column string
}

// An evidence is all that one row shows of one tool.
type evidence struct {
	tool  *Tool
	shows []shown
}

// recognised gives the tools whose program a row is about, in order of id. What
// a file carries in itself outweighs what it is called: a program renamed to
// another tool's name is the tool that it is.
func (k *known) recognised(o finding.Observation) []evidence {
	var room [12]shown
	list := k.marksIn(o, room[:0])
	var found []evidence
	identified := false
	for len(list) > 0 {
		n := 1
		for n < len(list) && list[n].tool == list[0].tool {
			n++
		}
		if e := (evidence{&k.tools[list[0].tool], slices.Clone(list[:n])}); e.sound() {
			found = append(found, e)
			identified = identified || e.carried() && (e.lets() || e.vouched(o))
		}
		list = list[n:]
	}
	if len(found) == 0 && o.Class == classListeners {
		return k.paired(o)
	}
	if identified {
		found = slices.DeleteFunc(found, func(e evidence) bool { return !e.identified() && !e.worded() })
	}
	return found
}

// marksIn gives the artefacts that a row shows, each once, in order of tools.
func (k *known) marksIn(o finding.Observation, list []shown) []shown {
	for i := range k.columns {
		column := &k.columns[i]
		value := o.Columns[column.name]
		if value == "" || column.name == "name" && o.Class == classNames || column.signed() && signatureless(o.Columns["signature"]) {
			continue // the name is a host's; or changed after it was signed, or signed by nobody
		}
		value = strings.ToLower(value)
		take := func(m mark) {
			if a := k.artefact(m); len(a.With) == 0 || o.Class == classConduct || o.Class == classNames || wordThere(o.Columns["flags"], a.With) {
				list = append(list, shown{m, column.name})
			}
		}
		if !column.words {
			column.find(k, value, take)
			if column.name == "unit" {
				column.find(k, pattern(value), take)
			}
			continue
		}
		for _, word := range strings.Fields(value) {
			column.find(k, word, take)
		}
	}
	slices.SortStableFunc(list, func(a, b shown) int { // stable, so that of one artefact the strongest column stays
		return cmp.Or(cmp.Compare(a.tool, b.tool), cmp.Compare(a.artefact, b.artefact))
	})
	return slices.CompactFunc(list, func(a, b shown) bool { return a.tool == b.tool && a.artefact == b.artefact })
}

// signed says that the column tells what a signature vouches for.
func (c *knownColumn) signed() bool {
	return c.name == "signer" || c.name == "team_id" || c.name == "bundle_id"
}

func signatureless(signature string) bool { return signature == "invalid" || signature == "unsigned" }

func (c *knownColumn) find(k *known, value string, take func(m mark)) {
	if value == "" {
		return
	}
	for _, index := range c.marks {
		index.find(k, value, take)
	}
}

// pattern names the template of a unit that is one of many: x@1.service is of
// x@.service. It is empty for any other.
func pattern(unit string) string {
	at, dot := strings.IndexByte(unit, '@'), strings.LastIndexByte(unit, '.')
	if at < 0 || dot <= at+1 {
		return ""
	}
	return unit[:at+1] + unit[dot:]
}

// paired recognises a listener by a port and the protocol spoken there, where
// no other tool has both.
func (k *known) paired(o finding.Observation) []evidence {
	banner, port := strings.ToLower(o.Columns["banner"]), o.Columns["port"]
	at, known := k.pairs[banner+" "+port]
	if !known || at < 0 {
		return nil
	}
	e := evidence{tool: &k.tools[at]}
	for j := range e.tool.Artefacts {
		a := &e.tool.Artefacts[j]
		if a.Type == "port" && a.Value == port || a.Type == "banner" && strings.EqualFold(a.Value, banner) {
			e.shows = append(e.shows, shown{mark{tool: uint16(at), artefact: uint16(j)}, a.Type})
		}
	}
	return []evidence{e}
}

func (k *known) artefact(m mark) *Artefact { return &k.tools[m.tool].Artefacts[m.artefact] }

func (e *evidence) artefact(i int) *Artefact { return &e.tool.Artefacts[e.shows[i].artefact] }

// sound says whether the row is the tool's: one artefact that can stand alone
// shows it, or two flagged ones of different types.
func (e *evidence) sound() bool {
	flagged := ""
	for i := range e.shows {
		switch a := e.artefact(i); {
		case a.alone():
			return true
		case !a.weak() || a.Type == "port" || a.Type == "banner":
		case flagged != "" && flagged != a.Type:
			return true
		default:
			flagged = a.Type
		}
	}
	return false
}

// identified says that something else than names shows the tool, which anybody
// can choose.
func (e *evidence) identified() bool {
	return slices.ContainsFunc(e.shows, func(s shown) bool { return e.tool.Artefacts[s.artefact].identifies() })
}

// carried says that the program's file or its package shows the tool: services
// of one's own and files beside are laid around any program.
func (e *evidence) carried() bool {
	return slices.ContainsFunc(e.shows, func(s shown) bool {
		a := &e.tool.Artefacts[s.artefact]
		return a.identifies() && !kinds[a.Type].laid
	})
}

func (a *Artefact) identifies() bool {
	return !kinds[a.Type].name && a.Type != "port" && a.Type != "banner"
}

// vouched says that somebody else than the program's maker says that it is the
// tool: the system of its signature, or a package that an administrator put there.
// Anybody signs in any name, writes any product and builds under any path; a
// flatpak, whose names have dots, is a folder that anybody makes.
func (e *evidence) vouched(o finding.Observation) bool {
	return slices.ContainsFunc(e.shows, func(s shown) bool {
		switch s.column {
		case "signer", "team_id", "bundle_id":
			return o.Columns["signature"] == "valid"
		case "package":
			return !strings.Contains(o.Columns["package"], ".")
		}
		return false
	})
}

// lets says that the tool is one by which people come in, and the row its host's
// side: its own rules then speak loudly enough.
func (e *evidence) lets() bool {
	return e.side() == RoleHost && !e.tool.passage() && !e.tool.context()
}

// worded says that words of the command line show the tool: what a program of
// another's package is told to do, such as an editor to open a tunnel.
func (e *evidence) worded() bool {
	for i := range e.shows {
		if len(e.artefact(i).With) > 0 {
			return true
		}
	}
	return false
}

// side says which side of the tool the row is.
func (e *evidence) side() string {
	role := e.tool.role()
	if role != RoleBoth {
		return role
	}
	for i := range e.shows {
		switch a := e.artefact(i); {
		case a.host():
			return RoleHost
		case a.is(flagViewer):
			role = RoleViewer
		}
	}
	return role
}

// host says that only the side which lets others in shows the artefact.
func (a *Artefact) host() bool { return a.is(flagHost) || a.Type == "session_process" }

// states gives what a row of a class says of the tool that it shows.
func (e *evidence) states(o finding.Observation) []string {
	side := e.side()
	if side == RoleViewer {
		return nil
	}
	control := !e.tool.passage() && !e.tool.context()
	switch o.Class {
	case classProcesses:
		states := []string{StateRunning}
		if side == RoleBoth {
			states[0] = StateOpened
		}
		session := func(s shown) bool { return e.tool.Artefacts[s.artefact].Type == "session_process" }
		if control && (slices.ContainsFunc(e.shows, session) || e.tool.ForksSession && o.Columns["forked"] == "true") {
			states = append(states, StateControlled)
		}
		return states
	case classListeners:
		if control && (side == RoleHost || side == RoleBoth && e.tool.waits()) {
			return []string{StateListening}
		}
	case classSockets:
		if control {
			return e.socketStates(o.Columns, side)
		}
	}
	return nil
}

// socketStates: a connection from elsewhere is control. One from this laptop is as
// well, as it comes through a tunnel, but not of a program that may be either side
// nor of a management agent: there, its own parts talk to each other.
func (e *evidence) socketStates(row map[string]string, side string) []string {
	outside := row["remote_scope"] != "loopback"
	switch {
	case row["state"] != "established" || row["remote_scope"] == "itself" || side == RoleBoth && e.tool.meeting():
	case row["direction"] == "inbound" && (outside || side == RoleHost && e.tool.Category != "rmm"):
		return []string{StateControlled}
	case row["direction"] == "outbound" && row["remote_scope"] == "public" && side == RoleHost:
		return []string{StateConnected}
	}
	return nil
}

// wordThere says whether one of the words stands on a command line: whole, or
// before the = of its value.
func wordThere(flags string, words []string) bool {
	for flag := range strings.FieldsSeq(flags) {
		name, _, _ := strings.Cut(flag, "=")
		if slices.Contains(words, flag) || slices.Contains(words, name) {
			return true
		}
	}
	return false
}
