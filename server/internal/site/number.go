package site

// The thresholds of what is learned. Where no source is named they are judgements, made
// so that what is ordinary stays apart rather than that nothing is missed; they were
// tried on the fleets of proto/catalogue/machines/fleet and are measured on no real one.
const (
	// stayDays is on how many days two devices have to stay at one spot, so that they
	// stand in one place for certain. A visit and a weekend with friends are shorter.
	stayDays = 3
	// visitDays is the same where one of them had a place of its own before: a week with
	// colleagues in a house is shorter.
	visitDays = 8
	// mostThere is of how many devices it is held what they share. Where there are more
	// it is no home and no shelf, and nobody is compared by it.
	mostThere = 200
	// manyNetworks is from how many networks on a router is none: its hardware address
	// is one that many have, as virtual routers and telephones do.
	manyNetworks = 3
	// mostRouters is up to how many routers a device was behind that it is compared with
	// another one by all of them. One that travels was behind more, or says so.
	mostRouters = 16
	// mostAtHome is up to how many of those who are met at a place a router may be known
	// to, so that it is the home of one of them. One that more of them know is another
	// room of the same place, and nobody commutes between those.
	mostAtHome = 2
	// mostHomes is up to how many routers a device was behind that any is taken for its
	// home. Who travels all month was behind fewer.
	mostHomes = 64
	// mostPossible is how many devices may have something in common so that each two of
	// them are shown as possibly linked. What more have says little of any two.
	mostPossible = 4
	// manyPeople is from how many people on a place that they come and go from is none
	// of theirs: an office, a hotel, a meeting room.
	manyPeople = 5
	// settledDays is how many days lie between a laptop's first and last in an office
	// before it can be told that it is never carried home: a weekend is among them.
	// mostInRoom is up to how many people a room holds that is no office; of farms of
	// which courts told, few had more laptops, and those were of many companies.
	settledDays = 8
	mostInRoom  = 25
	// shortStay is how many days a stay in a hotel or a conference mostly lasts at most.
	shortStay = 3
	// benchDays is how many days a laptop that is set up stays on a bench at most, and
	// benchBatch within how many days those of one batch are enrolled.
	benchDays  = 5
	benchBatch = 3
	// repairDays is how many days a laptop mostly stays in a repair depot.
	repairDays = 7
	// mostAtKVM is from how many people on a KVM's number is none: all units of some
	// product bear it. Farms of which courts told held up to 90 laptops, at tens of KVMs.
	mostAtKVM = 20
	// mostAtTenant is for how many devices an account may answer and still be one
	// operator's; and of a fleet above largeFleet at most one in tenantShare. Helpdesks
	// of service providers have thousands.
	mostAtTenant = 25
	largeFleet   = 500
	tenantShare  = 50
	// enrolledWithin is within how many days those of a team are enrolled in one place (F07).
	enrolledWithin = 90
)

// steps are how counts are told: at least so many.
var steps = []int{0, 1, 2, 3, 5, 10, 20, 50}

// step rounds down to one of the steps.
func step(n int) int {
	at := 0
	for _, s := range steps {
		if s <= n {
			at = s
		}
	}
	return at
}
