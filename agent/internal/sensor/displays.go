package sensor

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// connectedDisplay is a display at one of the laptop's connectors, as its EDID
// tells. A KVM or a capture device shows itself as a display too.
type connectedDisplay struct {
	Connector     string   `column:"connector,key,public" about:"connector of the graphics card, e.g. card0-HDMI-A-1"`
	Status        string   `column:"status,public" about:"connected, or unknown where the connector cannot tell"`
	Internal      bool     `column:"internal,public" about:"whether it is the laptop's own panel, by the kind of connector"`
	Manufacturer  string   `column:"manufacturer_id,public" about:"three letters of the maker it claims"`
	ProductCode   string   `column:"product_code,public" about:"product number it claims, four hexadecimal digits"`
	SerialNumber  string   `column:"serial_number,pseudonym" about:"its serial number, to recognise one display at several laptops"`
	SerialText    string   `column:"serial_text,pseudonym" about:"its serial number as text, to recognise one display at several laptops"`
	HasSerial     bool     `column:"has_serial,public" about:"whether it has a serial number of either kind"`
	SerialDefault string   `column:"serial_default,public" about:"its serial number where that is one that KVM products share among all units"`
	Name          string   `column:"name,public" people:"out" about:"its name, in its own words, without names of its owner"`
	Week          int      `column:"week,public" about:"week of manufacture"`
	Year          int      `column:"year,public" about:"year of manufacture"`
	Version       string   `column:"version,public" about:"version of the EDID format"`
	Width         int      `column:"width_cm,public" about:"width of the picture in cm, 0 when it does not say"`
	Height        int      `column:"height_cm,public" about:"height of the picture in cm, 0 when it does not say"`
	Preferred     string   `column:"preferred_mode,public" about:"resolution and refresh rate it prefers"`
	Extensions    []string `column:"extensions,public" about:"kinds of its further blocks: cta, displayid …"`
	ChecksumOK    bool     `column:"checksum_ok,public" about:"whether the checksums of all its blocks are right"`
	MaskedHash    string   `column:"masked_hash,public" about:"what is left of the EDID when its maker, product, serial number and texts are masked, hashed: equal for all units of one model, whatever they call themselves"`
	MaskedBase    string   `column:"masked_base_hash,public" about:"the same of the first block alone"`
	Hash          string   `column:"edid_sha256_16,pseudonym" about:"the whole EDID, hashed, to recognise one display at several laptops"`
}

// Displays looks at the displays that are connected.
func Displays() Sensor {
	return Define(Options{
		Class: "connected_displays", Every: time.Minute, Facts: true,
		About: "Looks at what the connected displays say of themselves, never at the picture, to notice when a device that forwards the picture stands in a display's place.",
	}, collectDisplays)
}

const (
	displayFolder = "sys/class/drm"
	edidLimit     = 128 * 256 // as many blocks as an EDID can have
)

func collectDisplays(ctx context.Context, h host.Host) ([]connectedDisplay, error) {
	connectors, err := listed(h, displayFolder, "displays", `^card\d+-.`)
	if err != nil {
		return nil, err
	}
	var rows []connectedDisplay
	var problems []error
	for _, connector := range connectors {
		if err := ctx.Err(); err != nil {
			return rows, fmt.Errorf("look at displays: %w", err)
		}
		row, err := readDisplay(h.Files(), connector)
		if err != nil {
			problems = append(problems, fmt.Errorf("display at %s: %w", connector, err))
		}
		if row.Status != "" && row.Status != "disconnected" {
			rows = append(rows, row)
		}
	}
	return rows, errors.Join(problems...)
}

func readDisplay(fsys host.FS, connector string) (connectedDisplay, error) {
	dir := path.Join(displayFolder, connector)
	row := connectedDisplay{Connector: connector, Status: attribute(fsys, path.Join(dir, "status"))}
	if row.Status == "disconnected" {
		return row, nil
	}
	for _, kind := range []string{"-eDP-", "-LVDS-", "-DSI-"} {
		row.Internal = row.Internal || strings.Contains(connector, kind)
	}
	raw, err := binary(fsys, path.Join(dir, "edid"), edidLimit)
	if err != nil || len(raw) == 0 { // old projectors and some adapters give none
		return row, err
	}
	e, err := parse.ParseEDID(raw)
	if err != nil {
		return row, err
	}
	row.describe(e)
	return row, nil
}

func (d *connectedDisplay) describe(e parse.EDID) {
	d.Manufacturer, d.ProductCode = e.Manufacturer, fmt.Sprintf("%04x", e.Product)
	if e.Serial != 0 {
		d.SerialNumber = fmt.Sprintf("%08x", e.Serial)
	}
	if slices.Contains(displaySerials, strings.ToUpper(d.SerialNumber)) {
		d.SerialDefault = d.SerialNumber
	}
	d.SerialText, d.Name = e.SerialText, impersonal(e.Name, e.SerialText, false)
	d.HasSerial = e.Serial != 0 || e.SerialText != ""
	d.Week, d.Year, d.Version = e.Week, e.Year, e.Version
	d.Width, d.Height = e.WidthCM, e.HeightCM
	if len(e.Detailed) > 0 {
		d.Preferred = e.Detailed[0].String()
	}
	for _, x := range e.Extensions {
		d.Extensions = append(d.Extensions, x.Kind)
	}
	d.ChecksumOK = len(e.BadChecksums) == 0
	d.MaskedHash, d.MaskedBase, d.Hash = e.MaskedHash, e.MaskedBase, e.Hash
}
