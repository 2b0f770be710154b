package host

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"
)

// Bounds of a door at which every account of the machine may knock.
const (
	mostCompanions  = 16
	mostOfOnePerson = 2 // one that is there, and the next where its end was not noticed yet
)

// screenTurn is between two looks at who is in front of a screen; launchd starts
// companions within.
const screenTurn = 30 * time.Second

var errNotStarted = errors.New("launchd starts io.farmwatch.companion when a person logs in; log out and in again")

// attend hears all companions that come to a door, until ctx ends or the door
// does. Who says who somebody at the door is, and whose; all others are sent away.
func (c *companions) attend(ctx context.Context, door net.Listener, who func(net.Conn) (companionLine, uint32, error)) error {
	var visits sync.WaitGroup
	defer visits.Wait()
	ctx, end := context.WithCancel(ctx)
	defer end() // of a door that broke nobody keeps the next from being opened
	defer context.AfterFunc(ctx, func() { done(door) })()
	var mu sync.Mutex
	all, of := 0, map[uint32]int{}
	for {
		conn, err := door.Accept()
		if ctx.Err() != nil {
			return nil // it was closed for that
		}
		if err != nil {
			return fmt.Errorf("wait for companions: %w", err)
		}
		line, session, err := who(conn)
		mu.Lock()
		if err != nil || all == mostCompanions || of[session] == mostOfOnePerson {
			mu.Unlock()
			done(conn)
			continue
		}
		all, of[session] = all+1, of[session]+1
		mu.Unlock()
		visits.Go(func() {
			c.without(session, c.hear(ctx, line, session))
			mu.Lock()
			defer mu.Unlock()
			if all, of[session] = all-1, of[session]-1; of[session] == 0 {
				delete(of, session)
			}
		})
	}
}

// watchScreens says, turn by turn, of whom in front of a screen no companion is
// on the line, and no more of who is not.
func (c *companions) watchScreens(ctx context.Context, people func() ([]uint32, error), turn time.Duration) {
	for pause(ctx, turn); ctx.Err() == nil; pause(ctx, turn) {
		there, err := people()
		c.blocked(err)
		if err == nil {
			c.expect(there)
		}
	}
}

// expect notes who has no companion of those who should, and forgets all others.
func (c *companions) expect(there []uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for session := range c.missing {
		if c.voices[session] != nil || !slices.Contains(there, session) {
			delete(c.missing, session)
		}
	}
	for _, session := range there {
		if c.voices[session] == nil && c.missing[session] == nil {
			c.missing[session] = alone(session, errNotStarted)
		}
	}
}
