package main

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"connectrpc.com/connect"
	"github.com/spf13/cobra"
	"google.golang.org/protobuf/types/known/timestamppb"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/server/internal/alert"
)

func sanctionsCommand(p *program) *cobra.Command {
	list := &cobra.Command{
		Use: "list", Short: "List every sanction, newest first", Args: cobra.NoArgs,
		RunE: p.connected(func(c *cobra.Command, conn *connection, _ []string) error {
			got, err := call(c.Context(), conn.sanctions.ListSanctions, &consolev1.ListSanctionsRequest{})
			if err != nil {
				return err
			}
			return p.printSanctions(c.Context(), conn, got.GetSanctions()...)
		}),
	}
	revoke := &cobra.Command{
		Use: "revoke ID", Short: "End a sanction now", Args: cobra.ExactArgs(1),
		RunE: p.connected(func(c *cobra.Command, conn *connection, args []string) error {
			got, err := call(c.Context(), conn.sanctions.RevokeSanction, &consolev1.RevokeSanctionRequest{Id: args[0]})
			if err != nil {
				return err
			}
			return p.printSanctions(c.Context(), conn, got.GetSanction())
		}),
	}
	return group("sanctions", "Permit tools, with an owner and an end", list, sanctionsCreateCommand(p), revoke)
}

func sanctionsCreateCommand(p *program) *cobra.Command {
	ask := &consolev1.CreateSanctionRequest{}
	var expires string
	var where []string
	c := &cobra.Command{
		Use:   "create",
		Short: "Permit one tool, or what one rule finds, on one device or on all, until a date",
		Example: "  farmwatchctl sanctions create --tool anydesk --device laptop-7 --expires 2h --justification \"ticket INC-1: printer driver\"\n" +
			"  farmwatchctl sanctions create --tool kvm.enterprise_kvm --where vendor_id=0624 --expires 365d --justification \"the KVM of server room 2, asset list 2026\"",
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
			return p.printSanctions(c.Context(), conn, got.GetSanction())
		},
	}
	f := c.Flags()
	f.StringVar(&ask.Tool, "tool", "", "a tool of the catalogue, e.g. anydesk, or a rule, e.g. kvm.default_identity")
	f.StringVar(&ask.Device, "device", "", "id or name of a device; without it the sanction is for all of them")
	f.StringVar(&ask.Justification, "justification", "", "who needs it, for what, and where that is written down")
	f.StringVar(&expires, "expires", "", "when it ends: 2h, 30d, 2027-03-31 or 2027-03-31T18:00:00Z")
	f.StringArrayVar(&where, "where", nil, "column=value that all evidence of the rule must have, e.g. vendor_id=0624; several must all hold")
	for _, name := range []string{"tool", "justification", "expires"} {
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

// requireFlag marks a flag that must be there; that it exists is certain.
func requireFlag(c *cobra.Command, name string) {
	before := c.PreRunE
	c.PreRunE = func(c *cobra.Command, args []string) error {
		if before != nil {
			if err := before(c, args); err != nil {
				return err
			}
		}
		if !c.Flags().Changed(name) {
			return usage("--%s is missing\nusage: %s", name, c.UseLine())
		}
		return nil
	}
}

// parseEnd reads when something ends: a stretch from now, a day (its end, in
// UTC), or a moment.
func parseEnd(s string, now time.Time) (time.Time, error) {
	if d, err := parseStretch(s); err == nil {
		return now.Add(d), nil
	}
	if day, err := time.Parse(time.DateOnly, s); err == nil {
		return day.AddDate(0, 0, 1).Add(-time.Second), nil
	}
	if at, err := time.Parse(time.RFC3339, s); err == nil {
		return at, nil
	}
	return time.Time{}, usage("%q is no end; write 2h, 30d, 2027-03-31 or 2027-03-31T18:00:00Z", s)
}

// parseStretch reads a length of time; days are what people count in.
func parseStretch(s string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.Atoi(days)
		if err != nil || n < 0 || n > 3650 {
			return 0, fmt.Errorf("%q is no number of days", s)
		}
		return time.Duration(n) * 24 * time.Hour, nil
	}
	return time.ParseDuration(s)
}

// deviceOf is the device of a sanction, if it is for one.
func deviceOf(n *consolev1.Sanction) string {
	if len(n.GetDevices()) == 0 {
		return ""
	}
	return n.GetDevices()[0].GetId()
}

// printSanctions names devices to people; programs get their ids.
func (p *program) printSanctions(ctx context.Context, conn *connection, list ...*consolev1.Sanction) error {
	names := map[string]string{}
	for _, n := range list {
		if _, asked := names[deviceOf(n)]; asked || p.format != "table" || deviceOf(n) == "" {
			continue
		}
		got, err := call(ctx, conn.devices.GetDevice, &consolev1.GetDeviceRequest{Id: deviceOf(n)})
		if err != nil && connect.CodeOf(err) != connect.CodeNotFound {
			return err
		}
		names[deviceOf(n)] = got.GetDevice().GetName()
	}
	return printList(p, p.sanctionListing(list, names))
}

func (p *program) sanctionListing(list []*consolev1.Sanction, names map[string]string) listing[*consolev1.Sanction] {
	return listing[*consolev1.Sanction]{
		items:   list,
		columns: []string{"id", "tool", "where", "device", "state", "expires_at", "created_by", "justification"},
		empty:   "Nothing is sanctioned: every remote session counts.",
		row: func(n *consolev1.Sanction) []string {
			device := cmp.Or(names[deviceOf(n)], deviceOf(n), "every device")
			var where []string
			for _, w := range n.GetWhere() {
				where = append(where, alert.Condition{Column: w.GetColumn(), Value: w.GetValue()}.String())
			}
			state := "in force"
			switch {
			case n.GetRevokedAt() != nil:
				state = "revoked"
			case !p.now().Before(n.GetExpiresAt().AsTime()):
				state = "ended"
			}
			return []string{n.GetId(), strings.Join(n.GetTools(), " "), strings.Join(where, " "), device, state, full(n.GetExpiresAt()), n.GetCreatedBy(), n.GetJustification()}
		},
	}
}
