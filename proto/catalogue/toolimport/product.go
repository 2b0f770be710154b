package main

import (
	"fmt"
	"strings"
)

// productOf takes the values that our schema has a place for out of one entry.
// What is not of the shape that the list documents is left out.
func productOf(file string, entry any) product {
	p := product{file: file}
	if err, bad := entry.(error); bad {
		p.mistakes = append(p.mistakes, err.Error())
		return p
	}
	top, ok := entry.(map[string]any)
	if !ok {
		p.mistakes = append(p.mistakes, "the entry is no table of keys")
		return p
	}
	details, artefacts := table(top["Details"]), table(top["Artifacts"])
	p.name, p.website = plain(top["Name"]), host(plain(details["Website"]))
	if p.name == "" {
		p.mistakes = append(p.mistakes, "the entry has no name")
	}
	p.addPrograms(details)
	for i, item := range items(artefacts["EventLog"]) {
		p.add(fmt.Sprintf("EventLog[%d].ServiceName", i), "unit", "windows", item["ServiceName"])
	}
	for i, item := range items(artefacts["Registry"]) {
		p.addRegistry(fmt.Sprintf("Registry[%d].Path", i), plain(item["Path"]))
	}
	for i, item := range items(artefacts["Network"]) {
		for _, key := range []string{"Domains", "Domain"} {
			p.addAll(fmt.Sprintf("Network[%d].%s", i, key), "domain", "", item[key])
		}
	}
	for i, item := range items(artefacts["Other"]) {
		if plain(item["Type"]) == "NamedPipe" {
			p.add(fmt.Sprintf("Other[%d].Value", i), "pipe", "windows", item["Value"])
		}
	}
	for i, item := range items(table(top["CodeSigning"])["certificates"]) {
		p.add(fmt.Sprintf("CodeSigning.certificates[%d].signer_name", i), "signer", "windows", item["signer_name"])
	}
	return p
}

func (p *product) addPrograms(details map[string]any) {
	programs := items(details["PEMetadata"])
	if one, ok := details["PEMetadata"].(map[string]any); ok {
		programs = []map[string]any{one}
	}
	for i, item := range programs {
		where := fmt.Sprintf("PEMetadata[%d].", i)
		p.add(where+"Filename", "process", "windows", item["Filename"])
		p.add(where+"OriginalFileName", "original_name", "windows", item["OriginalFileName"])
		p.add(where+"Product", "product", "windows", item["Product"])
	}
	p.addAll("InstallationPaths", "path", "", details["InstallationPaths"])
}

// addRegistry tells the keys of services, which name units, from other keys.
func (p *product) addRegistry(where, key string) {
	const services = `\system\currentcontrolset\services\`
	if at := strings.Index(strings.ToLower(key), services); at >= 0 {
		if name := key[at+len(services):]; !strings.Contains(name, `\`) {
			p.add(where, "unit", "windows", name)
		}
		return
	}
	p.add(where, "registry", "windows", key)
}

func (p *product) addAll(where, kind, os string, list any) {
	many, ok := list.([]any)
	if !ok {
		if texts, is := list.([]string); is {
			for i, text := range texts {
				p.add(fmt.Sprintf("%s[%d]", where, i), kind, os, text)
			}
			return
		}
		p.add(where, kind, os, list)
		return
	}
	for i, one := range many {
		p.add(fmt.Sprintf("%s[%d]", where, i), kind, os, one)
	}
}

// empty are the words by which the list says that it knows nothing.
var empty = map[string]bool{"": true, "n/a": true, "na": true, "none": true, "null": true, "unknown": true, "-": true}

func (p *product) add(where, kind, os string, text any) {
	t := strings.TrimSpace(plain(text))
	if empty[strings.ToLower(t)] || len(p.values) >= maxValues {
		return
	}
	switch {
	case kind != "path":
	case !strings.ContainsAny(t, `/\:`) && strings.EqualFold(ending(t), ".exe"):
		kind, os = "process", "windows" // most entries have nothing but this bare name
	default:
		os = systemOf(t)
	}
	p.values = append(p.values, value{where, kind, os, t})
}

// systemOf tells from a path's shape which system it is of.
func systemOf(path string) string {
	switch {
	case strings.HasPrefix(path, "/Applications/"), strings.HasPrefix(path, "/Library/"), strings.HasPrefix(path, "/Users/"):
		return "macos"
	case strings.HasPrefix(path, "/"), strings.HasPrefix(path, "~/"):
		return "linux"
	}
	return "windows"
}

func table(v any) map[string]any {
	t, _ := v.(map[string]any)
	return t
}

// items gives the tables of a list; what is no table is left out.
func items(v any) []map[string]any {
	list, _ := v.([]any)
	var tables []map[string]any
	for _, one := range list {
		if t, ok := one.(map[string]any); ok {
			tables = append(tables, t)
		}
	}
	return tables
}

func plain(v any) string {
	switch t := v.(type) {
	case string:
		return t
	case int, int64, float64, bool:
		return fmt.Sprint(t)
	}
	return ""
}

// host takes the host's name out of an address of the web.
func host(address string) string {
	_, rest, found := strings.Cut(address, "://")
	if !found {
		rest = address
	}
	name, _, _ := strings.Cut(rest, "/")
	return strings.TrimPrefix(strings.ToLower(name), "www.")
}
