package sensor

import "testing"

func TestSchemeOf(t *testing.T) {
	for name, want := range map[string]string{
		"HR-MB001":                   "group-kind-number",
		"fin-mb002":                  "group-kind-number", // of the same company, whichever
		"US-BOSTON-0123":             "region-word-number",
		"us-dallas-0991":             "region-word-number",
		"ACME-LT-00123":              "=acme-kind-number",
		"acme-nb-456.corp.example":   "=acme-kind-number",
		"globex-5CG1234ABC":          "=globex-serial",
		"initechlt0042":              "", // too like a person's
		"initlt0042":                 "=initlt-number",
		"umbra12345":                 "=umbra-number",
		"C02XK1ABJGH5":               "serial",
		"lt-pf3abcde":                "kind-serial",
		"contoso_wks_1042":           "=contoso-kind-number",
		"2024-lt-00012":              "number-kind-number",
		"DESKTOP-1A2B3C4":            "",
		"LAPTOP-AB12CD34":            "",
		"WIN-ABCDEFGHIJK":            "",
		"Kims-MacBook-Pro":           "",
		"kims-macbook-pro-2":         "",
		"anna-thinkpad-t480":         "",
		"anna-latitude-7420":         "",
		"bobs-pc":                    "",
		"gaming-pc-2":                "",
		"maria2847":                  "",
		"anna1985":                   "",
		"anna-1985":                  "",
		"pikvm":                      "",
		"kvm-12ab":                   "",
		"jetkvm-0a1b2c3d4e5f6a7b":    "",
		"npi3f2a91":                  "",
		"brw0080771a2b3c":            "",
		"esp-1a2b3c":                 "",
		"shelly1-98cdac":             "",
		"hp-printer-0123":            "",
		"sonos-347e5c0102030":        "",
		"homeassistant":              "",
		"raspberrypi-001":            "",
		"ip-cam-001":                 "",
		"srv-001":                    "",
		"nyc-dc-001":                 "",
		"android-1234567890abcdef":   "",
		"3f2a91c4-0000-1111-2222-33": "",
		"x1c":                        "",
		"":                           "",
		"-":                          "",
		"a-very-long-name-that-no-company-gives-0001": "",
	} {
		if got := schemeOf(name); got != want {
			t.Errorf("%s: scheme %q, want %q", name, got, want)
		}
	}
}

func FuzzSchemeOf(f *testing.F) {
	for _, name := range []string{"HR-MB001", "acme-nb-456.corp", "Kims-MacBook-Pro", "\xff-001", "--", "1a2b3c4d"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		if scheme := schemeOf(name); len(scheme) > 8*maxScheme {
			t.Errorf("%q gives a scheme of %d bytes", name, len(scheme))
		}
	})
}
