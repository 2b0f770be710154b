package parse

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/agent/internal/parse/parsetest"
)

func TestParseIORegistry(t *testing.T) {
	b := parsetest.Plist(
		parsetest.Registry{
			"idVendor": 7531, "USB Product Name": "a <b> & \"c\"", "ReportDescriptor": []byte{5, 1}, "Elements": []parsetest.Registry{{"idVendor": 1}, {"x": []parsetest.Registry{}}},
			"IORegistryEntryChildren": []parsetest.Registry{{"bInterfaceClass": 3, "Built-In": true}},
		},
		parsetest.Registry{},
	)
	var got []IOEntry
	if err := ParseIORegistry(b, &got, "idVendor", "USB Product Name", "ReportDescriptor", "bInterfaceClass", "IORegistryEntryChildren"); err != nil {
		t.Fatal(err)
	}
	want := []IOEntry{{
		"idVendor": uint64(7531), "USB Product Name": "a <b> & \"c\"", "ReportDescriptor": []byte{5, 1},
		"IORegistryEntryChildren": []any{map[string]any{"bInterfaceClass": uint64(3)}},
	}, {}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	vendor, _ := got[0].Number("idVendor")
	_, missing := got[1].Number("idVendor")
	if vendor != 7531 || missing || got[0].Text("USB Product Name") == "" || got[0].Text("idVendor") != "" || len(got[0].Bytes("ReportDescriptor")) != 2 || len(got[0].Children()) != 1 {
		t.Errorf("%v", got)
	}
	if err := ParseIORegistry([]byte("\n"), &got); err != nil {
		t.Errorf("nothing that fits: %v", err)
	}
}

func TestParseIORegistryRefuses(t *testing.T) {
	const head = `<?xml version="1.0"?><plist version="1.0">`
	for name, c := range map[string]struct{ text, want string }{
		"too deep":         {head + strings.Repeat("<array>", 100000), "65 elements deep"},
		"too deep unread":  {head + "<dict><key>no</key>" + strings.Repeat("<array>", 100000), "65 elements deep"},
		"too many":         {head + "<array>" + strings.Repeat("<dict/>", 100000) + "</array></plist>", "more than 65536 elements"},
		"still open":       {head + "<array>", "2 elements are still open"},
		"one end too many": {head + "</plist></plist>", "-1 elements deep"},
		"no value":         {head + "<dict><key>no</key></dict></plist>", "a key without a value"},
		"no end of a key":  {head + "<dict><key>no", "a key does not end"},
		"no end of a tag":  {head + "<dict", "a tag does not end"},
		"raw text":         {head + "<![CDATA[<array>]]>", "a property list has no !["},
		"another format":   {"{ idVendor = 3; }", "I/O registry: "},
		"a wrong number":   {head + "<array><integer>x</integer></array></plist>", "I/O registry: "},
		"too long":         {strings.Repeat(" ", 17<<20), "want at most 16777216"},
	} {
		var got []IOEntry
		if err := ParseIORegistry([]byte(c.text), &got, "yes"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
}

func FuzzParseIORegistry(f *testing.F) {
	d := parsetest.USBDevice{Port: "1-2", Name: "A", Functions: []parsetest.USBFunction{parsetest.Input(1, 1, parsetest.Report("pikvm.keyboard"), 8)}}
	f.Add(parsetest.Plist(d.IORegUSB()))
	f.Add(parsetest.Plist(d.IORegHID()...))
	f.Fuzz(func(_ *testing.T, b []byte) {
		var got []IOEntry
		if err := ParseIORegistry(b, &got, "idVendor", "ReportDescriptor", "IORegistryEntryChildren"); err == nil {
			for _, e := range got {
				for _, child := range e.Children() {
					_, _ = child.Number("idVendor")
				}
			}
		}
	})
}
