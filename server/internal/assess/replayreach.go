package assess

import (
	"fmt"
	"slices"
	"strings"

	"github.com/farmwatch/farmwatch/proto/catalogue"
)

// reach says how far the rows that a collector has can tell of rules. What it has not is
// no sign that a rule would not have held.
func reach(c *catalogue.Catalogue, rules []*catalogue.Rule) string {
	var here, told, local []string
	for _, r := range rules {
		kind := &local
		switch class, _ := c.ClassOf(r.Class); {
		case class.Collector:
			kind = &here
		case class.Facts:
			kind = &told
		}
		if !slices.Contains(*kind, r.Class) {
			*kind = append(*kind, r.Class)
		}
	}
	var notes []string
	if len(here) > 0 {
		notes = append(notes, fmt.Sprintf("Rows of %s are made by the collector: it was tried on the present ones and on those that findings rest on.", listed(here)))
	}
	if len(told) > 0 {
		notes = append(notes, fmt.Sprintf("Rows of %s come to the collector: it was tried on those of the reports that are kept, and before them on those that findings rest on.", listed(told)))
	}
	if len(local) > 0 {
		notes = append(notes, fmt.Sprintf("Rows of %s are judged on laptops and stay there: it was tried only on those that other rules told of. Where no other rule held, it may hold unseen.", listed(local)))
	}
	return strings.Join(append(notes, unread(c, rules)...), " ")
}

// unread says which columns say less here than on a laptop.
func unread(c *catalogue.Catalogue, rules []*catalogue.Rule) (notes []string) {
	var local, hashed []string
	for _, r := range rules {
		for _, t := range r.Match.Every() {
			switch c.Sensitivity(r.Class, t.Column) {
			case "local":
				local = append(local, t.Column)
			case "pseudonym":
				if t.Modifier != "exists" {
					hashed = append(hashed, t.Column)
				}
			}
		}
	}
	for _, less := range []struct {
		columns []string
		why     string
	}{{local, "never leaves a laptop: here it counts as not told"}, {hashed, "is a pseudonym here, which no plain value equals"}} {
		slices.Sort(less.columns)
		if columns := slices.Compact(less.columns); len(columns) > 0 {
			notes = append(notes, fmt.Sprintf("What it reads of %s %s.", strings.Join(columns, ", "), less.why))
		}
	}
	return notes
}

// listed joins names as a sentence has them.
func listed(names []string) string {
	if n := len(names) - 1; n > 0 {
		return strings.Join(names[:n], ", ") + " and " + names[n]
	}
	return strings.Join(names, "")
}
