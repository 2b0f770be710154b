package roster

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// How much an import may take away without being asked about. Of the staff, the
// laptops or the docks of a company a few in a hundred go from one list to the next; a
// fifth at once is an export that was cut off, a filter that was left on, or ids that
// are written another way. Fewer than that many rows are an edit by hand. A start, not measured.
const (
	fewestDoubted  = 5
	percentDoubted = 20
)

// tooMany says whether so many of all are more than lists lose.
func tooMany(gone, all int) bool { return gone >= fewestDoubted && gone*100 > percentDoubted*all }

// A Difference is what an import changes of the one whose place it takes.
type Difference struct {
	Before  int // rows that were there and are not over
	Added   int
	Gone    int // of those before
	Changed int
	lost    map[string]loss // by column
	example [2]string       // one that is gone, and one that is new
}

// A loss is how many rows said something in a column, and how many do no more.
type loss struct{ told, gone int }

// A stated thing is what an import says of one thing, over all its rows about it.
type stated struct {
	rows [][]byte
	over bool // all of them are
}

// tells says whether a member stands in any of the rows. In JSON a quote within a
// text is escaped, so that the words cannot be part of one.
func (s *stated) tells(member string) bool {
	return slices.ContainsFunc(s.rows, func(row []byte) bool { return bytes.Contains(row, []byte(`"`+member+`":`)) })
}

// Compare says what entries of one kind change of those before. What was over at a
// moment goes by itself, so that it is missed by nobody.
func Compare(before, now []Entry, at time.Time) (Difference, error) {
	was, err := state(before, at)
	if err != nil {
		return Difference{}, err
	}
	is, err := state(now, at)
	if err != nil {
		return Difference{}, err
	}
	d := Difference{lost: map[string]loss{}}
	lost := map[string]int{} // by member
	for _, key := range slices.Sorted(maps.Keys(was)) {
		d.hold(key, was[key], is[key], lost)
	}
	for _, key := range slices.Sorted(maps.Keys(is)) {
		if was[key] == nil {
			d.Added++
			d.example[1] = cmp.Or(d.example[1], key)
		}
	}
	for member, gone := range lost {
		l := loss{gone: gone}
		for key, s := range was {
			if is[key] != nil && s.tells(member) {
				l.told++
			}
		}
		d.lost[columnOf(now[0].Kind, member)] = l
	}
	return d, nil
}

// hold compares one thing as it was stated with what is stated of it now, if
// anything is, and counts the members that are lost.
func (d *Difference) hold(key string, was, is *stated, lost map[string]int) {
	if !was.over {
		d.Before++
	}
	switch {
	case is == nil && !was.over:
		d.Gone++
		d.example[0] = cmp.Or(d.example[0], key)
	case is != nil && !slices.EqualFunc(was.rows, is.rows, bytes.Equal):
		d.Changed++
		for member := range members(was.rows) {
			if !is.tells(member) {
				lost[member]++
			}
		}
	}
}

// Doubts says in sentences why a file looks as if it were not whole; none where
// it takes away no more than lists lose.
func (d Difference) Doubts() []string {
	var list []string
	if tooMany(d.Gone, d.Before) {
		text := fmt.Sprintf("%s of %s rows that are there now would go", thousands(d.Gone), thousands(d.Before))
		if d.example[1] != "" {
			text += fmt.Sprintf(", and %s would come: %s is gone and %s is new", thousands(d.Added), quote(d.example[0]), quote(d.example[1]))
		}
		list = append(list, text)
	}
	for _, column := range slices.Sorted(maps.Keys(d.lost)) {
		if l := d.lost[column]; tooMany(l.gone, l.told) {
			list = append(list, fmt.Sprintf("the %s of %s of the %s rows that tell it now would be empty", column, thousands(l.gone), thousands(l.told)))
		}
	}
	return list
}

// state gathers what entries say, by what they are about.
func state(entries []Entry, at time.Time) (map[string]*stated, error) {
	all := make(map[string]*stated, len(entries))
	for _, e := range entries {
		row, ends, err := bare(e)
		if err != nil {
			return nil, fmt.Errorf("read a kept row of %s: %w", e.Kind, err)
		}
		key := subject(e)
		if all[key] == nil {
			all[key] = &stated{over: true}
		}
		all[key].rows = append(all[key].rows, row)
		all[key].over = all[key].over && !ends.IsZero() && !ends.After(at)
	}
	for _, s := range all {
		slices.SortFunc(s.rows, bytes.Compare)
	}
	return all, nil
}

// bare is a row without what the collector notes itself and no file has, and when
// it is over; zero where it is never.
func bare(e Entry) (row []byte, ends time.Time, err error) {
	switch e.Kind {
	case People:
		if !bytes.Contains(e.Words, []byte(`"since":`)) {
			return e.Words, ends, nil
		}
		p, err := read(e, &Person{})
		if err != nil {
			return nil, ends, err
		}
		p.Before, p.Since = Place{}, time.Time{}
		e, err = entry(People, "", p.ID, p)
		return e.Words, ends, err
	case Groups, Docks:
		return e.Words, ends, nil
	}
	span, err := read(e, &struct {
		To time.Time `json:"to"`
	}{})
	return e.Words, span.To, err
}

// subject names what a row speaks of.
func subject(e Entry) string {
	name := strings.TrimSpace(e.Device + " " + e.Person)
	if e.Kind == Tickets {
		t, _ := read(e, &Ticket{}) // bare has read it
		name += " " + t.Ticket
	}
	return name
}

// members are the members that rows have.
func members(rows [][]byte) map[string]bool {
	all := map[string]bool{}
	for _, row := range rows {
		one := map[string]json.RawMessage{}
		_ = json.Unmarshal(row, &one) // it was written here
		for name := range one {
			all[name] = true
		}
	}
	return all
}

// columnOf is the column of a file of which a kept row has a member.
func columnOf(kind, member string) string {
	if kind == Devices {
		switch member {
		case "from":
			return "handed_out"
		case "to":
			return "returned"
		}
	}
	named := map[string]string{"start": "start_date", "declared": "declared_place", "shipped_changed": "shipped_to_changed", "address": "shipped_to_address", "pseudonym": "serial"}
	if column, other := named[member]; other {
		return column
	}
	return member
}

// thousands writes a number as people read it: 5,000.
func thousands(n int) string {
	text := strconv.Itoa(n)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}
