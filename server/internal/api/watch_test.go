package api_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"connectrpc.com/connect"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/proto/farmwatch/console/v1/consolev1connect"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/api"
	"github.com/farmwatch/farmwatch/server/internal/api/apitest"
)

func TestWatchTellsAtOnce(t *testing.T) {
	r := apitest.New(t)
	r.Enrol("d1", "laptop")
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	c := consolev1connect.NewAlertServiceClient(http.DefaultClient, r.URL, bearer(r.Token("ana", alert.Analyst)))
	stream, err := c.WatchAlerts(ctx, connect.NewRequest(&consolev1.WatchAlertsRequest{}))
	if err != nil {
		t.Fatal(err)
	}
	if !stream.Receive() || stream.Msg().GetAlert() != nil {
		t.Fatalf("the first message is a heartbeat, not %v, %v", stream.Msg(), stream.Err())
	}
	r.Find("d1", "kvm.test", "u1", finding.Open)
	if !stream.Receive() || stream.Msg().GetAlert().GetState() != "new" {
		t.Fatalf("message = %v, %v", stream.Msg(), stream.Err())
	}
	r.Watch.Close()
	if stream.Receive() || connect.CodeOf(stream.Err()) != connect.CodeUnavailable {
		t.Errorf("the end = %v", stream.Err())
	}
}

func TestAWatcherHearsThatTheConnectionLivesUntilItIsSignedOut(t *testing.T) {
	r := apitest.New(t)
	r.Server.BeatEvery(10 * time.Millisecond)
	token := r.Token("ana", alert.Analyst)
	c := consolev1connect.NewAlertServiceClient(http.DefaultClient, r.URL, bearer(token))
	stream, err := c.WatchAlerts(t.Context(), connect.NewRequest(&consolev1.WatchAlertsRequest{}))
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if !stream.Receive() || stream.Msg().GetAlert() != nil {
			t.Fatalf("no heartbeat: %v, %v", stream.Msg(), stream.Err())
		}
	}
	if err := r.Sessions.SignOut(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	for stream.Receive() {
	}
	wantCode(t, stream.Err(), connect.CodeUnauthenticated, "not signed in")
}

func TestWhoLagsBehindIsCutOff(t *testing.T) {
	w := api.NewWatch()
	changes, stop := w.Listen()
	defer stop()
	w.Tell(make([]alert.Alert, 1000))
	got := 0
	for range changes {
		got++
	}
	if got == 0 || got >= 1000 {
		t.Errorf("a watcher that does not read got %d of 1000 changes", got)
	}
	w.Close()
	if _, more := <-first(w.Listen()); more {
		t.Error("a closed watch tells")
	}
}

func first(c <-chan alert.Alert, _ func()) <-chan alert.Alert { return c }
