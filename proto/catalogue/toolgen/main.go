// Command toolgen compiles the catalogue for the binaries and writes what it knows
// as pages for people: which tools are recognised on which system by which
// artefacts, and every rule with what it may raise. It is run by `make generate`.
package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/farmwatch/farmwatch/proto/catalogue"
)

// pages are the files written, from the root of the repository.
var pages = []struct {
	file  string
	write func(io.Writer, *catalogue.Catalogue) error
}{
	{"docs/reference/tools.md", writeTools},
	{"docs/reference/rules.md", writeRules},
	{"docs/reference/collector.md", writeCollector},
}

func main() {
	log.SetFlags(0)
	if err := generate(); err != nil {
		log.Fatalf("toolgen, in the root of the repository: %v", err)
	}
}

func generate() error {
	source := os.DirFS("proto/catalogue")
	c, err := catalogue.Load(source)
	if err != nil {
		return fmt.Errorf("load the catalogue: %w", err)
	}
	form, err := catalogue.Compile(source)
	if err != nil {
		return fmt.Errorf("compile the catalogue: %w", err)
	}
	for _, page := range pages {
		if err := create(page.file, func(w io.Writer) error { return page.write(w, c) }); err != nil {
			return err
		}
	}
	return create("proto/catalogue/catalogue.bin", func(w io.Writer) error {
		_, err := w.Write(form)
		return err
	})
}

func create(file string, write func(io.Writer) error) error {
	f, err := os.Create(file)
	if err != nil {
		return fmt.Errorf("begin %s: %w", file, err)
	}
	if err := errors.Join(write(f), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}
