package enroll

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// How many refusals an address may collect: guesses at a token die of it, a
// person who mistypes one does not.
const (
	refusalBurst = 10
	refusalEvery = 6 * time.Second
	addressLimit = 4096
)

// A brake slows addresses that collect refusals. It remembers at most twice
// addressLimit of them: when the young generation is full it becomes the old
// one, and the old one is forgotten.
type brake struct {
	mu         sync.Mutex
	young, old map[netip.Prefix]*rate.Limiter
}

func newBrake() *brake { return &brake{young: make(map[netip.Prefix]*rate.Limiter)} }

// wait says how long an address has to wait before it is heard again; 0 if not at all.
func (b *brake) wait(address netip.Addr, now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	limiter := b.find(network(address))
	if limiter == nil {
		return 0
	}
	if missing := 1 - limiter.TokensAt(now); missing > 0 {
		return time.Duration(missing*float64(refusalEvery)).Round(time.Second) + time.Second
	}
	return 0
}

// refused counts a refusal against an address.
func (b *brake) refused(address netip.Addr, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	prefix := network(address)
	limiter := b.find(prefix)
	if limiter == nil {
		limiter = rate.NewLimiter(rate.Every(refusalEvery), refusalBurst)
	}
	limiter.AllowN(now, 1)
	if len(b.young) >= addressLimit {
		b.old, b.young = b.young, make(map[netip.Prefix]*rate.Limiter)
	}
	b.young[prefix] = limiter
}

func (b *brake) find(prefix netip.Prefix) *rate.Limiter {
	if limiter, ok := b.young[prefix]; ok {
		return limiter
	}
	return b.old[prefix]
}

// network is what one party has at its hands: an IPv4 address, or an IPv6 /64.
func network(address netip.Addr) netip.Prefix {
	address = address.Unmap()
	bits := address.BitLen()
	if address.Is6() {
		bits = 64
	}
	prefix, err := address.Prefix(bits)
	if err != nil { // an address that is none: all such share one brake
		return netip.Prefix{}
	}
	return prefix
}
