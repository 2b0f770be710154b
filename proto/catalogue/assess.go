package catalogue

import "github.com/farmwatch/farmwatch/proto/finding"

// Assess judges one device at one moment: always both conclusions, each with
// the ledger that makes its level. It is pure: the same history in any order
// and the same catalogue give the same answer, byte for byte.
//
// Composites are tried from the most points to the fewest. One whose findings
// stronger ones have all used already adds nothing, and within one class of
// evidence only the strongest claim counts: only independent classes add up.
// Findings that no composite used count by their tier, strong ones before composites of
// fewer points: a mechanism for remote control, since it says nothing of where the device
// stands; where it stands for a farm, since that says nothing of who drives it.
func (c *Catalogue) Assess(h History) []Assessment { return c.Prepare(h).At(h.At) }

// AssessSite judges whether a site is a farm, from the findings of all its laptops:
// by the composites whose subject is a site, and by nothing else.
func (c *Catalogue) AssessSite(h History) Assessment {
	p := c.Prepare(h)
	p.view.move(h.At)
	return p.close(p.account(finding.InFarm, SubjectSite), finding.InFarm)
}

// Level gives the level of a score.
func (s Scale) Level(score int) finding.Level {
	switch {
	case score <= 0:
		return finding.LevelNone
	case score >= s.High:
		return finding.LevelHigh
	case score >= s.Medium:
		return finding.LevelMedium
	case score >= s.Watch:
		return finding.LevelWatch
	}
	return finding.LevelNone
}

// of gives what can never be seen of a conclusion.
func (u Unseen) of(conclusion finding.Conclusion) []string {
	if conclusion == finding.InFarm {
		return u.InFarm
	}
	return u.RemotelyControlled
}

// confidence says how sure the level is. Two independent classes of evidence that count
// make it high, one makes it medium; supporting evidence, context or nothing at all make
// it low. Where something could not be looked at or was not imported, it is one less.
func (l *ledger) confidence(missing bool) finding.Confidence {
	classes := 0
	for _, sure := range l.sure {
		if sure {
			classes++
		}
	}
	if missing {
		classes--
	}
	switch {
	case classes >= 2:
		return finding.ConfidenceHigh
	case classes == 1:
		return finding.ConfidenceMedium
	}
	return finding.ConfidenceLow
}
