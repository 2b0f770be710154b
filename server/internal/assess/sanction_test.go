package assess

import (
	"slices"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// tools is a catalogue of a remote-access tool and a tunnel.
func tools() *catalogue.Catalogue {
	rule := func(tool, state, class string, tier int) catalogue.Rule {
		return catalogue.Rule{ID: "tool." + tool + "." + state, Title: tool + " " + state, Status: "stable", Severity: finding.SeverityHigh,
			Confidence: finding.ConfidenceHigh, Tier: tier, Group: "tool", Class: class, Tool: tool, State: state}
	}
	return &catalogue.Catalogue{
		Tools: []catalogue.Tool{{ID: "anydesk"}, {ID: "ngrok"}},
		Rules: []catalogue.Rule{
			rule("anydesk", "running", "processes", 2), rule("anydesk", "tenant", "remote_access", 4), rule("anydesk", "unattended", "remote_access", 3),
			rule("anydesk", "controlled", "remote_sessions", 2), rule("anydesk", "controlled", "process_open_sockets", 2),
			rule("anydesk", "entered", "remote_sessions", 3), rule("anydesk", "visited", "remote_sessions", 3), rule("ngrok", "running", "processes", 2),
		},
		Scale: catalogue.Scale{Watch: 20, Medium: 50, High: 80, Tier: map[int]int{2: 50}, TierCap: map[int]int{2: 100}},
	}
}

// tool is a stretch from noon on during which a rule held, with one row.
func tool(rule, class string, from, to time.Duration, columns ...string) device.Spell {
	row := finding.Observation{Class: class, UID: "r", Columns: map[string]string{}}
	for i := 0; i+1 < len(columns); i += 2 {
		row.Columns[columns[i]] = columns[i+1]
	}
	end, received := time.Time{}, noon.Add(from)
	if to != 0 {
		end, received = noon.Add(to), noon.Add(to)
	}
	s := spell(catalogue.Rule{ID: rule, Title: rule}, rule+class+from.String(), noon.Add(from), end, received)
	s.Finding.Evidence = []finding.Observation{row}
	return s
}

func tenant(from, to time.Duration, name string) device.Spell {
	return tool("tool.anydesk.tenant", "remote_access", from, to, "tenant", name)
}

func logged(state string, from, to time.Duration, approval string) device.Spell {
	return tool("tool.anydesk."+state, "remote_sessions", from, to, "approval", approval)
}

func socket(from, to time.Duration) device.Spell {
	return tool("tool.anydesk.controlled", "process_open_sockets", from, to)
}

func running(from, to time.Duration) device.Spell {
	return tool("tool.anydesk.running", "processes", from, to)
}

func permit(edit func(*alert.Sanction)) alert.Sanction {
	s := alert.Sanction{Name: "desk", Tools: []string{"anydesk", "ngrok"}, Groups: []string{alert.AllWorkstations},
		StartsAt: noon.Add(-24 * time.Hour), ExpiresAt: noon.Add(24 * time.Hour)}
	edit(&s)
	return s
}

func TestWhatIsSeenBesideAFinding(t *testing.T) {
	const h, m = time.Hour, time.Minute
	asked := func(s *alert.Sanction) { s.Conditions.ApprovedAtConsole = true }
	ours := func(s *alert.Sanction) { s.Tenants = []alert.Tenant{{Pseudonym: "p:ours"}} }
	ticket := func(s *alert.Sanction) { s.Conditions.Ticket = true }
	yes, no, foreign := alert.Permit{Sanctioned: true}, alert.Permit{}, alert.Permit{ForeignTenant: true}
	for name, test := range map[string]struct {
		edit  func(*alert.Sanction)
		spell device.Spell // judged
		at    time.Duration
		also  []device.Spell
		want  alert.Permit
	}{
		"our tenant":                          {ours, running(0, 0), h, []device.Spell{tenant(0, 0, "p:ours")}, yes},
		"another's":                           {ours, running(0, 0), h, []device.Spell{tenant(0, 0, "p:x")}, foreign},
		"one of two is another's":             {ours, running(0, 0), h, []device.Spell{tenant(0, 0, "p:ours"), tenant(0, 0, "p:x")}, foreign},
		"another's, gone long before":         {ours, running(0, 0), h, []device.Spell{tenant(-h, 0-m, "p:x"), tenant(0, 0, "p:ours")}, yes},
		"none seen":                           {ours, running(0, 0), h, nil, no},
		"one seen only later":                 {ours, running(0, 0), h, []device.Spell{tenant(2*h, 0, "p:ours")}, no},
		"one told of a little later":          {ours, running(0, 0), 0, []device.Spell{tenant(5*m, 0, "p:ours")}, yes},
		"one that could not be read":          {ours, running(0, 0), h, []device.Spell{tool("tool.anydesk.tenant", "remote_access", 0, 0)}, no},
		"of another tool":                     {ours, tool("tool.ngrok.running", "processes", 0, 0), h, []device.Spell{tenant(0, 0, "p:ours")}, no},
		"the tenant itself":                   {ours, tenant(0, 0, "p:ours"), h, nil, yes},
		"a session that was agreed to":        {asked, logged("controlled", 0, 0, "person"), h, nil, yes},
		"one by password":                     {asked, logged("controlled", 0, 0, "password"), h, nil, no},
		"one of which it is not known":        {asked, logged("visited", 0, 0, "unknown"), h, nil, no},
		"one that is over":                    {asked, logged("visited", 0, 0, "person"), h, nil, yes},
		"somebody came in":                    {asked, logged("entered", 0, 0, "person"), h, nil, no},
		"somebody could":                      {asked, tool("tool.anydesk.unattended", "remote_access", 0, 0), h, nil, no},
		"a connection without a log":          {asked, socket(0, 0), h, nil, no},
		"just before it is agreed to":         {asked, socket(0, 0), m, nil, yes},
		"agreed to a minute after":            {asked, socket(0, 0), 0, []device.Spell{logged("controlled", m, 0, "person")}, yes},
		"a connection that was":               {asked, socket(0, 0), h, []device.Spell{logged("controlled", m, 0, "person")}, yes},
		"and another that was not":            {asked, socket(0, 0), h, []device.Spell{logged("controlled", m, 0, "person"), logged("controlled", 2*m, 0, "password")}, no},
		"there, and nobody is in":             {asked, running(0, 0), h, nil, yes},
		"there, and somebody is, by password": {asked, running(0, 0), h, []device.Spell{logged("controlled", 0, 0, "password")}, no},
		"there, and somebody was":             {asked, running(0, 0), 3 * h, []device.Spell{logged("controlled", 0, h, "password")}, yes},
		"there, without a ticket":             {ticket, running(0, 0), h, nil, yes},
		"a session without one":               {ticket, logged("controlled", 0, 0, "person"), h, nil, no},
		"a tunnel is used while it runs":      {ticket, tool("tool.ngrok.running", "processes", 0, 0), h, nil, no},
	} {
		p := laptop(append([]device.Spell{test.spell}, test.also...)...)
		p.Sanctions = []alert.Sanction{permit(test.edit)}
		p.Spells = onOwnEvidence(tools(), p.Spells)
		for range 2 { // in either order
			i := slices.IndexFunc(p.Spells, func(s device.Spell) bool { return s.Finding.UID == test.spell.Finding.UID })
			if got := newPermits(tools(), p).of(p.Spells[i], noon.Add(test.at)); got != test.want {
				t.Errorf("%s: %+v, want %+v", name, got, test.want)
			}
			slices.Reverse(p.Spells)
		}
	}
}

// A session is told of for a day after it: what was permitted when it was seen
// stays so when its ticket, its hours or the sanction have ended, and what was not does not become so.
func TestASessionThatIsOverIsWeighedWhenItWasSeen(t *testing.T) {
	const h = time.Hour
	c := tools()
	for name, test := range map[string]struct {
		edit func(*alert.Sanction)
		want alert.Permit
	}{
		"its ticket has closed":   {func(s *alert.Sanction) { s.Conditions.Ticket = true }, alert.Permit{Sanctioned: true}},
		"its hours are over":      {func(s *alert.Sanction) { s.Conditions.Hours = day(t) }, alert.Permit{Sanctioned: true}},
		"the sanction has ended":  {func(s *alert.Sanction) { s.ExpiresAt = noon.Add(2 * h) }, alert.Permit{Sanctioned: true}},
		"it was revoked since":    {func(s *alert.Sanction) { s.RevokedAt = noon.Add(2 * h) }, alert.Permit{Sanctioned: true}},
		"granted only afterwards": {func(s *alert.Sanction) { s.StartsAt = noon.Add(2 * h) }, alert.Permit{}},
		"it had ended before":     {func(s *alert.Sanction) { s.ExpiresAt = noon }, alert.Permit{Lapsed: true, LapsedAt: noon}},
	} {
		p := laptop(logged("entered", h, 0, "password"), logged("visited", h, 25*h, "person"))
		p.Sanctions = []alert.Sanction{permit(test.edit)}
		p.Tickets = []alert.Window{{Sanction: "desk", Device: p.Device.ID, From: noon, To: noon.Add(2 * h)}}
		p.Spells = onOwnEvidence(c, p.Spells)
		for _, s := range p.Spells {
			for _, at := range []time.Duration{h, 20 * h, 25 * h} {
				if got := newPermits(c, p).of(s, noon.Add(at)); got != test.want {
					t.Errorf("%s: %s after %s is %+v, want %+v", name, s.Finding.Rule, at, got, test.want)
				}
			}
		}
		if v := Judge(c, p, noon.Add(26*h), ids()); test.want.Sanctioned && len(v.Alerts) != 0 {
			t.Errorf("%s: alerts %+v", name, v.Alerts)
		}
	}
}

// A laptop that was shut in time tells nothing of what comes after: neither the
// evening, nor the end of a ticket or of the sanction, makes a session of its sleep.
func TestALaptopThatSleepsIsWeighedAsItWasHeard(t *testing.T) {
	const h = time.Hour
	for name, edit := range map[string]func(*alert.Sanction){
		"a ticket":   func(s *alert.Sanction) { s.Conditions.Ticket = true },
		"hours":      func(s *alert.Sanction) { s.Conditions.Hours = day(t) },
		"a sanction": func(s *alert.Sanction) { s.ExpiresAt = noon.Add(6 * h) },
	} {
		for heard, permitted := range map[time.Duration]bool{5 * h: true, 6 * h: false, 7 * h: false} {
			p := laptop(logged("controlled", h, 0, "person"))
			p.Device.LastSeen = noon.Add(heard)
			p.Sanctions = []alert.Sanction{permit(edit)}
			p.Tickets = []alert.Window{{Sanction: "desk", Device: p.Device.ID, From: noon, To: noon.Add(6 * h)}}
			if v := Judge(tools(), p, noon.Add(7*h), ids()); len(v.Alerts) == 0 != permitted {
				t.Errorf("%s, heard until %s: alerts %+v", name, heard, v.Alerts)
			}
		}
	}
	// What is permitted from now on is so at once.
	p := laptop(logged("controlled", h, 0, "person"))
	p.Device.LastSeen = noon.Add(2*h - time.Minute)
	p.Sanctions = []alert.Sanction{permit(func(s *alert.Sanction) { s.StartsAt = noon.Add(2 * h) })}
	if got := newPermits(tools(), p).of(p.Spells[0], noon.Add(2*h)); !got.Sanctioned {
		t.Errorf("a sanction of this minute: %+v", got)
	}
}

func day(t *testing.T) alert.Hours {
	t.Helper()
	h, err := alert.ParseHours("Mon-Sun 08:00-18:00 UTC")
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestAChangeOfGroupCountsFromThenOn(t *testing.T) {
	p := laptop(running(-3*time.Hour, 0))
	p.Sanctions = []alert.Sanction{permit(func(s *alert.Sanction) { s.Groups = []string{"helpdesk"} })}
	p.Groups = []device.Membership{{Group: "sales", Since: noon.Add(-9 * time.Hour)}, {Group: "helpdesk", Since: noon.Add(-2 * time.Hour)}, {Group: "", Since: noon.Add(-time.Hour)}}
	p.Device.Group = ""
	for ago, want := range map[time.Duration]bool{3 * time.Hour: false, 2*time.Hour + time.Second: false, 2 * time.Hour: true, time.Hour + time.Second: true, time.Hour: false, 0: false} {
		if got := newPermits(tools(), p).of(p.Spells[0], noon.Add(-ago)); got.Sanctioned != want {
			t.Errorf("%s ago: %+v", ago, got)
		}
	}
	p.Groups = nil
	if m := newPermits(tools(), p); len(m.about) != 0 {
		t.Error("a sanction for a group that the device never was in is looked at")
	}
}

func TestALapseIsOneAlertAndNeverOfThePast(t *testing.T) {
	c := tools()
	p := laptop(running(-time.Hour, 0))
	p.Sanctions = []alert.Sanction{permit(func(s *alert.Sanction) { s.ExpiresAt = noon })}
	judge := func(at time.Time) {
		t.Helper()
		v := Judge(c, p, at, ids())
		p.Standings, p.Seen = v.Standings, v.Seen
		for _, change := range v.Alerts {
			p.Alerts = append(slices.DeleteFunc(p.Alerts, func(a alert.Alert) bool { return a.ID == change.Alert.ID }), change.Alert)
		}
	}
	judge(noon.Add(-time.Second))
	if len(p.Alerts) != 0 {
		t.Fatalf("while it was permitted: %+v", p.Alerts)
	}
	h := history(p, newPermits(c, p), noon)
	if s := h.Spells[0]; !s.Lapsed || s.Sanctioned {
		t.Fatalf("as it ends: %+v", s)
	}
	judge(noon)
	judge(noon.Add(time.Minute))
	if len(p.Alerts) != 1 || p.Alerts[0].OpenedAt != noon {
		t.Fatalf("as it ended: %+v", p.Alerts)
	}
	// Closed because it is permitted, before it no longer was: that is no answer to the lapse.
	p.Alerts[0].State, p.Alerts[0].CloseReason, p.Alerts[0].ClosedAt, p.Alerts[0].Active = alert.Closed, alert.BenignSanctioned, noon.Add(-time.Hour), false
	p.Alerts[0].ID = "earlier"
	judge(noon.Add(time.Minute))
	if len(p.Alerts) != 2 {
		t.Fatalf("closed before the lapse: %+v", p.Alerts)
	}
	// Closed after it, it is.
	p.Alerts = p.Alerts[1:]
	p.Alerts[0].State, p.Alerts[0].CloseReason, p.Alerts[0].ClosedAt, p.Alerts[0].Active = alert.Closed, alert.BenignSanctioned, noon.Add(time.Hour), false
	judge(noon.Add(2 * time.Hour))
	if len(p.Alerts) != 1 {
		t.Errorf("closed after the lapse: %+v", p.Alerts)
	}
	// What was over while it was permitted stays permitted, whenever it is looked at.
	over := laptop(running(-2*time.Hour, -time.Hour))
	over.Sanctions = p.Sanctions
	if v := Judge(c, over, noon.Add(3*time.Hour), ids()); len(v.Alerts) != 0 {
		t.Errorf("the past was told again: %+v", v.Alerts)
	}
}

func TestForesee(t *testing.T) {
	c := tools()
	p := laptop(running(-3*time.Hour, -2*time.Hour), logged("controlled", -3*time.Hour, -2*time.Hour, "password"), tool("tool.ngrok.running", "processes", -time.Hour, 0))
	v := Judge(c, p, noon, ids())
	p.Alerts = opened(v)
	if len(p.Alerts) != 1 {
		t.Fatalf("alerts %+v", p.Alerts)
	}
	only := func(tools ...string) alert.Sanction {
		return permit(func(s *alert.Sanction) { s.Tools, s.Conditions.Ticket = tools, true })
	}
	for name, test := range map[string]struct {
		draft  alert.Sanction
		found  int
		hidden int
	}{
		"one of two tools":       {only("anydesk"), 2, 0},
		"both":                   {only("anydesk", "ngrok"), 3, 1},
		"another group":          {permit(func(s *alert.Sanction) { s.Groups = []string{"sales"} }), 0, 0},
		"only what is agreed to": {permit(func(s *alert.Sanction) { s.Conditions.ApprovedAtConsole = true }), 1, 0}, // the session by password alarmed too
	} {
		if f := Foresee(c, p, test.draft, noon); f.Findings != test.found || len(f.Hidden) != test.hidden {
			t.Errorf("%s: %d findings, %d alerts", name, f.Findings, len(f.Hidden))
		}
	}
	p.Sanctions = []alert.Sanction{permit(func(s *alert.Sanction) { s.Tools = []string{"ngrok"} })}
	if f := Foresee(c, p, only("anydesk", "ngrok"), noon); f.Findings != 2 {
		t.Errorf("what is permitted already is counted: %+v", f)
	}
}

// What hides an alert may not be divided among two sanctions of which neither does.
func TestForeseeLooksAtWhatElseIsPermitted(t *testing.T) {
	c := tools()
	p := laptop(running(-time.Hour, 0), tool("tool.ngrok.running", "processes", -time.Hour, 0))
	p.Alerts = opened(Judge(c, p, noon, ids()))
	only := func(tools ...string) alert.Sanction { return permit(func(s *alert.Sanction) { s.Tools = tools }) }
	if f := Foresee(c, p, only("anydesk"), noon); len(p.Alerts) != 1 || len(f.Hidden) != 0 {
		t.Fatalf("alerts %+v, hidden %+v", p.Alerts, f.Hidden)
	}
	half := only("ngrok")
	half.Name = "half"
	if f := Foresee(c, p, only("anydesk"), noon, half); f.Findings != 1 || len(f.Hidden) != 1 {
		t.Errorf("two halves of one file hide nothing: %+v", f)
	}
	half.StartsAt = noon.Add(-time.Minute) // when all was seen
	for name, test := range map[string]struct {
		edit   func(*alert.Sanction)
		tools  []string
		hidden int
	}{
		"the other half is in force":       {func(*alert.Sanction) {}, []string{"anydesk"}, 1},
		"it is a grant, which will end":    {func(s *alert.Sanction) { s.Ticket = "INC-1" }, []string{"anydesk"}, 0},
		"a grant of it hides nothing more": {func(s *alert.Sanction) { s.Ticket, s.Tools = "INC-1", []string{"anydesk", "ngrok"} }, []string{"anydesk", "ngrok"}, 1},
		"the version before was narrower":  {func(s *alert.Sanction) { s.Name = "desk" }, []string{"anydesk"}, 0},
	} {
		s := half
		test.edit(&s)
		p.Sanctions = []alert.Sanction{s}
		if f := Foresee(c, p, only(test.tools...), noon); len(f.Hidden) != test.hidden {
			t.Errorf("%s: %d alerts", name, len(f.Hidden))
		}
	}
}

func TestWitnesses(t *testing.T) {
	got := Witnesses([]alert.Sanction{
		{Tools: []string{"kvm.test"}, Where: []alert.Condition{{Column: "a", Value: "b"}}}, {Tools: []string{"a", "tool.b.running"}, Tenants: []alert.Tenant{{}}},
		{Tools: []string{"a"}, Conditions: alert.Conditions{ApprovedAtConsole: true}}, {Tools: []string{"c"}},
	})
	want := []string{"kvm.test", "tool.a.controlled", "tool.a.entered", "tool.a.tenant", "tool.a.visited", "tool.b.tenant"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// BenchmarkPermits judges the busiest device there may be: two thousand spells
// of one tool, each with a tenant or a session beside it.
func BenchmarkPermits(b *testing.B) {
	c, p := tools(), laptop()
	for i := range 500 {
		from, to := time.Duration(-i-1)*10*time.Minute, time.Duration(-i-1)*10*time.Minute+9*time.Minute
		p.Spells = append(p.Spells, running(from, to), tenant(from, to, "p:ours"), logged("controlled", from, to, "person"), socket(from, to))
	}
	p.Sanctions = []alert.Sanction{permit(func(s *alert.Sanction) {
		s.Tenants, s.Conditions.ApprovedAtConsole = []alert.Tenant{{Pseudonym: "p:ours"}}, true
	})}
	for b.Loop() {
		if v := Judge(c, p, noon, ids()); len(v.Alerts) != 0 {
			b.Fatalf("alerts %+v", v.Alerts)
		}
	}
}
