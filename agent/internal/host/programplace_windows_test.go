package host

import (
	"testing"

	"golang.org/x/sys/windows"
)

// TestWhoMayReplaceAProgram reads descriptions as they stand on Windows: of
// C:\Program Files, of a folder somebody made at the top of the drive, of one's own.
func TestWhoMayReplaceAProgram(t *testing.T) {
	owners, err := masters()
	if err != nil {
		t.Fatal(err)
	}
	const own = "S-1-5-21-1-2-3-1001"
	for text, want := range map[string]string{
		"O:" + installer + "D:PAI(A;OICI;FA;;;" + installer + ")(A;OICIIO;GA;;;CO)(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)": "",
		"O:BAD:AI(A;ID;FA;;;BA)(A;ID;FA;;;SY)(A;ID;0x1200a9;;;BU)(A;ID;0x1301bf;;;AU)":                                                    "S-1-5-11",
		"O:BAD:(A;;FA;;;BA)(A;;0x2;;;BU)":                        "S-1-5-32-545",
		"O:BAD:(A;OICIIO;FA;;;BU)(A;;FA;;;BA)":                   "",
		"O:" + own + "D:(A;;FA;;;SY)":                            own,
		"O:SYD:(A;;FA;;;SY)(A;;FA;;;" + own + ")":                own,
		"O:SYD:(D;;FA;;;" + own + ")(A;;0x1200a9;;;" + own + ")": "",
	} {
		about, err := windows.SecurityDescriptorFromString(text)
		if err != nil {
			t.Fatal(text, err)
		}
		who, err := whoMay(about, replacing, owners)
		if err != nil {
			t.Fatal(text, err)
		}
		got := ""
		if who != nil {
			got = who.String()
		}
		if got != want {
			t.Errorf("%s: %q may replace it, want %q", text, got, want)
		}
	}
}
