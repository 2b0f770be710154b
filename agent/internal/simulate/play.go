package simulate

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/sensor"
)

type column = sensor.Column

const impossible = sensor.Impossible

// What a scenario that does not say has.
const (
	usualTick  = 6 * time.Hour
	usualShare = 0.2
	usualMost  = 2 * time.Hour
)

// limits are by which share, and by how much at most, a moment moves.
func (v Vary) limits() (share float64, most time.Duration, err error) {
	share, most = usualShare, cmp.Or(v.Most, usualMost)
	if v.Times != "" {
		percent, err := strconv.Atoi(strings.TrimSuffix(v.Times, "%"))
		if err != nil || percent < 0 || percent > 40 {
			return 0, 0, fmt.Errorf("times are %q; write 0%% to 40%%", v.Times)
		}
		share = float64(percent) / 100
	}
	return share, most, nil
}

// A play is what one seed makes of a scenario.
type play struct {
	*Scenario
	kits *Kits
	draw
	zone    *time.Location
	begin   time.Time // midnight of D0
	moved   map[time.Time]time.Time
	laptops []cast
	acts    []act                 // in order
	public  map[string]netip.Addr // address, by laptop and place
}

// A cast is one laptop of a play.
type cast struct {
	name, host string
	person     string // "" is nobody's
	os, brand  string
	group      string
	place      string
	enrolled   time.Time
}

// An act is one thing that happens to one laptop, or that it is taken back.
type act struct {
	at    time.Time
	who   int // of the play's laptops
	entry int // of the timeline
	nth   int // occasion of the entry
	back  bool
}

// first is the Monday from which seeds count weeks.
var first = time.Date(2026, time.March, 2, 0, 0, 0, 0, time.UTC)

// cast makes of a scenario what a seed makes of it; its last day is that of a
// moment, where one is given. The scenario was read by Read.
func (s *Scenario) cast(kits *Kits, seed uint64, today time.Time) (*play, error) {
	zone, err := time.LoadLocation(s.Zone)
	if err != nil {
		return nil, err
	}
	p := &play{Scenario: s, kits: kits, draw: draw(seed), zone: zone}
	week := p.of("week").IntN(26)
	weekday := (int(weekdays[s.Begins]) + 6) % 7 // days after Monday
	p.begin = time.Date(first.Year(), first.Month(), first.Day()+7*week+weekday, 0, 0, 0, 0, zone)
	if !today.IsZero() {
		y, m, d := today.In(zone).Date()
		p.begin = time.Date(y, m, d-s.Days, 0, 0, 0, 0, zone)
	}
	if err := p.move(); err != nil {
		return nil, err
	}
	if err := p.people(); err != nil {
		return nil, err
	}
	p.reach()
	return p, p.compile()
}

// planned is when a moment is, before any seed moves it. A day that clocks change
// has its hours all the same.
func (p *play) planned(m moment) time.Time {
	seconds := int(m.of / time.Second)
	return time.Date(p.begin.Year(), p.begin.Month(), p.begin.Day()+m.day, 0, 0, seconds, 0, p.zone)
}

// when is when a moment of the file is in this play: moved, where something happens at it.
func (p *play) when(m moment) time.Time {
	planned := p.planned(m)
	if to, ok := p.moved[planned]; ok {
		return to
	}
	return planned
}

// end is the last moment of the play.
func (p *play) end() time.Time { return p.planned(moment{day: p.Days + 1}).Add(-time.Minute) }

// move decides by how much each moment at which something happens is moved.
func (p *play) move() error {
	var moments []time.Time
	for _, d := range p.Devices {
		m, err := parseMoment(d.Enrolled)
		if err != nil {
			return err
		}
		moments = append(moments, p.planned(m))
	}
	for _, e := range p.Timeline {
		all, err := p.occasions(e)
		if err != nil {
			return err
		}
		for _, o := range all {
			moments = append(moments, p.planned(o.at))
			if o.ends {
				moments = append(moments, p.planned(o.until))
			}
		}
	}
	slices.SortFunc(moments, time.Time.Compare)
	share, most, err := p.Vary.limits()
	if err != nil {
		return err
	}
	p.moved = p.draw.moved(slices.CompactFunc(moments, time.Time.Equal), share, most)
	return nil
}

// people decides who has which laptop.
func (p *play) people() error {
	for _, group := range sortedKeys(p.Devices) {
		d := p.Devices[group]
		m, err := parseMoment(d.Enrolled)
		if err != nil {
			return err
		}
		names := d.names(group, uint64(p.draw))
		for i, name := range names {
			c := cast{name: name, group: d.Group, place: d.Place, person: d.Person, enrolled: p.when(m).Add(time.Duration(i) * d.Apart)}
			if len(names) > 1 && d.Person != "" {
				c.person = d.Person + "-" + strconv.Itoa(i+1)
			}
			c.os = p.pick(d.OS, "os", name)
			c.brand = p.pick(p.kits.brands(Base, c.os, "", d.Laptop), "laptop", name)
			c.host = p.hostName(c)
			p.laptops = append(p.laptops, c)
		}
	}
	return nil
}

// hostName is a name as companies give laptops, which tells nothing.
func (p *play) hostName(c cast) string {
	scheme := p.pick([]string{"LT-", "NB", "WS-", "L"}, "scheme")
	return scheme + p.serial("host", c.name)[:6]
}

// compile lists what happens, in order.
func (p *play) compile() error {
	for i, e := range p.Timeline {
		all, err := p.occasions(e)
		if err != nil {
			return err
		}
		for nth, o := range all {
			for k, who := range p.whom(e) {
				if err := p.happens(act{who: who, entry: i, nth: nth}, o, time.Duration(k)*e.Apart); err != nil {
					return err
				}
			}
		}
	}
	slices.SortStableFunc(p.acts, func(a, b act) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(order(a), order(b)), cmp.Compare(a.entry, b.entry))
	})
	return nil
}

// happens lists an act and, where the occasion ends, that it is taken back; what
// would come after the end of the play never does.
func (p *play) happens(a act, o occasion, later time.Duration) error {
	end := p.end()
	if a.at = p.when(o.at).Add(later); a.at.After(end) {
		return nil
	}
	if a.at.Before(p.laptops[a.who].enrolled) {
		return fmt.Errorf("%s:%d: it happens on %s before that is enrolled", p.file, p.lines.at("timeline", a.entry), p.laptops[a.who].name)
	}
	p.acts = append(p.acts, a)
	if a.at, a.back = p.when(o.until).Add(later), true; o.ends && !a.at.After(end) {
		p.acts = append(p.acts, a)
	}
	return nil
}

// order lets what ends make room for what begins at the same moment.
func order(a act) int {
	if a.back {
		return 0
	}
	return 1
}

// whom lists the laptops an entry is about.
func (p *play) whom(e Entry) []int {
	var all []int
	for i, c := range p.laptops {
		group, _ := p.deviceOf(c.name)
		if slices.ContainsFunc(e.whom(), func(name string) bool { return name == "all" || name == c.name || name == group }) {
			all = append(all, i)
		}
	}
	return all
}

// due is when a deadline of the file is.
func (p *play) due(text string) (time.Time, error) {
	name, after, m, err := parseBy(text)
	if err != nil || name == "" {
		return p.when(m), err
	}
	i := slices.IndexFunc(p.Timeline, func(e Entry) bool { return e.Name == name })
	if i < 0 {
		return time.Time{}, fmt.Errorf("no entry is called %q", name)
	}
	all, err := p.occasions(p.Timeline[i])
	if err != nil || len(all) == 0 {
		return time.Time{}, err
	}
	return p.when(all[0].at).Add(after), nil
}
