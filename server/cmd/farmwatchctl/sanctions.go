package main

import (
	"cmp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/server/internal/alert"
)

func sanctionsCommand(p *program) *cobra.Command {
	return group("sanctions", "Permit tools, with an owner and an end", sanctionsListCommand(p), sanctionsApplyCommand(p), sanctionsPreviewCommand(p),
		sanctionsCreateCommand(p), sanctionsGrantCommand(p), sanctionsTicketCommand(p), sanctionsRevokeCommand(p))
}

func sanctionsListCommand(p *program) *cobra.Command {
	ask := &consolev1.ListSanctionsRequest{}
	var ending string
	c := &cobra.Command{
		Use: "list", Short: "List sanctions, newest first", Args: cobra.NoArgs,
		Example: "  farmwatchctl sanctions list --ending 14d",
		RunE: p.connected(func(c *cobra.Command, conn *connection, _ []string) error {
			if ending != "" {
				d, err := parseStretch(ending)
				if err != nil || d < 24*time.Hour {
					return usage("--ending %s is no number of days; write e.g. 14d", ending)
				}
				ask.EndingDays = int32(d / (24 * time.Hour))
			}
			got, err := call(c.Context(), conn.sanctions.ListSanctions, ask)
			if err != nil {
				return err
			}
			return p.printSanctions(got.GetSanctions()...)
		}),
	}
	f := c.Flags()
	f.StringVar(&ending, "ending", "", "only those in force that end within so many days, e.g. 14d")
	f.StringVar(&ask.Name, "name", "", "only this one")
	f.StringVar(&ask.Device, "device", "", "only those in force on this device, by id or name")
	f.BoolVar(&ask.History, "history", false, "every version, those that were replaced or ended over 30 days ago too")
	return c
}

func sanctionsRevokeCommand(p *program) *cobra.Command {
	return &cobra.Command{
		Use: "revoke NAME|ID", Short: "End a sanction now", Args: cobra.ExactArgs(1),
		RunE: p.connected(func(c *cobra.Command, conn *connection, args []string) error {
			got, err := call(c.Context(), conn.sanctions.RevokeSanction, &consolev1.RevokeSanctionRequest{Id: args[0]})
			if err != nil {
				return err
			}
			return p.printSanctions(got.GetSanction())
		}),
	}
}

func (p *program) printSanctions(list ...*consolev1.Sanction) error {
	return printList(p, listing[*consolev1.Sanction]{
		items:   list,
		columns: []string{"name", "tools", "scope", "conditions", "state", "expires_at", "owner", "justification"},
		empty:   "Nothing is sanctioned: every remote session counts.",
		row: func(n *consolev1.Sanction) []string {
			return []string{n.GetName(), strings.Join(n.GetTools(), " "), scopeOf(n), conditionsOf(n), words(n.GetState()), full(n.GetExpiresAt()),
				cmp.Or(n.GetOwner(), n.GetCreatedBy()), n.GetJustification()}
		},
	})
}

// scopeOf says where a sanction holds; devices go by their names.
func scopeOf(n *consolev1.Sanction) string {
	var parts []string
	for _, g := range n.GetGroups() {
		if g == alert.AllWorkstations {
			g = "every device"
		}
		parts = append(parts, g)
	}
	for _, d := range n.GetDevices() {
		parts = append(parts, nameOf(d))
	}
	return strings.Join(parts, ", ")
}

func nameOf(s *consolev1.Subject) string { return cmp.Or(s.GetName(), s.GetId()) }

// conditionsOf says in words what a sanction asks beside tool, scope and time.
func conditionsOf(n *consolev1.Sanction) string {
	var parts []string
	for _, w := range n.GetWhere() {
		parts = append(parts, alert.Condition{Column: w.GetColumn(), Value: w.GetValue()}.String())
	}
	for _, t := range n.GetTenants() {
		parts = append(parts, "tenant "+t.GetLabel())
	}
	if n.GetApprovedAtConsole() {
		parts = append(parts, "approved at the console")
	}
	if n.GetTicketRequired() {
		parts = append(parts, "ticket")
	}
	if n.GetTicket() != "" {
		parts = append(parts, "under "+n.GetTicket())
	}
	if n.GetHours() != "" {
		parts = append(parts, n.GetHours())
	}
	return strings.Join(parts, ", ")
}
