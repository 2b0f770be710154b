package simulate

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// braces are words in braces.
var braces = regexp.MustCompile(`\{[a-z_]+(:[a-z0-9_.-]*)?\}`)

// expand puts in what words in braces stand for, also those that stand in what
// another one became. A word that means nothing stays as it is.
func (s *scene) expand(text, as string, k *kitted, since time.Time) string {
	for range 2 {
		text = braces.ReplaceAllStringFunc(text, func(word string) string {
			if to, ok := s.word(strings.Trim(word, "{}"), as, k, since); ok {
				return to
			}
			return word
		})
	}
	return text
}

// word resolves one word in braces.
func (s *scene) word(word, as string, k *kitted, since time.Time) (string, bool) {
	kind, of, _ := strings.Cut(word, ":")
	switch kind {
	case "now":
		return since.UTC().Format(time.RFC3339), true
	case "device":
		return s.name, true
	case "zone":
		return s.play.Zone, true
	case "offset":
		_, seconds := since.In(s.play.zone).Zone()
		return strconv.Itoa(seconds / 60), true
	case "pid":
		return strconv.Itoa(s.play.number(s.name, as, of)), true
	case "host":
		return s.play.host(of), true
	case "serial":
		return s.play.serial(of), true
	case "own":
		return s.play.serial(s.name, of), true
	case "mac":
		return s.play.mac(of), true
	case "router":
		return s.play.mac("router", of), true
	case "point":
		return s.play.mac("access point", of), true
	}
	if k == nil {
		return "", false
	}
	if said, ok := k.with[word]; ok {
		return said, true
	}
	usual, ok := s.play.kits.byName[k.kit].Brands[k.brand].With[word]
	return s.play.pick(usual, "with", s.name, as, word), ok
}

// expanded are a kit's columns on this laptop.
func (s *scene) expanded(columns map[string]string, as string, k kitted, since time.Time) map[string]string {
	out := make(map[string]string, len(columns))
	for name, text := range columns {
		out[name] = s.expand(text, as, &k, since)
	}
	return out
}

// interfaceOf is the interface by which a laptop is joined to a place.
func (s *scene) interfaceOf(p Place) map[string]string {
	router, point := orName(p.Router, s.place), orName(p.AccessPoint, s.place)
	if p.Each {
		router, point = s.name+"/"+router, s.name+"/"+point
	}
	names := map[string][2]string{"linux": {"enp0s31f6", "wlp0s20f3"}, "darwin": {"en5", "en0"}, "windows": {"Ethernet", "Wi-Fi"}}[s.os]
	columns := map[string]string{
		"name": names[1], "kind": "wifi", "up": "true", "default_route": "true", "vpn_like": "false", "mtu": "1500",
		"gateway": s.play.mac("router", router), "access_point": s.play.mac("access point", point), "dhcp_domain": p.Domain,
	}
	if p.AccessPoint == "none" {
		columns["name"], columns["kind"], columns["access_point"] = names[0], "ethernet", ""
	}
	return columns
}

// put is columns with others over them.
func put(under, over map[string]string) map[string]string {
	all := make(map[string]string, len(under)+len(over))
	maps.Copy(all, under)
	maps.Copy(all, over)
	return all
}

// orName is what a place says, or its own name where it says nothing.
func orName(said, place string) string {
	if said == "" {
		return place
	}
	return said
}

// addressName is by which name a laptop's public address goes at a place.
func (p *play) addressName(device, place string) string {
	at := p.Places[place]
	name := orName(at.Address, place)
	if at.Each && at.Address == "" {
		return device + "/" + name
	}
	return name
}

// A without is what is left out of a play, to see that the verdict does not rest
// on it: classes, "class.column", "kit.NAME", and beginnings of rules.
type without []string

func (w without) class(class string) bool { return slices.Contains(w, class) }

// kit says whether a kit is left out: "kit.NAME".
func (w without) kit(kit string) bool { return slices.Contains(w, "kit."+kit) }

// columns are those of a row that stay.
func (w without) columns(class string, columns map[string]string) map[string]string {
	if len(w) == 0 {
		return columns
	}
	out := make(map[string]string, len(columns))
	for name, text := range columns {
		if !slices.Contains(w, class+"."+name) {
			out[name] = text
		}
	}
	return out
}

// rule says whether a rule is tried.
func (w without) rule(id string) bool {
	return !slices.ContainsFunc(w, func(prefix string) bool { return strings.Contains(prefix, ".") && strings.HasPrefix(id, prefix) })
}
