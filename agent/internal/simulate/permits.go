package simulate

import (
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// sanctions writes the scenario's permissions as the collector's files have them.
func (p *play) sanctions() string {
	var documents []string
	for _, s := range p.Sanctions {
		text, err := yaml.Marshal(map[string]any{"apiVersion": "farmwatch/v1", "kind": "Sanction", "metadata": map[string]string{"name": s.Name}, "spec": p.terms(s)})
		if err != nil {
			continue // words and lists can all be written
		}
		documents = append(documents, string(text))
	}
	return strings.Join(documents, "---\n")
}

// terms are what one sanction says; what it does not say is left out.
func (p *play) terms(s Sanction) map[string]any {
	scope, conditions := map[string]any{}, map[string]any{}
	if len(s.Groups) > 0 {
		scope["groups"] = s.Groups
	}
	if names := p.hosts(s.Devices); len(names) > 0 {
		scope["devices"] = names
	}
	end := p.end().AddDate(0, 0, 1)
	if s.Until != "" {
		end = p.moment(s.Until)
	}
	spec := map[string]any{
		"tools": s.Tools, "scope": scope, "owner": "it", "approver": "it-lead", "justification": s.Justification, "expires": end.UTC().Format(time.RFC3339),
	}
	if len(s.Where) > 0 {
		spec["where"] = s.Where
	}
	var tenants []map[string]string
	for _, t := range s.Tenants {
		tenants = append(tenants, map[string]string{"id": t, "label": t})
	}
	if tenants != nil {
		spec["tenants"] = tenants
	}
	if s.AtConsole {
		conditions["approvedAtConsole"] = "required"
	}
	if s.Ticket {
		conditions["ticket"] = "required"
	}
	if len(conditions) > 0 {
		spec["conditions"] = conditions
	}
	return spec
}

// hosts are the names by which laptops of the file enrol.
func (p *play) hosts(names []string) []string {
	var all []string
	for _, c := range p.laptops {
		group, _ := p.deviceOf(c.name)
		for _, name := range names {
			if name == c.name || name == group {
				all = append(all, c.host)
			}
		}
	}
	return all
}
