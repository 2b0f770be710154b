package sensor

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// registryDisplay is a display as macOS' registry has it: on Intel with its
// EDID, on Apple's own chips with what the system understood of it.
type registryDisplay struct {
	Class      string `plist:"IOObjectClass"`
	Place      string `plist:"IONameMatched"`     // on Apple's chips, e.g. "dispext0,t8112"
	Path       string `plist:"IODisplayPrefsKey"` // on Intel, e.g. "IOService:/…/AppleIntelFramebuffer@1/display0/AppleDisplay-10ac-4098"
	EDID       []byte `plist:"IODisplayEDID"`
	External   bool   `plist:"external"`
	Attributes struct {
		Product struct {
			Manufacturer string `plist:"ManufacturerID"`
			Product      uint16 `plist:"ProductID"`
			Serial       uint32 `plist:"SerialNumber"`
			SerialText   string `plist:"AlphanumericSerialNumber"`
			Name         string `plist:"ProductName"`
			Week         int    `plist:"WeekOfManufacture"`
			Year         int    `plist:"YearOfManufacture"`
		} `plist:"ProductAttributes"`
	} `plist:"DisplayAttributes"`
}

// registryDisplays are the displays in macOS' registry of devices.
func registryDisplays(ctx context.Context, h host.Host) ([]connectedDisplay, error) {
	var rows []connectedDisplay
	var problems []error
	absent := 0
	for _, tool := range []host.Tool{host.IORegDisplay, host.IORegEDID} {
		output, err := h.Run(ctx, tool)
		if errors.Is(err, host.ErrAbsent) || errors.Is(err, host.ErrUnsupported) {
			absent++
			continue
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("look at displays: %w", err))
			continue
		}
		found, err := readRegistry(output, len(rows))
		rows, problems = append(rows, found...), append(problems, err)
	}
	if absent == 2 {
		return nil, fmt.Errorf("this machine shows no displays: %w", host.ErrAbsent)
	}
	return rows, errors.Join(problems...)
}

// readRegistry reads one property list.
func readRegistry(output []byte, before int) ([]connectedDisplay, error) {
	var found []registryDisplay
	if err := parse.ParseIORegistry(output, &found, "IOObjectClass", "IONameMatched", "IODisplayPrefsKey", "IODisplayEDID", "external", "DisplayAttributes", "ProductAttributes",
		"ManufacturerID", "ProductID", "SerialNumber", "AlphanumericSerialNumber", "ProductName", "WeekOfManufacture", "YearOfManufacture"); err != nil {
		return nil, fmt.Errorf("read the list of displays: %w", err)
	}
	var rows []connectedDisplay
	var problems []error
	for i, d := range found[:min(len(found), rowLimit)] {
		if len(d.EDID) == 0 && d.Attributes.Product.Manufacturer == "" {
			continue // an output without a display
		}
		row := connectedDisplay{Connector: d.connector(before + i), Status: "connected", Internal: yes(d.internal()), Output: map[bool]string{true: "internal", false: "external"}[d.internal()]}
		if err := row.understand(d.EDID); err != nil {
			problems = append(problems, fmt.Errorf("display at %s: %w", row.Connector, err))
		}
		if row.Manufacturer == "" {
			d.identify(&row)
		}
		rows = append(rows, row)
	}
	return rows, errors.Join(problems...)
}

// connector names the output: by its name in the registry where it has one of its own.
func (d *registryDisplay) connector(number int) string {
	if name, _, ok := strings.Cut(d.Place, ","); ok {
		return name
	}
	for part := range strings.SplitSeq(d.Path, "/") {
		if strings.Contains(part, "ramebuffer@") || strings.HasPrefix(part, "display@") {
			return part
		}
	}
	return "display" + strconv.Itoa(number)
}

func (d *registryDisplay) internal() bool {
	if d.Path != "" || len(d.EDID) > 0 {
		return strings.Contains(d.Class, "Backlight")
	}
	return !d.External
}

// identify fills what Apple's chips tell in place of an EDID.
func (d *registryDisplay) identify(row *connectedDisplay) {
	p := d.Attributes.Product
	row.Manufacturer, row.ProductCode = p.Manufacturer, fmt.Sprintf("%04x", p.Product)
	row.number(p.Serial, p.SerialText)
	row.Name = impersonal(p.Name, p.SerialText, false)
	row.Week, row.Year = strconv.Itoa(p.Week), strconv.Itoa(p.Year)
}
