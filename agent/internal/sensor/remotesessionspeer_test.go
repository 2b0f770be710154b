package sensor

import (
	"context"
	"testing"
)

// A product may write in one log who came in and in another from where. From
// where alone is no session: somebody turned away comes from somewhere too.
func TestWhereSessionsComeFrom(t *testing.T) {
	const (
		windows = "-- platform.yaml --\nos: windows\n-- clock.yaml --\nnow: 2026-11-02T12:00:00Z\n"
		session = "-- files/Users/sam/AppData/Roaming/AnyDesk/ad.trace --\n   info 2026-11-02 09:12:04.298  back  1  2   app.backend_session - Incoming session request: Name (221436813)\n" +
			"   info 2026-11-02 09:12:06.100  back  1  2   app.session - 3: Authenticated with permanent token.\n   info 2026-11-02 09:40:00.000  back  1  2   app.session - Session closed by remote side: user\n"
		service = "-- files/ProgramData/AnyDesk/ad_svc.trace --\n   info 2026-11-02 09:12:05.000  gsvc  1  2   27  anynet.any_socket - Logged in from 203.0.113.7:61230 on relay 5e8a7c21.\n"
		team    = "-- files/Program Files/TeamViewer/TeamViewer15_Logfile.log --\nStart: 2026/11/02 08:00:00.123 (UTC+0:00)\n2026/11/02 09:12:00.433  1  2 S0   UDPv4: punch received a=198.51.100.7:55408: (*)\n" +
			"2026/11/02 09:12:04.433  1  2 D3   SessionManagerDesktop::IncomingConnection: Connection incoming, sessionID = -21\n2026/11/02 09:40:00.000  1  2 D3   SessionManagerDesktop::SessionTerminate: Session terminated\n"
	)
	for name, test := range map[string]struct {
		text string
		want string
		rows int
	}{
		"who and from where":                   {session + service, "203.0.113.7", 1},
		"who alone":                            {session, "", 1},
		"from where alone":                     {service, "", 0},
		"found each other before it began":     {team, "198.51.100.7", 1},
		"two products, each with where it was": {session + service + team, "", 2},
	} {
		rows, _ := Look(context.Background(), machine(t, windows+test.text), RemoteSessions())
		if len(rows) != test.rows {
			t.Errorf("%s: %d rows, want %d: %v", name, len(rows), test.rows, rows)
			continue
		}
		if test.rows == 1 && (rows[0].Columns["peer_address"] != test.want || test.want != "" && rows[0].Columns["peer_scope"] != "public") {
			t.Errorf("%s: %v, want %q", name, rows[0].Columns, test.want)
		}
	}
}
