package sensor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/journal"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// remoteSession is one time that somebody controlled this machine, or that
// somebody here controlled another.
type remoteSession struct {
	Tool        string `column:"tool,key,public" about:"which of the catalogue's tools was used"`
	Source      string `column:"source,key,public" about:"which log says so, such as connection_trace, xrdp_log or eventlog"`
	Direction   string `column:"direction,public" about:"incoming where this machine was controlled, outgoing where another was controlled from here, or unknown"`
	State       string `column:"state,public" about:"active, ended, or unknown where a begin has no end and nothing shows that it lasts"`
	Approval    string `column:"approval,public" about:"how it was let in: person (somebody here agreed), password, unattended (nobody had to), or unknown"`
	Kind        string `column:"kind,public" about:"what it was for: screen, files, shell or unknown"`
	Started     string `column:"started,key,public" about:"when it began"`
	Ended       string `column:"ended,public" about:"when it ended"`
	Peer        string `column:"peer,key,pseudonym" about:"the other side, as the log names it: a number, name or address"`
	PeerAddress string `column:"peer_address,pseudonym" about:"address of the other side, where the log has it; of some products that of a relay"`
	PeerScope   string `column:"peer_scope,public" about:"where the other side is: loopback, private (the local network), public or unknown"`
	Account     string `column:"account,pseudonym" about:"account on the controlled machine"`
}

// RemoteSessions looks at what remote-access software writes of its sessions.
func RemoteSessions() Sensor {
	w := &sessionWatch{follower: journal.New(), alive: map[sessionKey]time.Time{}}
	return Define(Options{
		Class: "remote_sessions", Every: 10 * time.Second, // with processes and sockets, which are then read once for all
		About: "Looks at when remote-access software says that a session began and ended, to know whether somebody else controls this laptop now or did within the last day.",
		Limits: []Limit{
			{OS: "linux", Reach: Partial, Why: "Programs that write no log of their sessions tell of none; their connections are seen all the same."},
			{OS: "windows", Reach: Partial, Why: "Programs that write no log of their sessions tell of none, and of who came in by Windows' own SSH server only the login is told; without administrator's rights Windows' log of logons is closed."},
			{OS: "darwin", Reach: Partial, Why: "The Mac's log tells when somebody was let in to Screen Sharing or Remote Management, and not when he left or whether he had control; what is marked as private in it stays hidden unless a profile says otherwise, and it is read a minute later than it is written."},
		},
	}, w.collect)
}

// sessionWatch remembers how far each log was read, and which sessions were seen alive.
type sessionWatch struct {
	follower *journal.Follower
	zone     memory[*time.Location]
	told     toldLogs
	journald journaldWatch
	answers  map[string]readAnswer    // of the system's own logs, by question
	alive    map[sessionKey]time.Time // when an open session was last seen alive
}

func (w *sessionWatch) collect(ctx context.Context, h host.Host) ([]remoteSession, error) {
	clock, zoned, problem := w.clock(ctx, h)
	processes, err := h.Processes(ctx)
	if err != nil && len(processes) == 0 && !errors.Is(err, host.ErrAbsent) {
		problem = errors.Join(problem, err)
	}
	found := w.told.logs(h.Files(), processes)
	problem = errors.Join(problem,
		w.follower.Look(ctx, h.Files(), h.Platform().OS, clock, found),
		w.journald.read(ctx, h, w.follower, clock, processes),
		w.readRecords(ctx, h),
	)
	sessions := w.follower.Sessions()
	if !zoned && slices.ContainsFunc(sessions, func(s journal.Session) bool { return s.Local }) {
		problem = errors.Join(problem, fmt.Errorf("times in the logs of sessions are read as UTC, since this machine's time zone is not known: %w", host.ErrAbsent))
	}
	if len(sessions) == 0 && problem == nil && !hasDisk(h.Files()) {
		problem = missing(h, "places where logs of sessions would lie")
	}
	return w.rows(ctx, h, processes, sessions, clock.Now), problem
}

// clock is this machine's time and zone, and whether the zone is known. Where
// nobody tells the time, sessions are judged by the newest of them.
func (w *sessionWatch) clock(ctx context.Context, h host.Host) (clock parse.SessionClock, zoned bool, err error) {
	clock.Zone = time.UTC
	var zone *time.Location
	if c, ok := h.(host.Clock); ok {
		if clock.Now, zone, err = c.Now(ctx); errors.Is(err, host.ErrAbsent) {
			err = nil
		}
	}
	if of, err := w.zone.read(h.Files(), "etc/localtime", readZone); err == nil && h.Platform().OS != "windows" {
		zone = of // a laptop that travels has another today than when this program began
	}
	if zone == nil {
		return clock, false, err
	}
	clock.Zone = zone
	return clock, true, err
}

// hasDisk says whether there is anything where logs would lie.
func hasDisk(fsys host.FS) bool {
	return slices.ContainsFunc([]string{"var/log", "home", "root", "etc", "Users", "ProgramData"}, func(folder string) bool { return exists(fsys, folder) })
}
