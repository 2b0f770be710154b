package sensor

import (
	"net/netip"
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// Bounds of what is remembered of one who sends ARP messages, and what is odd.
const (
	relayNames   = 64  // senders named that have no address
	relayClients = 256 // senders named that have one
	relayOwners  = 32  // addresses of senders
	relayRecent  = 16  // messages

	// An extender of Wi-Fi and a bond of network cards name few senders for one address.
	manySenders = 5
	// A device that takes an address asks three times within seconds whether anybody
	// has it (RFC 5227), also through an extender.
	probes      = 3
	burst       = 8
	burstWithin = 5 * time.Second
	burstAsks   = 2 // addresses; who asks for many is looking for devices
	twinWithin  = time.Second
)

// A relaySource is one from whose address ARP messages came. Senders that have
// shown an address of the internet protocol are real: an extender passes on what
// its clients say, under its own address.
type relaySource struct {
	last    time.Time
	named   map[[6]byte]int                     // messages that named a sender without an address, which is not the frame's
	clients map[[6]byte]bool                    // senders with an address, other than the frame's
	owners  map[netip.Addr]map[[6]byte]struct{} // who was named as having an address
	changed int                                 // messages for addresses that many were named to have
	recent  []recentARP
	bursts  int
	twins   int
	twin    map[[6]byte]bool // senders of twins
}

type recentARP struct {
	said parse.Neighbour
	at   time.Time
}

func newRelaySource() *relaySource {
	return &relaySource{named: map[[6]byte]int{}, clients: map[[6]byte]bool{}, owners: map[netip.Addr]map[[6]byte]struct{}{}, twin: map[[6]byte]bool{}}
}

func (s *relaySource) hear(said parse.Neighbour, at time.Time) {
	s.last = at
	s.senders(said)
	s.recent = slices.DeleteFunc(s.recent, func(r recentARP) bool { return at.Sub(r.at) > burstWithin })
	s.twinOf(said, at)
	if len(s.recent) >= relayRecent {
		s.recent = slices.Delete(s.recent, 0, 1)
	}
	s.recent = append(s.recent, recentARP{said, at})
	s.burstOf()
}

// senders takes in whom a message names.
func (s *relaySource) senders(said parse.Neighbour) {
	foreign := said.Sender != said.FrameSource && !noSender(said.Sender)
	if fromNobody(said.SenderIP) {
		if _, met := s.named[said.Sender]; foreign && (met || len(s.named) < relayNames) {
			s.named[said.Sender]++
		}
		return
	}
	if foreign && len(s.clients) < relayClients {
		s.clients[said.Sender] = true
	}
	owners := s.owners[said.SenderIP]
	if owners == nil {
		if len(s.owners) >= relayOwners {
			clear(s.owners)
		}
		owners = map[[6]byte]struct{}{}
		s.owners[said.SenderIP] = owners
	}
	if len(owners) < relayNames {
		owners[said.Sender] = struct{}{}
	}
	if foreign && len(owners) >= manySenders {
		s.changed++
	}
}

// noSender says whether a message names nobody as its sender. An address of a
// group is one all the same: no device has it, but text may read so.
func noSender(mac [6]byte) bool {
	return mac == [6]byte{} || mac == [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
}

func fromNobody(a netip.Addr) bool { return !a.IsValid() || a.IsUnspecified() }

// twinOf finds a message that differs from an earlier one in its sender alone.
func (s *relaySource) twinOf(said parse.Neighbour, at time.Time) {
	for _, r := range s.recent {
		other := r.said
		other.Sender = said.Sender
		if other == said && r.said.Sender != said.Sender && at.Sub(r.at) <= twinWithin && !noSender(said.Sender) && !noSender(r.said.Sender) {
			s.twins++
			for _, mac := range [][6]byte{said.Sender, r.said.Sender} {
				if len(s.twin) < relayNames {
					s.twin[mac] = true
				}
			}
			return
		}
	}
}

// burstOf finds many questions from nobody for one address or two.
func (s *relaySource) burstOf() {
	asked := map[netip.Addr]bool{}
	count := 0
	for _, r := range s.recent {
		if r.said.Kind == "arp_request" && r.said.Broadcast && fromNobody(r.said.SenderIP) {
			asked[r.said.TargetIP] = true
			count++
		}
	}
	if count >= burst && len(asked) <= burstAsks {
		s.bursts++
		s.recent = nil
	}
}

// told is how often something odd was seen, and how many senders were named.
func (s *relaySource) told(kind string) (times, distinct int) {
	switch kind {
	case unspecifiedBurst:
		return s.bursts, min(s.bursts, 1)
	case twinFrames:
		return s.twins, len(s.twin)
	}
	for mac, count := range s.named {
		if !s.clients[mac] && printable(mac) == (kind == textInAddress) {
			times, distinct = times+count, distinct+1
		}
	}
	if times <= probes && (kind == senderDiffers || distinct < 2) {
		times, distinct = 0, 0 // it may show an address yet
	}
	if kind == senderDiffers && s.changed > 0 {
		for _, owners := range s.owners {
			if len(owners) >= manySenders {
				distinct = max(distinct, len(owners))
			}
		}
	}
	if kind == senderDiffers {
		times += s.changed
	}
	return times, distinct
}

// odd says whether anything is to be told of it.
func (s *relaySource) odd() bool {
	return slices.ContainsFunc([]string{senderDiffers, textInAddress, unspecifiedBurst, twinFrames}, func(kind string) bool {
		times, _ := s.told(kind)
		return times >= relayRepeats
	})
}
