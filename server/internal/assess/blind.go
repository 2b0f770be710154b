package assess

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// A Blind is a class of rows that a laptop ought to see and does not see now.
type Blind struct {
	Class string
	State finding.CoverageState // denied or failed
	Since time.Time             // event time
}

// blindAfter is for how long a class must not have been seen to be said. An hour is many
// looks one after another: one that fails, or a permission that is given minutes after an
// installation, says nothing about how sure a level is.
const blindAfter = time.Hour

// said is from when on a judgement says it.
func (b Blind) said() time.Time { return b.Since.Add(blindAfter).Truncate(time.Microsecond) }

// why tells the cause in words that are the same at each look: what a laptop writes of it
// may differ between two of them, and stands with its coverage.
func (b Blind) why() string {
	if b.State == finding.CoverageDenied {
		return "permission denied"
	}
	return "looking fails"
}

func (b Blind) sentence() string {
	return fmt.Sprintf("%s could not be looked at since %s: %s.", classWords(b.Class), b.Since.UTC().Format(time.DateOnly), b.why())
}

// blind says, of a site, on how many of its laptops each class is not seen now.
func (t *siteTimeline) blind() []string {
	type cause struct{ class, why string }
	on := map[cause]int{}
	for _, m := range t.members {
		for _, b := range m.line.past.Blind {
			if !b.said().After(m.line.present) {
				on[cause{classWords(b.Class), b.why()}]++
			}
		}
	}
	var list []string
	for c, laptops := range on {
		list = append(list, fmt.Sprintf("%s could not be looked at on %d of %d laptops: %s.", c.class, laptops, len(t.members), c.why))
	}
	slices.Sort(list)
	return list
}

// classWords writes the name of a class as a sentence begins with it.
func classWords(class string) string {
	words := strings.Split(class, "_")
	for i, w := range words {
		switch {
		case slices.Contains([]string{"usb", "arp", "tcc"}, w):
			words[i] = strings.ToUpper(w)
		case i == 0 && w != "":
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, " ")
}

// lacking is what is missing of a moment, in sentences.
func (p *Past) lacking(at time.Time) []string {
	list := p.Missing
	for _, b := range p.Blind {
		if !b.said().After(at) {
			list = append(slices.Clip(list), b.sentence())
		}
	}
	return list
}

// read leaves of what a laptop does not see the classes of which some rule asks.
func read(c *catalogue.Catalogue, list []Blind) []Blind {
	return slices.DeleteFunc(slices.Clone(list), func(b Blind) bool { return !c.Reads(b.Class) })
}
