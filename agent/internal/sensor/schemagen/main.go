// Package main writes what the sensors say of themselves: the catalogue's list
// of classes and the reference for people. It is run by `make generate`.
package main

import (
	"bytes"
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
		var b bytes.Buffer
		if err := write(&b, sensor.All()); err != nil {
			return err
		}
		file := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
			return fmt.Errorf("write %s: %w", name, err)
		}
	}
	return nil
}
