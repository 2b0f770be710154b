package assess_test

import (
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/egress"
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

// Who went away and came back the same day is where it came back to, though no
// row of its stays is new.
func TestWhoCameBackIsWhereItCameBackTo(t *testing.T) {
	s := newShelf(t)
	behind := func() string {
		got, err := s.db.Dossier(t.Context(), "d0")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range got.Facts {
			if f.Class == egress.Class && len(f.Rows) > 0 {
				return f.Rows[0].Columns["behind"]
			}
		}
		return ""
	}
	for _, at := range []struct{ class, address, want string }{
		{device.NetworkResidential, "a:house", "home"}, {device.NetworkBusiness, "a:office", "office"}, {device.NetworkResidential, "a:house", "home"},
	} {
		s.stand(at.class, at.address)
		s.look()
		if got := behind(); got != at.want {
			t.Errorf("at %s it is behind %q, want %q", at.address, got, at.want)
		}
		s.now = s.now.Add(time.Hour)
	}
}

// Where it stood is forgotten with the stays it was told by, also of a laptop that
// is never heard again.
func TestWhereOneStoodIsForgottenWithItsStays(t *testing.T) {
	s := newShelf(t)
	s.stand(device.NetworkResidential, "a:house")
	s.look()
	s.now = s.now.AddDate(0, 0, 31)
	if _, err := s.db.ForgetStays(t.Context(), s.now.AddDate(0, 0, -30), s.now); err != nil {
		t.Fatal(err)
	}
	told := len(s.told)
	s.look()
	got, err := s.db.Dossier(t.Context(), "d0")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range got.Facts {
		if f.Class == egress.Class && len(f.Rows) > 0 {
			t.Errorf("after 31 days it is still told that it stood behind %v", f.Rows[0].Columns)
		}
	}
	s.restart()
	s.look()
	if len(s.told) != told+3 {
		t.Errorf("it was told %d times, want once of each laptop", len(s.told)-told)
	}
}

// A clock of the collector that was a year ahead for an hour does not blind it for a year.
func TestStaysOfTheFutureHideNothing(t *testing.T) {
	s := newShelf(t)
	s.now = monday.AddDate(1, 0, 0)
	s.stand(device.NetworkResidential, "a:house")
	s.now = monday
	for range 12 {
		s.stand(device.NetworkResidential, "a:house")
		s.look()
		s.now = s.now.Add(24 * time.Hour)
	}
	if got := s.spells(); len(got) != 3 {
		t.Errorf("found %d, want that three laptops stand together", len(got))
	}
}
