package population

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/roster"
)

// A sheet is one import, as a company's system would write it.
type sheet struct {
	kind string
	rows [][]string // the first has the columns
}

// sheets are what the company's systems know on a day: what is to come is not in them.
func (f *Fleet) sheets(n int) []sheet {
	return []sheet{f.peopleSheet(n), f.deviceSheet(n), f.ticketSheet(n), f.absenceSheet(roster.Travel, n), f.absenceSheet(roster.Leave, n), groupSheet(), f.dockSheet()}
}

func (r *Replay) importAll(ctx context.Context, n int) error {
	options := roster.Options{
		Pseudonym: pseudonym, Address: func(normalised string) string { return pseudonym("address " + normalised) },
		Tool: func(word string) (string, bool) { return word, true },
	}
	for _, s := range r.fleet.sheets(n) {
		var text bytes.Buffer
		if err := csv.NewWriter(&text).WriteAll(s.rows); err != nil {
			return err
		}
		entries, err := roster.Read(s.kind, s.kind+".csv", "csv", text.Bytes(), options)
		if err != nil {
			return fmt.Errorf("%s: %w", s.kind, err)
		}
		if _, _, err := r.store.ReplaceImport(ctx, roster.Import{Kind: s.kind, Label: "company", By: "the company", At: r.clock}, entries, nil); err != nil {
			return fmt.Errorf("%s: %w", s.kind, err)
		}
	}
	return nil
}

func (f *Fleet) peopleSheet(n int) sheet {
	s := sheet{roster.People, [][]string{{"person", "start_date", "worker_type", "group", "household", "declared_place", "shipped_to", "shipped_to_address"}}}
	for _, p := range f.people {
		if p.since.After(date(n).AddDate(0, 0, 14)) {
			continue // hired, and not told yet
		}
		z, to, address := p.lives, "", ""
		if p.moves > 0 && n >= p.moves {
			z = p.movesTo
		}
		if p.shippedTo != nil {
			to, address = word(p.shippedTo.zone), "Street "+p.shippedTo.name
		}
		s.rows = append(s.rows, []string{p.id, day10(p.since), p.worker, p.group, p.household, word(z), to, address})
	}
	return s
}

func (f *Fleet) deviceSheet(n int) sheet {
	s := sheet{roster.Devices, [][]string{{"device", "person", "handed_out", "returned"}}}
	for _, l := range f.laptops {
		s.rows = append(s.rows, l.holdings(n)...)
	}
	return s
}

// holdings are who has had a laptop, as far as is known on a day.
func (l *laptop) holdings(n int) [][]string {
	if l.life == "meeting_room" {
		return nil
	}
	var rows [][]string
	holder, since := l.first, day10(l.enrolled)
	if l.enrolled.After(firstDay) {
		holder = nil
	}
	for _, t := range l.turns {
		if t.holder == nil || t.day > n {
			continue
		}
		on := day10(date(t.day))
		if holder != nil {
			rows = append(rows, []string{l.id, holder.id, since, day10(date(t.day - 1))})
		}
		holder, since = t.holder, on
	}
	if holder != nil {
		rows = append(rows, []string{l.id, holder.id, since, ""})
	}
	return rows
}

func (f *Fleet) ticketSheet(n int) sheet {
	s := sheet{roster.Tickets, [][]string{{"device", "ticket", "from", "to", "tool"}}}
	for _, t := range f.tickets {
		if t.known <= n {
			s.rows = append(s.rows, []string{t.device, t.id, t.from.UTC().Format(time.RFC3339), t.to.UTC().Format(time.RFC3339), t.tool})
		}
	}
	return s
}

func (f *Fleet) absenceSheet(kind string, _ int) sheet {
	s := sheet{kind, [][]string{{"person", "from", "to"}}}
	if kind == roster.Travel {
		s.rows[0] = append(s.rows[0], "place")
	}
	for _, p := range f.people {
		for _, a := range p.trips {
			if a.kind != kind || a.unknown {
				continue
			}
			row := []string{p.id, day10(date(a.from)), day10(date(a.to))}
			if kind == roster.Travel {
				row = append(row, a.zone.country)
			}
			s.rows = append(s.rows, row)
		}
	}
	return s
}

func groupSheet() sheet {
	return sheet{roster.Groups, [][]string{{"group", "kind", "label"}, {"staging", "staging", "bench"}, {"repair", "repair", "depot"}, {"rooms", "room", "meeting rooms"}, {"laptops", "normal", "laptops"}, {"helpdesk", "normal", "helpdesk"}}}
}

// dockSheet are the docks and displays that the company bought, as far as its list goes:
// those of the pools and rooms, and neither what people bought themselves nor any router.
func (f *Fleet) dockSheet() sheet {
	s := sheet{roster.Docks, [][]string{{"kind", "serial", "label", "place"}}}
	known := map[string]bool{}
	for key, rows := range f.units {
		place := "company"
		switch {
		case strings.HasPrefix(key[1], "room-"):
			place = "room"
		case key[1] == "bench":
			place = "staging"
		case !strings.HasPrefix(key[1], "pool-"):
			continue
		}
		for _, row := range rows {
			kind, serial := "usb", row.Columns["serial"]
			if row.Class == "connected_displays" {
				kind, serial = "display", first(row.Columns["serial_text"], row.Columns["serial_number"])
			}
			if serial != "" && !known[kind+serial] {
				known[kind+serial] = true
				s.rows = append(s.rows, []string{kind, serial, "", place})
			}
		}
	}
	return s
}

func first(words ...string) string {
	for _, w := range words {
		if w != "" {
			return w
		}
	}
	return ""
}

func date(n int) time.Time { return firstDay.AddDate(0, 0, n-1) }

func day10(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// word is a zone as imports write places.
func word(z zone) string { return z.country + "-" + z.region }
