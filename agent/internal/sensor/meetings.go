package sensor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// meetingProgram is a meeting program that runs in somebody's session: what began it,
// and how long it has been in a meeting in which nobody is heard or seen. Which
// meeting it is, with whom and what is said in it is not in it, nor any time.
type meetingProgram struct {
	PID       int    `column:"pid,key,public" about:"number of the process"`
	Tool      string `column:"tool,public" about:"which meeting program: zoom, teams, webex, goto or meet-app (Google Meet as a program of its own)"`
	StartedBy string `column:"started_by,public" about:"what began it, or had it join by a link: browser, shell (the desktop, its menus and file windows, or a command line), program (a script, an interpreter, automation, or a program of no known maker), app (another program whose maker is known, such as mail or a calendar), scheduler (a timer or scheduled task), itself or unknown"`
	ByLink    bool   `column:"by_link,public" about:"whether it was begun with a link to a meeting; the link itself is not kept"`
	Sharing   string `column:"sharing,public" about:"true while it takes pictures of the screen, where that can be told"`
	Voice     string `column:"voice,public" about:"whether a microphone or camera was in use, by whatever program, since the meeting began: none, used or unknown; a microphone that is muted is in use"`
	Lasting   string `column:"lasting,public" about:"for how long it has been in a meeting, with breaks of a few minutes: minutes, hour (one or more), hours (four or more), most_of_a_day (six or more); empty when it is in none or that cannot be told"`
}

// meetingLimit bounds what is followed; nobody runs so many meeting programs.
const meetingLimit = 32

// meetings gives the sensor of meeting programs, which shares with the others
// what is known of the programs themselves.
func (t *ownerTable) meetings() Sensor {
	w := &meetingWindow{owners: t, clients: map[int]*meetingClient{}, calls: map[string]meetingCall{}}
	return Define(Options{
		Class: "meetings", Every: 2 * time.Second, Steady: true,
		About: "Looks at what begins meeting programs, and whether anybody is heard or seen in a meeting that lasts all day, to notice a laptop that is driven through a meeting's remote control. " +
			"Of a link to a meeting only that there is one is seen, nothing is heard or filmed, and nothing of ordinary meetings is told.",
		Limits: []Limit{
			{OS: "linux", Reach: Partial, Why: "What begins a meeting program is seen while it runs: a launcher that ends within two seconds leaves unknown what it was, as a desktop does that lets go of what it starts. A meeting in a browser's tab is not told from other pages. With a Bluetooth device connected, which may be a headset, voice is told only once it is used."},
			{OS: "windows", Reach: Partial, Why: "That a meeting goes on is told by processes that Zoom and Webex Meetings start for it: of Teams, the Webex app and Google Meet it is not known how long one lasts. A meeting in a browser's tab is not told from other pages, and nothing tells which program shares the screen."},
			{OS: "darwin", Reach: Partial, Why: "macOS starts programs on behalf of others, so what begins a meeting program is seen only where a command did; that a meeting goes on is told of Zoom alone. macOS tells nobody whether a microphone is in use, so voice stays unknown."},
		},
	}, w.collect)
}

func (w *meetingWindow) collect(ctx context.Context, h host.Host) ([]meetingProgram, error) {
	running, failure := h.Processes(ctx)
	if failure != nil {
		failure = fmt.Errorf("list processes: %w", failure)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	look := meetingLook{window: w, host: h, tree: processTree{said: running[:min(len(running), rowLimit)]}}
	if look.meet(); look.quiet() { // as nearly always: then not even the clock is asked
		return nil, failure
	}
	look.now, look.tree = sinceStart(ctx, h), growTree(look.tree.said)
	look.programs(ctx)
	failure = errors.Join(failure, look.follow(ctx))
	rows := make([]meetingProgram, 0, len(w.clients))
	for _, c := range w.clients {
		rows = append(rows, c.row(look.now))
	}
	slices.SortFunc(rows, func(a, b meetingProgram) int { return a.PID - b.PID })
	return rows, failure
}

// row says what is known of a client.
func (c *meetingClient) row(now float64) meetingProgram {
	row := meetingProgram{PID: c.pid, Tool: c.tool, StartedBy: c.begun.by, ByLink: c.begun.link, Voice: "unknown"}
	if c.shares {
		row.Sharing = "true"
	}
	if c.within == nil {
		return row
	}
	row.Voice = c.voice
	if c.within.lasted(now) >= mostOfADay {
		row.Lasting = "most_of_a_day"
	} else {
		row.Lasting = bucket(c.within.lasted(now))
	}
	return row
}
