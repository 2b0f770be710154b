package api_test

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/proto/farmwatch/console/v1/consolev1connect"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/api/apitest"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// TestContextFromTheFileToTheFinding follows what a file says to what is found, and
// says of each thing where it comes from.
func TestContextFromTheFileToTheFinding(t *testing.T) {
	known, err := catalogue.Load(os.DirFS("../../../proto/catalogue"))
	if err != nil {
		t.Fatal(err)
	}
	r := apitest.NewOver(t, known)
	r.Enrol("d1", "laptop-1")
	c := consolev1connect.NewContextServiceClient(http.DefaultClient, r.URL, bearer(r.Token("root", alert.Admin)))
	bring := func(kind, text string) *consolev1.ImportContextResponse {
		t.Helper()
		got, err := c.ImportContext(t.Context(), connect.NewRequest(&consolev1.ImportContextRequest{Kind: kind, FileName: `C:\lists\` + kind + ".csv", Content: []byte(text)}))
		if err != nil {
			t.Fatal(err)
		}
		return got.Msg
	}
	if m := bring("people", "person,declared_place,phone\np-1,PT,12\n"); m.GetOutcome() != "imported" || m.GetImport().GetLabel() != "people" || m.GetImport().GetImportedBy() != "root" {
		t.Errorf("imported %v", m)
	}
	if m := bring("devices", "device,person,handed_out\nlaptop-1,p-1,2026-11-01\nelsewhere,p-1,\n"); m.GetImport().GetUnmatched() != 1 {
		t.Errorf("imported %v", m)
	}
	for range 3 {
		r.Stand("d1", "p:router", device.Stay{Address: "a:1", NetworkClass: device.NetworkResidential, Country: "BR"})
		r.Pass(24 * time.Hour)
	}
	r.Stand("d1", "p:router", device.Stay{Address: "a:1", NetworkClass: device.NetworkResidential, Country: "BR"})
	r.LookAtContext()
	c = consolev1connect.NewContextServiceClient(http.DefaultClient, r.URL, bearer(r.Token("ed", alert.Auditor))) // three days later
	got, err := c.GetDeviceContext(t.Context(), connect.NewRequest(&consolev1.GetDeviceContextRequest{Device: "laptop-1"}))
	if err != nil {
		t.Fatal(err)
	}
	m := got.Msg
	if want := []string{"context.phone", "context.place_differs"}; !slices.Equal(m.GetRules(), want) || m.GetRow()["place_declared_differs"] != "4" || m.GetPerson() != "p-1" {
		t.Errorf("found %v by %v of %s", m.GetRules(), m.GetRow(), m.GetPerson())
	}
	i := slices.IndexFunc(m.GetFacts(), func(f *consolev1.ContextFact) bool { return f.GetName() == "declared_place" })
	if i < 0 || m.GetFacts()[i].GetValue() != "PT" || m.GetFacts()[i].GetKind() != "people" || m.GetFacts()[i].GetImportedAt() == nil {
		t.Errorf("facts = %v", m.GetFacts())
	}
	if !slices.ContainsFunc(m.GetMissing(), func(s string) bool { return strings.HasPrefix(s, "Tickets were not imported") }) {
		t.Errorf("missing = %v", m.GetMissing())
	}
}

func TestAnImportThatIsRefusedChangesNothing(t *testing.T) {
	r := apitest.New(t)
	c := consolev1connect.NewContextServiceClient(http.DefaultClient, r.URL, bearer(r.Token("root", alert.Admin)))
	bring := func(ask *consolev1.ImportContextRequest) error {
		_, err := c.ImportContext(t.Context(), connect.NewRequest(ask))
		return err
	}
	if err := bring(&consolev1.ImportContextRequest{Kind: "people", FileName: "p.csv", Content: []byte("person\np-1\n")}); err != nil {
		t.Fatal(err)
	}
	for want, ask := range map[string]*consolev1.ImportContextRequest{
		`p.csv:3:person: an opaque id has no spaces`: {Kind: "people", FileName: "p.csv", Content: []byte("person\np-2\nAda L\n")},
		`there is no kind "staff"`:                   {Kind: "staff", FileName: "p.csv"},
		"holds no row":                               {Kind: "people", FileName: "p.csv", Content: []byte("person\n")},
		"a label of 1 to 128 bytes":                  {Kind: "people", FileName: "p.csv", Label: strings.Repeat("x", 129), Content: []byte("person\np-2\n")},
		"has a label of 1 to 128 bytes":              {Kind: "people", FileName: ".csv", Content: []byte("person\np-2\n")},
		"say whether it is csv or json":              {Kind: "people", Content: []byte("person\np-2\n")},
	} {
		for _, ask.ValidateOnly = range []bool{true, false} {
			err := bring(ask)
			if connect.CodeOf(err) != connect.CodeInvalidArgument || !strings.Contains(err.Error(), want) {
				t.Errorf("validated only %v: got %v, want what says %q", ask.ValidateOnly, err, want)
			}
		}
	}
	if err := bring(&consolev1.ImportContextRequest{Kind: "people", Label: "p", Format: "json", ValidateOnly: true, Content: []byte(`[{"person": "p-9"}]`)}); err != nil {
		t.Error(err)
	}
	got, err := c.ListContext(t.Context(), connect.NewRequest(&consolev1.ListContextRequest{}))
	if err != nil || len(got.Msg.GetImports()) != 1 || got.Msg.GetImports()[0].GetRows() != 1 || len(got.Msg.GetAbsent()) != 6 {
		t.Errorf("imports = %v, %v", got, err)
	}
	known, err := r.Store.Roster(t.Context())
	if err != nil || known.People["p-1"].ID == "" || len(known.People) != 1 {
		t.Errorf("people = %v, %v", known.People, err)
	}
}

// peopleList writes a list of so many.
func peopleList(many int) []byte {
	var b strings.Builder
	b.WriteString("person,declared_place\n")
	for i := range many {
		fmt.Fprintf(&b, "p-%d,PT\n", i)
	}
	return []byte(b.String())
}

// TestHalfAnImportIsNotTaken unless somebody says that it is meant.
func TestHalfAnImportIsNotTaken(t *testing.T) {
	r := apitest.New(t)
	c := consolev1connect.NewContextServiceClient(http.DefaultClient, r.URL, bearer(r.Token("root", alert.Admin)))
	bring := func(many int, dry, accept bool) (*consolev1.ImportContextResponse, error) {
		got, err := c.ImportContext(t.Context(), connect.NewRequest(&consolev1.ImportContextRequest{
			Kind: "people", FileName: "staff.csv", Content: peopleList(many), ValidateOnly: dry, AcceptLoss: accept}))
		if err != nil {
			return nil, err
		}
		return got.Msg, nil
	}
	held := func() int {
		known, err := r.Store.Roster(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return len(known.People)
	}
	if m, err := bring(5000, false, false); err != nil || m.GetOutcome() != "imported" || m.GetAdded() != 5000 {
		t.Fatalf("%v, %v", m, err)
	}
	if m, err := bring(300, true, false); err != nil || m.GetOutcome() != "doubtful" || m.GetGone() != 4700 || len(m.GetDoubts()) != 1 || held() != 5000 {
		t.Errorf("tried out: %v, %v; %d held", m, err, held())
	}
	if _, err := bring(300, false, false); connect.CodeOf(err) != connect.CodeFailedPrecondition || !strings.Contains(err.Error(), "staff.csv looks as if it were not whole: 4,700 of 5,000 rows") || held() != 5000 {
		t.Errorf("got %v; %d held", err, held())
	}
	if m, err := bring(4990, false, false); err != nil || m.GetOutcome() != "replaced" || m.GetGone() != 10 {
		t.Errorf("%v, %v", m, err)
	}
	if m, err := bring(300, false, true); err != nil || m.GetOutcome() != "replaced" || held() != 300 {
		t.Errorf("%v, %v; %d held", m, err, held())
	}
}

// TestTwoImportsAtOnce: each is compared with what the other left, so that a cut one
// is refused whichever came first.
func TestTwoImportsAtOnce(t *testing.T) {
	r := apitest.New(t)
	c := consolev1connect.NewContextServiceClient(http.DefaultClient, r.URL, bearer(r.Token("root", alert.Admin)))
	bring := func(label string, many int) error {
		_, err := c.ImportContext(t.Context(), connect.NewRequest(&consolev1.ImportContextRequest{Kind: "people", Label: label, FileName: "staff.csv", Content: peopleList(many)}))
		return err
	}
	if err := bring("staff", 100); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if err := bring("staff", 150); err != nil {
				t.Error(err)
			}
		})
		wg.Go(func() {
			if err := bring("staff", 60); connect.CodeOf(err) != connect.CodeFailedPrecondition {
				t.Errorf("a cut list: %v", err)
			}
		})
	}
	wg.Wait()
	got, err := c.ListContext(t.Context(), connect.NewRequest(&consolev1.ListContextRequest{}))
	if err != nil || len(got.Msg.GetImports()) != 1 || got.Msg.GetImports()[0].GetRows() != 150 {
		t.Errorf("imports = %v, %v", got, err)
	}
}
