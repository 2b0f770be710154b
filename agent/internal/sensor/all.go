package sensor

// All gives every sensor, each with a memory of its own, in the order in which
// they first look: what matters most and costs least comes first.
func All() []Sensor {
	all := []Sensor{System(), USB(), Displays(), Arrivals(), Processes()}
	all = append(all, Sockets()...)
	return append(all,
		Sessions(),
		RemoteSessions(),
		Names(),
		Input(),
		Network(),
		Power(),
		Posture(),
		Packages(),
		Units(),
		Presence(nil),
		Cost(),
	)
}
