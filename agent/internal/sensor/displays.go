package sensor

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// connectedDisplay is a display at one of the laptop's connectors, as its EDID
// tells. A KVM or a capture device shows itself as a display too.
type connectedDisplay struct {
	Connector     string   `column:"connector,key,public" about:"connector of the graphics card, e.g. card0-HDMI-A-1, or what the system has instead"`
	Status        string   `column:"status,public" about:"connected, or unknown where the connector cannot tell"`
	Internal      string   `column:"internal,public" about:"whether it is the laptop's own panel, by the kind of connector; left out where the system does not tell"`
	Output        string   `column:"output,public" about:"how it is fed: internal, external, indirect (a program sends the picture over USB or the air) or virtual (a program made it and nothing is there); left out where the system does not tell"`
	Manufacturer  string   `column:"manufacturer_id,public" about:"three letters of the maker it claims"`
	ProductCode   string   `column:"product_code,public" about:"product number it claims, four hexadecimal digits"`
	SerialNumber  string   `column:"serial_number,pseudonym" about:"its serial number, to recognise one display at several laptops"`
	SerialText    string   `column:"serial_text,pseudonym" about:"its serial number as text, to recognise one display at several laptops"`
	HasSerial     bool     `column:"has_serial,public" about:"whether it has a serial number of either kind"`
	SerialDefault string   `column:"serial_default,public" about:"its serial number where that is one that KVM products share among all units"`
	Name          string   `column:"name,public" people:"out" about:"its name, in its own words, without names of its owner"`
	Week          string   `column:"week,public" about:"week of manufacture"`
	Year          string   `column:"year,public" about:"year of manufacture"`
	Version       string   `column:"version,public" about:"version of the EDID format"`
	Width         string   `column:"width_cm,public" about:"width of the picture in cm, 0 when it does not say"`
	Height        string   `column:"height_cm,public" about:"height of the picture in cm, 0 when it does not say"`
	Preferred     string   `column:"preferred_mode,public" about:"resolution and refresh rate it prefers"`
	PreferredSize string   `column:"preferred_size_mm,public" about:"width and height in mm that this mode's own entry gives; capture chips leave those of a 32-inch television, 708x398, beside any other size"`
	PixelClock    string   `column:"pixel_clock_khz,public" about:"pixels per second of that mode in thousands, to tell a chip's limit from a panel's"`
	Modes         string   `column:"modes,public" about:"how many modes it lists: capture chips list few or all there are"`
	YearsBefore   string   `column:"years_before_modes,public" about:"by how many years the kinds of modes it lists are younger than it says it is, 0 when they are not; a description put together from two displays shows it"`
	Sound         []string `column:"audio_formats,public" about:"formats of sound it takes: monitors and capture chips none or lpcm, receivers and television sets many"`
	HDMI          string   `column:"hdmi_address,public" about:"its place in the tree of HDMI devices, e.g. 1.0.0.0, where it says that it takes HDMI"`
	HDR           string   `column:"takes_hdr,public" about:"whether it takes pictures of high contrast, which capture chips of KVMs do not"`
	DisplayID     string   `column:"displayid_product,public" about:"maker and product number that its newer description (DisplayID) claims, which changes of the older one forget"`
	Extensions    []string `column:"extensions,public" about:"kinds of its further blocks: cta, displayid …"`
	Malformed     string   `column:"malformed,public" about:"what of its further blocks does not follow the format, with the place"`
	ChecksumOK    string   `column:"checksum_ok,public" about:"whether the checksums of all its blocks are right"`
	CTAHashes     []string `column:"cta_hashes,public" about:"its blocks about HDMI, sound and modes, which hold no names or numbers of its own, hashed: equal for all units of one model"`
	MaskedHash    string   `column:"masked_hash,public" about:"what is left of the EDID when its maker, product, serial number and texts are masked, hashed: equal for all units of one model, whatever they call themselves"`
	MaskedBase    string   `column:"masked_base_hash,public" about:"the same of the first block alone"`
	Hash          string   `column:"edid_sha256_16,pseudonym" about:"the whole EDID, hashed, to recognise one display at several laptops"`
}

// Displays looks at the displays that are connected.
func Displays() Sensor {
	return Define(Options{
		Class: "connected_displays", Every: time.Minute, Facts: true,
		About: "Looks at what the connected displays say of themselves, never at the picture, to notice when a device that forwards the picture stands in a display's place.",
		Limits: []Limit{
			{OS: "windows", Reach: Partial, Why: "Windows shows the ways to its displays only in people's sessions, not to a service, so a companion there tells it which display is the laptop's own panel: until somebody has logged in since the agent started, where a session does not show a display, and where input_devices is switched off, since nobody is listened to then, internal and output stay empty. Another program of that person could make the companion lie, so no rule rests on its word; what a display says of itself the service reads on its own."},
			{OS: "darwin", Reach: Partial, Why: "On Apple's own chips macOS hands out what it understood of a display, its maker, product, name and dates, and not the description itself, so that what is recognised by the bytes of it is not there."},
		},
	}, collectDisplays)
}

// collectDisplays looks where the system keeps its displays.
func collectDisplays(ctx context.Context, h host.Host) ([]connectedDisplay, error) {
	switch h.Platform().OS {
	case "windows":
		return treeDisplays(ctx, h)
	case "darwin":
		return registryDisplays(ctx, h)
	}
	return drmDisplays(ctx, h)
}

// understand fills the row from the EDID. Without one nothing more is known:
// old projectors and some adapters give none.
func (d *connectedDisplay) understand(raw []byte) error {
	if len(raw) == 0 {
		return nil
	}
	e, err := parse.ParseEDID(raw)
	if err != nil {
		return err
	}
	d.identify(e)
	d.describe(e)
	return nil
}

// identify fills what the display says it is.
func (d *connectedDisplay) identify(e parse.EDID) {
	d.Manufacturer, d.ProductCode = e.Manufacturer, fmt.Sprintf("%04x", e.Product)
	d.number(e.Serial, e.SerialText)
	d.Name = impersonal(e.Name, e.SerialText, false)
	d.Week, d.Year, d.Version = strconv.Itoa(e.Week), strconv.Itoa(e.Year), e.Version
	d.Width, d.Height = strconv.Itoa(e.WidthCM), strconv.Itoa(e.HeightCM)
	d.MaskedHash, d.MaskedBase, d.Hash = e.MaskedHash, e.MaskedBase, e.Hash
}

// number notes the serial number of either kind.
func (d *connectedDisplay) number(serial uint32, text string) {
	if serial != 0 {
		d.SerialNumber = fmt.Sprintf("%08x", serial)
	}
	if slices.Contains(displaySerials, strings.ToUpper(d.SerialNumber)) {
		d.SerialDefault = d.SerialNumber
	}
	d.SerialText, d.HasSerial = text, serial != 0 || text != ""
}

// describe fills what the display can do.
func (d *connectedDisplay) describe(e parse.EDID) {
	if len(e.Detailed) > 0 {
		preferred := e.Detailed[0]
		d.Preferred, d.PixelClock = preferred.String(), strconv.Itoa(preferred.KiloHertz)
		d.PreferredSize = fmt.Sprintf("%dx%d", preferred.WidthMM, preferred.HeightMM)
	}
	d.Modes = strconv.Itoa(e.Modes())
	d.YearsBefore = strconv.Itoa(yearsBefore(e))
	d.ChecksumOK, d.HDR = yes(len(e.BadChecksums) == 0), "false"
	for _, x := range e.Extensions {
		d.Extensions = append(d.Extensions, x.Kind)
		if x.Malformed != nil && d.Malformed == "" {
			d.Malformed = x.Malformed.Error()
		}
		if x.CTA != nil {
			d.addCTA(x)
		}
		if id := x.DisplayID; id != nil && id.Vendor != "" {
			d.DisplayID = fmt.Sprintf("%s:%04x", id.Vendor, id.Product)
		}
	}
}

func (d *connectedDisplay) addCTA(x parse.Extension) {
	d.CTAHashes = append(d.CTAHashes, x.Hash)
	for _, format := range x.CTA.AudioFormats {
		d.Sound = appendNew(d.Sound, format)
	}
	if x.CTA.HDMI != nil {
		d.HDMI = x.CTA.HDMI.Address
	}
	if x.CTA.HDR {
		d.HDR = "true"
	}
}

// yearsBefore is by how many years an EDID is older than what it lists. The year
// that a byte of zero stands for is that of makers who fill in none: one in a
// thousand ordinary displays.
func yearsBefore(e parse.EDID) int {
	if e.Year == 1990 {
		return 0
	}
	return max(0, youngest(e)-e.Year)
}

// youngest is the year in which the newest of what an EDID lists was first
// written down: CTA-861-F, CTA-861.3, CTA-861-G and DisplayID 2.
func youngest(e parse.EDID) int {
	year := 0
	for _, x := range e.Extensions {
		if id := x.DisplayID; id != nil && id.Version >= "2" {
			year = max(year, 2017)
		}
		if x.CTA == nil {
			continue
		}
		if len(x.CTA.VICs) > 0 {
			switch last := slices.Max(x.CTA.VICs); {
			case last >= 108:
				year = max(year, 2016)
			case last >= 65:
				year = max(year, 2013)
			}
		}
		if x.CTA.HDMIForum {
			year = max(year, 2013)
		}
		if x.CTA.HDR {
			year = max(year, 2015)
		}
	}
	return year
}
