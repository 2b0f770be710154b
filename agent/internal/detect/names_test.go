package detect_test

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
	"google.golang.org/protobuf/proto"

	"github.com/farmwatch/farmwatch/agent/internal/detect"
	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/privacy"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
	"github.com/farmwatch/farmwatch/proto/catalogue"
	agentv1 "github.com/farmwatch/farmwatch/proto/farmwatch/agent/v1"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// From the frames to what leaves: the rule's id says which tool, and no name is
// in the bytes that are sent.
func TestNamesStayOnTheLaptop(t *testing.T) {
	archive, err := txtar.ParseFile("../../../proto/catalogue/machines/names-of-remote-tools.txtar")
	if err != nil {
		t.Fatal(err)
	}
	h, err := host.ReadRecording(archive)
	if err != nil {
		t.Fatal(err)
	}
	names := sensor.Names()
	if err := names.Watch(context.Background(), h); err != nil {
		t.Fatal(err)
	}
	rows, _ := sensor.Look(context.Background(), h, names)
	c, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	gate, err := privacy.NewGate(sensor.All(), bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	found := detect.NewTracker(time.Hour).Update(time.Unix(0, 0), detect.Detect(c, rows), nil)
	cleared, err := gate.Clear(finding.Report{Findings: found})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if name := row.Columns["name"]; name == "" || bytes.Contains(cleared.Wire(), []byte(name)) {
			t.Errorf("the name %q leaves", name)
		}
	}
	var wire agentv1.Report
	if err := proto.Unmarshal(cleared.Wire(), &wire); err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, f := range finding.FromWire(&wire).Findings {
		for _, o := range f.Evidence {
			told = append(told, f.Rule+" "+strings.Join(slices.Sorted(maps.Keys(o.Columns)), " "))
		}
	}
	want := []string{"tool.anydesk.contacted count kind", "tool.anydesk.contacted count kind", "tool.anydesk.contacted count kind", "tool.ngrok.contacted count kind"}
	if !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}
