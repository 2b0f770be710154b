package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
)

func noticesCommand(p *program) *cobra.Command {
	return group("notices", "See what appeared on many laptops at once, and say whether the company expected it",
		noticesListCommand(p), noticesShowCommand(p), noticesDecideCommand(p))
}

func noticesListCommand(p *program) *cobra.Command {
	var ask consolev1.ListNoticesRequest
	c := &cobra.Command{
		Use: "list", Short: "List the notices, the latest first", Args: cobra.NoArgs,
		Long: "List the notices, the latest first.\n\n" +
			"What appears on many laptops at about the same time, such as a provider's new product, is told\n" +
			"once. Until somebody says that it was not expected, no alert is opened for a laptop about which\n" +
			"nothing else is known; its assessment stays what it is, and is listed as always.",
		RunE: p.connected(func(c *cobra.Command, conn *connection, _ []string) error {
			got, err := call(c.Context(), conn.notices.ListNotices, &ask)
			if err != nil {
				return err
			}
			l := noticeListing(got.GetNotices())
			if ask.GetUndecided() {
				l.empty = "Nobody has to decide on anything that appeared on many laptops at once."
			}
			return printList(p, l)
		}),
	}
	c.Flags().StringVar(&ask.Device, "device", "", "id or name: only those that are about this laptop")
	c.Flags().BoolVar(&ask.Undecided, "undecided", false, "only those that nobody has decided on")
	return c
}

func noticesShowCommand(p *program) *cobra.Command {
	return &cobra.Command{
		Use: "show NOTICE", Short: "List the laptops that a notice is about, as it began there", Args: cobra.ExactArgs(1),
		RunE: p.connected(func(c *cobra.Command, conn *connection, args []string) error {
			got, err := call(c.Context(), conn.notices.GetNotice, &consolev1.GetNoticeRequest{Id: args[0]})
			if err != nil {
				return err
			}
			if p.format == "table" {
				if _, err := fmt.Fprint(p.out, p.noticePage(got)); err != nil {
					return err
				}
			}
			return printList(p, listing[*consolev1.NoticeDevice]{
				items: got.GetDevices(), columns: []string{"name", "id", "level", "alert"}, empty: "It is about no laptop any more.",
				row: func(d *consolev1.NoticeDevice) []string {
					return []string{d.GetName(), d.GetId(), d.GetLevel(), d.GetAlert()}
				},
			})
		}),
	}
}

// noticePage says what appeared, what was decided, and what to do; the laptops follow it.
func (p *program) noticePage(m *consolev1.GetNoticeResponse) string {
	n := m.GetNotice()
	var b strings.Builder
	b.WriteString(p.paint(bold, clean(n.GetTitle())) + "\n" + p.paint(dim, clean(n.GetId())) + "\n")
	b.WriteString(p.wrap("", fmt.Sprintf("It began on the first of them on %s and on the last on %s.", clock(n.GetFrom()), clock(n.GetTo()))))
	if n.GetTenant() != "" {
		b.WriteString(p.wrap("", "All of them answer to one account or server: "+n.GetTenant()))
	}
	b.WriteByte('\n')
	if n.GetDecision() != "" {
		b.WriteString(p.wrap("", fmt.Sprintf("%s said on %s that it was %s: %s", n.GetDecidedBy(), clock(n.GetDecidedAt()), decided(n.GetDecision()), n.GetComment())))
	}
	b.WriteString(p.wrap("", "Next step: "+n.GetNextStep()))
	if n.GetDecision() == "" {
		fmt.Fprintf(&b, "  farmwatchctl notices decide %s expected|unexpected --comment …\n", clean(n.GetId()))
		b.WriteString(p.wrap("", "expected: no laptop gets an alert for this alone. unexpected: each laptop gets its alert. Either can be taken back by deciding again."))
	}
	b.WriteByte('\n')
	if n.GetDecision() != "unexpected" {
		b.WriteString(p.wrap("", apart(m.GetDevices())))
	}
	if listed := len(m.GetDevices()); int(n.GetDevices()) > listed {
		fmt.Fprintf(&b, "The first %d of %s:\n", listed, counted(n.GetDevices(), "laptop"))
	}
	return b.String()
}

// apart says of how many of its laptops more is known than the notice tells.
func apart(devices []*consolev1.NoticeDevice) string {
	n := 0
	for _, d := range devices {
		if d.GetAlert() != "" {
			n++
		}
	}
	switch n {
	case 0:
		return "None of these laptops has an open alert."
	case 1:
		return "One of these laptops has an open alert of its own, for something else that is known of it: it stands first, and needs a look whatever is decided here."
	}
	return fmt.Sprintf("%d of these laptops have open alerts of their own, for something else that is known of them: they stand first, and need a look whatever is decided here.", n)
}

// decided puts a decision in words; no decision is one as well.
func decided(decision string) string {
	switch decision {
	case "":
		return "undecided"
	case "unexpected":
		return "not expected"
	}
	return decision
}

func noticesDecideCommand(p *program) *cobra.Command {
	ask := &consolev1.DecideNoticeRequest{}
	c := &cobra.Command{
		Use: "decide NOTICE expected|unexpected", Short: "Say whether the company expected it; unexpected opens an alert for each laptop", Args: cobra.ExactArgs(2),
		Example: "  farmwatchctl notices decide notice-3f… expected --comment \"the provider moves to this product, change 4711\"",
		RunE: p.connected(func(c *cobra.Command, conn *connection, args []string) error {
			ask.Id, ask.Decision = args[0], args[1]
			got, err := call(c.Context(), conn.notices.DecideNotice, ask)
			if err != nil {
				return err
			}
			if n := got.GetNotice(); p.format == "table" {
				_, err = fmt.Fprintf(p.out, "%s: %s\n%s", clean(n.GetTitle()), decided(n.GetDecision()), p.wrap("", "Next step: "+n.GetNextStep()))
				return err
			}
			return printList(p, noticeListing([]*consolev1.Notice{got.GetNotice()}))
		}),
	}
	c.Flags().StringVar(&ask.Comment, "comment", "", "how you know: who was asked, which change it is")
	requireFlag(c, "comment")
	return c
}

func noticeListing(list []*consolev1.Notice) listing[*consolev1.Notice] {
	return listing[*consolev1.Notice]{
		items:   list,
		columns: []string{"decision", "title", "devices", "first_began", "last_began", "decided_by", "id"},
		empty:   "Nothing has appeared on many laptops at once.",
		row: func(n *consolev1.Notice) []string {
			return []string{decided(n.GetDecision()), n.GetTitle(), strconv.Itoa(int(n.GetDevices())), full(n.GetFrom()), full(n.GetTo()), n.GetDecidedBy(), n.GetId()}
		},
	}
}
