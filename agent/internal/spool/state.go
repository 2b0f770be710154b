package spool

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
)

// Why numbers are missing, as the wire says it.
const (
	SpoolFull   = "spool_full"      // it gave way to newer or more severe reports
	TornTail    = "torn_tail"       // it was being written when the machine stopped
	Corrupt     = "corrupt"         // the disk gave back something else
	Refused     = "refused"         // the collector can never take it
	AckedBefore = "acked_before"    // the collector had it and has lost it, from a backup put back for example
	maxReasons  = 1024              // stretches whose reason is remembered apart
	stateName   = "state"           // the file
	stateHead   = "fwspool state 1" // its first words
)

// A Gap is a stretch of numbers, both included, that will never come.
type Gap struct {
	From   uint64 `json:"from"`
	To     uint64 `json:"to"`
	Reason string `json:"reason"`
}

// state is what a spool remembers beside its segments. Which numbers are missing
// is not in it: a number without a frame is missing, whatever is remembered, so a
// gap cannot be forgotten. Only the reasons are remembered here; a stretch of
// reasons may cover numbers that are there.
type state struct {
	Epoch      string `json:"epoch"`
	Generation uint32 `json:"generation"` // which renumbering the segments belong to
	Acked      uint64 `json:"acked"`
	Last       uint64 `json:"last"` // at least this many numbers were given
	Reasons    []Gap  `json:"reasons,omitempty"`
}

func (s state) encode() ([]byte, error) {
	body, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	return append(fmt.Appendf(nil, "%s %08x\n", stateHead, crc32.Checksum(body, castagnoli)), body...), nil
}

func decodeState(b []byte) (state, error) {
	head, body, _ := bytes.Cut(b, []byte("\n"))
	if want := fmt.Sprintf("%s %08x", stateHead, crc32.Checksum(body, castagnoli)); string(head) != want {
		return state{}, fmt.Errorf("state of the spool begins with %.40q, want %q", head, want)
	}
	var s state
	if err := json.Unmarshal(body, &s); err != nil {
		return state{}, fmt.Errorf("state of the spool: %w", err)
	}
	if len(s.Epoch) != 2*epochBytes || s.Generation == 0 {
		return state{}, fmt.Errorf("state of the spool: epoch %q, generation %d", s.Epoch, s.Generation)
	}
	return s, nil
}

// remember adds a reason for a stretch, joined to what touches it.
func (s *state) remember(g Gap) {
	kept := make([]Gap, 0, len(s.Reasons)+1)
	for _, r := range s.Reasons {
		if r.Reason == g.Reason && r.From <= g.To+1 && g.From <= r.To+1 {
			g.From, g.To = min(g.From, r.From), max(g.To, r.To)
			continue
		}
		kept = append(kept, r)
	}
	kept = append(kept, g)
	s.Reasons = kept[max(0, len(kept)-maxReasons):]
}

// forget drops the reasons that the collector acknowledged past.
func (s *state) forget() {
	kept := s.Reasons[:0]
	for _, r := range s.Reasons {
		if r.To > s.Acked {
			kept = append(kept, r)
		}
	}
	s.Reasons = kept
}

// reason says why a missing number is missing, and up to which number at most
// the same holds. "Full" covers wide stretches, so every other reason goes before it.
func (s *state) reason(seq uint64) (reason string, to uint64) {
	reason, to = Corrupt, ^uint64(0)
	found := false
	for _, r := range s.Reasons {
		switch {
		case seq < r.From:
			to = min(to, r.From-1)
		case seq <= r.To:
			to = min(to, r.To)
			if !found || r.Reason != SpoolFull {
				reason, found = r.Reason, true
			}
		}
	}
	return reason, to
}

func (s *state) refused(seq uint64) bool {
	for _, r := range s.Reasons {
		if r.Reason == Refused && r.From <= seq && seq <= r.To {
			return true
		}
	}
	return false
}
