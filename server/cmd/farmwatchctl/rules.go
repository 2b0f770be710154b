package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"connectrpc.com/connect"
	"github.com/spf13/cobra"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
)

func rulesCommand(p *program) *cobra.Command {
	return group("rules", "Try rules on what laptops told, before they are enabled", rulesReplayCommand(p))
}

func rulesReplayCommand(p *program) *cobra.Command {
	ask := &consolev1.ReplayRulesRequest{}
	var since string
	var files []string
	c := &cobra.Command{
		Use: "replay -f FILE|FOLDER", Short: "Show what new or changed rules would have done; nothing is written", Args: cobra.NoArgs,
		Long: "Show what new or changed rules would have done; nothing is written.\n\n" +
			"A file holds one rule, tool, device, composite or the scale, as in the catalogue; several\n" +
			"may be given, and folders. What has the id of one that is in force takes its place. The\n" +
			"past of every laptop and site is judged by the catalogue in force, and again with the\n" +
			"files put over it.",
		Example: "  farmwatchctl rules replay --since 30d -f new-rule.yaml",
		RunE: p.connected(func(c *cobra.Command, conn *connection, _ []string) error {
			window, err := parseStretch(since)
			if err != nil {
				return usage("--since %s: write a length of time, such as 30d or 12h", since)
			}
			ask.SinceSeconds = int64(window / time.Second)
			texts, err := p.readFiles(files)
			if err != nil {
				return err
			}
			for _, t := range texts {
				ask.Files = append(ask.Files, &consolev1.RuleFile{Name: t.name, Text: t.text})
			}
			return p.replay(c.Context(), conn, ask)
		}),
	}
	filesFlag(c, &files, "a file of a rule, tool, device, composite or the scale, a folder of such, or - for standard input")
	c.Flags().StringVar(&since, "since", "30d", "how far back, at most 90d")
	c.Flags().StringVar(&ask.Device, "device", "", "id or name: only this laptop")
	return c
}

// A replayed is the whole answer of a replay.
type replayed struct {
	changes []*consolev1.ReplayChange
	summary *consolev1.ReplaySummary
}

func (p *program) replay(ctx context.Context, conn *connection, ask *consolev1.ReplayRulesRequest) error {
	stream, err := conn.rules.ReplayRules(ctx, connect.NewRequest(ask))
	if err != nil {
		return err
	}
	defer func() { _ = stream.Close() }() // its error is the stream's, told by Err
	var got replayed
	for stream.Receive() {
		m := stream.Msg()
		p.showProgress(m.GetProgress())
		if c := m.GetChange(); c != nil {
			got.changes = append(got.changes, c)
		}
		if m.GetSummary() != nil {
			got.summary = m.GetSummary()
		}
	}
	if err := stream.Err(); err != nil {
		return err
	}
	if got.summary == nil {
		return errors.New("the server ended the replay before its summary")
	}
	return p.printReplay(got)
}

// showProgress writes over one line of a terminal; elsewhere it would only be noise.
func (p *program) showProgress(m *consolev1.ReplayProgress) {
	if m == nil || p.screen.width == 0 {
		return
	}
	text := fmt.Sprintf("\r%d of %d laptops", m.GetDone(), m.GetTotal())
	if m.GetDone() == m.GetTotal() {
		text = "\r" + strings.Repeat(" ", len(text)) + "\r"
	}
	_, _ = fmt.Fprint(p.err, text) // whoever does not see it misses nothing
}

func (p *program) printReplay(r replayed) error {
	switch p.format {
	case "json", "yaml":
		return p.structuredReplay(r)
	case "csv":
		return printList(p, listing[*consolev1.ReplayChange]{
			items:   r.changes,
			columns: []string{"kind", "id", "name", "conclusion", "before", "after", "score_before", "score_after", "at", "alert", "added", "dropped", "instead", "confirmed", "laptops"},
			row: func(c *consolev1.ReplayChange) []string {
				s := c.GetSubject()
				return []string{s.GetKind(), s.GetId(), s.GetName(), c.GetConclusion(), c.GetBefore(), c.GetAfter(), fmt.Sprint(c.GetScoreBefore()), fmt.Sprint(c.GetScoreAfter()),
					full(c.GetAt()), c.GetAlert(), ledgerLine(c.GetAdded()), ledgerLine(c.GetDropped()),
					c.GetInstead(), fmt.Sprint(c.GetConfirmed()), strings.Join(c.GetSite().GetLaptops(), " ")}
			},
		})
	}
	_, err := fmt.Fprint(p.out, p.replayPage(r))
	return err
}

func ledgerLine(list []*consolev1.LedgerEntry) string {
	var parts []string
	for _, e := range list {
		parts = append(parts, fmt.Sprintf("%s %s", signed(e.GetPoints()), e.GetRule()))
	}
	return strings.Join(parts, "; ")
}
