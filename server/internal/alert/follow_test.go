package alert

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

func assessment(level finding.Level, score int, uids string) catalogue.Assessment {
	a := catalogue.Assessment{Conclusion: finding.RemotelyControlled, Level: level, Score: score, Title: "A KVM is attached"}
	if uids != "" {
		a.Ledger = []catalogue.LedgerEntry{{Reason: "because", Points: score, Rule: "c1", Finding: uids}}
	}
	return a
}

// judgement makes one in which every uid of there is open and every uid of was is over.
func judgement(at time.Time, peak, now catalogue.Assessment, there, was string) Judgement {
	j := Judgement{DeviceID: "d", DeviceName: "laptop", Peak: peak, Present: now, At: at, Sightings: map[string]Sighting{}}
	for _, u := range strings.Fields(there) {
		j.Sightings[u] = Sighting{Title: "found " + u, From: at.Add(-time.Minute), Last: at}
	}
	for _, u := range strings.Fields(was) {
		j.Sightings[u] = Sighting{Title: "found " + u, From: at.Add(-time.Minute), To: at.Add(-time.Second), Last: at.Add(-time.Second)}
	}
	return j
}

func steady(at time.Time, level finding.Level, score int, uids string) Judgement {
	a := assessment(level, score, uids)
	return judgement(at, a, a, uids, "")
}

func quiet(at time.Time, was string) Judgement {
	none := assessment(finding.LevelNone, 0, "")
	return judgement(at, none, none, "", was)
}

func fixed(id string) func() string { return func() string { return id } }

func apply(past []Alert, cs []Change) []Alert {
	for _, c := range cs {
		i := slices.IndexFunc(past, func(a Alert) bool { return a.ID == c.Alert.ID })
		if i < 0 {
			past = append([]Alert{c.Alert}, past...)
		} else {
			past[i] = c.Alert
		}
	}
	return past
}

func texts(cs []Change) string {
	var s []string
	for _, c := range cs {
		for _, e := range c.Timeline {
			s = append(s, string(e.Kind)+": "+e.Text)
		}
	}
	return strings.Join(s, "\n")
}

func TestOpening(t *testing.T) {
	if cs := Follow(nil, steady(noon, finding.LevelWatch, 30, "x"), fixed("1")); cs != nil {
		t.Errorf("watch opened %v", cs)
	}
	cs := Follow(nil, steady(noon, finding.LevelMedium, 60, "y x"), fixed("1"))
	if len(cs) != 1 {
		t.Fatalf("%d changes", len(cs))
	}
	a := cs[0].Alert
	if a.ID != "1" || a.State != New || !a.Active || a.Score != 60 || a.Version != 1 || a.Title != "A KVM is attached" ||
		!slices.Equal(a.Findings, []string{"x", "y"}) || !a.OpenedAt.Equal(noon) || !a.LastSeen.Equal(noon) {
		t.Errorf("alert = %+v", a)
	}
	if got := texts(cs); !strings.Contains(got, "finding_opened: found x") || !strings.Contains(got, "Opened at level medium with 60 points") {
		t.Errorf("timeline:\n%s", got)
	}
}

func TestWhatHappenedWhileNobodyLookedOpensAnAlertThatIsNotActive(t *testing.T) {
	j := judgement(noon, assessment(finding.LevelHigh, 90, "x"), assessment(finding.LevelNone, 0, ""), "", "x")
	cs := Follow(nil, j, fixed("1"))
	if len(cs) != 1 || cs[0].Alert.Active || cs[0].Alert.Level != finding.LevelHigh || len(cs[0].Alert.Present) != 0 {
		t.Fatalf("changes = %+v", cs)
	}
	if got := texts(cs); !strings.Contains(got, "finding_closed: found x") || !strings.Contains(got, "stays for review") {
		t.Errorf("timeline:\n%s", got)
	}
}

func TestAnOpenAlertFollows(t *testing.T) {
	past := apply(nil, Follow(nil, steady(noon, finding.LevelMedium, 60, "x"), fixed("1")))
	later := noon.Add(time.Minute)
	cs := Follow(past, steady(later, finding.LevelMedium, 60, "x"), fixed("2"))
	if len(cs) != 1 || cs[0].Alert.Version != 1 || !cs[0].Alert.LastSeen.Equal(later) || len(cs[0].Timeline) != 0 {
		t.Errorf("the same again must move only LastSeen: %+v", cs)
	}
	cs = Follow(past, steady(later, finding.LevelHigh, 95, "x y"), fixed("2"))
	if a := cs[0].Alert; a.ID != "1" || a.Level != finding.LevelHigh || a.Version != 2 {
		t.Errorf("rise = %+v", a)
	}
	if got := texts(cs); !strings.Contains(got, "rose from medium to high") || !strings.Contains(got, "found y") {
		t.Errorf("timeline:\n%s", got)
	}
	past = apply(past, cs)
	cs = Follow(past, quiet(later, "x y"), fixed("3"))
	a := cs[0].Alert
	if a.Active || a.State != New || a.Level != finding.LevelHigh || a.Score != 95 || len(a.Assessment.Ledger) == 0 {
		t.Errorf("gone = %+v", a)
	}
	if got := texts(cs); !strings.Contains(got, "finding_closed: found y") || !strings.Contains(got, "stays for review") {
		t.Errorf("timeline:\n%s", got)
	}
	past = apply(past, cs)
	if cs = Follow(past, quiet(later, "x y"), fixed("3")); cs != nil {
		t.Errorf("nothing changed, yet %+v", cs)
	}
	cs = Follow(past, steady(later.Add(time.Hour), finding.LevelMedium, 60, "x"), fixed("3"))
	if got := texts(cs); !strings.Contains(got, "there again") || cs[0].Alert.Level != finding.LevelHigh {
		t.Errorf("back: %+v\n%s", cs[0].Alert, got)
	}
}

func closedAlert(id string, r Reason, at time.Time, active bool, findings ...string) Alert {
	return Alert{ID: id, DeviceID: "d", DeviceName: "laptop", Conclusion: finding.RemotelyControlled, State: Closed, CloseReason: r, ClosedAt: at,
		Active: active, Findings: findings, Level: finding.LevelHigh, Score: 90, Version: 5, Assignee: "ana"}
}

func TestAfterClosing(t *testing.T) {
	day := 24 * time.Hour
	tests := []struct {
		name string
		past []Alert
		uids string
		want string // "" nothing opens, "reopen ID", "new after ID"
	}{
		{"benign, same evidence", []Alert{closedAlert("1", BenignOwnEquipment, noon.Add(-day), true, "x", "y")}, "x y", ""},
		{"benign, less evidence", []Alert{closedAlert("1", BenignOwnEquipment, noon.Add(-day), false, "x", "y")}, "x", ""},
		{"benign, same evidence a year later", []Alert{closedAlert("1", FalsePositiveLogic, noon.Add(-365*day), false, "x")}, "x", ""},
		{"benign, new evidence", []Alert{closedAlert("1", SecurityTest, noon.Add(-day), true, "x")}, "x z", "new after 1"},
		{"true positive, evidence never went", []Alert{closedAlert("1", TruePositiveRemoteOperator, noon.Add(-day), true, "x")}, "x", ""},
		{"true positive, evidence came back", []Alert{closedAlert("1", TruePositiveRemoteOperator, noon.Add(-day), false, "x")}, "x", "reopen 1"},
		{"true positive, new evidence", []Alert{closedAlert("1", TruePositiveRemoteOperator, noon.Add(-day), true, "x")}, "z", "reopen 1"},
		{"true positive, 8 days later", []Alert{closedAlert("1", TruePositivePolicyViolation, noon.Add(-8*day), false, "x")}, "x", "new after 1"},
		{"true positive, still there after 8 days", []Alert{closedAlert("1", TruePositivePolicyViolation, noon.Add(-8*day), true, "x")}, "x", "new after 1"},
		{"duplicate, back", []Alert{closedAlert("1", Duplicate, noon.Add(-day), false, "x")}, "x", "reopen 1"},
		{"insufficient, back", []Alert{closedAlert("1", InsufficientEvidence, noon.Add(-day), false, "x")}, "x", "reopen 1"},
		{"an older decision speaks", []Alert{
			closedAlert("2", TruePositiveRemoteOperator, noon.Add(-day), false, "z"),
			closedAlert("1", BenignOwnEquipment, noon.Add(-3*day), false, "x"),
		}, "x", ""},
		{"the newer decision speaks", []Alert{
			closedAlert("2", TruePositiveRemoteOperator, noon.Add(-day), false, "x", "z"),
			closedAlert("1", BenignOwnEquipment, noon.Add(-3*day), false, "x"),
		}, "x", "reopen 2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			for _, c := range Follow(slices.Clone(tt.past), steady(noon, finding.LevelMedium, 60, tt.uids), fixed("9")) {
				switch {
				case c.Alert.ID == "9":
					got = "new after " + c.Alert.Previous
					if strings.Contains(tt.name, "8 days") && !strings.Contains(texts([]Change{c}), "8 days later the evidence is there") {
						t.Errorf("timeline: %s", texts([]Change{c}))
					}
				case c.Alert.State != Closed:
					got = "reopen " + c.Alert.ID
					if c.Alert.State != InProgress || c.Alert.Level != finding.LevelMedium || !strings.Contains(texts([]Change{c}), "closed as") {
						t.Errorf("reopened = %+v", c.Alert)
					}
				}
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAClosedAlertNotesThatItsEvidenceWent(t *testing.T) {
	past := []Alert{closedAlert("1", TruePositiveRemoteOperator, noon.Add(-time.Hour), true, "x")}
	cs := Follow(past, quiet(noon, "x"), fixed("9"))
	if len(cs) != 1 || cs[0].Alert.Active || cs[0].Alert.State != Closed || cs[0].Alert.Version != 6 {
		t.Fatalf("changes = %+v", cs)
	}
	if cs = Follow(apply(past, cs), quiet(noon, "x"), fixed("9")); len(cs) != 0 {
		t.Errorf("again: %+v", cs)
	}
}

// TestNothingBreaksTheRules lets chance judge, close and reopen, and holds
// every step to what must always be true.
func TestNothingBreaksTheRules(t *testing.T) {
	chance := rand.New(rand.NewPCG(1, 2))
	ana := Actor{"ana", Analyst}
	for round := range 200 {
		var past []Alert
		n := 0
		at := noon
		for range 60 {
			at = at.Add(time.Duration(chance.IntN(60*24)) * time.Minute)
			before := slices.Clone(past)
			if open := slices.IndexFunc(past, func(a Alert) bool { return a.State != Closed }); open >= 0 && chance.IntN(4) == 0 {
				c, err := Move{Action: Close, By: ana, At: at, Etag: past[open].Etag(), Reason: string(Reasons()[chance.IntN(9)]),
					Comment: "decided by chance in this test"}.Apply(past[open])
				if err != nil {
					t.Fatal(err)
				}
				past[open] = c.Alert
				continue
			}
			uids := []string{"x", "y", "x y", "z"}[chance.IntN(4)]
			j := steady(at, []finding.Level{finding.LevelMedium, finding.LevelHigh}[chance.IntN(2)], 50+chance.IntN(50), uids)
			if chance.IntN(3) == 0 {
				j = quiet(at, "x y z")
			}
			past = apply(past, Follow(past, j, func() string { n++; return strconv.Itoa(n) }))
			holdRules(t, round, before, past)
			if again := Follow(past, j, func() string { return "never" }); len(again) != 0 {
				t.Fatalf("round %d: the same judgement changed something twice: %+v", round, again)
			}
		}
	}
}

func holdRules(t *testing.T, round int, before, after []Alert) {
	t.Helper()
	open := 0
	for _, a := range after {
		if a.State != Closed {
			open++
		}
		i := slices.IndexFunc(before, func(b Alert) bool { return b.ID == a.ID })
		if i < 0 {
			continue
		}
		b := before[i]
		if b.State != Closed && (a.State != b.State || a.Level.Rank() < b.Level.Rank()) {
			t.Fatalf("round %d: a judgement moved or lowered an alert in review: %+v, then %+v", round, b, a)
		}
		if b.State == Closed && a.State == Closed && (!slices.Equal(a.Findings, b.Findings) || a.CloseReason != b.CloseReason) {
			t.Fatalf("round %d: a judgement changed a decision: %+v, then %+v", round, b, a)
		}
		if b.State == Closed && a.State != Closed && b.CloseReason.settles() {
			t.Fatalf("round %d: what a person settled was reopened: %+v", round, a)
		}
	}
	if open > 1 {
		t.Fatalf("round %d: %d alerts are open", round, open)
	}
}

// TestAnAlertKeepsTheNameOfItsSite: a site that nothing joins any more has none, and
// its alert is still about the one that was.
func TestAnAlertKeepsTheNameOfItsSite(t *testing.T) {
	j := steady(noon, finding.LevelHigh, 80, "u1")
	j.SiteID, j.SiteName = "s1", "home of 2"
	past := apply(nil, Follow(nil, j, fixed("a1")))
	gone := quiet(noon.Add(time.Hour), "u1")
	gone.SiteID = "s1"
	if past = apply(past, Follow(past, gone, fixed("a2"))); len(past) != 1 || past[0].Active || past[0].SiteName != "home of 2" {
		t.Errorf("alerts after the site is gone: %+v", past)
	}
}

func TestALedgerIsOfWhatIsThereNow(t *testing.T) {
	past := apply(nil, Follow(nil, steady(noon, finding.LevelHigh, 100, "display name"), fixed("1")))
	// More evidence gives another ledger of the same level and fewer points.
	fuller := assessment(finding.LevelHigh, 80, "display name usb")
	for minute := range 3 {
		j := judgement(noon.Add(time.Duration(minute+1)*time.Minute), assessment(finding.LevelHigh, 100, "display name"), fuller, "display name usb", "")
		past = apply(past, Follow(past, j, fixed("2")))
		if a := past[0]; a.Level != finding.LevelHigh || a.Score != 80 || !slices.Equal(a.Assessment.Ledger, fuller.Ledger) {
			t.Fatalf("minute %d: level %s, score %d, ledger %v; want the present one", minute+1, a.Level, a.Score, a.Assessment.Ledger)
		}
	}
	version := past[0].Version
	weaker := judgement(noon.Add(time.Hour), assessment(finding.LevelMedium, 50, "usb"), assessment(finding.LevelMedium, 50, "usb"), "usb", "display name")
	past = apply(past, Follow(past, weaker, fixed("2")))
	if a := past[0]; a.Level != finding.LevelHigh || !slices.Equal(a.Assessment.Ledger, fuller.Ledger) {
		t.Errorf("with weaker evidence the alert shows %s and %v, want what it stands for", a.Level, a.Assessment.Ledger)
	}
	if past[0].Version == version {
		t.Error("evidence went and the etag stayed")
	}
}

func TestAnAlertThatGrowsWithoutEndIsBounded(t *testing.T) {
	at := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	var past []Alert
	for round := range 8 {
		var list []string
		for i := range 1000 {
			list = append(list, strconv.Itoa(round*1000+i))
		}
		past = apply(past, Follow(past, steady(at.Add(time.Duration(round)*time.Minute), finding.LevelHigh, 80, strings.Join(list, " ")), fixed("a")))
	}
	if n := len(past[0].Findings); len(past) != 1 || n != mostFindings || !slices.IsSorted(past[0].Findings) {
		t.Errorf("%d alerts, %d findings; want one with %d, sorted", len(past), n, mostFindings)
	}
}
