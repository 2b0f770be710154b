package main

import (
	"strings"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/types/known/timestamppb"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
)

func sanctionsCreateCommand(p *program) *cobra.Command {
	ask := &consolev1.CreateSanctionRequest{}
	var expires string
	var where []string
	c := &cobra.Command{
		Use:   "create",
		Short: "Permit one tool, or what one rule finds, on one device or on all, until a date",
		Example: "  farmwatchctl sanctions create --tool anydesk --device laptop-7 --expires 30d --approver ciso@corp.example --justification \"ticket INC-1: printer driver\"\n" +
			"  farmwatchctl sanctions create --tool kvm.enterprise_kvm --where vendor_id=0624 --expires 365d --approver ciso@corp.example --justification \"the KVM of server room 2, asset list 2026\"",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			end, err := parseEnd(expires, p.now())
			if err != nil {
				return err
			}
			ask.ExpiresAt = timestamppb.New(end)
			if ask.Where, err = parseWhere(where); err != nil {
				return err
			}
			conn, err := p.connect()
			if err != nil {
				return err
			}
			got, err := call(c.Context(), conn.sanctions.CreateSanction, ask)
			if err != nil {
				return err
			}
			return p.printSanctions(got.GetSanction())
		},
	}
	f := c.Flags()
	f.StringVar(&ask.Tool, "tool", "", "a tool of the catalogue, e.g. anydesk, or a rule, e.g. kvm.default_identity")
	f.StringVar(&ask.Device, "device", "", "id or name of a device; without it the sanction is for all of them")
	f.StringVar(&ask.Justification, "justification", "", "who needs it, for what, and where that is written down")
	f.StringVar(&ask.Owner, "owner", "", "who answers for it; without it, you")
	f.StringVar(&ask.Approver, "approver", "", "who agreed: somebody else than the owner and than you")
	f.StringVar(&ask.SecondApprover, "second-approver", "", "who else answers for a sanction that would have hidden true positives")
	f.StringVar(&expires, "expires", "", "when it ends: 2h, 30d, 2027-03-31 or 2027-03-31T18:00:00Z")
	f.StringArrayVar(&where, "where", nil, "column=value that all evidence of the rule must have, e.g. vendor_id=0624; several must all hold")
	for _, name := range []string{"tool", "justification", "approver", "expires"} {
		requireFlag(c, name)
	}
	return c
}

// parseWhere reads conditions as people write them.
func parseWhere(texts []string) ([]*consolev1.Condition, error) {
	var all []*consolev1.Condition
	for _, text := range texts {
		column, value, ok := strings.Cut(text, "=")
		if !ok {
			return nil, usage("--where %s: write column=value, e.g. vendor_id=0624", text)
		}
		all = append(all, &consolev1.Condition{Column: column, Value: value})
	}
	return all, nil
}

func sanctionsGrantCommand(p *program) *cobra.Command {
	ask := &consolev1.GrantSanctionRequest{}
	var length string
	c := &cobra.Command{
		Use: "grant", Short: "Permit one tool on one device for some hours, with a ticket", Args: cobra.NoArgs,
		Example: "  farmwatchctl sanctions grant --device laptop-7 --tool anydesk --for 2h --ticket INC-1",
		RunE: p.connected(func(c *cobra.Command, conn *connection, _ []string) (err error) {
			if ask.Seconds, err = hoursOf(length); err != nil {
				return err
			}
			got, err := call(c.Context(), conn.sanctions.GrantSanction, ask)
			if err != nil {
				return err
			}
			return p.printSanctions(got.GetSanction())
		}),
	}
	f := c.Flags()
	f.StringVar(&ask.Tool, "tool", "", "a tool of the catalogue, e.g. anydesk")
	f.StringVar(&ask.Device, "device", "", "id or name of a device")
	f.StringVar(&ask.Ticket, "ticket", "", "under which ticket, e.g. INC-1")
	f.StringVar(&length, "for", "", "how long: 30m, 2h, 24h at most")
	f.StringVar(&ask.Justification, "justification", "", "what the ticket does not say")
	for _, name := range []string{"device", "tool", "for", "ticket"} {
		requireFlag(c, name)
	}
	return c
}

func sanctionsTicketCommand(p *program) *cobra.Command {
	ask := &consolev1.OpenTicketRequest{}
	var length string
	c := &cobra.Command{
		Use: "ticket NAME", Short: "Open a sanction that requires a ticket, on one device, for some hours", Args: cobra.ExactArgs(1),
		Example: "  farmwatchctl sanctions ticket helpdesk-remote-help --device laptop-7 --ticket INC-2 --for 2h",
		RunE: p.connected(func(c *cobra.Command, conn *connection, args []string) (err error) {
			ask.Name = args[0]
			if ask.Seconds, err = hoursOf(length); err != nil {
				return err
			}
			got, err := call(c.Context(), conn.sanctions.OpenTicket, ask)
			if err != nil {
				return err
			}
			return printList(p, ticketListing(got.GetTicket()))
		}),
	}
	f := c.Flags()
	f.StringVar(&ask.Device, "device", "", "id or name of a device")
	f.StringVar(&ask.Ticket, "ticket", "", "which ticket, e.g. INC-2")
	f.StringVar(&length, "for", "", "how long: 30m, 2h, 24h at most")
	for _, name := range []string{"device", "ticket", "for"} {
		requireFlag(c, name)
	}
	return c
}

// hoursOf reads how long something is for, in seconds.
func hoursOf(length string) (int64, error) {
	d, err := parseStretch(length)
	if err != nil || d < time.Second {
		return 0, usage("--for %s is no length of time; write 30m or 2h, 24h at most", length)
	}
	return int64(d / time.Second), nil
}

func ticketListing(list ...*consolev1.Ticket) listing[*consolev1.Ticket] {
	return listing[*consolev1.Ticket]{
		items:   list,
		columns: []string{"sanction", "device", "ticket", "opens_at", "closes_at", "opened_by"},
		row: func(t *consolev1.Ticket) []string {
			return []string{t.GetSanction(), nameOf(t.GetDevice()), t.GetTicket(), full(t.GetOpensAt()), full(t.GetClosesAt()), t.GetOpenedBy()}
		},
	}
}
