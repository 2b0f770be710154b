package simulate

import (
	"fmt"
	"slices"
	"time"
)

// again is after how long a laptop looks once more at what changed: as real ones
// do before long, so that evidence that changed within a tracker's minute is told;
// and a collector notes where a laptop stands only some time after it called.
const again = 90 * time.Second

// A cue is a moment at which something happens or somebody looks.
type cue struct {
	at    time.Time
	enrol []int        // laptops that are enrolled
	acts  []act        // what happens
	looks map[int]bool // laptops that look again at what changed before
	tick  bool         // everybody looks at everything
}

// cues lists the moments of a play, in order, up to an end.
func (p *play) cues(end time.Time) []cue {
	at := map[time.Time]*cue{}
	of := func(t time.Time) *cue {
		if at[t] == nil {
			at[t] = &cue{at: t, looks: map[int]bool{}}
		}
		return at[t]
	}
	for i, c := range p.laptops {
		of(c.enrolled).enrol = append(of(c.enrolled).enrol, i)
		of(c.enrolled.Add(again)).looks[i] = true
	}
	for _, a := range p.acts {
		of(a.at).acts = append(of(a.at).acts, a)
		of(a.at.Add(again)).looks[a.who] = true
	}
	tick := p.Tick
	if tick == 0 {
		tick = usualTick
	}
	for t := p.begin; !t.After(end); t = t.Add(tick) {
		if t.After(p.starts()) {
			of(t).tick = true
		}
	}
	of(end).tick = true
	var all []cue
	for _, c := range at {
		if !c.at.After(end) {
			all = append(all, *c)
		}
	}
	slices.SortFunc(all, func(a, b cue) int { return a.at.Compare(b.at) })
	return all
}

// tell says what happens at a cue, in words.
func (p *play) tell(c cue) []string {
	var all []string
	for _, i := range c.enrol {
		all = append(all, p.laptops[i].name+": enrolled")
	}
	for _, a := range c.acts {
		said := p.Timeline[a.entry].words()
		if a.back {
			said = "no longer: " + said
		}
		all = append(all, p.laptops[a.who].name+": "+said)
	}
	return all
}

// words is what an entry does.
func (e Entry) words() string {
	switch {
	case e.Note != "":
		return e.Note
	case e.Gone != "":
		return fmt.Sprintf("%s %s is gone", e.Class, e.Gone)
	case e.Class != "":
		return fmt.Sprintf("%s %s is there or changes", e.Class, e.Row)
	case e.Kit != "":
		return fmt.Sprintf("%s is %s", e.Kit, e.State)
	case e.Place != "":
		return "at the place " + e.Place
	case e.Group != "":
		return "in the group " + e.Group
	case e.Offline != nil && *e.Offline:
		return "offline"
	case e.Off != nil && *e.Off:
		return "off"
	case e.Coverage != nil:
		return fmt.Sprintf("what its sensors can see: %v", e.Coverage)
	}
	return "on and online again"
}
