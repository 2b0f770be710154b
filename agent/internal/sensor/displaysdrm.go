package sensor

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

const (
	displayFolder = "sys/class/drm"
	connectorName = `^card\d+-.`
	edidLimit     = 128 * 256 // as many blocks as an EDID can have
)

// drmDisplays are what hangs on the connectors of Linux' graphics cards.
func drmDisplays(ctx context.Context, h host.Host) ([]connectedDisplay, error) {
	connectors, err := listed(h, displayFolder, "displays", connectorName)
	if err != nil {
		return nil, err
	}
	var rows []connectedDisplay
	var problems []error
	for _, connector := range connectors {
		if err := ctx.Err(); err != nil {
			return rows, fmt.Errorf("look at displays: %w", err)
		}
		row, err := readConnector(h.Files(), connector)
		if err != nil {
			problems = append(problems, fmt.Errorf("display at %s: %w", connector, err))
		}
		if row.Status != "" && row.Status != "disconnected" {
			rows = append(rows, row)
		}
	}
	return rows, errors.Join(problems...)
}

func readConnector(fsys host.FS, connector string) (connectedDisplay, error) {
	dir := path.Join(displayFolder, connector)
	row := connectedDisplay{Connector: connector, Status: attribute(fsys, path.Join(dir, "status")), Internal: yes(internalConnector(connector)), Output: connectorOutput(connector)}
	if row.Status == "disconnected" {
		return row, nil
	}
	raw, err := binary(fsys, path.Join(dir, "edid"), edidLimit)
	if err != nil {
		return row, err
	}
	return row, row.understand(raw)
}

// internalConnector knows the connectors that are inside a case.
func internalConnector(connector string) bool {
	for _, kind := range []string{"-eDP-", "-LVDS-", "-DSI-"} {
		if strings.Contains(connector, kind) {
			return true
		}
	}
	return false
}

// connectorOutput says how a display at a connector is fed. Connectors that
// Linux calls virtual are those of virtual machines and of programs.
func connectorOutput(connector string) string {
	switch {
	case internalConnector(connector):
		return "internal"
	case strings.Contains(connector, "-Virtual-"), strings.Contains(connector, "-Writeback-"):
		return "virtual"
	}
	return "external"
}
