package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
)

func contextShowCommand(p *program) *cobra.Command {
	return &cobra.Command{
		Use: "show DEVICE", Short: "Show all that is known of a laptop and whoever holds it, and which import said so", Args: cobra.ExactArgs(1),
		Example: "  farmwatchctl context show laptop-7",
		RunE: p.connected(func(c *cobra.Command, conn *connection, args []string) error {
			got, err := call(c.Context(), conn.context.GetDeviceContext, &consolev1.GetDeviceContextRequest{Device: args[0]})
			if err != nil {
				return err
			}
			if p.format == "csv" {
				return printList(p, factListing(got.GetFacts()))
			}
			if done, err := p.show(got); done {
				return err
			}
			return p.printContext(got)
		}),
	}
}

func factListing(list []*consolev1.ContextFact) listing[*consolev1.ContextFact] {
	return listing[*consolev1.ContextFact]{
		items: list, columns: []string{"name", "value", "kind", "label", "imported_at", "imported_by"},
		empty: "Nothing is known of it.",
		row: func(f *consolev1.ContextFact) []string {
			kind := f.GetKind()
			if kind == "" {
				kind = "collector"
			}
			return []string{f.GetName(), f.GetValue(), kind, f.GetLabel(), full(f.GetImportedAt()), f.GetImportedBy()}
		},
	}
}

func (p *program) printContext(m *consolev1.GetDeviceContextResponse) error {
	holder := "who holds it was not imported"
	if m.GetPerson() != "" {
		holder = "held by " + clean(m.GetPerson())
	}
	if _, err := fmt.Fprintf(p.out, "%s (%s), %s\n\n", clean(m.GetDeviceName()), clean(m.GetDeviceId()), holder); err != nil {
		return err
	}
	if err := printList(p, factListing(m.GetFacts())); err != nil {
		return err
	}
	var b strings.Builder
	if len(m.GetRow()) > 0 {
		b.WriteString("\nWhat is made of it:\n")
		for _, name := range slices.Sorted(maps.Keys(m.GetRow())) {
			b.WriteString(p.fit("  "+name+": "+clean(m.GetRow()[name])) + "\n")
		}
	}
	for _, rule := range m.GetRules() {
		b.WriteString(p.fit("  found by "+clean(rule)) + "\n")
	}
	if len(m.GetMissing()) > 0 {
		b.WriteString("\nNot known:\n")
		for _, sentence := range m.GetMissing() {
			b.WriteString(p.wrap("  ", clean(sentence)))
		}
	}
	_, err := fmt.Fprint(p.out, b.String())
	return err
}
