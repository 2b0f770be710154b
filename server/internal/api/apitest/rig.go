// Package apitest runs a whole console server in memory, for tests of the API and of its clients.
package apitest

import (
	"context"
	"crypto/rand"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/api"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
	"github.com/farmwatch/farmwatch/server/internal/report"
	"github.com/farmwatch/farmwatch/server/internal/roster"
	"github.com/farmwatch/farmwatch/server/internal/session"
	"github.com/farmwatch/farmwatch/server/internal/store"
)

// Noon is when a Rig's clock starts.
var Noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// A Rig is a store, a runner and an API over it, with a clock that only moves when told.
type Rig struct {
	t        testing.TB
	Store    *store.SQLite
	Runner   *assess.Runner
	Sessions *session.Service
	Watch    *api.Watch
	Path     string // of the store's file
	URL      string
	Server   *api.Server
	Egress   *assess.EgressRunner

	known *catalogue.Catalogue

	mu   sync.Mutex
	now  time.Time
	ids  int
	seq  map[string]uint64
	gone []string
	told []string
}

// Catalogue is a small one: a decisive KVM rule, a tool, and the usual scale.
func Catalogue() *catalogue.Catalogue {
	return &catalogue.Catalogue{
		Revision: "0123456789abcdef0123456789abcdef",
		Tools:    []catalogue.Tool{{ID: "anydesk", Name: "AnyDesk"}},
		Rules: []catalogue.Rule{
			{ID: "kvm.test", Title: "A USB device names itself PiKVM", Status: "stable", Severity: finding.SeverityHigh,
				Confidence: finding.ConfidenceHigh, Tier: 1, Group: "kvm", Class: "usb_devices", Techniques: []string{"T1219.003"},
				Explain: catalogue.Explain{
					Why:          "A device that sends this laptop's picture elsewhere and types for a person there is plugged in.",
					Alternatives: "A bench where laptops are set up from afar.",
					Change:       "The device is unplugged, or its owner shows what it is for.",
					Check:        "Look at what is plugged in: lsusb -v",
				}},
			{ID: "tool.anydesk.running", Title: "AnyDesk is running", Status: "stable", Severity: finding.SeverityMedium,
				Confidence: finding.ConfidenceHigh, Tier: 2, Group: "tool", Class: "processes", Tool: "anydesk", State: "running",
				Explain: catalogue.Explain{Why: "AnyDesk lets a person elsewhere use this laptop.", Alternatives: "Help from the IT desk.",
					Change: "A sanction for AnyDesk.", Check: "Ask whether somebody helps."}},
			{ID: "tool.anydesk.controlled", Title: "Somebody is connected by AnyDesk", Status: "stable", Severity: finding.SeverityHigh,
				Confidence: finding.ConfidenceHigh, Tier: 2, Group: "session", Class: "remote_sessions", Tool: "anydesk", State: "controlled"},
			{ID: "tool.anydesk.tenant", Title: "AnyDesk belongs to somebody", Status: "stable", Severity: finding.SeverityInformational,
				Confidence: finding.ConfidenceHigh, Tier: 4, Group: "tool", Class: "remote_access", Tool: "anydesk", State: "tenant"},
		},
		Scale: catalogue.Scale{Watch: 20, Medium: 50, High: 80, Tier: map[int]int{1: 80, 2: 50}, TierCap: map[int]int{1: 100, 2: 100}},
	}
}

// New starts a Rig; it ends with the test.
func New(t testing.TB) *Rig {
	t.Helper()
	return NewOver(t, Catalogue())
}

// NewOver starts a Rig that knows another catalogue, such as the real one.
func NewOver(t testing.TB, known *catalogue.Catalogue) *Rig {
	t.Helper()
	r := &Rig{t: t, known: known, now: Noon, seq: map[string]uint64{}, Path: filepath.Join(t.TempDir(), "farmwatch.db"), Watch: api.NewWatch()}
	var err error
	if r.Store, err = store.Open(context.Background(), r.Path); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Store.Close() })
	authority, err := enroll.OpenAuthority(t.TempDir(), r.Now, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	r.Sessions = session.NewService(r.Store, r.Now, rand.Reader)
	log := slog.New(slog.DiscardHandler)
	r.Runner = assess.NewRunner(r.Store, known, r.Now, r.NewID, r.Watch.Tell, log)
	r.Egress = r.egress(log)
	r.Server = api.NewServer(api.Options{
		Egress: r.Store, Sites: r.Store, Learned: r.Egress.Learned, Places: places{}, CollectorPlace: "PT",
		Alerts: r.Store, Fleet: r.Store, Sanctions: r.Store, Pasts: r.Store, Archive: r.Store, KeepRawDays: 14, Tokens: r.Store, TokenMaker: authority, Audit: r.Store, Presence: r.Store,
		Notices: r.Store,
		Packs:   report.NewMaker(r.Store, known, "v0.0.0-test", r.Now), Sessions: r.Sessions, Catalogue: known, Watch: r.Watch,
		Pseudonym: Pseudonym, Rosters: r.Store, Address: roster.AddressHash(Pseudonym),
		Assess: func() { r.Assess() }, Cut: r.cut, Tell: r.tell, Console: console(),
		InstallServer: "collector.example:7443", Version: "v0.0.0-test", Now: r.Now, NewID: r.NewID, Log: log,
	})
	web := httptest.NewServer(r.Server.Handler())
	t.Cleanup(func() {
		r.Watch.Close()
		web.Close()
	})
	r.URL = web.URL
	return r
}

func console() fs.FS {
	return fstest.MapFS{
		"index.html":       {Data: []byte("<!doctype html><title>farmwatch</title>")},
		"assets/app-1a.js": {Data: []byte("export {}")},
	}
}

// Now is the Rig's clock.
func (r *Rig) Now() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

func (r *Rig) cut(deviceID string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.gone = append(r.gone, deviceID)
}

func (r *Rig) tell(deviceID string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.told = append(r.told, deviceID)
}

// Told lists the devices that were told what they are asked, each time.
func (r *Rig) Told() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.told)
}

// Gone lists the devices whose streams were cut.
func (r *Rig) Gone() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.gone)
}

// Pass moves the Rig's clock.
func (r *Rig) Pass(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

// NewID counts: the ids of a Rig are known beforehand.
func (r *Rig) NewID() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ids++
	return fmt.Sprintf("00000000-0000-7000-8000-%012d", r.ids)
}

// Code makes a user if there is none, and a one-time sign-in code.
func (r *Rig) Code(user string, role alert.Role) string {
	r.t.Helper()
	ctx := context.Background()
	if _, err := r.Store.User(ctx, user); err != nil {
		if _, err := r.Sessions.CreateUser(ctx, user, string(role)); err != nil {
			r.t.Fatal(err)
		}
	}
	code, _, err := r.Sessions.Invite(ctx, user)
	if err != nil {
		r.t.Fatal(err)
	}
	return code
}

// Token signs a user in.
func (r *Rig) Token(user string, role alert.Role) string {
	r.t.Helper()
	_, token, err := r.Sessions.SignIn(context.Background(), r.Code(user, role))
	if err != nil {
		r.t.Fatal(err)
	}
	return token
}

// Enrol adds a laptop.
func (r *Rig) Enrol(id, name string) {
	r.t.Helper()
	d := device.Device{ID: id, AgentID: "agent-" + id, Name: name, OS: "linux", OSVersion: "Debian 12", Arch: "amd64", AgentVersion: "v0.1.0",
		EnrolledAt: r.Now().Add(-60 * 24 * time.Hour)}
	err := r.Store.Enrolment(context.Background(), func(tx enroll.Tx) error { return tx.SaveEnrolment(context.Background(), d, "token") })
	if err != nil {
		r.t.Fatal(err)
	}
}

// Find lets a laptop report that a rule holds on it (or, closed, that it holds
// no more), and judges it.
func (r *Rig) Find(id, rule, uid string, status finding.Status) {
	r.t.Helper()
	r.FindRow(id, rule, uid, status, map[string]string{"port": "1-1.2", "vendor_id": "1d6b", "product": "PiKVM Composite Device"})
}

// Pseudonym is the keyed hash under which a Rig's laptops would tell a value.
func Pseudonym(value string) string { return enroll.Pseudonym([]byte("a key of the tests"), value) }

// FindRow is Find with the columns of the row that the rule found.
func (r *Rig) FindRow(id, rule, uid string, status finding.Status, columns map[string]string) {
	r.t.Helper()
	known, ok := r.known.Rule(rule)
	if !ok {
		r.t.Fatalf("no rule %s", rule)
	}
	now := r.Now()
	f := finding.Finding{UID: uid, Rule: rule, Title: known.Title, Status: status, Severity: known.Severity, Confidence: known.Confidence,
		FirstSeen: now.Add(-time.Second), LastSeen: now,
		Evidence: []finding.Observation{{Class: known.Class, UID: "o-" + uid, Columns: columns}}}
	r.Report(id, finding.Report{At: now, Findings: []finding.Finding{f}, Coverage: []finding.Coverage{
		{Class: "usb_devices", State: finding.CoverageOK, Since: now}, {Class: "observed_names", State: finding.CoverageDenied, Detail: "the capture needs CAP_NET_RAW", Since: now}}})
}

// Report lets a laptop report, and judges it.
func (r *Rig) Report(id string, report finding.Report) {
	r.t.Helper()
	r.mu.Lock()
	r.seq[id]++
	seq := r.seq[id]
	r.mu.Unlock()
	wire, err := proto.Marshal(finding.ToWire(report))
	if err != nil {
		r.t.Fatal(err)
	}
	_, err = r.Store.Record(context.Background(), []device.Delivery{{DeviceID: id, AgentID: "agent-" + id, Epoch: "e1", ReceivedAt: r.Now(),
		Entry: &device.Entry{Seq: seq, Wire: wire, Report: report}}})
	if err != nil {
		r.t.Fatal(err)
	}
	r.Assess()
}

// Assess judges every device that told something.
func (r *Rig) Assess() {
	if err := r.Runner.Catch(context.Background()); err != nil {
		r.t.Error(err)
	}
}

// Sweep judges every device about which time may have changed the verdict.
func (r *Rig) Sweep() {
	if err := r.Runner.Sweep(context.Background()); err != nil {
		r.t.Error(err)
	}
}
