package catalogue

import (
	"maps"
	"slices"
	"strconv"
)

// sources are the codes of tools/README.md by which a fact says where it was read.
var sources = []string{"C", "D", "G", "H", "I", "J", "K", "L", "M", "P", "R", "S", "U", "V", "W"}

// doubtful are sources that nobody checked: what stands on nothing else weighs half.
var doubtful = []string{"C", "U"}

// protocols are the banners that a listening program can show.
var protocols = []string{"rfb", "rdp", "barrier", "synergy", "spice", "x11", "nx"}

// vetArtefact holds one artefact to what its type allows, and settles its match
// and weight.
func vetArtefact(f *yamlFile, where string, t *Tool, a *Artefact) {
	required(f, map[string]string{where + ".type": a.Type, where + ".value": a.Value})
	if a.Type == "" || a.Value == "" {
		return
	}
	oneWord(f, where+".type", "type", a.Type, slices.Sorted(maps.Keys(kinds)))
	if a.OS != "" {
		oneWord(f, where+".os", "system", a.OS, systems)
	}
	if a.Match != "" {
		oneWord(f, where+".match", "match", a.Match, matches)
	}
	if a.Match == "exact" {
		a.Match = ""
	}
	for _, flag := range a.Flags {
		oneWord(f, where+".flags", "flag", flag, flags)
		if (flag == flagHost || flag == flagViewer) && t.role() != RoleBoth {
			f.at(where+".flags", "the flag %s tells sides apart, which only a tool of role both has", flag)
		}
	}
	if a.is(flagHost) && a.is(flagViewer) {
		f.at(where+".flags", "an artefact of both sides has neither of the flags host and viewer")
	}
	if len(a.With) > 0 && !kinds[a.Type].name {
		f.at(where+".with", "with is for names and paths of programs, not for a %s", a.Type)
	}
	vetSource(f, where, a)
	refuse(f, where+".value", valueFault(t, a))
}

// vetSource settles how much the artefact weighs.
func vetSource(f *yamlFile, where string, a *Artefact) {
	if len(a.Source) == 0 {
		f.at(where+".source", "source is missing: say where the fact was read")
	}
	for _, code := range a.Source {
		oneWord(f, where+".source", "source", code, sources)
	}
	limit := kinds[a.Type].weight
	doubt := len(a.Source) > 0 && !slices.ContainsFunc(a.Source, func(code string) bool { return !slices.Contains(doubtful, code) })
	if doubt {
		limit /= 2
	}
	switch {
	case a.Weight < 0 || a.Weight > 1:
		f.at(where+".weight", "weight is %v, want 0 to 1", a.Weight)
	case doubt && a.Weight > limit:
		f.at(where+".weight", "weight is %v, but nobody checked %q (source %v): at most half, %v", a.Weight, a.Value, a.Source, limit)
	case a.Weight == 0:
		a.Weight = limit
	}
}

// valueFault says what is wrong with a value for its type.
func valueFault(t *Tool, a *Artefact) string {
	if fault := plainFault(a.Value); fault != "" {
		return fault
	}
	if fault := slashFault(a); fault != "" {
		return fault
	}
	easy := a.is(flagGeneric) || len(a.With) > 0
	switch a.Type {
	case "process", "session_process", "original_name":
		return processFault(a.Value, a.Match, easy)
	case "path":
		return pathFault(a.Value, a.Match)
	case "domain":
		if fault := domainFault(a.Value); fault != "" {
			return fault
		}
		return t.strayFault(a.Value, a.Match)
	case "signer":
		return signerFault(a)
	case "product":
		return productFault(a)
	case "team_id":
		return teamFault(a)
	case "port":
		if port, err := strconv.Atoi(a.Value); err != nil || port < 1 || port > 65535 {
			return "port " + a.Value + " is outside 1–65535"
		}
	}
	return wordFault(a, easy)
}
