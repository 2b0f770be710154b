package report_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/api/apitest"
	"github.com/farmwatch/farmwatch/server/internal/report"
	"github.com/farmwatch/farmwatch/server/internal/roster"
	"github.com/farmwatch/farmwatch/server/internal/site"
)

// packOf makes a pack on a collector and reads its files.
func packOf(t *testing.T, r *apitest.Rig, period string) map[string]string {
	t.Helper()
	m := report.NewMaker(r.Store, apitest.Catalogue(), "v1", r.Now)
	var b bytes.Buffer
	if _, err := m.Create(t.Context(), period, "ed", &b); err != nil {
		t.Fatal(err)
	}
	if _, err := report.Verify(bytes.NewReader(b.Bytes()), int64(b.Len())); err != nil {
		t.Fatal(err)
	}
	return open(t, b.Bytes())
}

// column gives the cells of some columns of a table, joined by spaces, row by row, sorted.
func column(t *testing.T, text string, names ...string) []string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, row := range rows[1:] {
		var cells []string
		for _, name := range names {
			i := slices.Index(rows[0], name)
			if i < 0 {
				t.Fatalf("there is no column %s in %v", name, rows[0])
			}
			cells = append(cells, row[i])
		}
		list = append(list, strings.Join(cells, " "))
	}
	slices.Sort(list)
	return list
}

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n got %q\nwant %q", what, got, want)
	}
}

func decide(t *testing.T, r *apitest.Rig, id string, d alert.Decision, comment string) {
	t.Helper()
	if _, err := r.Store.DecideNotice(t.Context(), id, func(n alert.Notice) (alert.Notice, error) {
		return n.Decide(alert.Actor{Name: "ana", Role: alert.Analyst}, d, comment, r.Now().UTC())
	}); err != nil {
		t.Fatal(err)
	}
}

func take(t *testing.T, r *apitest.Rig, label string, groups ...string) {
	t.Helper()
	text := "group,kind\n"
	for _, g := range groups {
		text += g + ",staging\n"
	}
	entries, err := roster.Read(roster.Groups, label+".csv", "", []byte(text), roster.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Store.ReplaceImport(t.Context(), roster.Import{Kind: roster.Groups, Label: label, By: "root", At: r.Now().UTC()}, entries, nil); err != nil {
		t.Fatal(err)
	}
}

// farm is a collector at noon with a site of three laptops, one of them driven, and a
// notice of twenty others that somebody expected.
func farm(t *testing.T) (r *apitest.Rig, notice string) {
	t.Helper()
	r = apitest.New(t)
	for i, name := range []string{"driven", "beside", "maybe"} {
		r.Enrol(fmt.Sprintf("d%d", i+1), name)
		r.Report(fmt.Sprintf("d%d", i+1), finding.Report{At: r.Now()})
	}
	r.Find("d1", "kvm.test", "u1", finding.Open)
	r.Site("s1", "home of 2", site.Home, "d1", "d2", "?d3")
	take(t, r, "benches", "bench")
	r.Rollout(20, "tool.anydesk.running")
	r.Notice()
	list, err := r.Store.Notices(t.Context())
	if err != nil || len(list) != 1 {
		t.Fatalf("notices = %v, %v", list, err)
	}
	decide(t, r, list[0].ID, alert.Expected, "the provider moves, change 4711")
	return r, list[0].ID
}

func TestAPackOfARunningPeriod(t *testing.T) {
	r, notice := farm(t)
	period := r.Now().Format("2006-01")
	files := packOf(t, r, period)
	got := column(t, files["assessments.csv"], "subject_kind", "subject", "conclusion", "basis", "level", "score")
	for _, want := range []string{
		"device driven remotely_controlled kept high 80", "device beside remotely_controlled kept none 0", "device rolled-07 remotely_controlled kept medium 50",
		"site home of 2 in_farm kept medium 60",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("assessments lack %q: %q", want, got)
		}
	}
	same(t, "sites", column(t, files["sites.csv"], "site_id", "place_kind", "declared", "people", "devices", "possible_devices"), "s1 home false 2 2 1")
	same(t, "members", column(t, files["site_members.csv"], "device", "certain", "person"), "driven true p1", "beside true p2", "maybe false p3")
	same(t, "links", column(t, files["site_links.csv"], "from", "to", "certain", "kind"), "driven beside true gateway", "driven maybe false network", "beside maybe false network")
	same(t, "notices", column(t, files["notices.csv"], "notice_id", "devices", "decision", "decided_by", "comment"), notice+" 20 expected ana the provider moves, change 4711")
	if n := len(column(t, files["notice_devices.csv"], "device")); n != 20 {
		t.Errorf("the notice has %d laptops", n)
	}
	same(t, "context", column(t, files["context.csv"], "kind", "label", "state", "rows"),
		"groups benches imported 1", "devices  not_imported 0", "docks  not_imported 0", "leave  not_imported 0", "people  not_imported 0", "tickets  not_imported 0", "travel  not_imported 0")
	if !slices.ContainsFunc(column(t, files["alerts.csv"], "site_id", "site", "device", "conclusion"), func(row string) bool { return row == "s1 home of 2 driven in_farm" }) {
		t.Errorf("no alert names its site:\n%s", files["alerts.csv"])
	}
	if !strings.Contains(files["README.txt"], "The period was not over") {
		t.Error("README does not say that the period was not over")
	}
}

// What came after a period is not in its pack: neither as its verdict nor as its decision.
func TestAPackOfAPeriodThatIsOver(t *testing.T) {
	r, notice := farm(t)
	period := r.Now().Format("2006-01")
	r.Enrol("d8", "removed")
	r.Find("d8", "kvm.test", "u8", finding.Open)
	if _, err := r.Store.RemoveDevice(t.Context(), "d8", "root", r.Now().UTC()); err != nil {
		t.Fatal(err)
	}
	r.Pass(20 * 24 * time.Hour)
	if r.Now().Format("2006-01") == period {
		t.Fatal("the period is not over")
	}
	r.Find("d1", "tool.anydesk.running", "u1-later", finding.Open)
	r.Find("d2", "kvm.test", "u2", finding.Open)
	r.Enrol("d9", "later")
	r.Find("d9", "kvm.test", "u9", finding.Open)
	r.Site("s2", "home of 3", site.Home, "d1", "d2", "d9") // since 20 days, as the other was
	decide(t, r, notice, alert.Unexpected, "nobody at the provider knows of it")
	take(t, r, "benches", "bench", "another")
	take(t, r, "later", "third")
	r.Find("r7", "tool.anydesk.running", "u-r7", finding.Closed)

	files := packOf(t, r, period)
	got := column(t, files["assessments.csv"], "subject", "conclusion", "basis", "level", "score")
	for _, want := range []string{
		"driven remotely_controlled judged_anew high 80", "beside remotely_controlled judged_anew none 0",
		"rolled-06 remotely_controlled kept medium 50", "removed remotely_controlled judged_anew high 80", "rolled-07 remotely_controlled judged_anew medium 50",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("assessments lack %q: %q", want, got)
		}
	}
	same(t, "notices", column(t, files["notices.csv"], "notice_id", "devices", "decision", "comment"), notice+" 20 expected the provider moves, change 4711")
	imported := slices.DeleteFunc(column(t, files["context.csv"], "state", "kind", "label", "rows", "imported_by"), func(row string) bool { return strings.HasPrefix(row, "not_") })
	same(t, "context", imported, "imported groups benches 1 root")
	if !strings.Contains(files["README.txt"], "Earlier drawings of sites are not kept") || !strings.Contains(files["README.txt"], "not kept 2.") {
		t.Errorf("README does not say what could not be had:\n%s", files["README.txt"])
	}
	// Of the site that is gone, and of how the other one stood, nothing is kept; what came since is not told as if it had been.
	if !slices.Contains(got, "home of 2 in_farm not_kept  ") || !slices.Contains(got, "home of 3 in_farm not_kept  ") {
		t.Errorf("assessments do not say which sites' are not kept: %q", got)
	}
	same(t, "sites", column(t, files["sites.csv"], "site", "state", "place_kind", "devices"), "home of 2 gone  0", "home of 3 joined home 3")
}
