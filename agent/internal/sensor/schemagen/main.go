// Package main writes what the sensors say of themselves: the catalogue's list
// of classes and the reference for people. It is run by `make generate`.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/farmwatch/farmwatch/agent/internal/sensor"
)

func main() {
	root := "."
	if len(os.Args) > 1 {
		root = os.Args[1]
	}
	if err := generate(root); err != nil {
		fmt.Fprintln(os.Stderr, "schemagen:", err)
		os.Exit(1)
	}
}

// generate writes both files below the root of the repository.
func generate(root string) error {
	for name, write := range map[string]func(io.Writer, []sensor.Sensor) error{
		"proto/catalogue/classes.yaml": sensor.WriteClasses,
		"docs/reference/classes.md":    sensor.WriteReference,
	} {
		f, err := os.Create(filepath.Join(root, filepath.FromSlash(name)))
		if err != nil {
			return fmt.Errorf("begin %s: %w", name, err)
		}
		err = errors.Join(write(f, sensor.All()), f.Close())
		if err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return nil
}
