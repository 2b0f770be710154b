package main

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
)

func sitesCommand(p *program) *cobra.Command {
	return group("sites", "See which laptops of different people share a place, and what says so", sitesListCommand(p), sitesShowCommand(p))
}

func sitesListCommand(p *program) *cobra.Command {
	ask := &consolev1.ListSitesRequest{}
	var limit int
	c := &cobra.Command{
		Use: "list", Short: "List the sites, highest score first", Args: cobra.NoArgs,
		RunE: p.connected(func(c *cobra.Command, conn *connection, _ []string) error {
			list, err := pages(p, limit, func(size int32, token string) ([]*consolev1.Site, string, error) {
				ask.PageSize, ask.PageToken = size, token
				got, err := call(c.Context(), conn.sites.ListSites, ask)
				return got.GetSites(), got.GetNextPageToken(), err
			})
			if err != nil {
				return err
			}
			return printList(p, siteListing(list))
		}),
	}
	c.Flags().StringSliceVar(&ask.Levels, "level", nil, "none, watch, medium, high")
	c.Flags().StringSliceVar(&ask.PlaceKinds, "place", nil, "home, company, staging, repair, room, public, unknown")
	c.Flags().StringVar(&ask.Device, "device", "", "id or name: only the site of this laptop")
	c.Flags().IntVar(&limit, "limit", 0, "at most so many; 0 is all")
	return c
}

func siteListing(list []*consolev1.Site) listing[*consolev1.Site] {
	return listing[*consolev1.Site]{
		items:   list,
		columns: []string{"level", "score", "name", "id", "place", "people", "laptops", "since", "alert", "joined_by"},
		empty:   "No site fits: nothing joins laptops of different people for certain.",
		row: func(s *consolev1.Site) []string {
			return []string{s.GetLevel(), strconv.Itoa(int(s.GetScore())), s.GetName(), s.GetId(), s.GetPlaceKind(), strconv.Itoa(int(s.GetPeople())), laptopsOf(s),
				full(s.GetSince()), s.GetAlert(), linkKinds(s.GetLinkKinds())}
		},
	}
}

// laptopsOf counts what is certain; what is only possible stands behind it.
func laptopsOf(s *consolev1.Site) string {
	if s.GetPossibleDevices() == 0 {
		return strconv.Itoa(int(s.GetDevices()))
	}
	return fmt.Sprintf("%d (+%d possible)", s.GetDevices(), s.GetPossibleDevices())
}

func sitesShowCommand(p *program) *cobra.Command {
	return &cobra.Command{
		Use: "show SITE", Short: "Show one site: its laptops, what joins them, and what is concluded", Args: cobra.ExactArgs(1),
		RunE: p.connected(func(c *cobra.Command, conn *connection, args []string) error {
			got, err := call(c.Context(), conn.sites.GetSite, &consolev1.GetSiteRequest{Id: args[0]})
			if err != nil {
				return err
			}
			if done, err := p.show(got); done {
				return err
			}
			_, err = fmt.Fprint(p.out, p.sitePage(got))
			return err
		}),
	}
}

func (p *program) sitePage(m *consolev1.GetSiteResponse) string {
	s := m.GetSite()
	var b strings.Builder
	b.WriteString(p.paint(bold, clean(s.GetName())) + "  " + p.paint(dim, clean(s.GetId())) + "\n")
	b.WriteString(p.wrap("", fmt.Sprintf("%s of %s %s, since %s, last met %s",
		counted(s.GetDevices(), "laptop"), people(s.GetPeople()), placed(s), clock(s.GetSince()), clock(s.GetLastSeen()))))
	if s.GetAlert() != "" {
		b.WriteString("open alert: farmwatchctl alerts show " + clean(s.GetAlert()) + "\n")
	}
	if m.GetAssessment() == nil {
		b.WriteString("\nnot assessed yet\n")
	} else {
		p.assessment(&b, m.GetAssessment())
	}
	certain, possible := membersOf(m, true), membersOf(m, false)
	b.WriteString("\n" + p.paint(bold, "Laptops that share it for certain") + "\n" + p.memberTable(certain))
	if len(possible) > 0 {
		b.WriteString("\n" + p.paint(bold, "Laptops that may share it, and are not counted") + "\n" + p.memberTable(possible))
	}
	p.links(&b, "What joins them for certain", m.GetLinks(), true)
	p.links(&b, "What may join them, and joins nothing", m.GetLinks(), false)
	if atOnePlace(s) && !s.GetDeclared() {
		b.WriteString("\n" + p.paint(bold, "Do you know this place?") + "\n")
		p.bullet(&b, "An office, a bench or a room of the company: import its router or access point as a dock, with the place it stands at. What a laptop calls it: farmwatchctl devices show LAPTOP -o json, class network_interfaces.")
		p.bullet(&b, "People who live together: give them one household in the list of people.")
		b.WriteString(p.paint(dim, "  farmwatchctl context import --kind docks|people FILE") + "\n")
	}
	p.paragraph(&b, "Missing, which lowers the confidence", m.GetAssessment().GetMissing())
	p.paragraph(&b, "Never visible to farmwatch", m.GetAssessment().GetUnseen())
	return b.String()
}

func people(n int32) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}

// placed says at what kind of place they stand and how that is known: one account joins laptops that stand far apart.
func placed(s *consolev1.Site) string {
	switch {
	case !atOnePlace(s):
		return "at no one place that is known; they have in common: " + linkKinds(s.GetLinkKinds())
	case s.GetPlaceKind() == "" || s.GetPlaceKind() == "unknown":
		return "at a place of unknown kind"
	case s.GetDeclared():
		return fmt.Sprintf("at a place declared %s", clean(s.GetPlaceKind()))
	}
	return fmt.Sprintf("at a place that looks like %s", clean(s.GetPlaceKind()))
}

// atOnePlace says whether what joins a site's laptops is where they stand.
func atOnePlace(s *consolev1.Site) bool {
	return len(s.GetLinkKinds()) == 0 || slices.ContainsFunc(s.GetLinkKinds(), func(kind string) bool {
		return slices.Contains([]string{"gateway", "access_point", "network", "address"}, kind)
	})
}

func membersOf(m *consolev1.GetSiteResponse, certain bool) []*consolev1.SiteMember {
	var list []*consolev1.SiteMember
	for _, one := range m.GetMembers() {
		if one.GetCertain() == certain {
			list = append(list, one)
		}
	}
	return list
}

func (p *program) memberTable(list []*consolev1.SiteMember) string {
	var rows [][]string
	for _, m := range list {
		rows = append(rows, []string{m.GetLevel(), strconv.Itoa(int(m.GetScore())), named(m.GetDevice()), cmp.Or(m.GetPerson(), "not imported"), full(m.GetLastSeen()), cmp.Or(strings.Join(m.GetMechanisms(), "; "), "none known")})
	}
	return p.table([]string{"level", "score", "laptop", "person", "last_met", "ways_of_control_now_or_before"}, rows)
}
