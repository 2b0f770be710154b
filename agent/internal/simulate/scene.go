package simulate

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/sensor"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// A scene is what one laptop's sensors would see at the moment.
type scene struct {
	play *play
	cast
	without without

	mu       sync.Mutex // held by who changes it and by sensors that look
	kits     map[string]kitted
	own      map[rowName]map[string]string // what the file says of rows, over kits and place
	coverage map[string]finding.CoverageState
	rows     map[string][]finding.Observation // as sensors give them, by class
	offline  bool
	off      bool
	saved    map[[2]int]func() // takes back what an entry did on an occasion
	now      time.Time
}

// A rowName is what a file calls a row.
type rowName struct{ class, row string }

// kitted is one thing of a kind that the laptop has.
type kitted struct {
	kit, brand, state string
	with              map[string]string
	since             map[string]time.Time // of its rows
}

// newScene is the laptop as it is enrolled.
func newScene(p *play, c cast, w without) (*scene, error) {
	s := &scene{play: p, cast: c, without: w, kits: map[string]kitted{}, own: map[rowName]map[string]string{},
		coverage: map[string]finding.CoverageState{}, rows: map[string][]finding.Observation{}, saved: map[[2]int]func(){}, now: c.enrolled}
	s.kits[Base] = s.turn(kitted{kit: Base}, c.brand, "on", nil)
	return s, s.render()
}

// turn is a kit's thing in another state. Rows that stay keep their age.
func (s *scene) turn(k kitted, brand, state string, with map[string]string) kitted {
	b := s.play.kits.byName[k.kit].Brands[brand]
	next := kitted{kit: k.kit, brand: brand, state: state, with: with, since: map[string]time.Time{}}
	for _, row := range b.States[state] {
		if next.since[row] = s.now; brand == k.brand && !k.since[row].IsZero() {
			next.since[row] = k.since[row]
		}
	}
	return next
}

// apply lets an entry happen, or takes it back, and says which classes look otherwise now.
func (s *scene) apply(a act, e Entry) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = a.at
	before := s.rows
	key := [2]int{a.entry, a.nth}
	if undo := s.saved[key]; a.back {
		delete(s.saved, key)
		undo()
	} else {
		s.saved[key] = s.happen(e)
	}
	if err := s.render(); err != nil {
		return nil, fmt.Errorf("%s:%d: %s: %w", s.play.file, s.play.lines.at("timeline", a.entry), s.name, err)
	}
	return s.changed(before, e), nil
}

// changed lists the classes whose rows or coverage are others.
func (s *scene) changed(before map[string][]finding.Observation, e Entry) []string {
	var classes []string
	for class := range s.play.kits.sensors {
		_, covered := e.Coverage[class]
		same := slices.EqualFunc(before[class], s.rows[class], func(a, b finding.Observation) bool {
			return a.UID == b.UID && maps.Equal(a.Columns, b.Columns)
		})
		if covered || !same {
			classes = append(classes, class)
		}
	}
	slices.Sort(classes)
	return classes
}

// happen does what an entry says, and gives what takes it back.
func (s *scene) happen(e Entry) func() {
	switch {
	case e.Class != "":
		return s.change(e)
	case e.Kit != "":
		return s.equip(e)
	case e.Place != "":
		before := s.place
		s.place = e.Place
		return func() { s.place = before }
	case e.Offline != nil:
		before := s.offline
		s.offline = *e.Offline
		return func() { s.offline = before }
	case e.Off != nil:
		before := s.off
		s.off = *e.Off
		return func() { s.off = before }
	case e.Group != "":
		before := s.group
		s.group = e.Group
		return func() { s.group = before }
	}
	before := maps.Clone(s.coverage)
	for class, state := range e.Coverage {
		s.coverage[class] = finding.CoverageState(state)
	}
	return func() { s.coverage = before }
}

// change changes a row that the file names.
func (s *scene) change(e Entry) func() {
	name := rowName{e.Class, e.Row + e.Gone}
	before, known := s.own[name]
	next := map[string]string{}
	if e.Gone != "" {
		next = nil // a row that the file says is gone is so, whatever a kit says
	} else {
		maps.Copy(next, before)
		for column, text := range e.Columns {
			next[column] = s.expand(text, e.Class+"/"+e.Row, nil, s.now)
		}
	}
	s.own[name] = next
	return func() {
		if s.own[name] = before; !known {
			delete(s.own, name)
		}
	}
}

// equip changes the state of a thing of a kit.
func (s *scene) equip(e Entry) func() {
	as := e.As
	if as == "" {
		as = e.Kit
	}
	before, known := s.kits[as]
	brand := before.brand
	if !known || len(e.Brand) > 0 && !slices.Contains(e.Brand, brand) {
		whose := s.name
		if e.OneBrand {
			whose = "" // one draw for all
		}
		brand = s.play.pick(s.play.kits.brands(e.Kit, s.os, e.State, e.Brand), "brand", as, whose)
	}
	with := maps.Clone(before.with)
	if with == nil {
		with = map[string]string{}
	}
	maps.Copy(with, e.With)
	before.kit = e.Kit
	s.kits[as] = s.turn(before, brand, e.State, with)
	if e.State == gone {
		delete(s.kits, as)
	}
	return func() {
		if !known {
			delete(s.kits, as)
			return
		}
		now := s.kits[as]
		now.kit = before.kit
		s.kits[as] = s.turn(now, before.brand, before.state, before.with)
	}
}

// render writes the rows that there are now: those of kits, those that kits
// change, the interface of the place, and over all what the file says.
func (s *scene) render() error {
	columns := map[rowName]map[string]string{}
	over := s.ofKits(columns)
	columns[rowName{"network_interfaces", "net"}] = s.interfaceOf(s.play.Places[s.place])
	for _, change := range over {
		if _, there := columns[change.name]; there {
			columns[change.name] = put(columns[change.name], change.columns)
		}
	}
	for name, said := range s.own {
		if said == nil {
			delete(columns, name)
			continue
		}
		columns[name] = put(columns[name], said)
	}
	return s.observe(columns)
}

// A change is what columns of a row become.
type change struct {
	name    rowName
	columns map[string]string
}

// ofKits gives the rows of everything the laptop has, and what that changes of others.
func (s *scene) ofKits(columns map[rowName]map[string]string) []change {
	var over []change
	for _, as := range sortedKeys(s.kits) {
		k := s.kits[as]
		if s.without.kit(k.kit) {
			continue
		}
		b := s.play.kits.byName[k.kit].Brands[k.brand]
		for _, row := range b.States[k.state] {
			r := b.Rows[row]
			if !slices.Contains(orAll(r.OS), s.os) {
				continue
			}
			said := s.expanded(r.Columns, as, k, k.since[row])
			switch {
			case r.Over != "":
				over = append(over, change{rowName{r.Class, r.Over}, said})
			case as == Base:
				columns[rowName{r.Class, row}] = said
			default:
				columns[rowName{r.Class, as + "." + row}] = said
			}
		}
	}
	return over
}

// observe makes of rows what sensors give; what did not change stays the very same.
func (s *scene) observe(columns map[rowName]map[string]string) error {
	next, uids := map[string][]finding.Observation{}, map[string]string{}
	names := slices.SortedFunc(maps.Keys(columns), func(a, b rowName) int {
		return strings.Compare(a.class+"\x00"+a.row, b.class+"\x00"+b.row)
	})
	for _, name := range names {
		if s.without.class(name.class) {
			continue
		}
		o, err := s.play.kits.sensors[name.class].Observe(s.without.columns(name.class, columns[name]))
		if err != nil {
			return fmt.Errorf("row %s: %w", name.row, err)
		}
		if other, twice := uids[o.Class+o.UID]; twice {
			return fmt.Errorf("rows %s and %s of %s are the same thing: their key columns are equal", other, name.row, name.class)
		}
		uids[o.Class+o.UID] = name.row
		if i := slices.IndexFunc(s.rows[name.class], func(b finding.Observation) bool { return b.UID == o.UID && maps.Equal(b.Columns, o.Columns) }); i >= 0 {
			o = s.rows[name.class][i]
		}
		next[name.class] = append(next[name.class], o)
	}
	s.rows = next
	return nil
}

// sensors are the laptop's: those there are, which look at the scene.
func (s *scene) sensors(all []sensor.Sensor) []sensor.Sensor {
	all = slices.Clone(all)
	for i, one := range all {
		reach, why := one.Reach(s.os)
		all[i].Watch = nil
		all[i].Collect = func(context.Context, host.Host) ([]finding.Observation, error) {
			if reach == sensor.Impossible {
				return nil, fmt.Errorf("%s: %w", why, host.ErrUnsupported)
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			return slices.Clone(s.rows[one.Class]), broken(s.coverage[one.Class])
		}
	}
	return all
}

// broken is the error by which a sensor's look comes to a state of coverage.
func broken(state finding.CoverageState) error {
	return map[finding.CoverageState]error{
		finding.CoverageDenied: host.ErrDenied, finding.CoverageAbsent: host.ErrAbsent,
		finding.CoverageUnsupported: host.ErrUnsupported, finding.CoverageFailed: errors.New("it broke, as the scenario says"),
	}[state]
}
