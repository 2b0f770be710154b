package population

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/device"
)

// A laptop is one device of the company, with the life it leads.
type laptop struct {
	id, name string
	agent    string // the installation; another one after a re-image
	number   int
	life     string
	first    *person
	site     string // of the farm it stands in; empty for an ordinary one
	group    string // asset group
	system   string // windows, linux or darwin
	enrolled time.Time
	person   *person
	habits   []habit
	random   *rand.Rand

	turns   []turn
	state   tracker
	forgets []forget
	seq     uint64
	epoch   string
}

// A habit adds to a day what a laptop does on it. Habits of one laptop are asked in order.
type habit func(l *laptop, d *day)

// laptop makes one of a life, for a person who gets it.
func (f *Fleet) laptop(life string, p *person, habits ...habit) *laptop {
	n := len(f.laptops) + 1
	l := &laptop{
		id: fmt.Sprintf("device-%05d", n), agent: fmt.Sprintf("agent-%05d-1", n), name: fmt.Sprintf("LT-%05d", n), number: n, life: life, first: p, person: p,
		habits: habits, random: drawn(f.Seed, uint64(1000+n)), epoch: "first",
	}
	l.system = pickShare(l.random, systems)
	// The collector was there before: laptops were enrolled over the last three years.
	l.enrolled = firstDay.AddDate(0, 0, -40-l.random.IntN(1000)).Add(hours(9))
	l.state = newTracker(f)
	l.habits = habits
	f.laptops = append(f.laptops, l)
	return l
}

// also adds habits.
func (l *laptop) also(habits ...habit) { l.habits = append(l.habits, habits...) }

// joins lets a laptop be enrolled on a day, counted from 1.
func (l *laptop) joins(day int, hour float64) *laptop {
	l.enrolled = firstDay.AddDate(0, 0, day-1).Add(hours(hour))
	return l
}

// itself is what every laptop says of itself.
func itself(l *laptop, d *day) {
	if d.awake() {
		d.is(0, rowOf("system", map[string]string{"os": l.system, "arch": "amd64", "chassis": "laptop", "time_zone": d.zone().name, "utc_offset": fmt.Sprint(d.zone().offset)}))
	}
}

func (l *laptop) enrolment() device.Device {
	return device.Device{
		ID: l.id, AgentID: l.agent, Anchor: "anchor-" + l.id, Name: l.name, OS: l.system, OSVersion: l.system, Arch: "amd64", AgentVersion: "1.0.0",
		EnrolledAt: l.enrolled, Certificate: "c-" + l.agent, Group: l.group,
	}
}

// steady are the classes of rows that follow a person's hands: laptops tell of them as
// of a day (agent/internal/sensor, Steady).
var steady = map[string]bool{"input_devices": true, "network_flows": true, "network_handshakes": true, "observed_names": true}

// facts are the classes of which laptops tell all rows (proto/catalogue/classes.yaml).
var facts = map[string]bool{
	"connected_displays": true, "network_interfaces": true, "network_neighbourhood": true, "remote_access": true, "system": true, "usb_devices": true,
}

// A turn is what the company does with a laptop on a day, before it is used.
type turn struct {
	day     int
	group   string  // that it is put into
	reimage bool    // another installation reports for it from then on
	holder  *person // who has it from then on; nil leaves it
	note    string  // handed_out, reimaged, replaced or handed_over: what the import tells
}

// turn lets the company do something.
func (l *laptop) turn(t turn) *laptop {
	l.turns = append(l.turns, t)
	return l
}

// again begins a new installation.
func (l *laptop) again() {
	l.seq, l.epoch, l.forgets = 0, l.epoch+"-again", nil
	l.agent += "-again"
	l.state = newTracker(l.state.fleet)
}
