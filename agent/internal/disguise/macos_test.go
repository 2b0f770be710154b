package disguise_test

import (
	"golang.org/x/tools/txtar"

	"github.com/farmwatch/farmwatch/agent/internal/parse"
	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
)

// macOS is the machine as a laptop with Apple's own chips tells it, which is
// less than one with Intel's: of a display what the system understood, no EDID.
func macOS(m parsetest.Machine) *txtar.Archive {
	archive := m.MacOS()
	var displays []parsetest.Registry
	for i, d := range m.Displays {
		e, err := parse.ParseEDID(d.EDID)
		if err != nil {
			continue // Linux and Windows are told it, and say so
		}
		displays = append(displays, parsetest.Registry{
			"IOObjectClass": "AppleCLCD2", "external": i > 0,
			"DisplayAttributes": parsetest.Registry{"ProductAttributes": parsetest.Registry{
				"ManufacturerID": e.Manufacturer, "ProductID": int(e.Product), "SerialNumber": int(e.Serial), "AlphanumericSerialNumber": e.SerialText,
				"ProductName": e.Name, "WeekOfManufacture": e.Week, "YearOfManufacture": e.Year,
			}},
		})
	}
	archive.Files = append(archive.Files, txtar.File{Name: "tools/ioreg-display", Data: parsetest.Plist(displays...)})
	return archive
}
