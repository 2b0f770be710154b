package population

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/ingest"
)

// live lets a laptop live through one day and gives what the collector receives of
// it, in order. Days have to be lived in order.
func (f *Fleet) live(l *laptop, number int) ([]device.Delivery, error) {
	d := &day{fleet: f, laptop: l, number: number, midnight: firstDay.AddDate(0, 0, number-1)}
	for _, h := range l.habits {
		h(l, d)
	}
	for _, h := range []habit{itself, helped, forgetting} {
		h(l, d)
	}
	d.spans = slices.DeleteFunc(d.spans, func(s span) bool { return s.from.Before(l.enrolled) })
	if !d.awake() {
		return nil, nil
	}
	return f.tell(l, d)
}

// lookEvery is how often agents look for most of what they look for.
const lookEvery = 10 * time.Second

// tell goes through the moments of a day.
func (f *Fleet) tell(l *laptop, d *day) ([]device.Delivery, error) {
	slices.SortStableFunc(d.changes, func(a, b change) int { return a.at.Compare(b.at) })
	changes := d.changes
	var told []device.Delivery
	for i := range d.spans {
		s := &d.spans[i]
		for _, row := range s.network(l) {
			l.state.put(s.from, row)
		}
		reports, left, err := f.reports(l, s, changes)
		if err != nil {
			return nil, err
		}
		changes, l.state.last = left, s.to
		told = append(told, reports...)
		told = append(told, f.heard(l, s, s.from.Add(40*time.Second)), f.heard(l, s, s.from.Add(s.to.Sub(s.from)/2)), f.heard(l, s, s.to))
	}
	slices.SortStableFunc(told, func(a, b device.Delivery) int { return cmp.Compare(a.ReceivedAt.UnixMicro(), b.ReceivedAt.UnixMicro()) })
	return told, nil
}

// together is within how long changes are told in one report.
const together = 2 * time.Minute

// reports tells of the changes that are met in a span, and gives those that are left.
// What changed while the laptop slept is met as it wakes.
func (f *Fleet) reports(l *laptop, s *span, changes []change) (told []device.Delivery, left []change, err error) {
	for at := s.from; ; {
		n := 0
		for n < len(changes) && !changes[n].at.After(at.Add(together)) {
			n++
		}
		l.state.change(at, changes[:n])
		changes = changes[n:]
		if at.After(s.from) {
			l.state.last = at.Add(-lookEvery) // it looks on while nothing changes
		}
		entry, news, err := f.entry(l, at)
		if err != nil {
			return nil, nil, err
		}
		if news {
			told = append(told, entry)
		}
		if len(changes) == 0 || changes[0].at.After(s.to.Add(-together-time.Minute)) {
			return told, changes, nil
		}
		at = latest(changes[0].at, at.Add(together))
	}
}

// change applies what changed.
func (t *tracker) change(at time.Time, list []change) {
	for _, c := range list {
		for _, uid := range c.take {
			t.take(uid)
		}
		for _, row := range c.put {
			t.put(at, row)
		}
	}
}

// network are the rows about the network that a laptop is in.
func (s *span) network(l *laptop) []finding.Observation {
	wifi := map[string]string{"name": "Wi-Fi", "kind": "wifi", "up": "true", "default_route": "true", "vpn_like": "false", "gateway": s.at.gateway, "dhcp_domain": s.at.domain}
	if len(s.at.access) > 0 {
		wifi["access_point"] = s.at.access[l.number%len(s.at.access)]
	} else {
		wifi["kind"], wifi["name"] = "ethernet", "Ethernet"
	}
	return []finding.Observation{{Class: "network_interfaces", UID: finding.UID("network_interfaces", "way out"), Columns: wifi}}
}

// entry is the report of a round, if there is anything to tell: written and read as
// on the wire, so that nothing reaches the store that ingest would refuse.
func (f *Fleet) entry(l *laptop, at time.Time) (device.Delivery, bool, error) {
	report, news := l.state.look(at)
	if !news {
		return device.Delivery{}, false, nil
	}
	wire, err := proto.Marshal(finding.ToWire(report))
	if err != nil {
		return device.Delivery{}, false, fmt.Errorf("write a report of %s: %w", l.id, err)
	}
	if report, err = ingest.Read(wire); err != nil {
		return device.Delivery{}, false, fmt.Errorf("a report of %s: %w", l.id, err)
	}
	l.seq++
	d := l.delivery(at.Add(3 * time.Second))
	d.Entry = &device.Entry{Seq: l.seq, Wire: wire, Report: report}
	return d, true, nil
}

func (f *Fleet) heard(l *laptop, s *span, at time.Time) device.Delivery {
	d := l.delivery(at)
	stay := s.via.stay(l.random)
	d.Heard = &device.Heard{AgentVersion: "1.0.0", BootID: "boot", Stay: &stay}
	return d
}

func (l *laptop) delivery(at time.Time) device.Delivery {
	return device.Delivery{DeviceID: l.id, AgentID: l.agent, Epoch: l.epoch, ReceivedAt: at}
}
