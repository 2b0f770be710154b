package parse

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

func wideText(order binary.ByteOrder, text string) []byte {
	units := append([]uint16{0xfeff}, utf16.Encode([]rune(text))...)
	var b []byte
	for _, unit := range units {
		pair := make([]byte, 2)
		order.PutUint16(pair, unit)
		b = append(b, pair...)
	}
	return b
}

func TestParseSettings(t *testing.T) {
	wanted := Wanted{Values: []string{"server", "tunnel", "always_online", "physicaldesktopauthorization", "endpoint"}, Presence: []string{"password", "profile.*.pwd"}}
	for name, c := range map[string]struct {
		text []byte
		want Settings
	}{
		"ini":                  {[]byte("; remark\n[Main]\nServer = a.example \nPassword=hunter2\n"), Settings{{"main", "server", "a.example", true}, {"main", "password", "", true}}},
		"toml":                 {[]byte("password = ''\nserver = 'b.example' # ours\n"), Settings{{"", "password", "", false}, {"", "server", "b.example", true}}},
		"dotted names":         {[]byte("profile._full.pwd=00ff\nprofile._full.salt=11\n"), Settings{{"", "profile._full.pwd", "", true}}},
		"kinds before names":   {[]byte("[int32] Always_Online = 1\n[strng] Other = \"x\"\n"), Settings{{"", "always_online", "1", true}}},
		"yaml":                 {[]byte("tunnel: 6ff4\ningress:\n  - password: x\n"), Settings{{"", "tunnel", "6ff4", true}, {"", "password", "", true}}},
		"spaces":               {[]byte("#PhysicalDesktopAuthorization 1\nPhysicalDesktopAuthorization 0\n"), Settings{{"", "physicaldesktopauthorization", "0", true}}},
		"a name alone":         {[]byte("-password\n"), Settings{{"", "password", "", true}}},
		"an address with port": {[]byte("[Peer]\nEndpoint = [2001:db8::1]:51820\n"), Settings{{"peer", "endpoint", "[2001:db8::1]:51820", true}}},
		"utf-16":               {wideText(binary.LittleEndian, "Server=c.example\r\n"), Settings{{"", "server", "c.example", true}}},
		"utf-16, other order":  {wideText(binary.BigEndian, "Server=c.example\r\n"), Settings{{"", "server", "c.example", true}}},
		"broken letters":       {[]byte("server=\xff\xfe\n"), Settings{{"", "server", "?", true}}},
	} {
		got, err := ParseSettings(c.text, wanted)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestSettingsAreBounded(t *testing.T) {
	if _, err := ParseSettings(make([]byte, settingsMaximum+1), Wanted{}); err == nil {
		t.Error("a file of more than a megabyte is read")
	}
	got, err := ParseSettings([]byte(strings.Repeat("a=1\n", 10*settingsLimit)+"a="+strings.Repeat("x", 5000)), Wanted{Values: []string{"a"}})
	if err != nil || len(got) != settingsLimit {
		t.Errorf("%d settings, error %v", len(got), err)
	}
}

func TestParseSettingsJSON(t *testing.T) {
	text := `{"host_id":"1","host_secret_hash":"hmac:c2VjcmV0","owner":"A@example.com","root":{"named_devices":[{"cert":"x","name":"y"}],"devices":[]},"n":2,"on":true}`
	got, err := ParseSettingsJSON([]byte(text), Wanted{Values: []string{"owner", "n", "on"}, Presence: []string{"host_secret_hash", "root/named_devices", "root/devices"}})
	if err != nil {
		t.Fatal(err)
	}
	want := Settings{
		{"", "host_secret_hash", "", true}, {"", "owner", "A@example.com", true}, {"", "root/named_devices", "", true}, {"", "root/named_devices", "", true},
		{"", "n", "2", true}, {"", "on", "true", true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for name, bad := range map[string]string{"nothing": "", "cut short": `{"owner":"s3cret`, "too deep": strings.Repeat("[", 100)} {
		if _, err := ParseSettingsJSON([]byte(bad), Wanted{}); err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func fuzzWanted() Wanted {
	return Wanted{Values: []string{"server", "a/b", "label", "/org/a"}, Presence: []string{"*password*", "a*"}}
}

// fuzzSettings asks of any bytes that what is not wanted is not kept.
func fuzzSettings(f *testing.F, read func([]byte, Wanted) (Settings, error)) {
	f.Fuzz(func(t *testing.T, b []byte) {
		found, err := read(b, fuzzWanted())
		if err != nil {
			return
		}
		for _, one := range found {
			if one.Value != "" && !slices.Contains(fuzzWanted().Values, one.Name) || len(one.Value) > settingsValue {
				t.Errorf("kept %+v", one)
			}
		}
	})
}

func FuzzParseSettings(f *testing.F) {
	f.Add([]byte("[a]\nserver=\"b\"\npassword: 1\n[int32] a = 1\n"))
	f.Add(wideText(binary.LittleEndian, "server=a\n"))
	fuzzSettings(f, ParseSettings)
}

func FuzzParseSettingsJSON(f *testing.F) {
	f.Add([]byte(`{"server":"a","password":["x",{"a":null}]}`))
	fuzzSettings(f, ParseSettingsJSON)
}
