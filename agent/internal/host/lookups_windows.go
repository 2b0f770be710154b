package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
	"unsafe"
)

var (
	dnsapi = calls("dnsapi.dll")

	dnsCacheTable = dnsapi("DnsGetCacheDataTable")
	dnsFree       = dnsapi("DnsFree")
)

const (
	cacheEvery = 5 * time.Second // names stay in the cache longer, as a rule
	cacheMost  = 8192            // names of one look
	cacheFlat  = 0               // DnsFreeFlat: each piece is given back by itself
)

// cacheEntry is a row of the table that DnsGetCacheDataTable gives. Microsoft
// does not document it; it has been so since Windows XP.
type cacheEntry struct {
	next   *cacheEntry
	name   *uint16
	kind   uint16
	length uint16
	flags  uint32
}

var _ LookupHost = (*LiveHost)(nil)

// Lookups tells of names as Windows' DNS client is asked for them, and at first
// of those in its cache. To an account that may not listen to the client only
// the cache is told, which does not say who asked: the error beside says so.
func (h *LiveHost) Lookups(ctx context.Context) (LookupSource, error) {
	cached, err := cachedNames()
	if errors.Is(err, ErrUnsupported) {
		return nil, err
	}
	traced, problem := startLookups()
	if err != nil && problem != nil { // programs tell of names also where nothing is kept
		return nil, errors.Join(err, problem)
	}
	ctx, cancel := context.WithCancel(ctx)
	s := &lookupSource{found: make(chan Lookup), cancel: cancel, ended: make(chan struct{})}
	go func() {
		defer close(s.ended)
		s.err = h.tellLookups(ctx, traced, cached, s.found)
	}()
	if problem != nil {
		problem = fmt.Errorf("names are read from the cache of Windows only, which does not say which program asked: %w", problem)
	}
	return s, errors.Join(err, problem)
}

func (h *LiveHost) tellLookups(ctx context.Context, traced *trace, cached map[string]bool, found chan<- Lookup) error {
	if traced != nil {
		defer traced.end()
	}
	for name := range cached {
		if err := hand(ctx, found, Lookup{Name: name}); err != nil {
			return err
		}
	}
	if traced != nil {
		return traced.run(ctx, found)
	}
	return h.followCache(ctx, cached, found)
}

// hand hands a lookup to whoever asks for the next, until ctx ends.
func hand(ctx context.Context, found chan<- Lookup, l Lookup) error {
	select {
	case found <- l:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// followCache tells of names that come into the cache.
func (h *LiveHost) followCache(ctx context.Context, known map[string]bool, found chan<- Lookup) error {
	ticker := time.NewTicker(cacheEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
		names, err := cachedNames()
		if err != nil {
			return err
		}
		for name := range names {
			if known[name] {
				continue
			}
			if err := hand(ctx, found, Lookup{Name: name, At: h.now()}); err != nil {
				return err
			}
		}
		known = names
	}
}

// cachedNames are the names in the cache of Windows' DNS client. Wine has none,
// which must not be taken for an empty one.
func cachedNames() (map[string]bool, error) {
	if underWine() {
		return nil, fmt.Errorf("here Windows does not tell which names were looked up: %w", ErrUnsupported)
	}
	if err := dnsFree.there(); err != nil {
		return nil, err // the table could not be given back
	}
	var table *cacheEntry
	ok, last, err := dnsCacheTable.do(uintptr(unsafe.Pointer(&table)))
	if err != nil {
		return nil, err
	}
	if ok == 0 {
		if last == 0 {
			return map[string]bool{}, nil // an empty cache, or no DNS client
		}
		return nil, failed("read the cache of Windows' DNS client", last)
	}
	names := map[string]bool{}
	for entry := table; entry != nil; {
		next := entry.next
		if name, ok := lookupName(wideBytes(entry.name)); ok && len(names) < cacheMost {
			names[name] = true
		}
		if entry.name != nil {
			_, _, _ = dnsFree.do(uintptr(unsafe.Pointer(entry.name)), cacheFlat)
		}
		_, _, _ = dnsFree.do(uintptr(unsafe.Pointer(entry)), cacheFlat)
		entry = next
	}
	return names, nil
}

// wideBytes copies text of the system up to and with its zero, and no more than
// a name may have.
func wideBytes(text *uint16) []byte {
	const longest = 257
	if text == nil {
		return nil
	}
	var out []byte
	for i := range longest {
		unit := *(*uint16)(unsafe.Add(unsafe.Pointer(text), 2*i))
		out = append(out, byte(unit), byte(unit>>8))
		if unit == 0 {
			break
		}
	}
	return out
}

// lookupSource hands over names until it is closed.
type lookupSource struct {
	found  chan Lookup
	cancel context.CancelFunc
	ended  chan struct{}
	err    error // why it ended
}

func (s *lookupSource) Next() (Lookup, error) {
	select {
	case l := <-s.found:
		return l, nil
	case <-s.ended:
		if errors.Is(s.err, context.Canceled) || s.err == nil {
			return Lookup{}, io.EOF
		}
		return Lookup{}, s.err
	}
}

func (s *lookupSource) Close() error {
	s.cancel()
	<-s.ended
	return nil
}
