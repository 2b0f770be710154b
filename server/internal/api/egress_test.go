package api_test

import (
	"net/http"
	"strings"
	"testing"

	"connectrpc.com/connect"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/proto/farmwatch/console/v1/consolev1connect"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/api/apitest"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

func TestWhereADeviceStands(t *testing.T) {
	r := apitest.New(t)
	r.Enrol("d1", "laptop-1")
	c := consolev1connect.NewEgressServiceClient(http.DefaultClient, r.URL, bearer(r.Token("ana", alert.Analyst)))
	ask := func(name string) (*consolev1.GetWhereResponse, error) {
		got, err := c.GetWhere(t.Context(), connect.NewRequest(&consolev1.GetWhereRequest{Device: name}))
		if err != nil {
			return nil, err
		}
		return got.Msg, nil
	}
	before, err := ask("laptop-1")
	if err != nil || before.GetWhere() != nil || len(before.GetNotes().GetMissing()) != 1 || before.GetCollectorPlace() != "PT" {
		t.Errorf("before it was heard: %v, %v", before, err)
	}
	r.Stand("d1", "p:router", device.Stay{Address: "p:address", NetworkClass: device.NetworkMobile, NetworkName: "A carrier", Country: "ES"})
	after, err := ask("d1")
	w := after.GetWhere()
	if err != nil || w.GetBehind() != "shared_carrier" || w.GetCountry() != "ES" || w.GetNetworkName() != "A carrier" || w.GetSubject().GetName() != "laptop-1" || w.GetJudgedAt() == nil {
		t.Errorf("where = %v, %v", w, err)
	}
	for _, secret := range []string{"p:address", "p:router"} {
		if strings.Contains(after.String(), secret) {
			t.Errorf("the answer tells %s: %v", secret, after)
		}
	}
	_, err = ask("nosuch")
	wantCode(t, err, connect.CodeNotFound, `there is no device "nosuch"`)
}

func TestAListOfWaysOutReplacesTheOneBefore(t *testing.T) {
	r := apitest.New(t)
	c := consolev1connect.NewEgressServiceClient(http.DefaultClient, r.URL, bearer(r.Token("root", alert.Admin)))
	bring := func(ranges ...string) (*consolev1.EgressList, error) {
		got, err := c.ImportEgress(t.Context(), connect.NewRequest(&consolev1.ImportEgressRequest{Label: " Offices ", Ranges: ranges}))
		if err != nil {
			return nil, err
		}
		return got.Msg.GetList(), nil
	}
	if l, err := bring("192.0.2.1", "::ffff:192.0.2.1", "192.0.2.0/24", "2001:db8::1"); err != nil || l.GetRanges() != 3 || l.GetLabel() != "Offices" || l.GetKind() != "corporate" {
		t.Errorf("imported %v, %v", l, err)
	}
	if l, err := bring("198.51.100.7"); err != nil || l.GetRanges() != 1 || l.GetFirstRanges()[0] != "198.51.100.7" {
		t.Errorf("replaced by %v, %v", l, err)
	}
	for bad, want := range map[string]string{
		"": "no address and no range", "192.0.2.1/33": "no address and no range", "100.64.1.1": "a private range", "fe80::1%eth0": "no address and no range", "0.0.0.0/0": "private range",
		strings.Repeat("9", 5000): "no address and no range",
	} {
		_, err := bring(bad)
		wantCode(t, err, connect.CodeInvalidArgument, want)
	}
	_, err := bring()
	wantCode(t, err, connect.CodeInvalidArgument, "there is no range to import")
	if got, err := c.ListEgress(t.Context(), connect.NewRequest(&consolev1.ListEgressRequest{})); err != nil || len(got.Msg.GetLists()) != 1 || got.Msg.GetLists()[0].GetRanges() != 1 {
		t.Errorf("a refused import changed the list: %v, %v", got, err)
	}
}
