package sensor

// All gives every sensor, each with a memory of its own, in the order in which
// they first look: what matters most and costs least comes first.
func All() []Sensor {
	owners, starts, input := newOwners(), &startShelf{}, newInputWindow()
	all := []Sensor{System(), USB(), Displays(), Arrivals(), owners.processes()}
	all = append(all, owners.sockets()...)
	return append(all,
		owners.conduct(),
		owners.meetings(),
		owners.tunnels(),
		Sessions(),
		RemoteSessions(),
		newAccessShelf(starts).sensor(),
		owners.names(),
		owners.handshakes(),
		owners.neighbours(),
		owners.relays(),
		input.sensor(),
		owners.flows(input),
		Network(),
		owners.proxies(),
		Power(),
		Posture(),
		Packages(),
		starts.sensor(),
		Grants(),
		ClearedLogs(),
		AgentRuns(nil),
		Presence(nil),
		Cost(),
	)
}
