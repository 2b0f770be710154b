package store

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/device"
)

// mostEvidence is up to how many bytes of evidence are read for a judgement. A row is some
// hundred bytes. What a laptop pads beyond all reason is read as no evidence, and permits
// nothing.
const mostEvidence = 16384

// A told spell is one as it is stored beside its finding, of which it has the name.
type toldSpell struct {
	id             int64
	uid            string
	from, last, to time.Time
	evidence       []byte // as it was when it ended, where somebody asked for it then
}

// Spells lists when findings of a device were open, earliest first, without
// those that ended before since: at most mostSpells, those open now and the
// latest. The evidence, as it was at the end of each, is read for the given rules
// alone: for what else is judged it says nothing.
//
// A finding has many spells, so that what is said of it is read once and not with each.
func (t *Tx) Spells(ctx context.Context, deviceID string, since time.Time, evidenceOf ...string) ([]device.Spell, error) {
	told, err := all(ctx, t, t.q.ListSpells, func(row scanner) (s toldSpell, err error) {
		err = row.Scan(&s.id, &s.uid, moment{&s.from}, moment{&s.last}, moment{&s.to}, &s.evidence)
		return s, err
	}, deviceID, since.UnixMicro(), mostSpells)
	if err != nil || len(told) == 0 {
		return nil, err
	}
	told = foremost(told)
	named := make([]string, 0, 16)
	for _, s := range told {
		named = append(named, s.uid)
	}
	slices.Sort(named)
	findings, err := all(ctx, t, t.q.ListFindingsNamed, scanFinding, deviceID, list(slices.Compact(named)), list(evidenceOf), mostEvidence)
	if err != nil {
		return nil, err
	}
	by := make(map[string]device.Finding, len(findings))
	for _, f := range findings {
		by[f.UID] = f
	}
	spells := make([]device.Spell, 0, len(told))
	for _, s := range told {
		f := by[s.uid]
		if len(s.evidence) > 0 && slices.Contains(evidenceOf, f.Rule) {
			f.Evidence = nil
			if len(s.evidence) <= mostEvidence {
				if f.Evidence, err = decodeRows(s.evidence); err != nil {
					return nil, err
				}
			}
		}
		spells = append(spells, device.Spell{Finding: f, From: s.from, Last: s.last, To: s.to})
	}
	return spells, nil
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
			case s.to.IsZero():
				return 1
			}
			return 2
		}
		slices.SortFunc(told, func(a, b toldSpell) int {
			return cmp.Or(cmp.Compare(rank(&a), rank(&b)), b.last.Compare(a.last), cmp.Compare(b.id, a.id))
		})
		told = told[:mostSpells]
	}
	slices.SortFunc(told, func(a, b toldSpell) int {
		return cmp.Or(a.from.Compare(b.from), cmp.Compare(a.uid, b.uid), cmp.Compare(a.id, b.id))
	})
	return told
}
