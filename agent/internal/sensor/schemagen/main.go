// Command schemagen writes what the sensors say of themselves: the catalogue's list
// of classes, the reference for people and what each system shows. It is run by `make generate`.
package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/farmwatch/farmwatch/agent/internal/parity"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
)

func main() {
	log.SetFlags(0)
	for name, write := range map[string]func(io.Writer, []sensor.Sensor) error{
		"proto/catalogue/classes.yaml": sensor.WriteClasses,
		"docs/reference/classes.md":    sensor.WriteReference,
		"docs/platforms.md":            parity.WritePlatforms,
	} {
		if err := generate(name, write); err != nil {
			log.Fatalf("schemagen, in the root of the repository: %v", err)
		}
	}
}

func generate(name string, write func(io.Writer, []sensor.Sensor) error) error {
	f, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("begin %s: %w", name, err)
	}
	if err := errors.Join(write(f, sensor.All()), f.Close()); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}
