package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
)

func contextCommand(p *program) *cobra.Command {
	return group("context", "Say who holds which laptop, who travels, which tickets are open and what the company owns",
		contextImportCommand(p), contextListCommand(p), contextRemoveCommand(p), contextShowCommand(p))
}

func contextKindFlag(c *cobra.Command, kind *string) {
	c.Flags().StringVar(kind, "kind", "", "people, devices, tickets, travel, leave, groups or docks")
}

func contextImportCommand(p *program) *cobra.Command {
	ask := &consolev1.ImportContextRequest{}
	c := &cobra.Command{
		Use: "import FILE", Short: "Put a file's rows in the place of those that an import of that kind and label held, all or none", Args: cobra.ExactArgs(1),
		Long: "Put a file's rows in the place of those that an import of that kind and label held, all or none.\n\n" +
			"The file is CSV whose first line names columns, or a JSON array of objects whose values are strings.\n" +
			"Which columns each kind has: docs/context.md. There is none for names, origins, languages or e-mail\n" +
			"addresses; a phone number is judged and dropped, an address and a serial number are hashed.\n\n" +
			"A file that would take away more than a fifth of what is there, and five rows or more, is refused until\n" +
			"--accept-loss says that it is so. --dry-run says what would be new, gone and changed.",
		Example: "  farmwatchctl context import --kind people staff.csv\n" +
			"  farmwatchctl context import --kind people --label agency agency.json\n" +
			"  farmwatchctl context import --kind tickets --dry-run tickets.csv",
		RunE: p.connected(func(c *cobra.Command, conn *connection, args []string) (err error) {
			if ask.Content, err = p.readImport(args[0]); err != nil {
				return err
			}
			ask.FileName = args[0]
			if args[0] == "-" && (ask.Label == "" || ask.Format == "") {
				return usage("--label or --format is missing: standard input has no name to tell them by")
			}
			got, err := call(c.Context(), conn.context.ImportContext, ask)
			if err != nil {
				return err
			}
			if err := p.printImported(got); err != nil || got.GetOutcome() != "doubtful" {
				return err
			}
			return failed{exitConflict, errors.New("it would be refused, since it looks as if it were not whole; if it is meant, import it with --accept-loss")}
		}),
	}
	contextKindFlag(c, &ask.Kind)
	requireFlag(c, "kind")
	c.Flags().StringVar(&ask.Label, "label", "", "what the import is called (default the file's name)")
	c.Flags().StringVar(&ask.Format, "format", "", "csv or json (default by the file's name)")
	c.Flags().BoolVar(&ask.ValidateOnly, "dry-run", false, "say what is wrong with the file and what it would change, and keep nothing")
	c.Flags().BoolVar(&ask.AcceptLoss, "accept-loss", false, "take the file though it takes away more than lists lose from one day to the next: it is meant")
	return c
}

// mostImport is how large a file may be, as the collector has it.
const mostImport = 40 << 20

func (p *program) readImport(name string) (text []byte, err error) {
	from, err := p.open(name)
	if err != nil {
		return nil, fmt.Errorf("read the import: %w", err)
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	text, err = io.ReadAll(io.LimitReader(from, mostImport+1))
	if err != nil {
		return nil, fmt.Errorf("read the import %s: %w", name, err)
	}
	if len(text) > mostImport {
		return nil, usage("%s holds more than %d MiB; make several imports, each with a label of its own", name, mostImport>>20)
	}
	return text, nil
}

func (p *program) printImported(m *consolev1.ImportContextResponse) error {
	if p.format != "table" {
		return printList(p, contextListing([]*consolev1.ContextImport{m.GetImport()}))
	}
	i := m.GetImport()
	text := fmt.Sprintf("%s: %s %s, %s", m.GetOutcome(), i.GetKind(), clean(i.GetLabel()), counted(i.GetRows(), "row"))
	if m.GetRowsBefore() > 0 && m.GetOutcome() != "unchanged" {
		text += fmt.Sprintf(", %d before: %d new, %d gone, %d changed", m.GetRowsBefore(), m.GetAdded(), m.GetGone(), m.GetChanged())
	}
	if i.GetUnmatched() > 0 {
		text += fmt.Sprintf("; %d of them about a laptop that is not enrolled now, to count once it is", i.GetUnmatched())
	}
	if i.GetStrangers() > 0 {
		text += fmt.Sprintf("; %d of them name a person whom no import of people has: write ids alike in every list", i.GetStrangers())
	}
	for _, doubt := range m.GetDoubts() {
		text += "\n" + clean(doubt)
	}
	var err error
	for line := range strings.SplitSeq(text, "\n") {
		_, e := fmt.Fprint(p.out, p.wrap("", line))
		err = errors.Join(err, e)
	}
	return err
}

func contextListing(list []*consolev1.ContextImport) listing[*consolev1.ContextImport] {
	return listing[*consolev1.ContextImport]{
		items: list, columns: []string{"kind", "label", "rows", "unmatched", "imported_at", "imported_by", "strangers"},
		empty: "Nothing is imported, so each laptop counts as a person of its own: farmwatchctl context import --help",
		row: func(i *consolev1.ContextImport) []string {
			return []string{i.GetKind(), i.GetLabel(), strconv.Itoa(int(i.GetRows())), strconv.Itoa(int(i.GetUnmatched())), full(i.GetImportedAt()), i.GetImportedBy(), strconv.Itoa(int(i.GetStrangers()))}
		},
	}
}

func contextListCommand(p *program) *cobra.Command {
	ask := &consolev1.ListContextRequest{}
	c := &cobra.Command{
		Use: "list", Short: "List what is imported, by whom and when, and what is not known without the rest", Args: cobra.NoArgs,
		RunE: p.connected(func(c *cobra.Command, conn *connection, _ []string) error {
			got, err := call(c.Context(), conn.context.ListContext, ask)
			if err != nil {
				return err
			}
			if err := printList(p, contextListing(got.GetImports())); err != nil || p.format != "table" {
				return err
			}
			var b strings.Builder
			for _, k := range got.GetAbsent() {
				b.WriteString(p.wrap("", "Not imported: "+k.GetKind()+". "+k.GetAbout()))
			}
			if b.Len() == 0 {
				return nil
			}
			_, err = fmt.Fprint(p.out, "\n"+b.String())
			return err
		}),
	}
	contextKindFlag(c, &ask.Kind)
	return c
}

func contextRemoveCommand(p *program) *cobra.Command {
	ask := &consolev1.RemoveContextRequest{}
	c := &cobra.Command{
		Use: "remove", Short: "Remove every import of a kind, or the one with a label, and what was made of it", Args: cobra.NoArgs,
		RunE: p.connected(func(c *cobra.Command, conn *connection, _ []string) error {
			got, err := call(c.Context(), conn.context.RemoveContext, ask)
			if err != nil {
				return err
			}
			if p.format != "table" {
				return printList(p, contextListing(got.GetRemoved()))
			}
			for _, i := range got.GetRemoved() {
				if _, err := fmt.Fprintf(p.out, "removed %s %s, which held %s\n", i.GetKind(), clean(i.GetLabel()), counted(i.GetRows(), "row")); err != nil {
					return err
				}
			}
			return nil
		}),
	}
	contextKindFlag(c, &ask.Kind)
	requireFlag(c, "kind")
	c.Flags().StringVar(&ask.Label, "label", "", "of the import (default every import of the kind)")
	return c
}
