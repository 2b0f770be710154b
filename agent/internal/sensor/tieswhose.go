package sensor

import (
	"context"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// whose says who has a connection now; not known when nobody can say.
func (t *ties) whose(c ends) party {
	t.mu.Lock()
	ctx, h := t.ctx, t.host
	t.mu.Unlock()
	if machine, ok := h.(host.OwnerHost); ok {
		if by := t.holder(ctx, h, machine, c); by.known() {
			return by
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.lastSeen(c)
}

// holder is who has a connection, as the machine says when asked for just that one.
// What process it is is asked before anything is waited for: it may end, and its
// number be given away, while a look at all of them goes on.
func (t *ties) holder(ctx context.Context, h host.Host, machine host.OwnerHost, c ends) party {
	pid, err := machine.Owner(ctx, c.protocol, c.local, c.remote)
	if err != nil || pid == 0 {
		return party{}
	}
	p, err := machine.ProcessOf(ctx, pid)
	if err != nil {
		return party{}
	}
	by := t.table.introduce(ctx, h, p)
	if by == unknownProgram {
		return party{}
	}
	return party{pid, by}
}

// await is whose with a party that becomes known later if a look at the sockets
// shows it. Those who come from elsewhere, in any number, wait behind the others.
func (t *ties) await(c ends, inbound bool) *party {
	p := t.whose(c)
	if !p.known() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.waiting.put(c, &p, inbound)
		t.newly = true
	}
	return &p
}

// settle looks at the sockets where somebody began to wait for it since the last
// look, so that what is told next is told with its program.
func (t *ties) settle(ctx context.Context, h host.Host) {
	t.mu.Lock()
	wanted := t.newly
	t.mu.Unlock()
	if wanted {
		_, _ = t.table.look(ctx, h) // how it went is said by the class of sockets
	}
}

// resolved gives a copy of what is known of a party by now.
func (t *ties) resolved(p *party) party {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p == nil {
		return party{}
	}
	return *p
}

// introduce gives the program of a process, and looks at it if it was not met
// before, or another had its number then.
func (t *ownerTable) introduce(ctx context.Context, h host.Host, p host.Process) *program {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch o := t.known[p.PID]; {
	case o != nil && o.runs(p):
		return o.row.program
	case o == nil && len(t.known) >= introduced:
		return unknownProgram
	}
	t.known[p.PID] = t.owner(ctx, h, p, nil)
	return t.known[p.PID].row.program
}
