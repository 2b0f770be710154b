package sensor

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// treeDisplays are the displays among Windows' device nodes.
func treeDisplays(ctx context.Context, h host.Host) ([]connectedDisplay, error) {
	devices, err := deviceNodes(ctx, h, "displays")
	problems := []error{err}
	var rows []connectedDisplay
	for _, device := range devices {
		if !strings.HasPrefix(strings.ToUpper(device.Instance), `DISPLAY\`) {
			continue
		}
		place := device.Instance[strings.LastIndexByte(device.Instance, '\\')+1:]
		row := connectedDisplay{Connector: place, Status: "connected", Output: device.Output}
		if device.Output != "" {
			row.Internal = yes(device.Output == "internal")
		}
		if err := row.understand(device.EDID[:min(len(device.EDID), edidLimit)]); err != nil {
			problems = append(problems, fmt.Errorf("display at %s: %w", place, err))
		}
		rows = append(rows, row)
	}
	return rows, errors.Join(problems...)
}
