package alert

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

func TestSanctionValidate(t *testing.T) {
	c := &catalogue.Catalogue{Tools: []catalogue.Tool{{ID: "anydesk"}}, Rules: []catalogue.Rule{{ID: "kvm.default_identity"}}}
	good := Sanction{Tool: "anydesk", Justification: "Help desk, see ticket INC-1", ExpiresAt: noon.Add(24 * time.Hour)}
	tests := []struct {
		name string
		edit func(*Sanction)
		says string
	}{
		{"good", func(*Sanction) {}, ""},
		{"a rule", func(s *Sanction) { s.Tool = "kvm.default_identity" }, ""},
		{"no tool", func(s *Sanction) { s.Tool = "" }, "one tool"},
		{"every tool", func(s *Sanction) { s.Tool = "tool.*" }, "many at once"},
		{"unknown tool", func(s *Sanction) { s.Tool = "nosuch" }, "knows no tool"},
		{"no why", func(s *Sanction) { s.Justification = "because" }, "justification"},
		{"no end", func(s *Sanction) { s.ExpiresAt = time.Time{} }, "date on which it ends"},
		{"ended", func(s *Sanction) { s.ExpiresAt = noon }, "past"},
		{"too long", func(s *Sanction) { s.ExpiresAt = noon.Add(LongestSanction + time.Hour) }, "365 days"},
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
	s := Sanction{Tool: "anydesk", Device: "d", StartsAt: noon, ExpiresAt: noon.Add(time.Hour)}
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
		if got := s.Covers(tt.device, finding.Finding{Rule: tt.rule}, tt.tool, tt.at); got != tt.want {
			t.Errorf("Covers(%+v) = %v", tt, got)
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
