package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// Paces of keeping companions.
const (
	companionTurn  = 5 * time.Second // between two looks at who is logged in
	companionAgain = time.Second     // before the second try in a session; each next waits twice as long
	companionRarer = 5 * time.Minute // up to this
	companionStays = time.Minute     // one that lived this long was no failure
)

// A companionKeeper sees to it that each session in which somebody is logged in
// has a companion, on systems where the agent starts them itself.
type companionKeeper struct {
	all      *companions
	sessions func() ([]uint32, error)
	launch   func(ctx context.Context, session uint32) (companionLine, error) // starts one and looks at who it is
	turn     time.Duration
	again    time.Duration
}

// run keeps them until ctx ends, and ends them.
func (k companionKeeper) run(ctx context.Context) {
	var kept sync.WaitGroup
	defer kept.Wait()
	ends := map[uint32]context.CancelFunc{}
	defer func() {
		for _, end := range ends {
			end()
		}
	}()
	for ctx.Err() == nil {
		sessions, err := k.sessions()
		k.all.blocked(err)
		if err == nil { // otherwise those there are stay
			there := map[uint32]bool{}
			for _, session := range sessions {
				there[session] = true
				if ends[session] == nil {
					var in context.Context
					in, ends[session] = context.WithCancel(ctx)
					kept.Go(func() { k.keep(in, session) })
				}
			}
			for session, end := range ends {
				if !there[session] {
					end()
					delete(ends, session)
				}
			}
		}
		pause(ctx, k.turn)
	}
}

// keep starts the companion of one session anew as often as it ends.
func (k companionKeeper) keep(ctx context.Context, session uint32) {
	defer k.all.without(session, nil)
	k.all.without(session, errBegins)
	wait := k.again
	for ctx.Err() == nil {
		began := k.all.since()
		err := k.once(ctx, session)
		if ctx.Err() != nil {
			return
		}
		if k.all.since()-began >= companionStays {
			wait = k.again
		}
		if errors.Is(err, io.EOF) {
			err = errors.New("it ended")
		}
		k.all.without(session, fmt.Errorf("%w; it is started again within %s", err, wait))
		pause(ctx, wait)
		wait = min(2*wait, companionRarer)
	}
}

func (k companionKeeper) once(ctx context.Context, session uint32) error {
	line, err := k.launch(ctx, session)
	if err != nil {
		return err
	}
	return k.all.hear(ctx, line, session)
}

// hearHere makes this very process the companion of its own session, on systems
// where it may be run in one.
func (c *companions) hearHere(ctx context.Context, session uint32, open func(ctx context.Context) (InputSource, error)) {
	for ctx.Err() == nil {
		err := c.once(ctx, session, open)
		if ctx.Err() != nil {
			return
		}
		c.blocked(err)
		pause(ctx, inputRescan)
	}
}

func (c *companions) once(ctx context.Context, session uint32, open func(ctx context.Context) (InputSource, error)) error {
	source, err := open(ctx)
	if err != nil {
		return err
	}
	c.blocked(nil)
	c.without(session, errBegins)
	defer c.without(session, nil)
	mine, theirs := net.Pipe()
	go func() {
		_ = tellInputs(ctx, mine, source, greeting{version: companionVersion, session: session}, c.clock)
	}() // the other end says why
	return c.hear(ctx, theirs, session)
}

// settle waits a moment for the first that companions tell, so that who looks
// only once sees something: also one whose time is over meanwhile, on a machine
// that is busy.
func (c *companions) settle(ctx context.Context, most time.Duration) {
	for end := c.since() + most; c.since() < end && !errors.Is(ctx.Err(), context.Canceled) && !c.settled(); {
		time.Sleep(inputGather / 4)
	}
}

func (c *companions) settled() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, why := range c.missing {
		if errors.Is(why, errBegins) {
			return false
		}
	}
	for _, voice := range c.voices {
		if voice.devices == nil {
			return false
		}
	}
	return !errors.Is(c.trouble, errBegins)
}

func pause(ctx context.Context, most time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(most):
	}
}

// sharedListening is one way of hearing companions that all who ask for input
// share: nobody's companion is started twice. It ends with the last of them.
type sharedListening struct {
	mu    sync.Mutex
	users int
	end   context.CancelFunc
	ended *sync.WaitGroup
	all   *companions
}

// open gives a source of what companions tell. The first begins to listen to
// them, by run, which ends with its context.
func (s *sharedListening) open(ctx context.Context, begin func() *companions, run func(ctx context.Context, all *companions)) InputSource {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users == 0 {
		s.all, s.ended = begin(), &sync.WaitGroup{}
		life, end := context.WithCancel(context.WithoutCancel(ctx)) // the first to ask may be the first to leave
		s.end = end
		all := s.all
		s.ended.Go(func() { run(life, all) })
	}
	s.users++
	source := &sharedSource{companionSource: s.all.listen(ctx), shared: s}
	s.all.settle(ctx, companionGreets)
	context.AfterFunc(ctx, func() { done(source) })
	return source
}

func (s *sharedListening) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users--; s.users == 0 {
		s.end()
		s.ended.Wait()
	}
}

// sharedSource is one user's.
type sharedSource struct {
	*companionSource
	shared *sharedListening
	once   sync.Once
}

// Close ends it, and with the last one the companions.
func (s *sharedSource) Close() error {
	s.once.Do(func() {
		done(s.companionSource)
		s.shared.leave()
	})
	return nil
}
