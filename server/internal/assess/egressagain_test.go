package assess_test

import (
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/device"
)

// What was found, was over, was found again and is over again, is over: the second
// spell ends as the first one did, and the first one stays as it was.
func TestWhatIsFoundAgainEndsAgain(t *testing.T) {
	s := newShelf(t)
	days := func(n int, class, address string) {
		for range n {
			s.stand(class, address)
			s.look()
			s.now = s.now.Add(24 * time.Hour)
		}
	}
	days(6, device.NetworkVPN, "a:exit")     // found on the fifth day
	days(31, device.NetworkBusiness, "a:of") // over as the days are forgotten
	days(6, device.NetworkVPN, "a:exit")
	days(31, device.NetworkBusiness, "a:of")
	var masked []device.Spell
	for _, spell := range s.spells() {
		if spell.Finding.DeviceID == "d0" && spell.Finding.Rule == "network.egress_hosting_or_vpn" {
			masked = append(masked, spell)
		}
	}
	for _, spell := range masked {
		if spell.To.IsZero() {
			t.Errorf("the spell from %s is still open", spell.From)
		}
	}
	if len(masked) != 2 || !masked[0].To.Before(masked[1].From) {
		t.Errorf("spells = %+v, want two, one after the other", masked)
	}
}
