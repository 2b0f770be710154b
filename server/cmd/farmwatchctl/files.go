package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
)

// Bounds of what is sent at once, as the collector has them.
const (
	mostFiles = 100
	mostBytes = 512 << 10
)

// filesFlag is the flag -f, which must be there and may be there several times.
func filesFlag(c *cobra.Command, files *[]string, about string) {
	c.Flags().StringArrayVarP(files, "file", "f", nil, about)
	requireFlag(c, "file")
}

// A namedText is a file as it was read.
type namedText struct{ name, text string }

// readFiles reads files, and the YAML files of folders in the order of their names.
func (p *program) readFiles(paths []string) ([]namedText, error) {
	var names []string
	for _, path := range paths {
		inside, err := yamlIn(path)
		if err != nil {
			return nil, err
		}
		names = append(names, inside...)
	}
	if len(names) > mostFiles {
		return nil, usage("there are %d files; at most %d are sent at once", len(names), mostFiles)
	}
	var texts []namedText
	left := int64(mostBytes)
	for _, name := range names {
		text, err := p.readFile(name, left)
		if err != nil {
			return nil, err
		}
		left -= int64(len(text))
		texts = append(texts, namedText{name, string(text)})
	}
	return texts, nil
}

func yamlIn(path string) ([]string, error) {
	if path == "-" {
		return []string{path}, nil
	}
	about, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read the files: %w", err)
	}
	if !about.IsDir() {
		return []string{path}, nil
	}
	var names []string
	for _, pattern := range []string{"*.yaml", "*.yml"} {
		found, err := filepath.Glob(filepath.Join(path, pattern))
		if err != nil {
			return nil, fmt.Errorf("read the files in %s: %w", path, err)
		}
		names = append(names, found...)
	}
	if len(names) == 0 {
		return nil, usage("%s holds no .yaml file", path)
	}
	slices.Sort(names)
	return names, nil
}

func (p *program) readFile(name string, most int64) (text []byte, err error) {
	from, err := p.open(name)
	if err != nil {
		return nil, fmt.Errorf("read the files: %w", err)
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	text, err = io.ReadAll(io.LimitReader(from, most+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if int64(len(text)) > most {
		return nil, usage("%s: the files hold more than %d KiB together; send them in parts", name, mostBytes>>10)
	}
	return text, nil
}

// open opens a file that is named on the command line; - is standard input.
func (p *program) open(name string) (io.ReadCloser, error) {
	if name == "-" {
		return io.NopCloser(p.in), nil
	}
	return os.Open(name)
}
