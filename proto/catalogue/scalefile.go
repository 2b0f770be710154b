package catalogue

type scaleFile struct {
	Watch  int         `yaml:"watch"`
	Medium int         `yaml:"medium"`
	High   int         `yaml:"high"`
	Top    int         `yaml:"top"`
	Tier   map[int]int `yaml:"tier"`
	Cap    map[int]int `yaml:"tier_cap"`
	Source string      `yaml:"source"`
}

type unseenFile struct {
	RemotelyControlled []string `yaml:"remotely_controlled"`
	InFarm             []string `yaml:"in_farm"`
}

const (
	scaleName  = "assess/scale.yaml"
	unseenName = "assess/unseen.yaml"
)

// loadScale also holds the numbers to what they promise: supporting evidence
// and context never raise an alert, whatever there is of them.
func (l *loader) loadScale(c *Catalogue) {
	var s scaleFile
	f := l.read(scaleName, &s)
	c.Scale = Scale{Watch: s.Watch, Medium: s.Medium, High: s.High, Top: s.Top, Tier: s.Tier, TierCap: s.Cap, Source: s.Source}
	if f.root != nil {
		required(f, map[string]string{"source": s.Source})
		if s.Watch < 1 || s.Medium <= s.Watch || s.High <= s.Medium || s.Top < s.High {
			f.at("watch", "want 0 < watch < medium < high <= top, not %d, %d, %d, %d", s.Watch, s.Medium, s.High, s.Top)
		}
		for tier := 1; tier <= 4; tier++ {
			if s.Tier[tier] < 1 || s.Cap[tier] < s.Tier[tier] {
				f.at("tier", "tier %d needs points above 0 and a tier_cap that is not below them", tier)
			}
		}
		if support := s.Cap[3] + s.Cap[4]; support >= s.Medium || s.Tier[2]+support >= s.High {
			f.at("tier_cap", "tiers 3 and 4 add up to %d, which could raise an alert or its level on their own", support)
		}
	}
	l.keep(f)
}

// loadUnseen reads what no assessment can see. Both conclusions must say something.
func (l *loader) loadUnseen(c *Catalogue) {
	var u unseenFile
	f := l.read(unseenName, &u)
	c.Unseen = Unseen(u)
	if f.root != nil && (len(u.RemotelyControlled) == 0 || len(u.InFarm) == 0) {
		f.mistake(1, "remotely_controlled and in_farm must each say what cannot be seen")
	}
	l.keep(f)
}
