package host

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

func TestRecordsOfARecording(t *testing.T) {
	ctx := context.Background()
	h, err := ReadRecording(txtar.Parse([]byte("-- platform.yaml --\nos: windows\n-- clock.yaml --\nnow: 2026-11-02T12:00:00Z\noffset: \"-03:30\"\n" +
		"-- records/logons.xml --\n<Event/>\n-- denied.yaml --\nrecords/application.xml: nobody may\n")))
	if err != nil {
		t.Fatal(err)
	}
	keeper := h.(RecordKeeper)
	for _, q := range RecordQueries() {
		text, err := keeper.Records(ctx, q)
		switch q.Name {
		case "logons.xml":
			if string(text) != "<Event/>\n" || err != nil {
				t.Errorf("%s: %q, %v", q.Name, text, err)
			}
		case "application.xml":
			if !errors.Is(err, ErrDenied) {
				t.Errorf("%s: %v", q.Name, err)
			}
		default:
			if !errors.Is(err, ErrAbsent) || !strings.Contains(err.Error(), q.Name) {
				t.Errorf("%s: %v", q.Name, err)
			}
		}
	}
	now, zone, err := h.(Clock).Now(ctx)
	if err != nil || !now.Equal(time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)) || now.In(zone).Format("15:04") != "08:30" {
		t.Errorf("%s in %v, %v", now, zone, err)
	}
}

func TestClockThatIsNotWrittenDown(t *testing.T) {
	h, err := ReadRecording(txtar.Parse([]byte("-- platform.yaml --\nos: linux\n")))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.(Clock).Now(context.Background()); !errors.Is(err, ErrAbsent) {
		t.Errorf("error %v", err)
	}
	wrong, err := ReadRecording(txtar.Parse([]byte("-- platform.yaml --\nos: linux\n-- clock.yaml --\nnow: 2026-11-02T12:00:00Z\noffset: soon\n")))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := wrong.(Clock).Now(context.Background()); err == nil || !strings.Contains(err.Error(), "soon") {
		t.Errorf("error %v", err)
	}
}

// What people did is no part of a recording of their machine.
func TestRecordLeavesTheJournalOut(t *testing.T) {
	h, err := ReadRecording(txtar.Parse([]byte("-- platform.yaml --\nos: linux\n-- tools/journal-sessions --\nsomebody@example.org\n-- tools/rpm-packages --\na\n")))
	if err != nil {
		t.Fatal(err)
	}
	archive, err := Record(context.Background(), h, func(value string) string { return value }, nil)
	if err != nil {
		t.Fatal(err)
	}
	if text := string(txtar.Format(archive)); strings.Contains(text, "somebody") || !strings.Contains(text, "rpm-packages") {
		t.Errorf("recorded:\n%s", text)
	}
}
