package alert

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// desk permits AnyDesk of the company's tenant in one group.
func desk(edit ...func(*Sanction)) Sanction {
	s := Sanction{Name: "desk", Version: 1, Tools: []string{"anydesk"}, Groups: []string{"helpdesk"}, Tenants: []Tenant{{"p:ours", "ours"}},
		StartsAt: noon, ExpiresAt: noon.Add(24 * time.Hour)}
	for _, e := range edit {
		e(&s)
	}
	return s
}

// session is somebody's use of AnyDesk on a device of the group, an hour after noon.
func session(edit ...func(*Sight)) Sight {
	v := Sight{At: noon.Add(time.Hour), Device: "d", Group: "helpdesk", Rule: "tool.anydesk.controlled", Tool: "anydesk", Use: true,
		Tenants: []string{"p:ours"}, Approved: true}
	for _, e := range edit {
		e(&v)
	}
	return v
}

var (
	permitted = Permit{Sanctioned: true}
	not       = Permit{}
	lapsed    = Permit{Lapsed: true}
	foreign   = Permit{ForeignTenant: true}
	waiting   = Permit{Unticketed: true}
)

func at(d time.Duration) func(*Sight)     { return func(v *Sight) { v.At = noon.Add(d) } }
func seen(tenants ...string) func(*Sight) { return func(v *Sight) { v.Tenants = tenants } }
func there(v *Sight)                      { v.Use, v.Rule = false, "tool.anydesk.running" }
func whosever(s *Sanction)                { s.Tenants = nil }
func asked(s *Sanction)                   { s.Conditions.ApprovedAtConsole = true }
func ticketed(s *Sanction)                { s.Conditions.Ticket = true }

func byDay(t *testing.T) func(*Sanction) {
	return func(s *Sanction) { s.Conditions.Hours = hours(t, "Mon-Fri 08:00-18:00 UTC") }
}

func window(from, to time.Duration, sanction, device string) func(*Sight) {
	return func(v *Sight) {
		v.Tickets = append(v.Tickets, Window{Sanction: sanction, Device: device, From: noon.Add(from), To: noon.Add(to)})
	}
}

// weigh leaves out when a sanction lapsed.
func weigh(list []Sanction, v Sight) Permit {
	p := Weigh(list, v)
	p.LapsedAt = time.Time{}
	return p
}

func TestWeigh(t *testing.T) {
	const day = 24 * time.Hour
	ended := func(s *Sanction) { s.ExpiresAt = noon.Add(30 * time.Minute) }
	granted := func(s *Sanction) { s.ExpiresAt, s.Ticket = noon.Add(50*time.Minute), "INC-1" }
	for name, test := range map[string]struct {
		sanction Sanction
		sight    Sight
		want     Permit
	}{
		"all holds":             {desk(), session(), permitted},
		"another tool":          {desk(), session(func(v *Sight) { v.Tool = "rustdesk" }), not},
		"another group":         {desk(), session(func(v *Sight) { v.Group = "sales" }), not},
		"no group":              {desk(), session(func(v *Sight) { v.Group = "" }), not},
		"every device":          {desk(func(s *Sanction) { s.Groups = []string{AllWorkstations} }), session(func(v *Sight) { v.Group = "" }), permitted},
		"this device":           {desk(func(s *Sanction) { s.Groups, s.Devices = nil, []string{"c", "d"} }), session(), permitted},
		"another device":        {desk(func(s *Sanction) { s.Groups, s.Devices = nil, []string{"c"} }), session(), not},
		"one rule of the tool":  {desk(func(s *Sanction) { s.Tools = []string{"tool.anydesk.controlled"} }), session(), permitted},
		"another of its rules":  {desk(func(s *Sanction) { s.Tools = []string{"tool.anydesk.controlled"} }), session(there), not},
		"one of several tools":  {desk(func(s *Sanction) { s.Tools = []string{"rustdesk", "anydesk"} }), session(), permitted},
		"the second before":     {desk(), session(at(-time.Second)), not},
		"the first second":      {desk(), session(at(0)), permitted},
		"the last second":       {desk(), session(at(day - time.Second)), permitted},
		"the second it ends":    {desk(), session(at(day)), lapsed},
		"long ended":            {desk(), session(at(day + LongestLapse)), not},
		"almost so long":        {desk(), session(at(day + LongestLapse - time.Second)), lapsed},
		"revoked":               {desk(func(s *Sanction) { s.RevokedAt = noon.Add(time.Hour) }), session(), not},
		"not yet revoked":       {desk(func(s *Sanction) { s.RevokedAt = noon.Add(time.Hour + 1) }), session(), permitted},
		"revoked, then ended":   {desk(ended, func(s *Sanction) { s.RevokedAt = noon.Add(10 * time.Minute) }), session(), not},
		"replaced":              {desk(func(s *Sanction) { s.ReplacedAt = noon.Add(time.Hour) }), session(), not},
		"ended, then replaced":  {desk(ended, func(s *Sanction) { s.ReplacedAt = noon.Add(time.Hour) }), session(), not},
		"no tenant seen":        {desk(), session(seen()), not},
		"another tenant":        {desk(), session(seen("p:theirs")), foreign},
		"one foreign among two": {desk(), session(seen("p:ours", "p:theirs")), foreign},
		"both ours":             {desk(func(s *Sanction) { s.Tenants = append(s.Tenants, Tenant{"p:also", "also"}) }), session(seen("p:also", "p:ours")), permitted},
		"one that is not read":  {desk(), session(seen("p:ours", "")), not},
		"whosever tenant":       {desk(whosever), session(seen("p:theirs")), permitted},
		"foreign, elsewhere":    {desk(), session(seen("p:theirs"), func(v *Sight) { v.Group = "sales" }), not},
		"foreign, when ended":   {desk(ended), session(seen("p:theirs")), not},
		"lapsed":                {desk(ended), session(), lapsed},
		"a grant's end, in use": {desk(granted), session(), lapsed},
		"a grant's end, there":  {desk(granted), session(there), not},
		"as long after a grant": {desk(granted), session(at(100 * time.Minute)), not},
		"and a moment less":     {desk(granted), session(at(100*time.Minute - 1)), lapsed},
		"approved":              {desk(asked), session(), permitted},
		"not approved":          {desk(asked), session(func(v *Sight) { v.Approved = false }), not},
		"not approved, there":   {desk(asked), session(there, func(v *Sight) { v.Approved = false }), not},
		"approval not asked":    {desk(), session(func(v *Sight) { v.Approved = false }), permitted},
		"in its hours":          {desk(byDay(t)), session(at(6*time.Hour - time.Second)), permitted},
		"after its hours":       {desk(byDay(t)), session(at(6 * time.Hour)), not},
		"there at night":        {desk(byDay(t)), session(at(6*time.Hour), there), permitted},
		"lapsed in its hours":   {desk(byDay(t), ended), session(at(5 * time.Hour)), lapsed},
		"lapsed after them":     {desk(byDay(t), ended), session(at(6 * time.Hour)), not},
		"no ticket":             {desk(ticketed), session(), waiting},
		"whosever, no ticket":   {desk(whosever, ticketed), session(), not},
		"whosever, approved":    {desk(whosever, asked, ticketed), session(), waiting},
		"neither":               {desk(asked, ticketed), session(func(v *Sight) { v.Approved = false }), not},
		"hardware, no ticket":   {desk(ticketed, func(s *Sanction) { s.Tools = []string{"kvm.x"} }), session(func(v *Sight) { v.Tool, v.Rule = "", "kvm.x" }), not},
		"there without one":     {desk(ticketed), session(there), permitted},
		"with a ticket":         {desk(ticketed), session(window(0, 2*time.Hour, "desk", "d")), permitted},
		"from its first second": {desk(ticketed), session(window(time.Hour, 2*time.Hour, "desk", "d")), permitted},
		"a second early":        {desk(ticketed), session(window(time.Hour+time.Second, 2*time.Hour, "desk", "d")), waiting},
		"as the ticket ends":    {desk(ticketed), session(window(0, time.Hour, "desk", "d")), not},
		"long after a ticket":   {desk(ticketed), session(at(23*time.Hour), window(-3*time.Hour, -time.Hour, "desk", "d")), waiting},
		"the second of two":     {desk(ticketed), session(window(0, time.Minute, "desk", "d"), window(time.Hour, 2*time.Hour, "desk", "d")), permitted},
		"another's ticket":      {desk(ticketed), session(window(0, 2*time.Hour, "other", "d")), waiting},
		"another device's":      {desk(ticketed), session(window(0, 2*time.Hour, "desk", "c")), waiting},
		"lapsed, with ticket":   {desk(ticketed, ended), session(), lapsed},
		"all of it":             {desk(asked, ticketed, byDay(t)), session(window(0, 2*time.Hour, "desk", "d")), permitted},
	} {
		if got := weigh([]Sanction{test.sanction}, test.sight); got != test.want {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
	}
}

func TestWeighSeveral(t *testing.T) {
	theirs := desk(func(s *Sanction) { s.Name, s.Tenants = "theirs", []Tenant{{"p:theirs", "theirs"}} })
	over := desk(func(s *Sanction) { s.Name, s.ExpiresAt = "over", noon.Add(time.Minute) })
	for name, test := range map[string]struct {
		list  []Sanction
		sight Sight
		want  Permit
	}{
		"none":                                   {nil, session(), not},
		"the other permits it":                   {[]Sanction{desk(), theirs}, session(seen("p:theirs")), permitted},
		"each a part":                            {[]Sanction{desk(), theirs}, session(seen("p:ours", "p:theirs")), not},
		"neither":                                {[]Sanction{desk(), theirs}, session(seen("p:x")), foreign},
		"lapsed, and one in force":               {[]Sanction{over, desk()}, session(), permitted},
		"lapsed, and one of another tenant":      {[]Sanction{over, theirs}, session(), lapsed},
		"whosever tenant, under a condition":     {[]Sanction{desk(), desk(whosever, ticketed)}, session(seen("p:x")), not},
		"a version that followed a lapsed one":   {[]Sanction{over, desk(func(s *Sanction) { s.Version, s.StartsAt = 2, noon.Add(30*time.Minute) })}, session(), permitted},
		"between a lapsed one and the next":      {[]Sanction{over, desk(func(s *Sanction) { s.Version, s.StartsAt = 2, noon.Add(30*time.Minute) })}, session(at(10*time.Minute), there), lapsed},
		"a grant beside one of another tenant":   {[]Sanction{desk(), desk(whosever, func(s *Sanction) { s.Groups, s.Devices = nil, []string{"d"} })}, session(seen("p:x")), permitted},
		"a grant of yesterday, still being used": {[]Sanction{desk(whosever, func(s *Sanction) { s.ExpiresAt = noon.Add(time.Minute) })}, session(seen("p:x")), lapsed},
	} {
		if got := weigh(test.list, test.sight); got != test.want {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
	}
}

// Property: the order of sanctions, of tenants and of tickets changes nothing,
// at most one word is true, and one more sanction never takes a permission away.
func TestWeighDoesNotDependOnOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	counts := map[Permit]int{}
	for range 20000 {
		var list []Sanction
		for range r.IntN(6) {
			list = append(list, anySanction(r))
		}
		v := session(at(time.Duration(r.IntN(12))*time.Hour), seen(anyOf(r, "p:a", "p:b", "p:c")...), func(v *Sight) {
			v.Use, v.Approved, v.Group = r.IntN(2) == 0, r.IntN(2) == 0, anyOne(r, "helpdesk", "sales", "")
		}, window(0, time.Duration(r.IntN(12))*time.Hour, "a", "d"), window(0, time.Duration(r.IntN(12))*time.Hour, "b", "d"))
		want := Weigh(list, v)
		counts[Permit{Sanctioned: want.Sanctioned, Lapsed: want.Lapsed, ForeignTenant: want.ForeignTenant, Unticketed: want.Unticketed}]++
		r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		r.Shuffle(len(v.Tenants), func(i, j int) { v.Tenants[i], v.Tenants[j] = v.Tenants[j], v.Tenants[i] })
		r.Shuffle(len(v.Tickets), func(i, j int) { v.Tickets[i], v.Tickets[j] = v.Tickets[j], v.Tickets[i] })
		if got := Weigh(list, v); got != want {
			t.Fatalf("%+v in another order, %+v before: %+v in %+v", got, want, list, v)
		}
		if more := Weigh(append(list, anySanction(r)), v); want.Sanctioned && !more.Sanctioned {
			t.Fatalf("one more sanction forbids: %+v", list)
		}
		if want.Lapsed && want.Sanctioned || want.Lapsed && want.ForeignTenant || want.Sanctioned && want.ForeignTenant || want.Unticketed && (want.Sanctioned || want.Lapsed || want.ForeignTenant) {
			t.Fatalf("two words are true: %+v", want)
		}
	}
	if len(counts) != 5 {
		t.Errorf("not every outcome came up: %v", counts)
	}
}

func anySanction(r *rand.Rand) Sanction {
	return desk(func(s *Sanction) {
		s.Name, s.Groups, s.Tenants = anyOne(r, "a", "b", "c"), []string{anyOne(r, "helpdesk", "sales", AllWorkstations)}, nil
		s.StartsAt = noon.Add(time.Duration(r.IntN(6)) * time.Hour)
		s.ExpiresAt = s.StartsAt.Add(time.Duration(r.IntN(8)) * time.Hour)
		s.Conditions.ApprovedAtConsole, s.Conditions.Ticket = r.IntN(3) == 0, r.IntN(3) == 0
		for _, t := range anyOf(r, "p:a", "p:b", "p:c") {
			s.Tenants = append(s.Tenants, Tenant{t, t})
		}
	})
}

func anyOf(r *rand.Rand, list ...string) []string {
	r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list[:r.IntN(len(list)+1)]
}

func anyOne(r *rand.Rand, list ...string) string { return list[r.IntN(len(list))] }

func TestStanding(t *testing.T) {
	year := desk(func(s *Sanction) { s.ExpiresAt = noon.Add(LongestSanction) })
	for want, test := range map[string]struct {
		s  Sanction
		at time.Time
	}{
		"in_force":          {year, year.ExpiresAt.Add(-EndsSoon - time.Second)},
		"ends_soon":         {year, year.ExpiresAt.Add(-EndsSoon)},
		"ends_within_a_day": {year, year.ExpiresAt.Add(-EndsWithinDay)},
		"ended":             {year, year.ExpiresAt},
		"revoked":           {desk(func(s *Sanction) { s.RevokedAt = noon }), noon},
		"replaced":          {desk(func(s *Sanction) { s.ReplacedAt = noon }), noon},
	} {
		if got := test.s.Standing(test.at); got != want {
			t.Errorf("%s: %s", want, got)
		}
	}
	if got := desk(func(s *Sanction) { s.ExpiresAt = noon.Add(2 * time.Hour) }).Standing(noon); got != "in_force" {
		t.Errorf("a grant of two hours is %s", got)
	}
}

func TestPeople(t *testing.T) {
	for _, test := range []struct{ owner, approver, by, says string }{
		{"it@corp.example", "ciso@corp.example", "root", ""},
		{"", "ciso@corp.example", "root", "has an owner"},
		{"it@corp.example", "", "root", "has an approver"},
		{"it@corp.example", "IT@corp.example", "root", "somebody else approves"},
		{"it@corp.example", "root", "Root", "nobody approves what they bring"},
		{"it@corp.example", "ana@corp.example", "ana", "nobody approves what they bring"},
		{"it@corp.example", "ana@corp.example", "ana@other.example", ""},
		{strings.Repeat("x", 121), "ciso", "root", "has an owner"},
	} {
		err := desk(func(s *Sanction) { s.Owner, s.Approver = test.owner, test.approver }).ValidPeople(test.by)
		if test.says == "" && err != nil || test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says)) {
			t.Errorf("%+v: %v", test, err)
		}
	}
	s := desk(func(s *Sanction) { s.Owner, s.Approver = "it@corp.example", "ciso@corp.example" })
	for name, ok := range map[string]bool{"cfo@corp.example": true, "": false, "ciso": false, "it@corp.example": false, "root": false} {
		if err := s.ValidSecondApprover(name, "root"); (err == nil) != ok {
			t.Errorf("second approver %q: %v", name, err)
		}
	}
}

func TestChanges(t *testing.T) {
	before := desk(func(s *Sanction) { s.Tools = []string{"b", "a"} })
	same := desk(func(s *Sanction) { s.Tools = []string{"a", "b", "a"} })
	if lines := same.Changes(before); len(lines) != 0 {
		t.Errorf("the order of lists counts: %q", lines)
	}
	after := desk(ticketed, func(s *Sanction) { s.Tools, s.Groups = []string{"a", "b"}, nil })
	if got := strings.Join(after.Changes(before), "; "); got != "groups: helpdesk → nothing; ticket: nothing → required" {
		t.Errorf("changes: %s", got)
	}
}
