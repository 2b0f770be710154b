package sensor

import (
	"context"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// conduct is what one program does that remote-desktop programs do, whatever it
// is called. It has a row only while it injects input, captures the screen or
// greets those who connect to it in a protocol for desktops.
type conduct struct {
	PID        int    `column:"pid,key,public" about:"number of the process"`
	*program          // never nil
	Injects    string `column:"injects,public" about:"how it makes input: xtest (in an X server), uinput or uhid (a virtual device)"`
	Captures   string `column:"captures,public" about:"how it takes pictures of the whole screen, again and again: x11"`
	Banner     string `column:"banner,public" about:"protocol for desktops in which it greets those who connect to it: rfb (VNC), rdp, spice, nx, x11, barrier or synergy"`
	Listens    string `column:"listens,public" about:"from where it can be reached: any, lan, public or loopback"`
	Connection string `column:"connection,public" about:"how long the longest of its connections to other machines has lasted: minutes, hour (one or more) or hours (four or more)"`
	Recent     string `column:"recent,public" about:"whether its file came to this laptop in the last 14 days"`
	Lasting    string `column:"lasting,public" about:"for how long it has done so, with breaks of a few minutes: minutes, hour (one or more) or hours (four or more)"`
}

// conduct gives the sensor of what programs do, which shares with the others
// what is known of the programs themselves and of how they greet.
func (t *ownerTable) conduct() Sensor {
	c := &conductWindow{owners: t}
	return Define(Options{
		Class: "program_conduct", Every: 20 * time.Second, Watch: t.banners.watch,
		About: "Looks at which programs do what remote-desktop software does: make input, take pictures of the screen, or greet in its protocols. " +
			"Of input and pictures only that they are made is seen, and of a greeting its first 16 bytes.",
	}, c.collect)
}

// conductWindow remembers since when programs do what they do.
type conductWindow struct {
	owners *ownerTable
}

func (c *conductWindow) collect(ctx context.Context, h host.Host) ([]conduct, error) {
	sockets, err := c.owners.look(ctx, h)
	if problem := c.owners.banners.state(ctx); err == nil {
		err = problem
	}
	byPID := map[int]*conduct{}
	for _, s := range sockets {
		banner := c.owners.banners.of(s.Socket)
		if !s.listens() || banner == "" || banner == "ssh" || s.PID == 0 || byPID[s.PID] != nil {
			continue
		}
		byPID[s.PID] = &conduct{PID: s.PID, program: s.owner, Banner: banner, Listens: lan(reachOf(s.Local.Addr()))}
	}
	rows := make([]conduct, 0, len(byPID))
	for _, row := range byPID {
		rows = append(rows, *row)
	}
	return rows, err
}
