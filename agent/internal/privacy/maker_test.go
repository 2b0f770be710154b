package privacy

import (
	"testing"

	"github.com/farmwatch/farmwatch/agent/internal/sensor"
)

func TestMakersWhoArePeople(t *testing.T) {
	for maker, want := range map[string]bool{
		"Jane Doe": true, "Ømer O'Neil-Şahin": true, "Doe, Jane M.": true, "Jane Anna Maria Doe": true, "张 伟": true,
		"TeamViewer": false, "TeamViewer Germany GmbH": false, "Splashtop Inc.": false, "NoMachine S.à r.l.": false, "Zoho Corporation Pvt. Ltd.": false,
		"Barracuda Networks": false, "Google LLC": false, "remot3.it, Inc.": false, "Rapid7 LLC": false, "Tanium Inc.": false, "": false, "Microsoft Corporation": false,
	} {
		if person(maker) != want {
			t.Errorf("person(%q) = %t", maker, !want)
		}
	}
}

// A person who signed a program stays on the laptop, where rules know the name.
func TestAPersonWhoSignedDoesNotLeave(t *testing.T) {
	g, err := NewGate([]sensor.Sensor{{Class: "programs", Columns: []sensor.Column{{Name: "signer", Sensitivity: sensor.Public, Named: true, Maker: true}}}}, testKey)
	if err != nil {
		t.Fatal(err)
	}
	g.Hide("smithson")
	for signer, want := range map[string]string{"Jane Doe": "", "AnyDesk Software GmbH": "AnyDesk Software GmbH", "Smithson Software GmbH": "[…] Software GmbH"} {
		o := row("signer", signer)
		o.Class = "programs"
		if left, _ := g.Row(o); left.Columns["signer"] != want {
			t.Errorf("%q left as %q", signer, left.Columns["signer"])
		}
	}
}
