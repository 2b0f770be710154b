package api

import (
	"fmt"
	"strings"
	"time"

	consolev1 "github.com/farmwatch/farmwatch/proto/farmwatch/console/v1"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/site"
)

func replayChangeOut(c assess.ReplayChange) *consolev1.ReplayChange {
	m := &consolev1.ReplayChange{
		Subject: subject(c.DeviceID, c.DeviceName), Conclusion: string(c.Conclusion), Before: string(c.Before.Level), After: string(c.After.Level),
		ScoreBefore: int32(c.Before.Score), ScoreAfter: int32(c.After.Score), At: stamp(c.At), NowBefore: string(c.NowBefore), NowAfter: string(c.NowAfter),
		Added: ledgerOut(c.Added), Dropped: ledgerOut(c.Dropped), Confirmed: c.Confirmed,
	}
	switch {
	case c.Opened:
		m.Alert = "opened"
	case c.NotOpened:
		m.Alert = "not_opened"
	}
	if c.After.Level.Rank() >= finding.LevelMedium.Rank() && !c.AlertAfter {
		switch {
		case c.Notice != "":
			m.Instead = "notice"
		case c.Covered:
			m.Instead = "site"
		default:
			m.Instead = "decided"
		}
	}
	if s := c.Site; s != nil {
		m.Subject = siteSubject(s.ID, s.Name)
		m.Site = &consolev1.ReplaySite{State: "same", People: int32(s.People), Laptops: s.Devices, DaysBefore: int32(s.Days[0]), DaysAfter: int32(s.Days[1])}
		switch {
		case !s.Was:
			m.Site.State = "new"
		case !s.Would:
			m.Site.State = "gone"
		}
	}
	return m
}

func (s *Server) replaySummaryOut(r assess.ReplaySummary) *consolev1.ReplaySummary {
	m := &consolev1.ReplaySummary{
		From: stamp(r.From), To: stamp(r.To), Devices: int32(r.Devices), Raised: int32(r.Raised), Lowered: int32(r.Lowered), Unchanged: int32(r.Unchanged),
		Rescored: int32(r.Rescored), AlertsOpened: int32(r.AlertsOpened), AlertsNotOpened: int32(r.AlertsNotNeeded), Rows: r.Rows,
		Reach: int32(r.Reach), Leave: int32(r.Leave), Sites: int32(r.Sites), SitesReach: int32(r.SitesReach), SitesLeave: int32(r.SitesLeave),
		AlertsBefore: int32(r.Alerts[0]), AlertsAfter: int32(r.Alerts[1]), AlertsAtOnce: int32(r.AtOnce), AlertsConfirmed: int32(r.Confirmed), Silent: int32(r.Silent),
	}
	for _, conclusion := range []finding.Conclusion{finding.RemotelyControlled, finding.InFarm} {
		for _, level := range []finding.Level{finding.LevelHigh, finding.LevelMedium, finding.LevelWatch, finding.LevelNone} {
			n := r.Levels[assess.LevelOf{Conclusion: conclusion, Level: level}]
			m.Levels = append(m.Levels, &consolev1.ReplayLevel{Conclusion: string(conclusion), Level: string(level), Before: int32(n[0]), After: int32(n[1])})
		}
	}
	for _, n := range r.Notices {
		m.Notices = append(m.Notices, &consolev1.ReplayNotice{Subject: n.Subject, Laptops: int32(n.Devices), From: stamp(n.From), To: stamp(n.To)})
	}
	for _, p := range r.Proposals {
		m.Rules = append(m.Rules, &consolev1.ReplayRule{Id: p.ID, Kind: p.Kind, Replaces: p.Replaces, Class: p.Class, Rows: p.Rows,
			DevicesBefore: int32(p.DevicesBefore), DevicesAfter: int32(p.DevicesAfter), DevicesForgotten: int32(p.Forgotten), Note: p.Note})
	}
	m.Notes = s.untold(r)
	return m
}

// untold says what could not be looked at, which is not the same as clean.
func (s *Server) untold(r assess.ReplaySummary) (notes []string) {
	window := r.To.Sub(r.From)
	if r.Silent > 0 {
		notes = append(notes, fmt.Sprintf("%s told nothing in this time: nothing can be said of them.", laptops(r.Silent)))
	}
	if kept := time.Duration(s.KeepRawDays) * 24 * time.Hour; s.readsFacts(r) && s.KeepRawDays > 0 && window > kept {
		notes = append(notes, fmt.Sprintf("Reports are kept as they came for %d days. Of the days before, rows are known only where a finding rested on them.", s.KeepRawDays))
	}
	forgotten := 0
	for _, p := range r.Proposals {
		forgotten = max(forgotten, p.Forgotten)
	}
	if forgotten > 0 {
		notes = append(notes, fmt.Sprintf("On %s it is not kept what a finding rested on: it counts as before.", laptops(forgotten)))
	}
	if r.Cut > 0 {
		notes = append(notes, cutShort(r.Cut, r.CutSince))
	}
	if r.Thinned > 0 {
		notes = append(notes, fmt.Sprintf("%d of the sites were looked at some times a day and not at every moment: what showed there for less than some hours may be missed.", r.Thinned))
	}
	switch {
	case r.Alone:
		notes = append(notes, "One laptop was asked for: its site, and what begins on many laptops at once, were not looked at.")
	case window > site.Memory*24*time.Hour:
		notes = append(notes, fmt.Sprintf("What laptops share is kept for %d days: of sites that were none any more by then nothing can be said.", site.Memory))
	}
	return append(notes, "A laptop tells what its own rules find; what none of them told is not known here. "+
		"Alerts are counted as if somebody had looked once at all of this time: one for each laptop, or site, and conclusion, however often it came and went.")
}

// readsFacts says whether a rule of the files reads rows that come with reports.
func (s *Server) readsFacts(r assess.ReplaySummary) bool {
	for _, p := range r.Proposals {
		for _, name := range strings.Fields(p.Class) {
			if class, _ := s.Catalogue.ClassOf(name); class.Facts && !class.Collector {
				return true
			}
		}
	}
	return false
}

// cutShort says that of some laptops not all of the window was compared.
func cutShort(devices int, since time.Time) string {
	return fmt.Sprintf("On %s more happened than a replay compares: only the last part of it was, at worst since %s. Ask for fewer days to have all of them compared.",
		laptops(devices), since.UTC().Format("2006-01-02 15:04:05Z"))
}
