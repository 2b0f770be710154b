package host

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// registryDepth is more than macOS' registry is deep.
const registryDepth = 64

// registryKeys are the properties of the I/O registry that are recorded, and
// what becomes of each. The registry holds much more of a person's machine.
func registryKeys(s scrubber) map[string]func(string) string {
	keys := map[string]func(string) string{}
	add := func(edit func(string) string, names ...string) {
		for _, name := range names {
			keys[name] = edit
		}
	}
	add(func(value string) string { return value }, "IOObjectClass", "IORegistryEntryChildren", "idVendor", "idProduct", "bcdDevice", "bcdUSB",
		"bDeviceClass", "bDeviceSubClass", "bDeviceProtocol", "bInterfaceNumber", "bAlternateSetting", "bInterfaceClass", "bInterfaceSubClass",
		"bInterfaceProtocol", "locationID", "LocationID", "Device Speed", "USBSpeed", "non-removable", "ReportDescriptor", "VendorID", "ProductID",
		"Transport", "MaxInputReportSize", "external", "DisplayAttributes", "ProductAttributes", "ManufacturerID", "WeekOfManufacture", "YearOfManufacture")
	add(s.text, "IORegistryEntryName", "IONameMatched", "IODisplayPrefsKey", "USB Vendor Name", "USB Product Name", "kUSBVendorString", "kUSBProductString", "kUSBString",
		"Vendor Identification", "Product Identification", "Product Revision Level", "Manufacturer", "Product", "ProductName")
	add(s.serial, "USB Serial Number", "kUSBSerialNumberString", "AlphanumericSerialNumber")
	add(s.displaySerial, "SerialNumber")
	add(s.encodedEDID, "EDID", "IODisplayEDID")
	return keys
}

// displaySerial is a display's serial number in decimal digits, where a device of
// another kind has text. All else knows it as the four bytes that it is.
func (s scrubber) displaySerial(text string) string {
	number, err := strconv.ParseUint(strings.TrimSpace(text), 10, 32)
	if err != nil {
		return s.serial(text)
	}
	field := binary.LittleEndian.AppendUint32(nil, uint32(number))
	s.serialNumber(field)
	return strconv.FormatUint(uint64(binary.LittleEndian.Uint32(field)), 10)
}

func (s scrubber) encodedEDID(text string) string {
	raw, err := base64.StdEncoding.DecodeString(squeeze([]byte(text)))
	if err != nil {
		return ""
	}
	return base64.StdEncoding.EncodeToString(s.edid(raw))
}

// registry keeps of a property list that ioreg printed what may be recorded.
func (s scrubber) registry(output []byte) ([]byte, error) {
	c := registryCopy{in: xml.NewDecoder(bytes.NewReader(output)), keys: registryKeys(s)}
	c.out.WriteString(xml.Header)
	for {
		token, err := c.in.Token()
		if errors.Is(err, io.EOF) {
			return c.out.Bytes(), nil
		}
		if start, ok := token.(xml.StartElement); ok && err == nil {
			err = c.value(start.Name.Local, nil, 0)
		}
		if err != nil {
			return nil, fmt.Errorf("read the registry's property list: %w", err)
		}
	}
}

// registryCopy copies a property list and leaves out what is not known.
type registryCopy struct {
	in   *xml.Decoder
	out  bytes.Buffer
	keys map[string]func(string) string
}

// value copies one element whose start has been read. The edit is that of the
// key it stands at.
func (c *registryCopy) value(kind string, edit func(string) string, depth int) error {
	if depth > registryDepth {
		return fmt.Errorf("deeper than %d", registryDepth)
	}
	fmt.Fprintf(&c.out, "<%s>", kind)
	var text bytes.Buffer
	for {
		token, err := c.in.Token()
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.CharData:
			text.Write(t)
		case xml.StartElement:
			if edit, err = c.child(t.Name.Local, edit, depth); err != nil {
				return err
			}
			text.Reset()
		case xml.EndElement:
			if kind != "plist" && kind != "dict" && kind != "array" && edit != nil {
				_ = xml.EscapeText(&c.out, []byte(edit(text.String()))) // a buffer takes all
			}
			fmt.Fprintf(&c.out, "</%s>\n", kind)
			return nil
		}
	}
}

// child copies an element inside another, or steps over it, and gives the edit
// for the element after it.
func (c *registryCopy) child(kind string, edit func(string) string, depth int) (func(string) string, error) {
	if kind != "key" {
		return edit, c.value(kind, edit, depth+1)
	}
	var key string
	if err := c.in.DecodeElement(&key, &xml.StartElement{Name: xml.Name{Local: "key"}}); err != nil {
		return nil, err
	}
	if edit = c.keys[key]; edit == nil {
		return nil, c.skip()
	}
	c.out.WriteString("<key>")
	_ = xml.EscapeText(&c.out, []byte(key))
	c.out.WriteString("</key>")
	return edit, nil
}

// skip steps over the next element.
func (c *registryCopy) skip() error {
	for {
		token, err := c.in.Token()
		if err != nil {
			return err
		}
		if _, ok := token.(xml.StartElement); ok {
			return c.in.Skip()
		}
	}
}
