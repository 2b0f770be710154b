package alert

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

func dongles(where ...Condition) Sanction {
	return Sanction{Name: "x", Tools: []string{"kvm.enterprise_kvm"}, Groups: []string{AllWorkstations}, Justification: "The KVM of server room 2, asset list", StartsAt: noon, ExpiresAt: noon.Add(time.Hour), Where: where}
}

func TestConditionsAreOnesThatEvidenceCanMeet(t *testing.T) {
	c, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	many := make([]Condition, 11)
	for name, test := range map[string]struct {
		sanction Sanction
		says     string
	}{
		"by vendor":            {dongles(Condition{"vendor_id", "0624"}), ""},
		"vendor and product":   {dongles(Condition{"vendor_id", "0624"}, Condition{"product_id", "0248"}), ""},
		"by pseudonym":         {dongles(Condition{"serial", "3f2a9c"}), ""},
		"no such column":       {dongles(Condition{"colour", "grey"}), `no column "colour" that reaches the collector`},
		"one that stays there": {Sanction{Tools: []string{"tool.anydesk.contacted"}, Where: []Condition{{"name", "x.example"}}}, `no column "name" that reaches`},
		"one of its classes":   {Sanction{Tools: []string{"tool.anydesk.running"}, Where: []Condition{{"name", "anydesk"}}}, ""},
		"of a tool":            {Sanction{Tools: []string{"anydesk"}, Where: []Condition{{"name", "anydesk"}}}, "is a tool"},
		"no value":             {dongles(Condition{"vendor_id", " "}), "a column and its value"},
		"no column":            {dongles(Condition{"", "0624"}), "a column and its value"},
		"every value":          {dongles(Condition{"vendor_id", "06*"}), "many at once"},
		"twice":                {dongles(Condition{"vendor_id", "0624"}, Condition{"vendor_id", "0557"}), "one sanction for each"},
		"a novel":              {dongles(Condition{"product", strings.Repeat("x", 201)}), "longer than"},
		"too many":             {dongles(many...), "at most 10"},
	} {
		s := test.sanction
		s.Name, s.Groups, s.Justification, s.ExpiresAt = "x", []string{AllWorkstations}, "The KVM of server room 2, asset list", noon.Add(time.Hour)
		err := s.Validate(c, noon)
		if test.says == "" && err != nil || test.says != "" && (!errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), test.says)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestConditionInWords(t *testing.T) {
	for want, c := range map[string]Condition{
		"vendor_id=0624":        {"vendor_id", "0624"},
		`product="KVM a=b"`:     {"product", "KVM a=b"},
		`product="the \"KVM\""`: {"product", `the "KVM"`},
	} {
		if got := c.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestConditionsHoldOfAllEvidence(t *testing.T) {
	row := func(vendor, product string) finding.Observation {
		return finding.Observation{Class: "usb_devices", Columns: map[string]string{"vendor_id": vendor, "product_id": product}}
	}
	s := dongles(Condition{"vendor_id", "0624"}, Condition{"product_id", "02AB"})
	for name, test := range map[string]struct {
		evidence []finding.Observation
		want     bool
	}{
		"the dongle":                 {[]finding.Observation{row("0624", "02ab")}, true},
		"two of them":                {[]finding.Observation{row("0624", "02ab"), row("0624", "02AB")}, true},
		"another product":            {[]finding.Observation{row("0624", "0001")}, false},
		"one of another vendor":      {[]finding.Observation{row("0624", "02ab"), row("1d6b", "0104")}, false},
		"no vendor":                  {[]finding.Observation{{Class: "usb_devices", Columns: map[string]string{"product_id": "02ab"}}}, false},
		"nothing that can be judged": {nil, false},
		"perhaps not all of it":      {slices.Repeat([]finding.Observation{row("0624", "02ab")}, MostRows), false},
	} {
		v := Sight{At: noon, Device: "d", Rule: s.Tools[0], Evidence: test.evidence}
		if got := Weigh([]Sanction{s}, v).Sanctioned; got != test.want {
			t.Errorf("%s: %v", name, got)
		}
		if !Weigh([]Sanction{dongles()}, v).Sanctioned {
			t.Errorf("%s: a sanction without conditions permits whatever the rule finds", name)
		}
	}
}
