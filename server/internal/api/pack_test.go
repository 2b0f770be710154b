package api_test

import (
	"bytes"
	"database/sql"
	"errors"
	"net/http"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"golang.org/x/mod/sumdb/tlog"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/proto/farmwatch/console/v1/consolev1connect"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/api/apitest"
	"github.com/farmwatch/farmwatch/server/internal/audit"
	"github.com/farmwatch/farmwatch/server/internal/report"
	"github.com/farmwatch/farmwatch/server/internal/store"
)

func TestAPackThroughTheAPI(t *testing.T) {
	r := apitest.New(t)
	r.Enrol("d1", "laptop")
	r.Find("d1", "kvm.test", "u1", finding.Open)
	c := consolev1connect.NewReportServiceClient(http.DefaultClient, r.URL, bearer(r.Token("ed", alert.Auditor)))
	stream, err := c.CreateReport(t.Context(), connect.NewRequest(&consolev1.CreateReportRequest{Period: "2026-11"}))
	if err != nil {
		t.Fatal(err)
	}
	var pack bytes.Buffer
	name := ""
	for stream.Receive() {
		pack.Write(stream.Msg().GetPiece())
		name = stream.Msg().GetFileName()
	}
	if err := stream.Err(); err != nil || name != "farmwatch-assurance-2026-11.zip" {
		t.Fatalf("stream = %q, %v", name, err)
	}
	m, err := report.Verify(bytes.NewReader(pack.Bytes()), int64(pack.Len()))
	if err != nil {
		t.Fatal(err)
	}
	root, err := tlog.ParseHash(m.Audit.Root)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Store.VerifyAudit(t.Context(), audit.Tree{Size: m.Audit.Size, Root: root}); err != nil {
		t.Errorf("the pack's root does not stand for the log: %v", err)
	}
	stream, err = c.CreateReport(t.Context(), connect.NewRequest(&consolev1.CreateReportRequest{Period: "2027-01"}))
	if err != nil {
		t.Fatal(err)
	}
	if stream.Receive() {
		t.Error("a period that has not begun has a pack")
	}
	wantCode(t, stream.Err(), connect.CodeInvalidArgument, "has not begun")
}

func TestATamperedAuditRecordIsNamed(t *testing.T) {
	r := apitest.New(t)
	r.Token("ana", alert.Analyst)
	r.Token("ed", alert.Auditor)
	if err := r.Store.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := sql.Open("sqlite", r.Path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := raw.Exec("UPDATE audit_records SET actor = 'eve' WHERE idx = 2"); err == nil || !strings.Contains(err.Error(), "append-only") {
		t.Errorf("SQL changed a record: %v", err)
	}
	if _, err := raw.Exec("DELETE FROM audit_hashes"); err == nil || !strings.Contains(err.Error(), "append-only") {
		t.Errorf("SQL deleted hashes: %v", err)
	}
	if _, err := raw.Exec("DROP TRIGGER audit_records_stay; UPDATE audit_records SET actor = 'eve' WHERE idx = 2"); err != nil {
		t.Fatal(err)
	}
	if err := raw.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := store.Open(t.Context(), r.Path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = again.Close() })
	_, err = again.VerifyAudit(t.Context())
	var bad *audit.BadRecord
	if !errors.As(err, &bad) || bad.Index != 2 {
		t.Errorf("VerifyAudit = %v", err)
	}
}
