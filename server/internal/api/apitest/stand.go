package apitest

import (
	"context"
	"log/slog"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/egress"
)

// places knows networks and not countries.
type places struct{}

// Missing says what a Rig does not know of addresses.
func (places) Missing() []string {
	return []string{"In which country a device's address is registered is not known: make geo makes it."}
}

// Attribution says whose data a Rig knows networks by.
func (places) Attribution() []string { return []string{"IP to ASN data of an example"} }

func (r *Rig) egress(log *slog.Logger) *assess.EgressRunner {
	numbers := egress.Default()
	numbers.LearnDays, numbers.LearnDevices, numbers.LearnGateways = 1, 2, 2
	return assess.NewEgressRunner(assess.EgressOptions{Store: r.Store, Catalogue: Catalogue(), Numbers: numbers, Missing: places{}.Missing, Now: r.Now,
		Concluded: func(string) {}, Log: log})
}

// Stand lets a laptop be heard from a place, and judges where all of them stand.
func (r *Rig) Stand(id, gateway string, s device.Stay) {
	r.t.Helper()
	ctx := context.Background()
	interfaces := finding.Observation{Class: "network_interfaces", UID: "e", Columns: map[string]string{"up": "true", "default_route": "true", "gateway": gateway}}
	r.Report(id, finding.Report{At: r.Now(), Facts: []finding.Facts{{Class: "network_interfaces", Rows: []finding.Observation{interfaces}}}})
	_, err := r.Store.Record(ctx, []device.Delivery{{DeviceID: id, AgentID: "agent-" + id, Epoch: "e1", ReceivedAt: r.Now(), Heard: &device.Heard{Stay: &s}}})
	if err == nil {
		err = r.Egress.Look(ctx)
	}
	if err != nil {
		r.t.Fatal(err)
	}
	r.Assess()
}
