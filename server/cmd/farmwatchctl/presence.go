package main

import (
	"cmp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
)

func presenceCommand(p *program) *cobra.Command {
	var ask consolev1.ListPresenceRequest
	list := &cobra.Command{
		Use: "list", Short: "List what was asked and what came of it, latest first", Args: cobra.NoArgs,
		Long: "List what was asked and what came of it, latest first. The states:\n\n" +
			"  waiting       it is not on the screen yet: the laptop is off or not connected, or nobody is logged in\n" +
			"  shown         it is on the screen\n" +
			"  answered      one of the acts was noticed at the laptop; a switched socket, or who is root there, can feign one\n" +
			"  other_way     the person asks for another way to show that they are there: talk to them\n" +
			"  not_answered  it was shown and its time ended; by itself that says nothing, people are away or do not see it\n" +
			"  cannot_ask    nobody could be asked; the detail says why\n" +
			"  withdrawn     it was taken back",
		Example: "  farmwatchctl presence list --device laptop-7",
		RunE: p.connected(func(c *cobra.Command, conn *connection, _ []string) error {
			got, err := call(c.Context(), conn.presence.ListPresence, &ask)
			if err != nil {
				return err
			}
			return printList(p, presenceListing(got.GetChecks()))
		}),
	}
	list.Flags().StringVar(&ask.Device, "device", "", "id or name of a device")
	list.Flags().StringVar(&ask.Alert, "alert", "", "only what was asked for one alert")
	withdraw := &cobra.Command{
		Use: "withdraw ID", Short: "End a question that is open: the laptop stops asking", Args: cobra.ExactArgs(1),
		RunE: p.connected(func(c *cobra.Command, conn *connection, args []string) error {
			got, err := call(c.Context(), conn.presence.WithdrawPresence, &consolev1.WithdrawPresenceRequest{Id: args[0]})
			if err != nil {
				return err
			}
			return printList(p, presenceListing([]*consolev1.PresenceCheck{got.GetCheck()}))
		}),
	}
	return group("presence", "Ask whether somebody sits at a laptop; the answer counts for nothing by itself", presenceRequestCommand(p), list, withdraw)
}

func presenceRequestCommand(p *program) *cobra.Command {
	ask := &consolev1.RequestPresenceRequest{}
	var due string
	c := &cobra.Command{
		Use:   "request DEVICE",
		Short: "Ask the person at a laptop for an act that only hands there can do",
		Long: "Ask the person at a laptop for an act that only hands there can do: a few keys of the\n" +
			"built-in keyboard, the lid, the power plug, a fingerprint, a touch of a security key. Any one is enough.\n\n" +
			"The person reads why they are asked in farmwatch's own words; the reason you give stays here.\n" +
			"One question at a time and three within a day: people are asked seldom.\n" +
			"What comes of it: farmwatchctl presence list",
		Example: "  farmwatchctl presence request laptop-7 --alert 0198… --due 4h --reason \"two KVM findings, INC-7\"\n" +
			"  farmwatchctl presence request laptop-7 --means lid,power_plug --reason \"agreed on the phone\"",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			wait, err := parseStretch(due)
			if err != nil {
				return usage("--due %s is no length of time; write 30m, 4h or 2d", due)
			}
			ask.DueSeconds = int64(wait / time.Second)
			conn, err := p.connect()
			if err != nil {
				return err
			}
			// The API takes the id alone; a name is looked up, and one of several is refused.
			of, err := call(c.Context(), conn.devices.GetDevice, &consolev1.GetDeviceRequest{Id: args[0]})
			if err != nil {
				return err
			}
			ask.Device = of.GetDevice().GetId()
			got, err := call(c.Context(), conn.presence.RequestPresence, ask)
			if err != nil {
				return err
			}
			return printList(p, presenceListing([]*consolev1.PresenceCheck{got.GetCheck()}))
		},
	}
	f := c.Flags()
	f.StringVar(&ask.Alert, "alert", "", "the alert it is asked for; its timeline tells what came of it")
	f.StringSliceVar(&ask.Means, "means", nil, "builtin_keyboard, lid, power_plug, fingerprint, security_key; without it any that the laptop has")
	f.StringVar(&due, "due", "4h", "how long the person has: 5m to 7d")
	f.StringVar(&ask.Reason, "reason", "", "why, for the audit log; it is not shown on the laptop")
	requireFlag(c, "reason")
	return c
}

func presenceListing(list []*consolev1.PresenceCheck) listing[*consolev1.PresenceCheck] {
	return listing[*consolev1.PresenceCheck]{
		items:   list,
		columns: []string{"id", "device", "state", "answered_by", "asked_by", "asked_at", "due_at", "closed_at", "detail"},
		empty:   "Nobody was asked. Ask with: farmwatchctl presence request DEVICE --reason TEXT",
		row: func(q *consolev1.PresenceCheck) []string {
			by := q.GetAnsweredBy()
			if q.GetAnsweredAfterMs() > 0 {
				by += " after " + (time.Duration(q.GetAnsweredAfterMs()) * time.Millisecond).Round(100*time.Millisecond).String()
			}
			return []string{q.GetId(), q.GetSubject().GetName(), q.GetState(), by, q.GetAskedBy(), full(q.GetAskedAt()), full(q.GetDueAt()), full(q.GetClosedAt()),
				cmp.Or(q.GetDetail(), q.GetAnsweredFrom(), "by any of: "+strings.Join(q.GetMeans(), ", "))}
		},
	}
}
