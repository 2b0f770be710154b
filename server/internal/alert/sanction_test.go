package alert

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
)

func TestSanctionValidate(t *testing.T) {
	c := &catalogue.Catalogue{Tools: []catalogue.Tool{{ID: "anydesk"}}, Rules: []catalogue.Rule{{ID: "kvm.default_identity"}}}
	good := Sanction{Name: "desk", Tools: []string{"anydesk"}, Groups: []string{AllWorkstations}, Justification: "Help desk, see ticket INC-1", ExpiresAt: noon.Add(24 * time.Hour)}
	tests := []struct {
		name string
		edit func(*Sanction)
		says string
	}{
		{"good", func(*Sanction) {}, ""},
		{"a rule", func(s *Sanction) { s.Tools = []string{"kvm.default_identity"} }, ""},
		{"no tool", func(s *Sanction) { s.Tools = nil }, "names a tool"},
		{"every tool", func(s *Sanction) { s.Tools = []string{"tool.*"} }, "many at once"},
		{"unknown tool", func(s *Sanction) { s.Tools = []string{"anydesk", "nosuch"} }, "knows no tool"},
		{"no why", func(s *Sanction) { s.Justification = "because" }, "justification"},
		{"no end", func(s *Sanction) { s.ExpiresAt = time.Time{} }, "date on which it ends"},
		{"ended", func(s *Sanction) { s.ExpiresAt = noon }, "past"},
		{"too long", func(s *Sanction) { s.ExpiresAt = noon.Add(LongestSanction + time.Hour) }, "365 days"},
		{"no place", func(s *Sanction) { s.Groups = nil }, "every device is groups: [all-workstations]"},
		{"every group", func(s *Sanction) { s.Groups = []string{"*"} }, "each group"},
		{"a bad group", func(s *Sanction) { s.Groups = []string{"Sales Lisbon"} }, "no name of a group"},
		{"too many devices", func(s *Sanction) { s.Devices = make([]string, 501) }, "put them into a group"},
		{"a bad name", func(s *Sanction) { s.Name = "Help Desk" }, "no name of a sanction"},
		{"whose hardware", func(s *Sanction) {
			s.Tools, s.Tenants = []string{"kvm.default_identity"}, []Tenant{{"p:1", "ours"}}
		}, "is a rule"},
		{"one tenant twice", func(s *Sanction) { s.Tenants = []Tenant{{"p:1", "ours"}, {"p:1", "theirs"}} }, "stands twice"},
		{"a novel", func(s *Sanction) { s.Justification = strings.Repeat("x", 5000) }, "longer"},
	}
	for _, tt := range tests {
		s := good
		tt.edit(&s)
		err := s.Validate(c, noon)
		if tt.says == "" && err != nil || tt.says != "" && (!errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), tt.says)) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestSanctionCovers(t *testing.T) {
	s := Sanction{Tools: []string{"anydesk"}, Devices: []string{"d"}, StartsAt: noon, ExpiresAt: noon.Add(time.Hour)}
	tests := []struct {
		device, rule, tool string
		at                 time.Time
		want               bool
	}{
		{"d", "tool.anydesk.running", "anydesk", noon, true},
		{"d", "anydesk", "", noon, true},
		{"d", "tool.anydesk.running", "anydesk", noon.Add(-1), false},
		{"d", "tool.anydesk.running", "anydesk", noon.Add(time.Hour), false},
		{"e", "tool.anydesk.running", "anydesk", noon, false},
		{"d", "tool.vnc.running", "vnc", noon, false},
	}
	for _, tt := range tests {
		if got := Weigh([]Sanction{s}, Sight{Device: tt.device, Rule: tt.rule, Tool: tt.tool, At: tt.at}).Sanctioned; got != tt.want {
			t.Errorf("Weigh(%+v) = %v", tt, got)
		}
	}
	revoked, err := s.Revoke(noon.Add(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	if revoked.InForce(noon.Add(2*time.Minute)) || !revoked.InForce(noon.Add(time.Second)) {
		t.Error("revoking must end the future and keep the past")
	}
	if _, err := revoked.Revoke(noon); !errors.Is(err, ErrConflict) {
		t.Errorf("second revoke = %v", err)
	}
	if _, err := s.Revoke(noon.Add(2 * time.Hour)); !errors.Is(err, ErrConflict) {
		t.Errorf("late revoke = %v", err)
	}
}
