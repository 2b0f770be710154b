package population

import (
	"math"
	"math/rand/v2"
)

// A Rate is how common something is, and how one knows.
type Rate struct {
	Of     string
	Share  float64 // of laptops, unless Of says of what
	Source string
}

// The sources of rates. The threat research (6.4) found no published rates of false positives and
// none of most of these lives, so that most are estimates: they are here to be changed.
const (
	own     = "own estimate"
	mostly  = "own estimate; that docked home workers are the majority pattern is the threat research (P01)"
	back    = "own estimate: one in ten of those on holiday; that leave looks like a laptop that was sent on is the threat research (G06, N03)"
	typical = "own estimate, after one ticket a person and month, of which a sixth is solved by looking at the screen"
)

// Rates are all of them but those of lives, which stand in Lives.
var Rates = []Rate{
	{"mesh Wi-Fi at home", 0.15, own},
	{"line of a home registered as a company's", 0.10, "own estimate; data about networks are wrong now and then"},
	{"working day on which somebody is absent", 0.06, "own estimate: leave by the day, illness, training"},
	{"weekend day on which somebody works a little", 0.08, own},
	{"remote help by the helpdesk, a laptop and working day", 0.006, typical},
	{"of the helpdesk's sessions, those by Quick Assist", 0.2, own},
	{"remote help without a ticket in time", 0.05, own},
	{"such help whose ticket comes a day late", 0.3, own},
	{"laptop that is left on over night", 0.35, own},
	{"trip of a traveller that begins on a working day", 0.12, own},
	{"holiday after which somebody works some days from there, untold", 0.33, "own estimate, rather high"},
	{"trip that the travel system does not know", 0.2, own},
	{"visit to a meeting room, a working day in an office", 0.25, own},
	{"laptop whose team keeps a meeting open all day", 0.02, "own estimate; such teams are what the threat research (R11) warns of"},
	{"laptop on which a program of the person's own joins meetings", 0.004, own},
	{"working day on which somebody only listens to a long meeting", 0.02, own},
	{"fingerprint reader that works and that nobody enrolled", 0.3, own},
	{"keyboard or mouse of one's own", 0.5, own},
	{"restart of a laptop, a working day", 0.2, "own estimate: updates, and people who switch off"},
}

func share(of string) float64 {
	for _, r := range Rates {
		if r.Of == of {
			return r.Share
		}
	}
	return math.NaN() // chance is then never met; a test asks for every name that is used
}

// systems are the shares of operating systems.
var systems = []Rate{{"windows", 0.72, own}, {"darwin", 0.2, own}, {"linux", 0.08, own}}

func pickShare(r *rand.Rand, list []Rate) string {
	x := r.Float64()
	for _, s := range list {
		if x -= s.Share; x < 0 {
			return s.Of
		}
	}
	return list[len(list)-1].Of
}

// A Life is one kind of life: how common it is, and how laptops come to lead it.
type Life struct {
	Name   string
	Share  float64 // of laptops
	About  string
	Source string
	// Mechanism says that such a laptop really can be driven from elsewhere, by hardware or
	// software that nobody sanctioned. That it is said to be so is right and no part of
	// the budget; that it stands in a farm would be wrong all the same, and is.
	Mechanism bool
	settle    func(f *Fleet, life string) int // makes the laptops of one person or household and says how many
}

// Lives are all of them. What is left of the fleet leads the first.
func Lives() []Life {
	return []Life{
		{"home_docked", 0.142, "at home, at a dock", mostly, false, homeDocked},
		{"home_plain", 0.10, "at home, without a dock", own, false, homePlain},
		{"clamshell", 0.08, "closed in a dock for weeks, always on power, never suspended", own, false, clamshell},
		{"hybrid", 0.18, "some days in an office, some at home", own, false, hybrid},
		{"office", 0.09, "in an office of some size, at a desk of one's own", own, false, officeWorker},
		{"hot_desk", 0.05, "in an office where docks are everybody's", own, false, hotDesk},
		{"traveller", 0.035, "at home, and on trips within the country and abroad, in hotels and trains", own, false, traveller},
		{"couple", 0.016, "two people of the company at one home", own, false, couple},
		{"flat_share", 0.0024, "three people of the company at one home", own, false, flatShare},
		{"developer", 0.05, "ssh, viewers, the company's mesh, VS Code tunnels, demos through tunnels", own, false, developer},
		{"homelab_kvm", 0.0006, "a developer whose own PiKVM is plugged into the laptop", own, true, homelabKVM},
		{"own_remote_access", 0.001, "reaches the laptop from a computer of one's own, without asking", own, true, ownRemoteAccess},
		{"gamer", 0.012, "gaming keyboard and mouse, a viewer for the own gaming computer in breaks", own, false, gamer},
		{"night_shift", 0.008, "works at night, in an office or at home", own, false, nightShift},
		{"accessibility", 0.004, "speech, switches or an eye tracker: all input is made by programs", own, false, accessibility},
		{"headset", 0.02, "headset and security key, calls all day", own, false, headset},
		{"meeting_room", 0.003, "a laptop that belongs to a meeting room", own, false, roomLaptop},
		{"presenter", 0.006, "at other companies' projectors and screens", own, false, presenter},
		{"coworking", 0.012, "in coworking spaces, some together with colleagues", own, false, coworking},
		{"company_vpn", 0.03, "at home, by the company's own VPN", own, false, companyVPN},
		{"security_service", 0.02, "at home, by a security service in the cloud", own, false, securityService},
		{"carrier_line", 0.015, "at home, on a mobile or satellite line whose address is shared", own, false, carrierLine},
		{"hotspot", 0.01, "often by a telephone", own, false, hotspotUser},
		{"private_relay", 0.012, "a relay that hides addresses for everybody", own, false, privateRelay},
		{"private_vpn", 0.006, "a VPN for everybody, switched on and off", own, false, privateVPN},
		{"vendor_help", 0.0025, "a maker of other software helps by a tool of its own; some tickets come late", own, false, vendorHelp},
		{"helpdesk_worker", 0.006, "helps others: viewers, outgoing sessions, many tools", own, false, helpdeskWorker},
		{"new_hire", 0.009, "prepared on the company's bench, shipped, then at home; with help in the first days", "own estimate: 11 % of the staff a year", false, newHire},
		{"agency", 0.004, "people of an agency, in its office and at home", own, false, agencyWorker},
		{"reimaged", 0.003, "set up anew", own, false, reimaged},
		{"replaced", 0.003, "the old laptop goes back, a new one comes", "own estimate: a laptop lasts four years, and half of them are sent by post", false, replaced},
		{"handed_over", 0.001, "goes from one person to another", own, false, handedOver},
		{"holiday", 0.03, "two weeks of holiday, some followed by days of work from there", own, false, holiday},
		{"holiday_vpn", 0.003, "two weeks of holiday, then at home behind a VPN for everybody", back, false, holidayVPN},
		{"holiday_hotel", 0.003, "two weeks of leave, then days of work in a hotel by the company's own VPN", back, false, holidayHotel},
		{"parental_leave", 0.003, "away for the whole time or back in its midst", own, false, parentalLeave},
		{"mover", 0.003, "moves to another home; some to another region", own, false, mover},
		{"relocated", 0.0006, "moves to another country, as the company knows", own, false, relocated},
		{"jiggler", 0.008, "a program or plug that keeps the laptop awake", own, false, jiggler},
		{"virtual_camera", 0.006, "camera pictures go through a program; some capture cards", own, false, virtualCamera},
		{"desk_switch", 0.006, "two computers at one desk by a keyboard switch", own, false, deskSwitch},
		{"drawing", 0.003, "a drawing tablet", own, false, drawing},
	}
}

// A count is how many laptops lead a life.
type count struct {
	life    Life
	laptops int
}

// census says how many laptops lead each life. The rarest is there at least once, so
// that a small fleet has all of them; the first takes what is left.
func (f *Fleet) census() []count {
	var list []count
	left := f.Laptops
	for _, life := range Lives() {
		n := max(1, int(math.Round(life.Share*float64(f.Laptops))))
		list = append(list, count{life, n})
		left -= n
	}
	list[0].laptops += left
	return list
}
