package assess

import (
	"testing"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/alert"
)

// A laptop that tells of the year 2000 does not have the collector look at every
// evening since then at which the hours of a sanction ended.
func TestATellingOfLongAgoIsJudgedInFewTurns(t *testing.T) {
	const h = time.Hour
	p := laptop(logged("controlled", h, 0, "person"), logged("visited", 2*h, 1*h, "person"))
	p.Spells[0].From = time.Date(2000, 1, 2, 12, 0, 0, 0, time.UTC)
	p.Spells[0].To = p.Spells[0].From.Add(h)
	p.Sanctions = []alert.Sanction{permit(func(s *alert.Sanction) { s.Conditions.Hours = day(t); s.StartsAt = time.Time{} })}
	turns := 0
	for more := true; more; turns++ {
		v := Judge(tools(), p, noon.Add(3*h), ids())
		p.Seen, more = v.Seen, v.More
		if turns > 200 {
			t.Fatal("it does not end")
		}
	}
	if turns > 5 {
		t.Errorf("it takes %d turns", turns)
	}
}
