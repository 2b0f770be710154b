// Command toolimport reads the public list LOLRMM from a folder, as its YAML files or
// its JSON or CSV export, and says what it would add to the catalogue's tools and what
// it refuses, with file and reason. It changes nothing; with --write it puts drafts for
// a person to judge into a folder of their own.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/farmwatch/farmwatch/proto/catalogue"
)

func main() {
	log.SetFlags(0)
	if err := run(os.Args[1:], os.Stdout); err != nil {
		log.Fatalf("toolimport: %v", err)
	}
}

func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("toolimport", flag.ContinueOnError)
	write := flags.String("write", "", "folder to put drafts of tool files into; without it nothing is written")
	flags.Usage = func() {
		_, _ = fmt.Fprintln(flags.Output(), "usage: toolimport [--write DIR] FOLDER\n\nFOLDER holds LOLRMM's yaml files, or its export as .json or .csv.")
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		flags.Usage()
		return fmt.Errorf("want one folder, got %d", flags.NArg())
	}
	c, err := catalogue.Embedded()
	if err != nil {
		return fmt.Errorf("load the catalogue: %w", err)
	}
	list, err := read(os.DirFS(flags.Arg(0)))
	if err != nil {
		return err
	}
	found := compare(c.Tools, list)
	if err := found.print(out); err != nil {
		return fmt.Errorf("print what was found: %w", err)
	}
	if *write == "" {
		return nil
	}
	return found.write(*write)
}
