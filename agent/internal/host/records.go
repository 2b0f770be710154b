package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"
)

// A RecordKeeper is a host with logs that are no files: Windows' logs and macOS'
// unified log. systemd's journal is read by a tool of the list.
type RecordKeeper interface {
	// Records are the newest records that one of the fixed queries asks for, as
	// the system renders them, the oldest first.
	Records(ctx context.Context, q RecordQuery) ([]byte, error)
}

// A RecordQuery is one question to a log. The lists below are complete, and no
// part of a question comes from outside.
type RecordQuery struct {
	Name    string // how a recording keeps the answer: "records/<name>"
	System  string // windows or darwin
	Channel string // of Windows' logs
	Filter  string // XPath on Windows, a predicate on macOS
	Extra   bool   // its log comes with a part of the system that may not be there: then nobody wrote to it
}

// lastDay is what every query asks for: sessions of before are nobody's concern.
const lastDay = " and TimeCreated[timediff(@SystemTime) <= 90000000]"

// RecordQueries is every question there is.
func RecordQueries() []RecordQuery {
	const services = "Microsoft-Windows-TerminalServices-"
	return []RecordQuery{
		{Name: "rdp-sessions.xml", System: "windows", Channel: services + "LocalSessionManager/Operational",
			Filter: "*[System[(EventID=21 or EventID=23 or EventID=24 or EventID=25 or EventID=39 or EventID=40)" + lastDay + "]]"},
		{Name: "rdp-authentications.xml", System: "windows", Channel: services + "RemoteConnectionManager/Operational",
			Filter: "*[System[(EventID=1149 or EventID=20503 or EventID=20504 or EventID=20506 or EventID=20507 or EventID=20508 or EventID=20510)" + lastDay + "]]"},
		{Name: "remote-assistance.xml", System: "windows", Channel: "Microsoft-Windows-RemoteAssistance/Operational",
			Filter: "*[System[(EventID=18 or EventID=19 or EventID=21 or EventID=22)" + lastDay + "]]", Extra: true},
		{Name: "rdp-client.xml", System: "windows", Channel: services + "RDPClient/Operational",
			Filter: "*[System[(EventID=1024 or EventID=1026)" + lastDay + "]]"},
		{Name: "logons.xml", System: "windows", Channel: "Security",
			Filter: "*[System[(EventID=4624 or EventID=4634)" + lastDay + "] and EventData[Data[@Name='LogonType']='10']]" +
				" or *[System[(EventID=4647 or EventID=4778 or EventID=4779)" + lastDay + "]]"},
		{Name: "application.xml", System: "windows", Channel: "Application",
			Filter: "*[System[(EventID=0 or EventID=1 or EventID=2 or EventID=3 or EventID=100 or EventID=101)" + lastDay + "]]"},
		{Name: "screen-sharing.ndjson", System: "darwin",
			Filter: screenSharingRecords},
	}
}

// A Clock is a host that says what time it has, and the zone of its times. Only
// what is written in local time or is of the last day needs one.
type Clock interface {
	Now(ctx context.Context) (time.Time, *time.Location, error)
}

var (
	_ RecordKeeper = (*recording)(nil)
	_ Clock        = (*recording)(nil)
	_ Clock        = (*LiveHost)(nil)
)

// Records are those of the recording.
func (r *recording) Records(_ context.Context, q RecordQuery) ([]byte, error) {
	if reason, ok := r.denied["records/"+q.Name]; ok {
		return nil, fmt.Errorf("%s: %w", reason, ErrDenied)
	}
	text, err := fs.ReadFile(r.archive, "records/"+q.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("records/%s is not in the recording: %w", q.Name, ErrAbsent)
	}
	return text, err
}

// clockRow is clock.yaml: when the machine was recorded, and its distance from
// UTC where no file tells the zone.
type clockRow struct {
	Now    time.Time `yaml:"now"`
	Offset string    `yaml:"offset,omitempty"` // e.g. "+01:00"
}

// Now is as clock.yaml says.
func (r *recording) Now(context.Context) (time.Time, *time.Location, error) {
	row, err := readYAML[clockRow](r.archive, "clock.yaml")
	if err != nil {
		return time.Time{}, nil, err
	}
	if row.Offset == "" {
		return row.Now, nil, nil
	}
	at, err := time.Parse("-07:00", row.Offset)
	if err != nil {
		return row.Now, nil, fmt.Errorf("read clock.yaml: offset %q: %w", row.Offset, err)
	}
	return row.Now, at.Location(), nil
}

// now is this machine's time, zero where this host was given no clock.
func (h *LiveHost) now() time.Time {
	if h.options.Now == nil {
		return time.Time{}
	}
	return h.options.Now()
}

// Now is this machine's time.
func (h *LiveHost) Now(context.Context) (time.Time, *time.Location, error) {
	if now := h.now(); !now.IsZero() {
		return now, time.Local, nil
	}
	return time.Time{}, nil, fmt.Errorf("this host was given no clock: %w", ErrAbsent)
}
