package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/presence"
)

type coverageQueries struct {
	SaveFacts, ListFacts, ForgetFactsOfLife               query
	SaveCoverage, ListCoverage, ListBlind                 query
	ForgetCoverageOfLife                                  query
	GetCoverageDay, GetCoverageDayBefore, SaveCoverageDay query
	ListCoverageDays, ListHeardDays                       query
}

func (t *Tx) saveFacts(ctx context.Context, d device.Delivery, epochID int64, f finding.Facts) error {
	rows, err := encodeRows(f.Rows)
	if err != nil {
		return err
	}
	at := d.Corrected(d.Entry.Report.At)
	if _, err := t.exec(ctx, t.q.SaveFacts, d.DeviceID, f.Class, micros(at), micros(d.ReceivedAt), epochID, rows); err != nil || f.Class != presence.Class {
		return err
	}
	// Also where these facts are older than those that stand: an answer stays one.
	return t.hearAnswers(ctx, d.DeviceID, f.Rows, d.ReceivedAt)
}

// mostClasses is of how many classes one device's facts and coverage are read.
const mostClasses = 200

// Facts lists what a device last told of each class.
func (t *Tx) Facts(ctx context.Context, deviceID string) ([]device.Facts, error) {
	return all(ctx, t, t.q.ListFacts, scanFacts, deviceID, mostClasses)
}

func scanFacts(row scanner) (f device.Facts, err error) {
	var rows []byte
	if err := row.Scan(&f.Class, moment{&f.At}, moment{&f.ReceivedAt}, &rows); err != nil {
		return f, err
	}
	f.Rows, err = decodeRows(rows)
	return f, err
}

func (t *Tx) saveCoverage(ctx context.Context, d device.Delivery, epochID int64, c finding.Coverage) error {
	at, since := d.Corrected(d.Entry.Report.At), d.Corrected(c.Since)
	if since.IsZero() {
		since = at
	}
	if _, err := t.exec(ctx, t.q.SaveCoverage, d.DeviceID, c.Class, string(c.State), c.Detail, micros(since), micros(at),
		micros(d.ReceivedAt), epochID); err != nil {
		return err
	}
	return t.saveCoverageDay(ctx, d.DeviceID, c, dayOf(at))
}

func (t *Tx) saveCoverageDay(ctx context.Context, deviceID string, c finding.Coverage, day string) error {
	worst, err := t.worstSoFar(ctx, deviceID, c.Class, day)
	if err != nil {
		return err
	}
	if worst == "" || blindness(c.State) > blindness(worst) {
		worst = c.State
	}
	_, err = t.exec(ctx, t.q.SaveCoverageDay, deviceID, c.Class, day, string(worst), string(c.State))
	return err
}

// worstSoFar is the worst state of a day until now; a day begins as the one before it ended.
func (t *Tx) worstSoFar(ctx context.Context, deviceID, class, day string) (finding.CoverageState, error) {
	var worst, last finding.CoverageState
	err := t.one(ctx, t.q.GetCoverageDay, []any{deviceID, class, day}, []any{&worst, &last})
	if err == nil || !errors.Is(err, ErrNotFound) {
		return worst, err
	}
	err = t.one(ctx, t.q.GetCoverageDayBefore, []any{deviceID, class, day}, []any{&worst, &last})
	if errors.Is(err, ErrNotFound) {
		return "", nil
	}
	return last, err
}

// blindness orders states of coverage from seeing to not knowing why it cannot see.
func blindness(s finding.CoverageState) int {
	return slices.Index([]finding.CoverageState{finding.CoverageOK, finding.CoverageUnsupported, finding.CoverageAbsent,
		finding.CoverageDenied, finding.CoverageFailed}, s)
}

// Coverage lists how each class of a device stands.
func (t *Tx) Coverage(ctx context.Context, deviceID string) ([]device.Coverage, error) {
	return all(ctx, t, t.q.ListCoverage, func(row scanner) (device.Coverage, error) {
		var c device.Coverage
		err := row.Scan(&c.Class, &c.State, &c.Detail, moment{&c.Since}, moment{&c.ReceivedAt})
		return c, err
	}, deviceID, mostClasses)
}

// blind lists what a device does not see now, and since when.
func (t *Tx) blind(ctx context.Context, deviceID string) ([]assess.Blind, error) {
	return all(ctx, t, t.q.ListBlind, func(row scanner) (b assess.Blind, err error) {
		err = row.Scan(&b.Class, &b.State, moment{&b.Since})
		return b, err
	}, deviceID, mostClasses)
}

// CoverageDays gives, for each device, class and day from one day to another
// (both included, UTC), how it stood. A day on which nothing was told is as the
// last one ended, and Heard tells whether the device was heard at all.
func (t *Tx) CoverageDays(ctx context.Context, from, to time.Time) ([]device.CoverageDay, error) {
	told, err := all(ctx, t, t.q.ListCoverageDays, func(row scanner) (device.CoverageDay, error) {
		var c device.CoverageDay
		err := row.Scan(&c.DeviceID, &c.Class, &c.Day, &c.Worst, &c.Last)
		return c, err
	}, dayOf(from), dayOf(to))
	if err != nil {
		return nil, err
	}
	heard, err := t.heardDays(ctx, from, to)
	if err != nil {
		return nil, err
	}
	var days []device.CoverageDay
	for len(told) > 0 {
		n := 1
		for n < len(told) && told[n].DeviceID == told[0].DeviceID && told[n].Class == told[0].Class {
			n++
		}
		days = append(days, fillDays(told[:n], from, to, heard)...)
		told = told[n:]
	}
	return days, nil
}

// fillDays carries the told days of one device and class over the days between.
func fillDays(told []device.CoverageDay, from, to time.Time, heard map[heardDay]bool) []device.CoverageDay {
	var days []device.CoverageDay
	var now device.CoverageDay
	for day := from.UTC().Truncate(24 * time.Hour); !day.After(to); day = day.Add(24 * time.Hour) {
		name := dayOf(day)
		now.Worst = now.Last
		for len(told) > 0 && told[0].Day <= name {
			now = told[0]
			if now.Day < name {
				now.Worst = now.Last
			}
			told = told[1:]
		}
		if now.Class == "" {
			continue
		}
		now.Day, now.Heard = name, heard[heardDay{now.DeviceID, name}]
		days = append(days, now)
	}
	return days
}

// A heardDay names a day on which a device was heard.
type heardDay struct{ DeviceID, Day string }

// heardDays says on which days from one to another each device was heard.
func (t *Tx) heardDays(ctx context.Context, from, to time.Time) (map[heardDay]bool, error) {
	heard := make(map[heardDay]bool)
	_, err := all(ctx, t, t.q.ListHeardDays, func(row scanner) (heardDay, error) {
		var h heardDay
		var first, last time.Time
		err := row.Scan(&h.DeviceID, &h.Day, moment{&first}, moment{&last})
		heard[h] = true
		return h, err
	}, dayOf(from), dayOf(to))
	return heard, err
}
