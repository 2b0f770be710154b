package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/types/known/timestamppb"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/api/apitest"
)

func detail() *consolev1.AlertDetail {
	at := timestamppb.New(apitest.Noon)
	return &consolev1.AlertDetail{
		Alert: &consolev1.Alert{Id: "a1", Subject: &consolev1.Subject{Kind: "device", Id: "d1", Name: "laptop\x1b[2J-7"}, Conclusion: "remotely_controlled",
			Level: "high", Score: 80, Title: "Remote-control hardware (an IP-KVM) is attached to this device and a longer title than fits", State: "in_progress",
			Assignee: "ana", OpenedAt: at, LastSeen: at},
		Why: strings.Repeat("evidence ", 40), Alternatives: "A bench.", Change: "Unplugging it.", NextStep: "Ask.",
		Ledger: []*consolev1.LedgerEntry{{Reason: "KVM", Points: 140, Rule: "c1"}, {Reason: "sanctioned", Points: -60, Rule: "s"}},
		Findings: []*consolev1.Finding{{Title: "USB", Status: "closed", Rule: "kvm.x", FirstSeen: at, LastSeen: at, Check: "lsusb -v",
			Evidence: []*consolev1.Observation{{Class: "usb_devices", Columns: map[string]string{"product": "a\nb", "port": "1"}}}}},
		Timeline: []*consolev1.TimelineEntry{{At: at, Kind: "comment", Text: "seen it", Actor: "ana"}},
	}
}

func TestThePageFitsTheScreen(t *testing.T) {
	for _, width := range []int{40, 80, 200} {
		p := &program{world: world{screen: screen{width: width}}}
		page := p.alertPage(detail())
		for _, line := range strings.Split(page, "\n") {
			if n := utf8.RuneCountInString(line); n > max(width, 60) {
				t.Errorf("at width %d a line has %d columns: %q", width, n, line)
			}
		}
		for _, want := range []string{"Why this fired", "What else explains it", "What would change the verdict", "Next step", "+140", "-60", "80  in all", "ana: seen it", "gone"} {
			if !strings.Contains(page, want) {
				t.Errorf("at width %d the page lacks %q:\n%s", width, want, page)
			}
		}
	}
}

func TestOnlyATerminalGetsColour(t *testing.T) {
	plain := (&program{}).alertPage(detail())
	if strings.Contains(plain, "\x1b") {
		t.Errorf("a pipe got an escape: %q", plain)
	}
	bright := (&program{world: world{screen: screen{width: 80, color: true}}}).alertPage(detail())
	if !strings.Contains(bright, "\x1b[1;31mHIGH 80\x1b[0m") || strings.Contains(bright, "\x1b[2J") {
		t.Errorf("colours are wrong, or a laptop's name repaints the screen: %q", bright)
	}
	if s := screenOf(os.Stdin, func(string) string { return "" }); s.color && s.width == 0 {
		t.Errorf("screen = %+v", s)
	}
}

// What comes and goes is told once, and whose it is stands beside it.
func TestTheSameThingOnOneLaptopIsToldOnce(t *testing.T) {
	at := func(h int) *timestamppb.Timestamp {
		return timestamppb.New(apitest.Noon.Add(time.Duration(h) * time.Hour))
	}
	one, two := &consolev1.Subject{Id: "d1", Name: "laptop-1"}, &consolev1.Subject{Id: "d2", Name: "laptop-2"}
	d := detail()
	d.Findings = []*consolev1.Finding{
		{Title: "Controlled", Rule: "r", Status: "closed", FirstSeen: at(2), LastSeen: at(3), Device: one},
		{Title: "Controlled", Rule: "r", Status: "closed", FirstSeen: at(0), LastSeen: at(1), Device: one},
		{Title: "Controlled", Rule: "r", Status: "open", FirstSeen: at(4), LastSeen: at(5), Device: one},
		{Title: "Controlled", Rule: "r", Status: "closed", FirstSeen: at(2), LastSeen: at(3), Device: two},
	}
	page := (&program{}).alertPage(d)
	for _, want := range []string{
		"its evidence begins 2026-11-25 12:00:00Z", "on laptop-1, gone; was there 2 times from 2026-11-25 12:00:00Z", "on laptop-1, there since 2026-11-25 16:00:00Z",
		"on laptop-2, gone; was there from",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
}

func TestPossibleLinksInTheSameWordsAreOneAndDaysAreSaidOnce(t *testing.T) {
	link := func(kind, from, to string, days int32, certain bool) *consolev1.SiteLink {
		return &consolev1.SiteLink{From: &consolev1.Subject{Id: from}, To: &consolev1.Subject{Id: to}, Kind: kind, Certain: certain, Days: days,
			Reason: fmt.Sprintf("Both were there on %d days.", days), LastSeen: timestamppb.New(apitest.Noon)}
	}
	m := &consolev1.GetSiteResponse{Site: &consolev1.Site{Id: "s", LinkKinds: []string{"tenant"}}, Links: []*consolev1.SiteLink{
		link("gateway", "a", "b", 6, true), link("gateway", "b", "c", 14, true), link("gateway", "a", "c", 14, true),
		link("gateway", "a", "x", 11, false), link("gateway", "x", "b", 11, false), link("gateway", "c", "x", 11, false), link("gateway", "c", "y", 6, false),
	}}
	page := (&program{}).sitePage(m)
	for _, want := range []string{"a, b, c: each with each\n    Both were there on 6 to 14 days.", "x, a, b, c: the first with each of the others", "  - c, y\n", "at no one place that is known; they have in common: account"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q:\n%s", want, page)
		}
	}
}

func TestAClosedAlertSaysWhatCanBeDone(t *testing.T) {
	d := detail()
	d.Alert.State, d.Alert.CloseReason = "closed", "security_test"
	page := (&program{}).alertPage(d)
	if !strings.Contains(page, "closed, with ana, as security_test") || !strings.Contains(page, "alerts reopen a1") {
		t.Errorf("page:\n%s", page)
	}
}

func TestTheLastColumnGoesBelow(t *testing.T) {
	p := &program{world: world{screen: screen{width: 20}}}
	got := p.table([]string{"id", "level", "title"}, [][]string{{"1", "high", "one that is far too long for it"}, {"2", "low", ""}})
	if want := "ID  LEVEL\n  TITLE\n1   high\n  one that is far too\n  long for it\n2   low\n"; got != want {
		t.Errorf("table:\n%s\nwant:\n%s", got, want)
	}
}

func TestATableOnANarrowScreenLeavesNothingOut(t *testing.T) {
	p := &program{world: world{screen: screen{width: 24}}}
	got := p.table([]string{"id", "level", "since", "who", "title"}, [][]string{
		{"0123-4567", "high", "2026-11-25T12:00:00Z", "", "a longer title than one line of this screen holds"},
		{"0123-4568", "low", "", "", ""},
	})
	want := "ID         LEVEL\n  SINCE\n  WHO\n  TITLE\n" +
		"0123-4567  high\n  2026-11-25T12:00:00Z\n  a longer title than\n  one line of this\n  screen holds\n" +
		"0123-4568  low\n"
	if got != want {
		t.Errorf("table:\n%s\nwant:\n%s", got, want)
	}
}

func TestTablesGiveWay(t *testing.T) {
	p := &program{world: world{screen: screen{width: 20}}}
	got := p.table([]string{"id", "title"}, [][]string{{"1", "a title that is far too long"}, {"22", "short\ttitle"}})
	for _, line := range strings.Split(got, "\n") {
		if utf8.RuneCountInString(line) > 20 {
			t.Errorf("too wide: %q", line)
		}
	}
	if !strings.Contains(got, "…") || !strings.Contains(got, "22  short title") {
		t.Errorf("table:\n%s", got)
	}
}

func TestParseEnd(t *testing.T) {
	for in, want := range map[string]time.Time{
		"2h":                   apitest.Noon.Add(2 * time.Hour),
		"30d":                  apitest.Noon.Add(30 * 24 * time.Hour),
		"2027-03-31":           time.Date(2027, 3, 31, 23, 59, 59, 0, time.UTC),
		"2027-03-31T18:00:00Z": time.Date(2027, 3, 31, 18, 0, 0, 0, time.UTC),
	} {
		if got, err := parseEnd(in, apitest.Noon); err != nil || !got.Equal(want) {
			t.Errorf("parseEnd(%s) = %v, %v", in, got, err)
		}
	}
	for _, bad := range []string{"", "soon", "-1d", "99999d", "2027-13-01"} {
		if _, err := parseEnd(bad, apitest.Noon); exitCode(err) != exitUsage {
			t.Errorf("parseEnd(%q) = %v", bad, err)
		}
	}
}

func TestWatchPrintsWhatChanges(t *testing.T) {
	r := apitest.New(t)
	r.Enrol("d1", "laptop")
	token := r.Token("ana", alert.Analyst)
	env := func(name string) string {
		return map[string]string{"FARMWATCH_URL": r.URL, "FARMWATCH_TOKEN": token}[name]
	}
	var out, errs strings.Builder
	done := make(chan int)
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	go func() {
		done <- execute(ctx, world{args: []string{"alerts", "watch", "--count", "1", "-o", "json"}, env: env, out: &out, err: &errs, now: time.Now})
	}()
	for listening := false; !listening && ctx.Err() == nil; listening = r.Watch.Listeners() > 0 {
		time.Sleep(5 * time.Millisecond)
	}
	r.Find("d1", "kvm.test", "u1", finding.Open)
	if code := <-done; code != 0 || strings.Count(out.String(), "\n") != 1 || !strings.Contains(out.String(), `"state":"new"`) {
		t.Errorf("watch exits with %d: %s%s", code, out.String(), errs.String())
	}
}

// An alert keeps the words of its strongest moment: it must say what of it is over.
func TestAnActiveAlertSaysWhatIsOver(t *testing.T) {
	d := detail()
	const over = "no longer there: USB"
	if page := (&program{}).alertPage(d); strings.Contains(page, over) {
		t.Errorf("an alert whose evidence is gone says it twice:\n%s", page)
	}
	d.Alert.Active = true
	if page := (&program{}).alertPage(d); !strings.Contains(page, over) {
		t.Errorf("the page does not say what is over:\n%s", page)
	}
}
