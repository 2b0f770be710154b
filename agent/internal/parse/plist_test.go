package parse

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"howett.net/plist"
)

// daemon is a list as launchd has it.
func daemon() map[string]any {
	return map[string]any{
		"Label": "com.example.desk", "RunAtLoad": true, "ProgramArguments": []string{"/opt/desk", "--password", "hunter2"},
		"KeepAlive": map[string]bool{"SuccessfulExit": false}, "Number": 7, "PermanentPassword": []byte{1, 2, 3}, "Umlaut": "Büro-Gruppe",
	}
}

func TestParsePropertyList(t *testing.T) {
	wanted := Wanted{Values: []string{"label", "runatload", "number", "umlaut", "keepalive/successfulexit"}, Presence: []string{"permanentpassword", "keepalive"}}
	for name, format := range map[string]int{"XML": plist.XMLFormat, "binary": plist.BinaryFormat} {
		b, err := plist.Marshal(daemon(), format)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParsePropertyList(b, wanted)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		said := map[string]string{}
		for _, one := range got {
			if said[one.Name] = one.Value; !one.Set {
				t.Errorf("%s: %s is not set", name, one.Name)
			}
		}
		want := map[string]string{"label": "com.example.desk", "runatload": "true", "number": "7", "umlaut": "Büro-Gruppe", "keepalive": "", "keepalive/successfulexit": "false", "permanentpassword": ""}
		if diff := cmp.Diff(want, said); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestParsePropertyListInOrder(t *testing.T) {
	b, err := plist.Marshal(daemon(), plist.BinaryFormat)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParsePropertyList(b, Wanted{Values: []string{"programarguments"}})
	if err != nil || len(got) != 4 || got[1].Value != "/opt/desk" || got[3].Value != "hunter2" {
		t.Errorf("%+v, error %v", got, err)
	}
}

// A managed client's list has no frame, and several organisations stand in a list.
func TestParsePropertyListWithoutFrame(t *testing.T) {
	text := "<dict><key>configs</key><array><dict><key>organization</key><string>one</string></dict></array><key>organization</key><string> two </string></dict>"
	got, err := ParsePropertyList([]byte(text), Wanted{Values: []string{"organization", "configs//organization"}})
	if err != nil || len(got) != 2 || got[0].Value != "one" || got[1].Value != "two" {
		t.Errorf("%+v, error %v", got, err)
	}
}

func TestXMLText(t *testing.T) {
	if got := XMLText([]byte(`<?xml version="1.0" encoding="utf-16"?><ServerConfig><Port>443</Port><ServerIP> rmm.example </ServerIP></ServerConfig>`), "serverip"); got != "rmm.example" {
		t.Errorf("%q", got)
	}
	if got := XMLText([]byte("<a><b>"), "c"); got != "" {
		t.Errorf("%q of a document cut short", got)
	}
}

func FuzzParsePropertyList(f *testing.F) {
	for _, format := range []int{plist.XMLFormat, plist.BinaryFormat} {
		b, err := plist.Marshal(daemon(), format)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	fuzzSettings(f, ParsePropertyList)
}

func FuzzXMLText(f *testing.F) {
	f.Add([]byte("<a><b>c</b></a>"))
	f.Fuzz(func(_ *testing.T, b []byte) { XMLText(b, "b") })
}
