// Command geomake compiles files of address ranges into the tables that the
// collector reads, and says what came of it.
package main

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"log"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/place"
)

func main() {
	if err := run(os.Stdout); err != nil {
		log.Fatalln("geomake:", err)
	}
}

func run(out io.Writer) error {
	folder := flag.String("out", "", "folder the table goes to")
	kind := flag.String("kind", "", "name of the table: networks.places or countries.places")
	look := flag.String("look", "", "an address to look up in what stands in the folder, instead of making it")
	var s place.Source
	at := flag.String("at", "", "day the data is of, 2026-06-17")
	flag.StringVar(&s.Name, "name", "", "package that holds the data")
	flag.StringVar(&s.Version, "version", "", "its version")
	flag.StringVar(&s.Licence, "licence", "", "its licence")
	flag.StringVar(&s.Attribution, "attribution", "", "what has to stand wherever the data is shown")
	flag.Parse()
	if *look != "" {
		return lookUp(out, *folder, *look)
	}
	var err error
	if s.At, err = time.Parse(time.DateOnly, *at); err != nil {
		return fmt.Errorf("-at: %w", err)
	}
	return compile(out, filepath.Join(*folder, *kind), *kind, s, flag.Args())
}

// compile writes the table beside its place first, so that a collector never finds half of one.
func compile(out io.Writer, path, kind string, s place.Source, names []string) error {
	var files []io.Reader
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }() // it was only read
		files = append(files, f)
	}
	target, err := os.Create(path + ".new")
	if err != nil {
		return err
	}
	err = cmp.Or(place.Compile(target, kind, s, files...), target.Sync(), target.Close())
	if err != nil {
		return cmp.Or(err, os.Remove(path+".new"))
	}
	about, err := os.Stat(path + ".new")
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s: %.1f MB, data of %s\n", path, float64(about.Size())/1e6, s.At.Format(time.DateOnly))
	return os.Rename(path+".new", path)
}

// lookUp says what the tables know of an address.
func lookUp(out io.Writer, folder, address string) error {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return err
	}
	atlas := place.Open(folder, time.Time{})
	for _, sentence := range atlas.Missing() {
		fmt.Fprintln(out, sentence)
	}
	n := atlas.Look(a)
	_, err = fmt.Fprintf(out, "%s: network %d %q, %s, country %q\n", a, n.Number, n.Name, n.Class, n.Country)
	return err
}
