package report_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/audit"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/presence"
	"github.com/farmwatch/farmwatch/server/internal/report"
	"github.com/farmwatch/farmwatch/server/internal/roster"
	"github.com/farmwatch/farmwatch/server/internal/site"
)

var (
	noon  = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	about = report.About{
		Period: report.Period{Name: "2026-11", From: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)},
		AsOf:   noon, Version: "v1", Revision: "rev",
	}
)

func snapshot() report.Snapshot {
	return report.Snapshot{
		Devices: []device.Device{
			{ID: "d2", Name: "=HYPERLINK(\"http://evil\")", OS: "linux", EnrolledAt: noon.Add(-48 * time.Hour), ClockOffset: -1500 * time.Millisecond},
			{ID: "d1", Name: "laptop, \"seven\"", OS: "linux", EnrolledAt: noon.Add(-100 * 24 * time.Hour), LastSeen: noon},
		},
		Coverage: []device.CoverageDay{
			{DeviceID: "d1", Class: "usb_devices", Day: "2026-11-24", Worst: "failed", Last: "ok", Heard: true},
			{DeviceID: "d1", Class: "usb_devices", Day: "2026-11-25", Worst: "ok", Last: "ok", Heard: false},
		},
		Gaps: []device.Gap{{DeviceID: "d1", Epoch: "e", From: 3, To: 4, Reason: "spool_full", ReceivedAt: noon}},
		Alerts: []report.Case{{Alert: alert.Alert{ID: "a1", DeviceID: "d1", DeviceName: "laptop", Conclusion: finding.RemotelyControlled, Level: finding.LevelHigh,
			Score: 80, State: alert.Closed, CloseReason: alert.SecurityTest, OpenedAt: noon, ClosedAt: noon.Add(time.Hour), Findings: []string{"u1"},
			Assessment: catalogue.Assessment{Ledger: []catalogue.LedgerEntry{{Reason: "a KVM", Points: 80, Rule: "kvm.test", Finding: "u1"}}}},
			Timeline: []alert.Entry{{At: noon, Kind: alert.Comment, Text: "seen\non the bench", Actor: "ana"}}}},
		Findings: []device.Finding{{DeviceID: "d1", Finding: finding.Finding{UID: "u1", Rule: "kvm.test", Title: "+1 KVM", Status: finding.Open, FirstSeen: noon,
			Evidence: []finding.Observation{{Class: "usb_devices", UID: "o", Columns: map[string]string{"b": "2", "a": "1"}}}}}},
		Sanctions: []alert.Sanction{{ID: "s1", Name: "desk", Version: 1, Tools: []string{"anydesk"}, Groups: []string{"sales"}, Tenants: []alert.Tenant{{Pseudonym: "p:1", Label: "ours"}}, Owner: "it", Approver: "ciso", Justification: "@desk", CreatedBy: "root", CreatedAt: noon, StartsAt: noon, ExpiresAt: noon.Add(time.Hour), Where: []alert.Condition{{Column: "vendor_id", Value: "0624"}, {Column: "product_id", Value: "0294"}}}},
		Presence: []presence.Question{
			{ID: "q2", DeviceID: "d1", DeviceName: "laptop", Means: finding.AllMeans(), Reason: "=why", AskedBy: "ana", AskedAt: noon, DueAt: noon.Add(time.Hour), Told: presence.Answer{State: presence.Waiting}},
			{ID: "q1", DeviceID: "d1", DeviceName: "laptop", Alert: "a1", Means: []finding.Means{finding.Lid}, AskedBy: "ana", AskedAt: noon.Add(-time.Hour), DueAt: noon,
				Told: presence.Answer{State: presence.Answered, Means: finding.Lid, After: 4200 * time.Millisecond, From: "lid switch", At: noon.Add(-time.Minute)}},
		},
		Audit: []audit.Record{{Index: 0, At: noon, Actor: "ana", Action: "alert.close", Object: "alert/a1", Detail: `{"reason":"security_test"}`}},
		Tree:  audit.Tree{Size: 1},
		Verdicts: []report.Verdict{
			{Kind: "device", ID: "d1", Name: "laptop", Since: noon, JudgedAt: noon, Revision: "rev", Assessment: catalogue.Assessment{Conclusion: finding.RemotelyControlled, Level: finding.LevelWatch,
				Score: 30, Confidence: finding.ConfidenceLow, Title: "A KVM", Missing: []string{"No people are imported."}, Ledger: []catalogue.LedgerEntry{{Reason: "a KVM", Points: 30, Rule: "kvm.test", Finding: "u1"}}}},
			{Kind: "device", ID: "d2", Name: "=two", Basis: report.NotKept, Assessment: catalogue.Assessment{Conclusion: finding.InFarm}},
		},
		Sites: []assess.SiteDossier{{
			SiteOverview: assess.SiteOverview{Site: site.Site{ID: "s1", Name: "a home", PlaceKind: site.Home, People: 2, Devices: 2, Possible: 1, Kinds: []string{"gateway"}, Since: noon}},
			Members: []assess.SiteMember{
				{Member: site.Member{DeviceID: "d3"}, DeviceName: "three"},
				{Member: site.Member{DeviceID: "d2", Certain: true, Mechanisms: []string{"A KVM", "AnyDesk is running (over)"}}, DeviceName: "two"},
				{Member: site.Member{DeviceID: "d1", Person: "p1", Certain: true}, DeviceName: "laptop"},
			},
			Links: []assess.SiteLink{
				{Link: site.Link{From: "d1", To: "d3", Kind: "network", Strength: 0.3, Reason: "The same name."}, FromName: "laptop", ToName: "three"},
				{Link: site.Link{From: "d1", To: "d2", Certain: true, Kind: "gateway", Strength: 0.9, Reason: "The same router.", Days: 12}, FromName: "laptop", ToName: "two"},
			},
		}},
		Looked:  noon,
		Context: []report.Import{{Kind: "travel"}, {Kind: "docks", Label: "offices", Rows: 3, By: "root", At: noon}},
		Notices: []report.Notice{
			{Notice: alert.Notice{ID: "n2", Subject: "kvm.test", Devices: 1, CreatedAt: noon.Add(time.Hour)}, Laptops: []report.NoticeDevice{{ID: "d2", Name: "two"}, {ID: "d1", Name: "laptop"}}},
			{Notice: alert.Notice{ID: "n1", Subject: "anydesk", Tenant: "p:1", Devices: 0, Decision: alert.Expected, DecidedBy: "ana", DecidedAt: noon, Comment: "change 4711", CreatedAt: noon}},
		},
	}
}

func pack(t *testing.T, s report.Snapshot) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := report.Write(&b, about, s); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func open(t *testing.T, pack []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(pack), int64(len(pack)))
	if err != nil {
		t.Fatal(err)
	}
	files := make(map[string]string)
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(content)
	}
	return files
}

func TestTheSameInputsGiveTheSameBytes(t *testing.T) {
	one := pack(t, snapshot())
	shuffled := snapshot()
	slices.Reverse(shuffled.Devices)
	slices.Reverse(shuffled.Coverage)
	slices.Reverse(shuffled.Verdicts)
	slices.Reverse(shuffled.Context)
	slices.Reverse(shuffled.Notices)
	slices.Reverse(shuffled.Notices[1].Laptops)
	slices.Reverse(shuffled.Sites[0].Members)
	slices.Reverse(shuffled.Sites[0].Links)
	if !bytes.Equal(one, pack(t, shuffled)) {
		t.Error("the order of rows changed the pack")
	}
}

func TestAPackHoldsWhatItLists(t *testing.T) {
	p := pack(t, snapshot())
	m, err := report.Verify(bytes.NewReader(p), int64(len(p)))
	if err != nil || m.Period != "2026-11" || m.Audit.Size != 1 || m.Catalogue != "rev" || len(m.Files) != 31 {
		t.Fatalf("manifest = %+v, %v", m, err)
	}
	files := open(t, p)
	for name, content := range files {
		switch {
		case strings.HasSuffix(name, ".json") && !json.Valid([]byte(content)):
			t.Errorf("%s is not JSON", name)
		case strings.HasSuffix(name, ".csv"):
			if rows, err := csv.NewReader(strings.NewReader(content)).ReadAll(); err != nil || len(rows) < 2 || !strings.Contains(content, "\r\n") {
				t.Errorf("%s: %d rows, %v", name, len(rows), err)
			}
		}
	}
	for name, wants := range map[string][]string{
		"devices.csv":    {`"'=HYPERLINK(""http://evil"")"`, `"laptop, ""seven"""`, ",-1500\r\n"},
		"sanctions.csv":  {"'@desk", ",vendor_id=0624 product_id=0294,", ",it,ciso,"},
		"findings.csv":   {"'+1 KVM", "usb_devices a=1 b=2"},
		"alerts.csv":     {"'+80 a KVM [kvm.test]", "security_test", "on the bench"},
		"audit.json":     {`"reason": "security_test"`},
		"README.txt":     {"CANNOT SHOW", "security_test", "verify --size 1 --root"},
		"gaps.csv":       {"d1,e,3,4,spool_full"},
		"coverage.csv":   {"2026-11-24,d1,\"laptop, \"\"seven\"\"\",usb_devices,ok,failed,true", "2026-11-25,d1,\"laptop, \"\"seven\"\"\",usb_devices,not_heard,not_heard,false", "2026-11-01,d1,\"laptop, \"\"seven\"\"\",,not_heard"},
		"findings.json":  {`"status": "open"`},
		"devices.json":   {`"last_seen": null`},
		"coverage.json":  {`"worst_of_the_day": "failed"`},
		"sanctions.json": {`"justification": "@desk"`, `"column": "vendor_id"`, `"approver": "ciso"`, `"label": "ours"`},
		"presence_checks.csv": {"q1,d1,laptop,a1,lid,,ana,2026-11-25T11:00:00Z,2026-11-25T12:00:00Z,answered,lid,4200,lid switch,2026-11-25T11:59:00Z,\r\n" +
			"q2,d1,laptop,,builtin_keyboard lid power_plug fingerprint security_key,'=why,ana,2026-11-25T12:00:00Z,2026-11-25T13:00:00Z,waiting,,0,,,\r\n"},
		"assessments.csv":      {"subject_kind,subject_id,", "device,d1,laptop,remotely_controlled,kept,watch,30,low,", ",No people are imported.,", "device,d2,'=two,in_farm,not_kept,,,,,,"},
		"assessments.json":     {`"score": null`, `"missing": []`, `"basis": "kept"`},
		"sites.csv":            {"s1,a home,joined,home,false,2,2,1,gateway,2026-11-25T12:00:00Z,,,2026-11-25T12:00:00Z\r\n"},
		"site_members.csv":     {"s1,a home,true,d1,laptop,p1,,,\r\ns1,a home,true,d2,two,,A KVM | AnyDesk is running (over),,\r\ns1,a home,false,d3,three,,,,\r\n"},
		"site_links.csv":       {"s1,a home,true,gateway,d1,laptop,d2,two,0.9,The same router.,,,12\r\ns1,a home,false,network,d1,laptop,d3,three,0.3,"},
		"context.csv":          {"docks,offices,imported,3,root,2026-11-25T12:00:00Z\r\ntravel,,not_imported,0,,\r\n"},
		"notices.csv":          {"n1,anydesk,p:1,,,0,expected,ana,2026-11-25T12:00:00Z,change 4711,2026-11-25T12:00:00Z\r\nn2,kvm.test,,,,1,undecided,"},
		"notice_devices.csv":   {"n2,d1,laptop,\r\nn2,d2,two,\r\n"},
		"presence_checks.json": {`"state": "waiting"`, `"closed_at": null`},
	} {
		for _, want := range wants {
			if !strings.Contains(files[name], want) {
				t.Errorf("%s does not hold %s:\n%s", name, want, files[name])
			}
		}
	}
	if strings.Contains(files["coverage.csv"], "2026-11-26") || strings.Contains(files["coverage.csv"], "2026-11-22,d2") {
		t.Error("coverage tells of days that had not come, or before a device was enrolled")
	}
}

func TestAChangedPackIsTold(t *testing.T) {
	for name, edit := range map[string]func(map[string]string){
		"alerts.csv was changed":           func(f map[string]string) { f["alerts.csv"] += "x" },
		"README.txt is missing":            func(f map[string]string) { delete(f, "README.txt") },
		"extra.csv is not in the manifest": func(f map[string]string) { f["extra.csv"] = "x" },
		"it has no manifest.json":          func(f map[string]string) { delete(f, "manifest.json") },
		"leads out of the pack":            func(f map[string]string) { f["../x"] = "x" },
		"manifest.json: unexpected end":    func(f map[string]string) { f["manifest.json"] = "{" },
		"its schema is \"\"":               func(f map[string]string) { f["manifest.json"] = "{}" },
	} {
		files := open(t, pack(t, snapshot()))
		edit(files)
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for n, content := range files {
			w, err := z.Create(n)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.WriteString(w, content); err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		_, err := report.Verify(bytes.NewReader(b.Bytes()), int64(b.Len()))
		if !errors.Is(err, report.ErrPack) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := report.Verify(strings.NewReader("no zip"), 6); err == nil {
		t.Error("no ZIP passed")
	}
}

func TestPeriods(t *testing.T) {
	p, err := report.ParsePeriod("2026-11", noon)
	if err != nil || p != about.Period {
		t.Errorf("ParsePeriod = %+v, %v", p, err)
	}
	for _, bad := range []string{"", "2026", "2026-13", "2026-11-01", "2026-12", "last"} {
		if _, err := report.ParsePeriod(bad, noon); !errors.Is(err, alert.ErrInvalid) {
			t.Errorf("ParsePeriod(%q) = %v", bad, err)
		}
	}
}

// broken is a store that gives nothing.
type broken struct {
	nothing
	note, read error
}

// nothing is a store in which nothing was judged.
type nothing struct {
	report.Judgements
	report.Surroundings
}

func (nothing) Standings(context.Context, string) ([]assess.Standing, error) { return nil, nil }
func (nothing) Notices(context.Context) ([]alert.Notice, error)              { return nil, nil }
func (nothing) Roster(context.Context) (*roster.Roster, error)               { return &roster.Roster{}, nil }
func (nothing) EgressLists(context.Context) ([]device.EgressRange, error)    { return nil, nil }
func (nothing) Sites(context.Context) ([]assess.SiteOverview, time.Time, error) {
	return nil, time.Time{}, nil
}

func (b broken) NoteReport(context.Context, string, string, time.Time) error { return b.note }
func (b broken) Snapshot(context.Context, time.Time, time.Time) (report.Snapshot, error) {
	return report.Snapshot{}, b.read
}

func TestCreateTellsWhatBroke(t *testing.T) {
	gone := errors.New("gone")
	for _, s := range []broken{{note: gone}, {read: gone}} {
		_, err := report.NewMaker(s, &catalogue.Catalogue{}, "v", func() time.Time { return noon }).Create(t.Context(), "2026-11", "ed", io.Discard)
		if !errors.Is(err, gone) {
			t.Errorf("Create = %v", err)
		}
	}
	name, err := report.NewMaker(broken{}, &catalogue.Catalogue{}, "v", func() time.Time { return noon }).Create(t.Context(), "2026-11", "ed", io.Discard)
	if err != nil || name != "farmwatch-assurance-2026-11.zip" {
		t.Errorf("Create = %s, %v", name, err)
	}
}

func FuzzVerify(f *testing.F) {
	var b bytes.Buffer
	if err := report.Write(&b, about, snapshot()); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Fuzz(func(_ *testing.T, pack []byte) {
		_, _ = report.Verify(bytes.NewReader(pack), int64(len(pack))) // it must answer, whatever it is given
	})
}

func FuzzCSV(f *testing.F) {
	for _, cell := range []string{"", "=1+1", "-5", "+x", "@a", "\t=x", "\xff", "a\"b\r\nc"} {
		f.Add(cell)
	}
	f.Fuzz(func(t *testing.T, cell string) {
		text, err := report.EncodeCSV([]string{"a", "b"}, [][]string{{cell, "x"}})
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
		if err != nil || len(rows) != 2 || len(rows[1]) != 2 {
			t.Fatalf("%q became %q: %v", cell, text, err)
		}
		got := rows[1][0]
		if _, err := strconv.ParseFloat(got, 64); err != nil && got != "" && strings.ContainsAny(got[:1], "=+-@\t\r") {
			t.Errorf("%q stays a formula: %q", cell, got)
		}
	})
}

// A laptop that was set up anew in mid-month was there before: what was told of
// it then must not go from the pack.
func TestCoverageFromBeforeAReenrolmentStays(t *testing.T) {
	s := snapshot()
	s.Devices[1].EnrolledAt = noon.Add(-time.Hour)
	rows, err := csv.NewReader(strings.NewReader(open(t, pack(t, s))["coverage.csv"])).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var days []string
	for _, r := range rows {
		if r[1] == "d1" {
			days = append(days, r[0]+" "+r[4])
		}
	}
	if want := []string{"2026-11-24 ok", "2026-11-25 not_heard"}; !slices.Equal(days, want) {
		t.Errorf("coverage of d1 = %v, want %v", days, want)
	}
}
