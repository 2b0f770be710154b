package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/farmwatch/farmwatch/proto/catalogue"
)

// An index finds our tools by what a list may call them.
type index struct {
	tools []catalogue.Tool
	names map[string]int      // folded id and name
	owner map[string][]string // tools by "type value" of artefacts that are theirs alone
}

// telling are the types of artefacts by which a product is known again.
var telling = []string{"process", "session_process", "original_name", "bundle_id", "team_id", "unit", "domain", "signer"}

func newIndex(tools []catalogue.Tool) *index {
	x := &index{tools: tools, names: map[string]int{}, owner: map[string][]string{}}
	for i := range tools {
		t := &tools[i]
		x.names[fold(t.ID)], x.names[fold(t.Name)] = i, i
		for j := range t.Artefacts {
			a := &t.Artefacts[j]
			if !slices.Contains(telling, a.Type) || len(a.With) > 0 || weak(a) {
				continue
			}
			kind := strings.TrimPrefix(a.Type, "session_")
			key := kind + " " + strings.ToLower(a.Value)
			if !slices.Contains(x.owner[key], t.ID) {
				x.owner[key] = append(x.owner[key], t.ID)
			}
		}
	}
	return x
}

func weak(a *catalogue.Artefact) bool {
	return slices.ContainsFunc(a.Flags, func(f string) bool { return f != "host" && f != "viewer" })
}

// ownerOf is the one tool that has an artefact, if it is one.
func (x *index) ownerOf(key string) string {
	if ids := x.owner[key]; len(ids) == 1 {
		return ids[0]
	}
	return ""
}

// find gives the tool that a product is: by its name, by a name that the list
// adds in brackets or behind a stroke, or by at least two artefacts of ours
// (one, where the product names no more) that no other tool of ours shares.
func (x *index) find(p *product) (tool *catalogue.Tool, by string) {
	if at, known := x.names[fold(p.name)]; known {
		return &x.tools[at], "its name"
	}
	for _, part := range strings.FieldsFunc(p.name, func(r rune) bool { return strings.ContainsRune("()/,", r) }) {
		for _, word := range []string{"aka ", "formerly ", "now ", "also known as "} {
			part = strings.TrimPrefix(strings.TrimSpace(part), word)
		}
		if at, known := x.names[fold(part)]; known {
			return &x.tools[at], fmt.Sprintf("another name, %q", part)
		}
	}
	votes := map[string]int{}
	for _, v := range p.values {
		if v.kind == "signer" || fault(v) != "" {
			continue // whose file it was is what the list is most often wrong about
		}
		a := artefact(v)
		if id := x.ownerOf(a.Type + " " + strings.ToLower(a.Value)); id != "" {
			votes[id]++
		}
	}
	best, second := "", 0
	for _, id := range slices.Sorted(keys(votes)) {
		switch {
		case best == "" || votes[id] > votes[best]:
			best, second = id, votes[best]
		case votes[id] > second:
			second = votes[id]
		}
	}
	if best == "" || votes[best] == second || votes[best] < min(2, len(p.values)) {
		return nil, ""
	}
	at := slices.IndexFunc(x.tools, func(t catalogue.Tool) bool { return t.ID == best })
	return &x.tools[at], fmt.Sprintf("%d artefacts", votes[best])
}

func keys(votes map[string]int) func(func(string) bool) {
	return func(yield func(string) bool) {
		for id := range votes {
			if !yield(id) {
				return
			}
		}
	}
}
