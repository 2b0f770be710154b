package roster

import (
	"fmt"
	"time"
)

// Carry notes in new entries of people where they had said they work before, by the
// entries that these take the place of: for a while after a change either place
// counts. Entries of other kinds stay as they are.
func Carry(entries, before []Entry, at time.Time) ([]Entry, error) {
	was := map[string]Person{}
	for _, e := range before {
		if e.Kind != People {
			continue
		}
		p, err := read(e, &Person{})
		if err != nil {
			return nil, fmt.Errorf("read a kept row of people: %w", err)
		}
		was[p.ID] = p
	}
	list := make([]Entry, 0, len(entries))
	for _, e := range entries {
		old, known := was[e.Person]
		if e.Kind != People || !known {
			list = append(list, e)
			continue
		}
		p, err := read(e, &Person{})
		if err != nil {
			return nil, fmt.Errorf("read a row of people: %w", err)
		}
		p.Before, p.Since = old.Before, old.Since
		if old.Declared == p.Declared && old.Before.Country == "" {
			list = append(list, e)
			continue
		}
		if old.Declared.Country != "" && old.Declared != p.Declared {
			p.Before, p.Since = old.Declared, at
		}
		if e, err = entry(People, "", p.ID, p); err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, nil
}
