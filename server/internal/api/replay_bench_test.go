package api_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/api/apitest"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// monthOf lets laptops tell for thirty days: twelve reports a day with what is plugged
// in, and a program that opens a port in the morning and closes it in the evening. One
// in twenty has a KVM for a day.
func monthOf(b *testing.B, r *apitest.Rig, laptops int) (reports int) {
	b.Helper()
	from := r.Now().Add(-30 * 24 * time.Hour)
	for n := range laptops {
		id := fmt.Sprintf("d%d", n)
		r.Enrol(id, fmt.Sprintf("laptop-%04d", n))
		var batch []device.Delivery
		for i := range 30 * 12 {
			at := from.Add(time.Duration(i) * 2 * time.Hour)
			report := dayOf(n, i, at)
			wire, err := proto.Marshal(finding.ToWire(report))
			if err != nil {
				b.Fatal(err)
			}
			batch = append(batch, device.Delivery{DeviceID: id, AgentID: "agent-" + id, Epoch: "e1", ReceivedAt: at, Entry: &device.Entry{Seq: uint64(i + 1), Wire: wire, Report: report}})
		}
		if _, err := r.Store.Record(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
		reports += len(batch)
	}
	return reports
}

func dayOf(laptop, i int, at time.Time) finding.Report {
	usb := []finding.Observation{{Class: "usb_devices", UID: "mouse", Columns: map[string]string{"port": "1-1", "vendor_id": "046d", "product_id": "c52b", "product": "USB Receiver"}}}
	if i%12 > 3 {
		usb = append(usb, finding.Observation{Class: "usb_devices", UID: "dock", Columns: map[string]string{"port": "1-2", "vendor_id": "17ef", "product_id": "30b4", "product": "USB-C Dock"}})
	}
	if laptop%20 == 0 && i/12 == 20 {
		usb = append(usb, finding.Observation{Class: "usb_devices", UID: "odd", Columns: map[string]string{"port": "1-3", "vendor_id": "1234", "product_id": "0001"}})
	}
	status := finding.Open
	if i%12 == 11 {
		status = finding.Closed
	}
	listens := finding.Finding{UID: fmt.Sprintf("x11vnc-%d", i/12), Rule: "tool.x11vnc.listening", Title: "x11vnc waits for connections", Status: status, Severity: finding.SeverityMedium,
		Confidence: finding.ConfidenceMedium, FirstSeen: at.Add(-time.Duration(i%12) * 2 * time.Hour), LastSeen: at,
		Evidence: []finding.Observation{{Class: "listening_ports", UID: "p", Columns: map[string]string{"pid": "7", "name": "x11vnc", "port": "5900", "protocol": "tcp", "scope": "any"}}}}
	return finding.Report{At: at, Facts: []finding.Facts{{Class: "usb_devices", Rows: usb}}, Findings: []finding.Finding{listens}}
}

// BenchmarkReplayRules measures what it takes to try a new rule, a rule on rows that
// stay on laptops, and a scale on 1,000 laptops that told for 30 days.
func BenchmarkReplayRules(b *testing.B) {
	r := realRig(b)
	reports := monthOf(b, r, 1000)
	c := rules(r, "ana", alert.Analyst)
	for name, text := range map[string]string{
		"rule-on-facts":   deskRule,
		"rule-on-laptops": deskRuleOn("listening_ports", `port: "5900"`),
		"scale":           "source: A test.\nwatch: 20\nmedium: 50\nhigh: 85\ntop: 100\ntier: {1: 80, 2: 50, 3: 20, 4: 3}\ntier_cap: {1: 100, 2: 100, 3: 20, 4: 9}\n",
	} {
		b.Run(name, func(b *testing.B) {
			began := spent(b)
			for b.Loop() {
				stream, err := c.ReplayRules(b.Context(), connect.NewRequest(&consolev1.ReplayRulesRequest{Files: ruleFile("x.yaml", text)}))
				if err != nil {
					b.Fatal(err)
				}
				var summary *consolev1.ReplaySummary
				for stream.Receive() {
					summary = stream.Msg().GetSummary()
				}
				if err := stream.Err(); err != nil || summary.GetDevices() != 1000 {
					b.Fatalf("summary = %v, %v", summary, err)
				}
				b.ReportMetric(float64(summary.GetRaised()+summary.GetLowered()), "changes")
				b.ReportMetric(float64(reports), "reports")
			}
			b.ReportMetric((spent(b)-began).Seconds()/float64(b.N), "cpu-s/op")
		})
	}
}

// spent is how long this process has computed: a wall clock says little on a busy machine.
func spent(b *testing.B) time.Duration {
	b.Helper()
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		b.Fatal(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
