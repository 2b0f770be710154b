package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
)

func egressCommand(p *program) *cobra.Command {
	return group("egress", "Say which ways out to the internet are the company's own, and see what was learned",
		egressListCommand(p), egressImportCommand(p), egressRemoveCommand(p), egressLearnedCommand(p))
}

func egressListCommand(p *program) *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the imported lists: the company's own ways out, exits of VPNs, relays", Args: cobra.NoArgs,
		RunE: p.connected(func(c *cobra.Command, conn *connection, _ []string) error {
			got, err := call(c.Context(), conn.egress.ListEgress, &consolev1.ListEgressRequest{})
			if err != nil {
				return err
			}
			if err := printList(p, egressListing(got.GetLists())); err != nil {
				return err
			}
			return p.printNotes(got.GetNotes())
		}),
	}
}

// printNotes tells a person what is not known of addresses, and whose data is used.
func (p *program) printNotes(n *consolev1.PlaceNotes) error {
	if p.format != "table" {
		return nil
	}
	var b strings.Builder
	for _, line := range slices.Concat(n.GetMissing(), n.GetAttribution()) {
		b.WriteString(p.wrap("", clean(line)))
	}
	if b.Len() == 0 {
		return nil
	}
	_, err := fmt.Fprint(p.out, "\n"+b.String())
	return err
}

func egressListing(list []*consolev1.EgressList) listing[*consolev1.EgressList] {
	return listing[*consolev1.EgressList]{
		items: list, columns: []string{"kind", "label", "ranges", "imported_at", "imported_by", "first_ranges"},
		empty: "Nothing is imported. The company's own ways out are learned where many laptops use them; import them with: farmwatchctl egress import FILE.csv",
		row: func(l *consolev1.EgressList) []string {
			return []string{l.GetKind(), l.GetLabel(), strconv.Itoa(int(l.GetRanges())), full(l.GetImportedAt()), l.GetImportedBy(), firstRanges(l)}
		},
	}
}

// mostShown is how many ranges of a list stand in a line.
const mostShown = 3

func firstRanges(l *consolev1.EgressList) string {
	first := l.GetFirstRanges()
	shown := strings.Join(first[:min(len(first), mostShown)], " ")
	if more := int(l.GetRanges()) - mostShown; more > 0 {
		shown += fmt.Sprintf(" and %d more", more)
	}
	return shown
}

func egressImportCommand(p *program) *cobra.Command {
	ask := &consolev1.ImportEgressRequest{}
	c := &cobra.Command{
		Use: "import FILE.csv", Short: "Put a file's ranges in the place of those that a list of that name held", Args: cobra.ExactArgs(1),
		Long: "Put a file's ranges in the place of those that a list of that name held.\n\n" +
			"A line begins with an address or a range of public addresses, 192.0.2.7 or 192.0.2.0/24;\n" +
			"what else stands in it is not read. A first line of names and lines with # are left out.",
		Example: "  farmwatchctl egress import offices.csv --label \"Offices\"\n" +
			"  farmwatchctl egress import exits.txt --kind vpn_exit --label \"Exits of a VPN\"",
		RunE: p.connected(func(c *cobra.Command, conn *connection, args []string) (err error) {
			if ask.Ranges, err = p.readRanges(args[0]); err != nil {
				return err
			}
			if ask.Label == "" {
				if args[0] == "-" {
					return usage("--label is missing: standard input has no name to call the list by")
				}
				ask.Label = strings.TrimSuffix(filepath.Base(args[0]), filepath.Ext(args[0]))
			}
			got, err := call(c.Context(), conn.egress.ImportEgress, ask)
			if err != nil {
				return err
			}
			return printList(p, egressListing([]*consolev1.EgressList{got.GetList()}))
		}),
	}
	kindFlag(c, &ask.Kind)
	c.Flags().StringVar(&ask.Label, "label", "", "what the list is called where people read it (default the file's name)")
	return c
}

func kindFlag(c *cobra.Command, kind *string) {
	c.Flags().StringVar(kind, "kind", "corporate", "corporate (the company's own), vpn_exit (of VPNs for everybody) or relay (hides addresses for everybody)")
}

// mostRanges is how many ranges one list holds, as the collector has it.
const mostRanges = 200_000

func (p *program) readRanges(name string) (ranges []string, err error) {
	from, err := p.open(name)
	if err != nil {
		return nil, fmt.Errorf("read the ranges: %w", err)
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	r := csv.NewReader(from)
	r.FieldsPerRecord, r.Comment, r.TrimLeadingSpace, r.ReuseRecord = -1, '#', true, true
	for {
		line, err := r.Read()
		switch {
		case errors.Is(err, io.EOF):
			return ranges, nil
		case err != nil:
			return nil, usage("%s: %w", name, err)
		case len(ranges) == mostRanges:
			return nil, usage("%s holds more than %d ranges; one list has no room for them", name, mostRanges)
		}
		word := strings.TrimPrefix(strings.TrimSpace(line[0]), "\ufeff")
		if word == "" || len(ranges) == 0 && !strings.ContainsAny(word, ".:") {
			continue // a first line of names
		}
		ranges = append(ranges, word)
	}
}

func egressRemoveCommand(p *program) *cobra.Command {
	ask := &consolev1.RemoveEgressRequest{}
	c := &cobra.Command{
		Use: "remove LABEL", Short: "Remove a list; what was noted by it stays as it was noted", Args: cobra.ExactArgs(1),
		RunE: p.connected(func(c *cobra.Command, conn *connection, args []string) error {
			ask.Label = args[0]
			got, err := call(c.Context(), conn.egress.RemoveEgress, ask)
			if err != nil {
				return err
			}
			if done, err := p.show(got.GetList()); done {
				return err
			}
			_, err = fmt.Fprintf(p.out, "removed %s, which held %s\n", clean(got.GetList().GetLabel()), counted(got.GetList().GetRanges(), "range"))
			return err
		}),
	}
	kindFlag(c, &ask.Kind)
	return c
}

func egressLearnedCommand(p *program) *cobra.Command {
	return &cobra.Command{
		Use: "learned", Short: "List the addresses that are taken for the company's own though no list says so", Args: cobra.NoArgs,
		RunE: p.connected(func(c *cobra.Command, conn *connection, _ []string) error {
			got, err := call(c.Context(), conn.egress.ListEgress, &consolev1.ListEgressRequest{})
			if err != nil {
				return err
			}
			return printList(p, listing[*consolev1.LearnedEgress]{
				items: got.GetLearned(), columns: []string{"pseudonym", "network_class", "network_name", "devices", "gateways", "from", "until", "because"},
				empty: "Nothing is learned: no address is used by enough laptops that share nothing else.",
				row: func(l *consolev1.LearnedEgress) []string {
					return []string{l.GetPseudonym(), l.GetNetworkClass(), l.GetNetworkName(), strconv.Itoa(int(l.GetDevices())), strconv.Itoa(int(l.GetGateways())),
						l.GetFrom(), l.GetUntil(), words(l.GetBecause())}
				},
			})
		}),
	}
}
