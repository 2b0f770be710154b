package roster_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/enroll"
	"github.com/farmwatch/farmwatch/server/internal/roster"
)

// TestPropertyIsHashedAsLaptopsDo rests on the vector that agent/internal/privacy pins
// of its gate: the same letters under the same key.
func TestPropertyIsHashedAsLaptopsDo(t *testing.T) {
	r := build(t, nil, file{roster.Docks, "kind,serial,label,place\n" +
		"usb,relay.corp.example,dock,company\n" + "gateway,94-83-C4-00-00-01,router,\n" + "access_point,9483.c400.0002,roof,\n" + "display, CN0ABC123 ,screen,room\n" +
		"usb,p:0123456789abcdef0123456789abcdef,copied from the console,\n"})
	want := map[string]string{
		"dock":   "p:4f8f0139a8e3d190c7052b3976303c9b", // the vector
		"router": enroll.Pseudonym(companyKey, "94:83:c4:00:00:01"), "roof": enroll.Pseudonym(companyKey, "94:83:c4:00:00:02"),
		"screen": enroll.Pseudonym(companyKey, "CN0ABC123"), "copied from the console": "p:0123456789abcdef0123456789abcdef",
	}
	if len(r.Property) != len(want) {
		t.Errorf("%d things, want %d", len(r.Property), len(want))
	}
	for _, p := range r.Property {
		if p.Pseudonym != want[p.Label] {
			t.Errorf("%s is %s, want %s", p.Label, p.Pseudonym, want[p.Label])
		}
	}
}

func TestAddressesAreHashedUnderTheCollectorsOwnKey(t *testing.T) {
	hash := func(key []byte, address string) string {
		return roster.AddressHash(func(v string) string { return enroll.Pseudonym(key, v) })(roster.Normalise(address))
	}
	if a, b := hash(ownKey, "12 Some Road, Apt. 4"), hash(ownKey, "12, SOME ROAD - apt 4"); a != b {
		t.Errorf("%s and %s", a, b)
	}
	if hash(ownKey, "12 Some Road") == hash(ownKey, "21 Some Road") || hash(ownKey, "12 Some Road") == hash(companyKey, "12 Some Road") {
		t.Error("two addresses, or two keys, make one hash")
	}
}

// told are words that say where somebody comes from, of what kind they are, or what
// they type on. Wherever an import allows words, they may stand, and nothing may change.
var told = []string{"Jürgen Müller", "金正恩", "nationality: Elbonian", "speaks Elbonian", "keyboard de-CH", "zh_CN.UTF-8", "Asia/Pyongyang", "accent", "female", "born 1990"}

// TestWhoSomebodyIsChangesNothing: the same fleet with and without such words gives
// the same rows and the same assessments, byte by byte.
func TestWhoSomebodyIsChangesNothing(t *testing.T) {
	c := known(t)
	plain := judgedFleet(t, c, "", "")
	for _, word := range told {
		if got := judgedFleet(t, c, word, ""); !bytes.Equal(got, plain) {
			t.Errorf("with %q in every label and ticket, the fleet is judged otherwise:\n%s\n%s", word, got, plain)
		}
	}
	// The device's own clock and languages are no part of a stay as the roster knows it, and facts of them enter no row.
	for _, word := range told {
		if got := judgedFleet(t, c, "", word); !bytes.Equal(got, plain) {
			t.Errorf("with %q told by the laptop, the fleet is judged otherwise", word)
		}
	}
	if !strings.Contains(string(plain), "context.place_differs") || !strings.Contains(string(plain), "context.credential") {
		t.Errorf("the fleet shows nothing: %s", plain)
	}
}

// judgedFleet gives rows and assessments of some laptops, with a word wherever an
// import allows one, and wherever a laptop tells of its own.
func judgedFleet(t *testing.T, c *catalogue.Catalogue, word, device string) []byte {
	t.Helper()
	cell := func(otherwise string) string {
		if word == "" {
			return otherwise
		}
		return `"` + word + `"`
	}
	laptops := []roster.Known{laptop("d1", at(1, 0)), laptop("d2", at(1, 0))}
	for i := range laptops {
		laptops[i].Name += device // a laptop's name is the only word of its own that the roster sees
	}
	r := build(t, laptops,
		file{roster.People, "person,group,declared_place,credential\np-1," + cell("sales") + ",PT,unverified\np-2," + cell("agency") + ",PT,\n"},
		file{roster.Devices, "device,person,handed_out\nd1,p-1,2026-11-02\nd2,p-2,2026-11-02\n"},
		file{roster.Tickets, "device,ticket,from,to\nd1," + cell("INC-1") + ",2026-11-10,2026-11-10\n"},
		file{roster.Groups, "group,kind,label\nbench,staging," + cell("bench") + "\n"},
		file{roster.Docks, "kind,serial,label\nusb,ABC," + cell("dock") + "\n"})
	var out bytes.Buffer
	for i, k := range laptops {
		var stood []roster.Stood
		for day := 2; day <= 20; day++ {
			stood = append(stood, roster.Stood{Day: at(day, 0).Format(time.DateOnly), Countries: []string{[]string{"PT", "ES"}[i]}})
		}
		v := r.Judge(c, k, stood, at(20, 12))
		var spells []catalogue.Spell
		for _, claim := range v.Claims {
			spells = append(spells, catalogue.Spell{From: claim.Since, Finding: finding.Finding{UID: claim.Rule.ID, Rule: claim.Rule.ID, Title: claim.Rule.Title, Evidence: []finding.Observation{v.Row}}})
		}
		past := r.Past(k, nil, at(20, 12))
		for _, part := range []any{v.Row, v.Claims, c.Assess(catalogue.History{At: at(20, 12), EnrolledAt: past.InService, Spells: spells, Missing: past.Missing})} {
			text, err := json.Marshal(part)
			if err != nil {
				t.Fatal(err)
			}
			out.Write(append(text, '\n'))
		}
	}
	return out.Bytes()
}
