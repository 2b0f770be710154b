package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/device"
)

// mostEvidence is up to how many bytes of evidence are read for a judgement. A row is some
// hundred bytes. What a laptop pads beyond all reason is read as no evidence, and permits
// nothing.
const mostEvidence = 16384

// A told spell is one as it is stored beside its finding, of which it has the name.
type toldSpell struct {
	id             stamp
	uid            string
	from, last, to stamp
	evidence       []byte // as it was when it ended, where somebody asked for it then
}

// A stamp scans a stored number, mostly a time: a laptop has hundreds of spells, and most
// that is read of them is put in order and left. NULL is never.
type stamp int64

const never = stamp(math.MinInt64)

// Scan reads an integer, as sql.Scanner.
func (s *stamp) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		*s = never
	case int64:
		*s = stamp(v)
	default:
		return fmt.Errorf("a %T is not a stored number", value)
	}
	return nil
}

func (s stamp) time() time.Time {
	if s == never {
		return time.Time{}
	}
	return time.UnixMicro(int64(s)).UTC()
}

// desks are lists that spells are put in order on, to be used again.
var desks = sync.Pool{New: func() any { return new([]toldSpell) }}

// Spells lists when findings of a device were open, earliest first, without
// those that ended before since: at most mostSpells, those open now and the
// latest. The evidence, as it was at the end of each, is read for the given rules
// alone: for what else is judged it says nothing.
//
// A finding has many spells, so that what is said of it is read once and not with each.
func (t *Tx) Spells(ctx context.Context, deviceID string, since time.Time, evidenceOf ...string) ([]device.Spell, error) {
	desk := desks.Get().(*[]toldSpell)
	told, err := t.toldSpells(ctx, (*desk)[:0], deviceID, since)
	defer func(all []toldSpell) {
		clear(all)
		*desk = all
		desks.Put(desk)
	}(told)
	if err != nil || len(told) == 0 {
		return nil, err
	}
	told = foremost(told)
	at := make(map[string]int, 16) // where a finding stands in the list, by uid
	for _, s := range told {
		at[s.uid] = -1
	}
	findings, err := all(ctx, t, t.q.ListFindingsNamed, scanFinding, deviceID, list(slices.Sorted(maps.Keys(at))), list(evidenceOf), mostEvidence)
	if err != nil {
		return nil, err
	}
	for i := range findings {
		at[findings[i].UID] = i
	}
	spells := make([]device.Spell, len(told))
	for i := range told {
		s, spell := &told[i], &spells[i]
		if n := at[s.uid]; n >= 0 {
			spell.Finding = findings[n]
		}
		spell.From, spell.Last, spell.To = s.from.time(), s.last.time(), s.to.time()
		if len(s.evidence) > 0 && slices.Contains(evidenceOf, spell.Finding.Rule) {
			spell.Finding.Evidence = nil
			if len(s.evidence) <= mostEvidence {
				if spell.Finding.Evidence, err = decodeRows(s.evidence); err != nil {
					return nil, err
				}
			}
		}
	}
	return spells, nil
}

// toldSpells puts the spells of a device on a desk, in no order.
func (t *Tx) toldSpells(ctx context.Context, desk []toldSpell, deviceID string, since time.Time) ([]toldSpell, error) {
	var s toldSpell
	into := []any{&s.id, &s.uid, &s.from, &s.last, &s.to, &s.evidence}
	err := t.each(ctx, t.q.ListSpells, func(row scanner) error {
		err := row.Scan(into...)
		desk = append(desk, s)
		return err
	}, deviceID, since.UnixMicro(), mostSpells)
	return desk, err
}

// foremost leaves mostSpells and puts them in order. What the collector itself found
// comes first, or a laptop could hide it behind findings of its own: it is at most one of
// each of its rules a day. Then what is there now, then what was there last.
func foremost(told []toldSpell) []toldSpell {
	if len(told) > mostSpells {
		rank := func(s *toldSpell) int {
			switch {
			case strings.HasPrefix(s.uid, "collector-"):
				return 0
			case s.to == never:
				return 1
			}
			return 2
		}
		slices.SortFunc(told, func(a, b toldSpell) int {
			return cmp.Or(cmp.Compare(rank(&a), rank(&b)), cmp.Compare(b.last, a.last), cmp.Compare(b.id, a.id))
		})
		told = told[:mostSpells]
	}
	slices.SortFunc(told, func(a, b toldSpell) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.uid, b.uid), cmp.Compare(a.id, b.id))
	})
	return told
}
