package main

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
)

func devicesCommand(p *program) *cobra.Command {
	return group("devices", "Look at laptops, group and remove them", devicesListCommand(p), devicesShowCommand(p), devicesGroupCommand(p), devicesRemoveCommand(p))
}

func devicesRemoveCommand(p *program) *cobra.Command {
	return &cobra.Command{
		Use: "remove ID", Short: "End a laptop's enrolment: its agent is cut off and its certificate counts no more; what it told stays", Args: cobra.ExactArgs(1),
		RunE: p.connected(func(c *cobra.Command, conn *connection, args []string) error {
			got, err := call(c.Context(), conn.devices.RemoveDevice, &consolev1.RemoveDeviceRequest{Id: args[0]})
			if err != nil {
				return err
			}
			if done, err := p.show(got.GetDevice()); done {
				return err
			}
			d := got.GetDevice()
			_, err = fmt.Fprintf(p.out, "removed %s (%s); it comes back only with a new token\n", clean(d.GetName()), clean(d.GetId()))
			return err
		}),
	}
}

func devicesGroupCommand(p *program) *cobra.Command {
	ask := &consolev1.SetDeviceGroupRequest{}
	c := &cobra.Command{
		Use: "group DEVICE… --set GROUP", Short: "Put laptops into a group, from now on; --set \"\" takes them out", Args: cobra.MinimumNArgs(1),
		Example: "  farmwatchctl devices group laptop-7 laptop-8 --set helpdesk",
		RunE: p.connected(func(c *cobra.Command, conn *connection, args []string) error {
			ask.Ids = args
			got, err := call(c.Context(), conn.devices.SetDeviceGroup, ask)
			if err != nil {
				return err
			}
			return printList(p, listing[*consolev1.Device]{
				items: got.GetDevices(), columns: []string{"id", "name", "group", "group_since"},
				row: func(d *consolev1.Device) []string {
					return []string{d.GetId(), d.GetName(), d.GetGroup(), full(d.GetGroupSince())}
				},
			})
		}),
	}
	c.Flags().StringVar(&ask.Group, "set", "", "the group: small letters, digits and dashes")
	requireFlag(c, "set")
	return c
}

func devicesListCommand(p *program) *cobra.Command {
	var query, inGroup string
	var limit int
	c := &cobra.Command{
		Use: "list", Short: "List the enrolled laptops by name", Args: cobra.NoArgs,
		RunE: p.connected(func(c *cobra.Command, conn *connection, _ []string) error {
			list, err := pages(p, limit, func(size int32, token string) ([]*consolev1.Device, string, error) {
				got, err := call(c.Context(), conn.devices.ListDevices, &consolev1.ListDevicesRequest{Query: query, Group: inGroup, PageSize: size, PageToken: token})
				return got.GetDevices(), got.GetNextPageToken(), err
			})
			if err != nil {
				return err
			}
			return printList(p, deviceListing(list))
		}),
	}
	c.Flags().StringVar(&query, "query", "", "words in the name, id, system, group or agent version")
	c.Flags().StringVar(&inGroup, "group", "", "only those in this group")
	c.Flags().IntVar(&limit, "limit", 0, "at most so many; 0 is all")
	return c
}

func deviceListing(list []*consolev1.Device) listing[*consolev1.Device] {
	return listing[*consolev1.Device]{
		items:   list,
		columns: []string{"id", "name", "presence", "level", "open_alerts", "coverage", "last_seen", "group", "os", "agent_version"},
		empty:   "No device fits. Enrol one with the line that farmwatchctl tokens create prints.",
		row: func(d *consolev1.Device) []string {
			return []string{d.GetId(), d.GetName(), d.GetPresence(), d.GetLevel(), strconv.Itoa(int(d.GetOpenAlerts())),
				fmt.Sprintf("%d of %d", d.GetCoverageOk(), d.GetCoverageTotal()), full(d.GetLastSeen()), d.GetGroup(),
				system(d), d.GetAgentVersion()}
		},
	}
}

// system names a device's operating system once: a version begins with a name of its own.
func system(d *consolev1.Device) string { return cmp.Or(d.GetOsVersion(), d.GetOs()) }

func devicesShowCommand(p *program) *cobra.Command {
	return &cobra.Command{
		Use: "show ID|NAME", Short: "Show one laptop: presence, levels, findings, and where its sensors are blind", Args: cobra.ExactArgs(1),
		Example: "  farmwatchctl devices show laptop-7",
		RunE: p.connected(func(c *cobra.Command, conn *connection, args []string) error {
			got, err := call(c.Context(), conn.devices.GetDevice, &consolev1.GetDeviceRequest{Id: args[0]})
			if err != nil {
				return err
			}
			if done, err := p.show(got); done {
				return err
			}
			part, err := call(c.Context(), conn.notices.ListNotices, &consolev1.ListNoticesRequest{Device: got.GetDevice().GetId()})
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(p.out, p.devicePage(got, part.GetNotices()))
			return err
		}),
	}
}

func (p *program) devicePage(m *consolev1.GetDeviceResponse, notices []*consolev1.Notice) string {
	d := m.GetDevice()
	var b strings.Builder
	b.WriteString(p.paint(bold, clean(d.GetName())) + "  " + p.paint(dim, clean(d.GetId())) + "\n")
	b.WriteString(p.wrap("", fmt.Sprintf("%s, last heard %s; %s %s, agent %s; enrolled %s", words(d.GetPresence()), clock(d.GetLastSeen()),
		system(d), d.GetArch(), d.GetAgentVersion(), clock(d.GetEnrolledAt()))))
	if d.GetGroup() != "" {
		b.WriteString(p.wrap("", fmt.Sprintf("in the group %s since %s", clean(d.GetGroup()), clock(d.GetGroupSince()))))
	}
	if off := d.GetClockOffsetMs(); off > 2000 || off < -2000 {
		b.WriteString(p.wrap("", fmt.Sprintf("its clock is off by %+.1f s; times below are corrected", float64(off)/1000)))
	}
	b.WriteString("\n" + p.paint(bold, "Levels") + "\n")
	for _, a := range m.GetAssessments() {
		fmt.Fprintf(&b, "  %s, since %s, confidence %s\n", p.paintLevel(a.GetLevel(), clean(words(a.GetConclusion())+": "+a.GetLevel())), clock(a.GetSince()), clean(a.GetConfidence()))
		p.points(&b, a)
	}
	if len(m.GetAssessments()) == 0 {
		b.WriteString("  not assessed yet\n")
	} else {
		b.WriteString(p.surely(&consolev1.Subject{Id: d.GetId()}))
	}
	if m.GetSite() != nil {
		b.WriteString("\n" + p.wrap("", "It shares a place, or what controls it, with other people's laptops: farmwatchctl sites show "+m.GetSite().GetId()))
	}
	for _, n := range notices {
		b.WriteString("\n" + p.wrap("", fmt.Sprintf("Part of a notice, %s: %s. What it tells of is no alert of its own unless it was unexpected.", decided(n.GetDecision()), n.GetTitle())))
		b.WriteString(p.paint(dim, "  farmwatchctl notices show "+clean(n.GetId())) + "\n")
	}
	p.evidence(&b, m.GetFindings())
	p.coverage(&b, m.GetCoverage())
	for _, g := range m.GetGaps() {
		b.WriteString(p.wrap("", fmt.Sprintf("gap: reports %d to %d will never come (%s), told %s", g.GetFrom(), g.GetTo(), words(g.GetReason()), clock(g.GetReceivedAt()))))
	}
	return b.String()
}

// coverage names where the agent cannot look: there, silence says nothing.
func (p *program) coverage(b *strings.Builder, list []*consolev1.Coverage) {
	b.WriteString("\n" + p.paint(bold, "Coverage") + "\n")
	var ok []string
	for _, c := range list {
		if c.GetState() == "ok" {
			ok = append(ok, c.GetClass())
			continue
		}
		b.WriteString(p.wrap("  ", strings.TrimSuffix(fmt.Sprintf("%s: %s since %s. %s", c.GetClass(), c.GetState(), clock(c.GetSince()), c.GetDetail()), " ")))
	}
	switch {
	case len(ok) > 0:
		b.WriteString(p.wrap("  ", "ok: "+strings.Join(ok, ", ")))
	case len(list) == 0:
		b.WriteString("  it has not told yet what it can see\n")
	}
}
