package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/proto/catalogue"
	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

func tables(a About, s Snapshot) []table {
	return []table{devicesTable(s), coverageTable(a, s), gapsTable(s), assessmentsTable(s), alertsTable(s), findingsTable(s),
		sitesTable(a, s), membersTable(a, s), linksTable(a, s), contextTable(s), noticesTable(s), noticeDevicesTable(s),
		sanctionsTable(s), presenceTable(a, s), auditTable(s)}
}

// sortedBy copies and sorts, so that the order in which a store gives rows changes no byte.
func sortedBy[T any](list []T, compare func(a, b T) int) []T {
	list = slices.Clone(list)
	slices.SortStableFunc(list, compare)
	return list
}

type deviceRow struct {
	ID            string     `json:"id"`
	Name          string     `json:"name"`
	OS            string     `json:"os"`
	OSVersion     string     `json:"os_version"`
	Arch          string     `json:"arch"`
	AgentVersion  string     `json:"agent_version"`
	EnrolledAt    *time.Time `json:"enrolled_at"`
	LastSeen      *time.Time `json:"last_seen"`
	RemovedAt     *time.Time `json:"removed_at"`
	ClockOffsetMS int64      `json:"clock_offset_ms"`
}

func devicesTable(s Snapshot) table {
	columns := []string{"device_id", "device", "os", "os_version", "arch", "agent_version", "enrolled_at", "last_seen", "removed_at", "clock_offset_ms"}
	return tabulate("devices", columns, sortedBy(s.Devices, byID), func(d device.Device) ([]string, deviceRow) {
		offset := d.ClockOffset.Milliseconds()
		return []string{d.ID, d.Name, d.OS, d.OSVersion, d.Arch, d.AgentVersion, clock(d.EnrolledAt), clock(d.LastSeen), clock(d.RemovedAt), strconv.FormatInt(offset, 10)},
			deviceRow{d.ID, d.Name, d.OS, d.OSVersion, d.Arch, d.AgentVersion, when(d.EnrolledAt), when(d.LastSeen), when(d.RemovedAt), offset}
	})
}

func byID(a, b device.Device) int { return cmp.Compare(a.ID, b.ID) }

type coverageRow struct {
	Day      string `json:"day"`
	DeviceID string `json:"device_id"`
	Device   string `json:"device"`
	Class    string `json:"class"`
	State    string `json:"state"`
	Worst    string `json:"worst_of_the_day"`
	Heard    bool   `json:"heard"`
}

// notHeard is the state of a day on which the device said nothing.
const notHeard = "not_heard"

func coverageTable(a About, s Snapshot) table {
	columns := []string{"day", "device_id", "device", "class", "state", "worst_of_the_day", "heard"}
	told := make(map[[2]string][]device.CoverageDay)
	for _, c := range s.Coverage {
		key := [2]string{c.DeviceID, c.Day}
		told[key] = append(told[key], c)
	}
	var list []coverageRow
	for day := a.Period.From; !day.After(a.lastDay()); day = day.AddDate(0, 0, 1) {
		for _, d := range sortedBy(s.Devices, byID) {
			name := day.Format(time.DateOnly)
			of := told[[2]string{d.ID, name}]
			// A device that enrolled again says since when its present installation is; what was told before stays.
			unborn := len(of) == 0 && !d.EnrolledAt.Before(day.AddDate(0, 0, 1))
			if unborn || !d.RemovedAt.IsZero() && d.RemovedAt.Before(day) {
				continue
			}
			list = append(list, coverageOfDay(d, name, of)...)
		}
	}
	return tabulate("coverage", columns, list, func(r coverageRow) ([]string, coverageRow) {
		return []string{r.Day, r.DeviceID, r.Device, r.Class, r.State, r.Worst, strconv.FormatBool(r.Heard)}, r
	})
}

// coverageOfDay has a row for every day, also for one on which nothing was
// heard: silence must never look like health.
func coverageOfDay(d device.Device, day string, told []device.CoverageDay) []coverageRow {
	if len(told) == 0 {
		return []coverageRow{{day, d.ID, d.Name, "", notHeard, notHeard, false}}
	}
	var rows []coverageRow
	for _, c := range sortedBy(told, func(a, b device.CoverageDay) int { return cmp.Compare(a.Class, b.Class) }) {
		r := coverageRow{day, d.ID, d.Name, c.Class, string(c.Last), string(c.Worst), c.Heard}
		if !c.Heard {
			r.State, r.Worst = notHeard, notHeard
		}
		rows = append(rows, r)
	}
	return rows
}

type gapRow struct {
	DeviceID   string     `json:"device_id"`
	Epoch      string     `json:"epoch"`
	From       uint64     `json:"from"`
	To         uint64     `json:"to"`
	Reason     string     `json:"reason"`
	ReceivedAt *time.Time `json:"received_at"`
}

func gapsTable(s Snapshot) table {
	columns := []string{"device_id", "epoch", "from", "to", "reason", "received_at"}
	order := func(a, b device.Gap) int {
		return cmp.Or(a.ReceivedAt.Compare(b.ReceivedAt), cmp.Compare(a.DeviceID, b.DeviceID), cmp.Compare(a.Epoch, b.Epoch), cmp.Compare(a.From, b.From))
	}
	return tabulate("gaps", columns, sortedBy(s.Gaps, order), func(g device.Gap) ([]string, gapRow) {
		return []string{g.DeviceID, g.Epoch, strconv.FormatUint(g.From, 10), strconv.FormatUint(g.To, 10), g.Reason, clock(g.ReceivedAt)},
			gapRow{g.DeviceID, g.Epoch, g.From, g.To, g.Reason, when(g.ReceivedAt)}
	})
}

type findingRow struct {
	DeviceID   string           `json:"device_id"`
	UID        string           `json:"uid"`
	Rule       string           `json:"rule"`
	Title      string           `json:"title"`
	Status     string           `json:"status"`
	Severity   string           `json:"severity"`
	Confidence string           `json:"confidence"`
	FirstSeen  *time.Time       `json:"first_seen"`
	LastSeen   *time.Time       `json:"last_seen"`
	ReceivedAt *time.Time       `json:"received_at"`
	Evidence   []observationRow `json:"evidence"`
}

type observationRow struct {
	Class   string            `json:"class"`
	UID     string            `json:"uid"`
	Columns map[string]string `json:"columns"`
}

func findingsTable(s Snapshot) table {
	columns := []string{"device_id", "uid", "rule", "title", "status", "severity", "confidence", "first_seen", "last_seen", "received_at", "evidence"}
	list := sortedBy(s.Findings, func(a, b device.Finding) int {
		return cmp.Or(cmp.Compare(a.DeviceID, b.DeviceID), a.FirstSeen.Compare(b.FirstSeen), cmp.Compare(a.UID, b.UID))
	})
	return tabulate("findings", columns, list, func(f device.Finding) ([]string, findingRow) {
		r := findingRow{f.DeviceID, f.UID, f.Rule, f.Title, string(f.Status), string(f.Severity), string(f.Confidence),
			when(f.FirstSeen), when(f.LastSeen), when(f.ReceivedAt), []observationRow{}}
		for _, o := range f.Evidence {
			r.Evidence = append(r.Evidence, observationRow(o))
		}
		return []string{f.DeviceID, f.UID, f.Rule, f.Title, string(f.Status), string(f.Severity), string(f.Confidence),
			clock(f.FirstSeen), clock(f.LastSeen), clock(f.ReceivedAt), evidenceText(f.Evidence)}, r
	})
}

func evidenceText(rows []finding.Observation) string {
	var parts []string
	for _, o := range rows {
		var columns []string
		for name, value := range o.Columns {
			columns = append(columns, name+"="+value)
		}
		slices.Sort(columns)
		parts = append(parts, o.Class+" "+strings.Join(columns, " "))
	}
	return strings.Join(parts, " | ")
}

func ledgerText(l []catalogue.LedgerEntry) string {
	var parts []string
	for _, e := range l {
		parts = append(parts, fmt.Sprintf("%+d %s [%s]", e.Points, e.Reason, e.Rule))
	}
	return strings.Join(parts, " | ")
}
