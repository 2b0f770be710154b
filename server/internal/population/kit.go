package population

import (
	"embed"
	"errors"
	"fmt"
	"maps"

	"go.yaml.in/yaml/v3"

	"github.com/farmwatch/farmwatch/proto/finding"
)

//go:embed kits/*.yaml
var kitFiles embed.FS

// A kit is what one thing shows when it is plugged in, or one program when it runs.
type kit struct {
	Machine string                         `yaml:"machine"` // the recorded machine on which an agent gave these rows
	Rows    []map[string]map[string]string `yaml:"rows"`    // of each, its columns by its class
}

func readKits() (map[string]kit, error) {
	all := map[string]kit{}
	files, err := kitFiles.ReadDir("kits")
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		text, err := kitFiles.ReadFile("kits/" + file.Name())
		if err != nil {
			return nil, err
		}
		kits := map[string]kit{}
		if err := yaml.Unmarshal(text, &kits); err != nil {
			return nil, fmt.Errorf("%s: %w", file.Name(), err)
		}
		for name, k := range kits {
			if _, twice := all[name]; twice {
				return nil, errors.New("two kits are called " + name)
			}
			all[name] = k
		}
	}
	return all, nil
}

// units are the columns that tell one unit of a product from another.
var units = []string{"serial", "serial_number", "serial_text", "edid_sha256_16"}

// unit gives the rows of one unit of a kit: whoever plugs in the same unit meets the
// same serial numbers. A serial that all units share stays.
func (f *Fleet) unit(name, unit string) []finding.Observation {
	k, known := f.kits[name]
	if !known {
		f.mistake = errors.Join(f.mistake, errors.New("there is no kit "+name)) // New says it
		return nil
	}
	if rows, made := f.units[[2]string{name, unit}]; made {
		return rows
	}
	var rows []finding.Observation
	for _, row := range k.Rows {
		for class, columns := range row {
			columns = maps.Clone(columns)
			shared := columns["serial_default"] != "" || columns["serial_kind"] == "kvm_default"
			for _, column := range units {
				if columns[column] != "" && !shared {
					columns[column] = finding.UID(name, unit, column, columns["port"]+columns["connector"])[:12]
				}
			}
			rows = append(rows, rowOf(class, columns))
		}
	}
	f.units[[2]string{name, unit}] = rows
	return rows
}

// keys are the columns that name a row, as sensors name them; of other classes all columns do.
var keys = map[string][]string{
	"usb_devices": {"port"}, "connected_displays": {"connector"}, "input_devices": {"device"}, "network_interfaces": {"name"},
	"network_neighbourhood": {"interface"}, "posture": {"source"}, "system": {"os"}, "remote_access": {"tool", "tenant"},
	"remote_sessions": {"tool", "source", "started", "peer"}, "processes": {"file", "script", "user"}, "arp_relay": {"kind"}, "meetings": {"pid"}, "network_flows": {"file", "script", "protocol", "remote_port"},
}

// rowOf makes one row and names it.
func rowOf(class string, columns map[string]string) finding.Observation {
	parts := []string{class}
	if named := keys[class]; named != nil {
		for _, k := range named {
			parts = append(parts, columns[k])
		}
	} else {
		for _, k := range sorted(columns) {
			parts = append(parts, k, columns[k])
		}
	}
	return finding.Observation{Class: class, UID: finding.UID(parts...), Columns: columns}
}
