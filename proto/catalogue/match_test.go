package catalogue_test

import (
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

func TestModifiers(t *testing.T) {
	tests := []struct {
		modifier, value, row string
		want                 bool
	}{
		{"equals", "CAFEBABE", "cafebabe", true},
		{"", "x", "X", true},
		{"equals", "x", "xx", false},
		{"contains", "KVM", "my-kvm-1", true},
		{"contains", "kvm", "k v m", false},
		{"startswith", "pi", "PiKVM", true},
		{"startswith", "kvm", "PiKVM", false},
		{"endswith", "kvm", "PiKVM", true},
		{"glob", "/opt/*/bin/x", "/opt/a/bin/x", true},
		{"glob", "/opt/*/bin/x", "/opt/a/b/bin/x", false},
		{"glob", `c:\*\any?.exe`, `C:\Program Files\AnyD.exe`, true},
		{"glob", "*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
		{"glob", "x*", "x", true},
		{"glob", "/a/?", "/a//", false},
		{"re", "^pi-?kvm$", "pikvm", true},
		{"re", "^pi-?kvm$", "PiKVM", false},
		{"re", "(", "(", false},
		{"cidr", "192.0.2.0/24", "192.0.2.7", true},
		{"cidr", "192.0.2.0/24", "::ffff:192.0.2.7", true},
		{"cidr", "fe80::/10", "fe80::1%eth0", true},
		{"cidr", "192.0.2.0/24", "198.51.100.1", false},
		{"cidr", "192.0.2.0/24", "host", false},
		{"oui", "B8:27:EB", "b8-27-eb-00-00-01", true},
		{"oui", "b827eb", "b8:27:eb", true},
		{"oui", "b8:27:eb", "b8:27:e0:00:00:01", false},
		{"oui", "b8", "b8:27:eb:00:00:01", false},
		{"exists", "true", "x", true},
		{"exists", "false", "x", false},
		{"domain", "anydesk.com", "relay.anydesk.com", true},
		{"domain", "anydesk.com", "AnyDesk.com.", true},
		{"domain", "anydesk.com", "myanydesk.com", false},
		{"domain", "anydesk.com", "anydesk.com.evil.example", false},
		{"domain", "anydesk.com", "com", false},
		{"domain", "anydesk.com", "", false},
		{"domain", "*.anydesk.com", "anydesk.com", false},
		{"domain", "*.anydesk.com", "a.b.anydesk.com", true},
		{"domain", "relay.*.example.com", "x.relay.eu.example.com", true},
		{"domain", "relay.*.example.com", "relay.example.com", false},
		{"gt", "480", "5000", true},
		{"gt", "480", "480", false},
		{"gte", "480", "480", true},
		{"lt", "1.5", "1", true},
		{"lte", "1", "1.0", true},
		{"lte", "1", "low", false},
		{"unknown", "1", "1", false},
	}
	for _, test := range tests {
		t.Run(fmt.Sprintf("%s %s %s", test.modifier, test.value, test.row), func(t *testing.T) {
			r := catalogue.Rule{Class: "c", Match: catalogue.Match{Tests: []catalogue.Test{{Column: "x", Modifier: test.modifier, Values: []string{"no such", test.value}}}}}
			if test.modifier == "exists" {
				r.Match.Tests[0].Values = []string{test.value}
			}
			if got := r.Matches(finding.Observation{Class: "c", Columns: map[string]string{"x": test.row}}); got != test.want {
				t.Errorf("got %v", got)
			}
			if r.Matches(finding.Observation{Class: "other", Columns: map[string]string{"x": test.row}}) {
				t.Error("fits a row of another class")
			}
			absent := test.modifier == "exists" && test.value == "false"
			if got := r.Matches(finding.Observation{Class: "c"}); got != absent {
				t.Errorf("without the column: %v", got)
			}
		})
	}
}

func TestMatchTree(t *testing.T) {
	is := func(column, value string) catalogue.Match {
		return catalogue.Match{Tests: []catalogue.Test{{Column: column, Modifier: "equals", Values: []string{value}}}}
	}
	r := catalogue.Rule{Class: "c", Match: catalogue.Match{
		Tests: is("a", "1").Tests,
		Any:   []catalogue.Match{is("b", "1"), is("c", "1")},
		Not:   []catalogue.Match{is("d", "1")},
	}}
	tests := []struct {
		row  map[string]string
		want bool
	}{
		{map[string]string{"a": "1", "b": "1"}, true},
		{map[string]string{"a": "1", "c": "1", "d": "0"}, true},
		{map[string]string{"a": "1"}, false},
		{map[string]string{"b": "1"}, false},
		{map[string]string{"a": "1", "b": "1", "d": "1"}, false},
	}
	for _, test := range tests {
		if got := r.Matches(finding.Observation{Class: "c", Columns: test.row}); got != test.want {
			t.Errorf("%v: got %v", test.row, got)
		}
	}
}

// The look-up must say exactly what trying every written rule says.
func TestMatchingIsMatches(t *testing.T) {
	c := embedded(t)
	for _, row := range slices.Concat(load(500, c), rowsOfEveryName(c), names(500, c)) {
		var want []string
		for i := range c.Rules {
			if c.Rules[i].Matches(row) {
				want = append(want, c.Rules[i].ID)
			}
		}
		var got []string
		for _, r := range c.Matching(row) {
			if r.Tool == "" {
				got = append(got, r.ID)
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%v: got %v, want %v", row.Columns, got, want)
		}
	}
}

func TestContradiction(t *testing.T) {
	fsys := with(t, ruleName, "match:", "devices: contradiction\nmatch:")
	fsys[ruleName].Data = []byte(ruleWithDevices)
	c, err := catalogue.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	r, _ := c.Rule("kvm.default_identity")
	tests := []struct {
		row  map[string]string
		want bool
	}{
		{map[string]string{"vendor_id": "046d", "speed_mbps": "480", "has_storage": "true"}, true},
		{map[string]string{"vendor_id": "046d", "speed_mbps": "12", "has_storage": "true"}, false},
		{map[string]string{"vendor_id": "046d", "has_storage": "true"}, false},
		{map[string]string{"vendor_id": "1d6b", "speed_mbps": "480", "has_storage": "true"}, false},
		{map[string]string{"vendor_id": "046d", "speed_mbps": "480"}, false},
	}
	for _, test := range tests {
		if got := r.Matches(finding.Observation{Class: "usb_devices", Columns: test.row}); got != test.want {
			t.Errorf("%v: got %v", test.row, got)
		}
	}
}

const ruleWithDevices = `id: kvm.default_identity
title: A device is not what it says
status: test
severity: high
confidence: high
tier: 2
class: usb_devices
devices: contradiction
match: {has_storage: true}
explain: {why: a, alternatives: b, change: c, check: d}
machines: [pikvm.txtar]
lookalikes: [keyboard.txtar]
`

// load is a busy laptop: n programs, of which one in fifty is a known tool.
func load(n int, c *catalogue.Catalogue) []finding.Observation {
	rows := make([]finding.Observation, n)
	for i := range rows {
		name := "program-" + strconv.Itoa(i)
		if i%50 == 0 {
			for _, a := range c.Tools[i%len(c.Tools)].Artefacts {
				if a.Type == "process" && a.OS == "linux" {
					name = a.Value
				}
			}
		}
		rows[i] = row("processes", "pid", strconv.Itoa(i+1), "name", name, "file", name, "path", "/usr/lib/example/"+name,
			"flags", "--type=renderer --lang=en --enable-features=a,b,c --user=sam", "user", "sam", "started", "2026-11-02T08:00:00Z")
	}
	return rows
}

func rowsOfEveryName(c *catalogue.Catalogue) []finding.Observation {
	var rows []finding.Observation
	for _, tool := range c.Tools {
		for _, a := range tool.Artefacts {
			name := a.Value
			rows = append(rows, row("processes", "name", name[:min(15, len(name))], "flags", "tunnel start"),
				row("processes", "file", name, "path", "/opt/"+name), row("listening_ports", "script", name, "port", "1"),
				row("processes", "path", name, "signer", name), row("processes", "package", name, "product", name), row("processes", "unit", name),
				row("process_open_sockets", "file", name, "direction", "inbound", "state", "established"),
				row("process_open_sockets", "signer", name, "direction", "outbound", "state", "established", "remote_scope", "public"),
				row("packages", "name", name), row("startup_items", "name", name, "enabled", "true"), row("listening_ports", "port", name, "banner", "rfb"))
		}
		rows = append(rows, row("remote_access", "tool", tool.ID, "unattended", "true", "tenant", "x"),
			row("remote_sessions", "tool", tool.ID, "direction", "incoming", "state", "active", "approval", "password"))
	}
	return rows
}

func BenchmarkMatching500Processes(b *testing.B) {
	c := embedded(b)
	rows := load(500, c)
	b.ReportAllocs()
	for b.Loop() {
		for _, row := range rows {
			c.Matching(row)
		}
	}
}
