package main

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/farmwatch/farmwatch/proto/catalogue"
)

// A compared product is one of the list beside the tool of ours that it is.
type compared struct {
	product
	tool    *catalogue.Tool // nil where we have none
	by      string          // how it was known
	adds    []catalogue.Artefact
	refused []string
	same    int // values that we have
}

// A comparison is all that the list holds, in order of files.
type comparison []compared

// compare sets every product beside ours. What stands in several products of
// the list is told first, since it shows none of them alone.
func compare(tools []catalogue.Tool, list []product) comparison {
	x := newIndex(tools)
	holders := map[string]map[string]bool{}
	for _, p := range list {
		for _, v := range p.values {
			key := v.kind + " " + strings.ToLower(v.text)
			if holders[key] == nil {
				holders[key] = map[string]bool{}
			}
			holders[key][fold(p.name)] = true
		}
	}
	first := map[string]string{}
	var all comparison
	for _, p := range list {
		c := compared{product: p, refused: slices.Clone(p.mistakes)}
		if p.name != "" {
			c.tool, c.by = x.find(&p)
			if other, twice := first[fold(p.name)]; twice {
				c.refused = append(c.refused, "the product stands in "+other+" as well")
			} else {
				first[fold(p.name)] = p.file
			}
		}
		c.judge(x, holders)
		all = append(all, c)
	}
	slices.SortStableFunc(all, func(a, b compared) int { return cmp.Compare(a.file, b.file) })
	return all
}

// judge sorts a product's values into what we have, would add and refuse.
func (c *compared) judge(x *index, holders map[string]map[string]bool) {
	had := map[string]bool{}
	if c.tool != nil {
		for i := range c.tool.Artefacts {
			a := &c.tool.Artefacts[i]
			had[a.Type+" "+strings.ToLower(a.Value)] = true
		}
	}
	var drafts []catalogue.Artefact
	var from []value
	for _, v := range c.values {
		reason := fault(v)
		a := artefact(v)
		key := a.Type + " " + strings.ToLower(a.Value)
		owner := x.ownerOf(key)
		switch {
		case reason == "" && (had[key] || a.Type == "domain" && c.below(a.Value)):
			c.same++
			continue
		case reason == "" && owner != "" && (c.tool == nil || c.tool.ID != owner):
			reason = "is " + owner + "'s"
		}
		if reason != "" {
			c.refused = append(c.refused, quoted(v)+" "+reason)
			continue
		}
		had[key] = true
		a.Flags = c.flags(a, len(holders[key]))
		drafts, from = append(drafts, a), append(from, v)
	}
	refused := loaderSays(c, drafts)
	for i := range drafts {
		if refused[i] != "" {
			c.refused = append(c.refused, quoted(from[i])+": "+refused[i])
			continue
		}
		c.adds = append(c.adds, drafts[i])
	}
}

// below says whether a host lies below a domain that we have.
func (c *compared) below(host string) bool {
	return c.tool != nil && slices.ContainsFunc(c.tool.Artefacts, func(a catalogue.Artefact) bool {
		return a.Type == "domain" && a.Match == "suffix" && strings.HasSuffix(host, "."+a.Value)
	})
}

// artefact says a value in our schema.
func artefact(v value) catalogue.Artefact {
	a := catalogue.Artefact{Type: v.kind, Value: v.text, OS: v.os, Source: []string{"L"}}
	switch v.kind {
	case "domain":
		a.Value, a.Match = strings.ToLower(strings.TrimPrefix(v.text, "*.")), "suffix"
	case "path", "pipe", "unit", "registry":
		if strings.Contains(v.text, "*") {
			a.Match = "glob"
		}
	case "product":
		if bare, star := strings.CutSuffix(v.text, "*"); star {
			a.Value, a.Match = strings.TrimSpace(bare), "prefix"
		}
	}
	return a
}

// makers sign everything that they make, from browsers to drivers.
var makers = regexp.MustCompile(`(?i)^(microsoft|google|apple|adobe|zoho|goto|logmein|gototechnologies|amazon|cisco|ibm|vmware|citrix|oracle|solarwinds|comodo|eset|sophos|unity technologies|parallels|quest software|yandex|ivanti)\b`)

// flags marks what proves nothing alone: what several products of the list
// have, what a maker of many things signs, and a signer who has nothing of the
// product's name and may be whoever signed the file that a machine happened on.
func (c *compared) flags(a catalogue.Artefact, holders int) []string {
	var flags []string
	if holders > 1 {
		flags = append(flags, "shared")
	}
	if a.Type != "signer" {
		return flags
	}
	switch {
	case makers.MatchString(a.Value):
		flags = append(flags, "multi_product")
	case !akin(a.Value, c.name):
		flags = append(flags, "unconfirmed")
	}
	return flags
}

// akin says whether two names have a word of four letters in common.
func akin(a, b string) bool {
	word := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	for _, of := range strings.FieldsFunc(strings.ToLower(a), word) {
		if len(of) >= 4 && strings.Contains(fold(b), of) {
			return true
		}
	}
	return false
}

// fold is a name without what writers disagree on.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}
