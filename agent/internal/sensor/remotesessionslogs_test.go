package sensor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// A program's log is read as the program sees it, and no more of them than it writes.
func TestLogsThatProgramsAreTold(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"proc/9/root/tmp/own.log", "tmp/shared.log"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	files := host.New(host.Options{Now: time.Now, Root: root}).Files()
	logs := func(args ...string) (names []string) {
		for _, f := range logsOf(files, host.Process{PID: 9, UID: 1000, Args: append([]string{"x11vnc"}, args...)}, "x11vnc") {
			names = append(names, f.Name)
			if f.Share != "account 1000" {
				t.Errorf("%s counts as of %q", f.Name, f.Share)
			}
		}
		return names
	}
	want := []string{"proc/9/root/tmp/own.log", "tmp/shared.log"}
	if diff := cmp.Diff(want, logs("-o", "/tmp/own.log", "-oa", "/tmp/shared.log", "-o", "/proc/kmsg", "-o", "/sys/kernel/x", "-o", "/dev/null")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var many []string
	for i := range 5 * toldLimit {
		many = append(many, "-o", fmt.Sprintf("/home/anna/%d", i))
	}
	if n := len(logs(many...)); n != toldLimit {
		t.Errorf("%d logs of one program, want %d", n, toldLimit)
	}
}

// Who writes whatever into logs of her own cannot hide what the system's log says.
func TestForgedSessionsHideNothing(t *testing.T) {
	text := clockAtNoon + "-- processes.yaml --\n- {pid: 9, name: anydesk, started: 2026-11-01T08:00:00Z}\n-- sockets.yaml --\n" +
		socketRow("established", "192.0.2.7:55088") + openSession
	for log := range 10 {
		text += fmt.Sprintf("-- files/home/anna/.anydesk_ad_%d/forged.trace --\n", log)
		for i := range 150 {
			text += fmt.Sprintf("   info 2026-11-02 11:%02d:%02d.298  back  1  2  app.backend_session - Incoming session request: - (%d%d)\n", i/60, i%60, 1+log, 100000+i) +
				fmt.Sprintf("   info 2026-11-02 11:%02d:%02d.299  back  1  2  app.session - Authenticated by local user.\n", i/60, i%60)
		}
	}
	rows, _ := Look(context.Background(), machine(t, text), RemoteSessions())
	if len(rows) != sessionRows {
		t.Errorf("%d rows", len(rows))
	}
	for _, r := range rows {
		if r.Columns["tool"] == "xrdp" && r.Columns["state"] == "active" && strings.HasPrefix(r.Columns["peer"], "192.0.2.7") {
			return
		}
	}
	t.Error("the session that the system's log tells of has no row")
}

// Whoever fills the journal can push out of the answer what others wrote, and not
// without its being said.
func TestAJournalThatIsFull(t *testing.T) {
	record := `{"__REALTIME_TIMESTAMP":"1793613600000000","SYSLOG_IDENTIFIER":"x11vnc","MESSAGE":"nothing"}` + "\n"
	for records, want := range map[int]bool{10: false, host.JournalMost: true} {
		text := clockAtNoon + "-- files/var/log/x --\n-- tools/journal-sessions --\n" + strings.Repeat(record, records)
		_, coverage := Look(context.Background(), machine(t, text), RemoteSessions())
		if got := strings.Contains(coverage.Detail, "of which the newest were read"); got != want {
			t.Errorf("%d records: %s %q", records, coverage.State, coverage.Detail)
		}
	}
}
