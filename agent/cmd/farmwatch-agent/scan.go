package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/farmwatch/farmwatch/agent/internal/engine"
	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

func scanCommand(w world) *cobra.Command {
	var o scanOptions
	c := &cobra.Command{
		Use:   "scan",
		Short: "Look once at this machine, or at a recorded one, and say what was found; nothing is sent",
		Example: "  farmwatch-agent scan\n" +
			"  farmwatch-agent scan --for 10m\n" +
			"  farmwatch-agent scan --recording laptop.txtar -o json\n" +
			"  farmwatch-agent scan --fail-on high",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return scan(c.Context(), w, o)
		},
	}
	c.Flags().StringVar(&o.recording, "recording", "", "look at this .txtar, .tar, .tar.gz or folder instead of this machine")
	c.Flags().DurationVar(&o.gather, "for", 0, "gather names and input this long before looking: rhythms need a minute and more, a jiggler thirty of its intervals")
	c.Flags().StringVarP(&o.output, "output", "o", "text", "text or json")
	c.Flags().StringVar(&o.failOn, "fail-on", "", "end with 7 when the level is at least watch, medium or high")
	c.Flags().BoolVar(&o.rows, "rows", false, "list in the JSON every row that was seen, not only those of findings")
	return c
}

type scanOptions struct {
	recording, output, failOn string
	rows                      bool
	gather                    time.Duration
}

func scan(ctx context.Context, w world, o scanOptions) error {
	limit, err := threshold(o.failOn)
	if err != nil {
		return failed{exitUsage, err}
	}
	if o.gather < 0 {
		return failed{exitUsage, fmt.Errorf("--for %s, want a length of time such as 10m", o.gather)}
	}
	write, known := map[string]func(io.Writer, engine.Scan, *catalogue.Catalogue) error{"text": writeText, "json": writeJSON}[o.output]
	if !known {
		return failed{exitUsage, fmt.Errorf("unknown output %q, want text or json", o.output)}
	}
	c, err := catalogue.Embedded()
	if err != nil {
		return err
	}
	h, err := machine(w, o.recording)
	if err != nil {
		return err
	}
	s := engine.Once(ctx, h, sensor.All(), c, w.now(), o.gather)
	if !o.rows {
		s.Rows = nil
	}
	if err := write(w.out, s, c); err != nil {
		return err
	}
	if o.output == "text" && o.recording == "" && o.gather < time.Minute {
		fmt.Fprintln(w.out, "Too short to judge how input arrives: that takes a minute and more, scan --for 10m.")
	}
	if limit != "" && s.Level().Rank() >= limit.Rank() {
		return failed{exitFailed, fmt.Errorf("the level is %s, at or above %s", s.Level(), limit)}
	}
	return nil
}

func threshold(failOn string) (finding.Level, error) {
	if failOn == "" {
		return "", nil
	}
	level, err := finding.ParseLevel(failOn)
	if err == nil && level == finding.LevelNone {
		return "", fmt.Errorf("--fail-on none would always fail; want watch, medium or high")
	}
	return level, err
}

// machine is the recorded machine, or this one when there is no recording.
func machine(w world, recording string) (host.Host, error) {
	if recording == "" {
		return host.Live(w.now), nil
	}
	return host.OpenRecording(recording)
}

// scanned is the shape of --output json. It is stable: fields are only added.
type scanned struct {
	Platform struct {
		OS        string `json:"os"`
		OSVersion string `json:"os_version"`
		Arch      string `json:"arch"`
	} `json:"platform"`
	Level    finding.Level  `json:"level"`
	Findings []foundItem    `json:"findings"`
	Coverage []coverageItem `json:"coverage"`
	Rows     []evidenceItem `json:"rows,omitempty"`
}

type foundItem struct {
	Rule       string             `json:"rule"`
	Title      string             `json:"title"`
	Severity   finding.Severity   `json:"severity"`
	Confidence finding.Confidence `json:"confidence"`
	Techniques []string           `json:"techniques"`
	Evidence   []evidenceItem     `json:"evidence"`
}

type evidenceItem struct {
	Class   string            `json:"class"`
	Columns map[string]string `json:"columns"`
}

type coverageItem struct {
	Class  string                `json:"class"`
	State  finding.CoverageState `json:"state"`
	Detail string                `json:"detail,omitempty"`
}

func writeJSON(out io.Writer, s engine.Scan, c *catalogue.Catalogue) error {
	var o scanned
	o.Platform.OS, o.Platform.OSVersion, o.Platform.Arch = s.Platform.OS, s.Platform.OSVersion, s.Platform.Arch
	o.Level, o.Findings, o.Coverage = s.Level(), []foundItem{}, []coverageItem{}
	visible := visibleColumns()
	for _, f := range s.Findings {
		item := foundItem{Rule: f.Rule, Title: f.Title, Severity: f.Severity, Confidence: f.Confidence, Techniques: []string{}, Evidence: []evidenceItem{}}
		if rule, known := c.Rule(f.Rule); known && rule.Techniques != nil {
			item.Techniques = rule.Techniques
		}
		for _, row := range f.Evidence {
			item.Evidence = append(item.Evidence, evidenceItem{row.Class, visible.of(row)})
		}
		o.Findings = append(o.Findings, item)
	}
	for _, cover := range s.Coverage {
		o.Coverage = append(o.Coverage, coverageItem{cover.Class, cover.State, cover.Detail})
	}
	for _, row := range s.Rows {
		o.Rows = append(o.Rows, evidenceItem{row.Class, visible.of(row)})
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(o)
}

// columnSet says, by class, which columns a person may be shown: all but the
// local ones, since what is shown on a screen is soon pasted into a ticket.
type columnSet map[string]map[string]bool

func visibleColumns() columnSet {
	set := columnSet{}
	for _, s := range sensor.All() {
		set[s.Class] = map[string]bool{}
		for _, column := range s.Columns {
			set[s.Class][column.Name] = column.Sensitivity != sensor.Local
		}
	}
	return set
}

func (set columnSet) of(row finding.Observation) map[string]string {
	columns := map[string]string{}
	for name, value := range row.Columns {
		if set[row.Class][name] {
			columns[name] = value
		}
	}
	return columns
}
