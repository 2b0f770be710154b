// Package simulate runs many laptops that do not exist: each has a real engine,
// gate, spool and uplink, and only what a host would answer comes from a scenario.
package simulate

import "time"

// A Scenario is a story about laptops, what must be concluded of it and what
// must not. proto/catalogue/scenarios/README.md is the language; this is its form.
type Scenario struct {
	ID        string            `yaml:"id"`    // as the file is called, without .yaml
	Title     string            `yaml:"title"` //
	About     string            `yaml:"about"`
	Source    string            `yaml:"source"`    // where the story comes from, and what of it is made up
	Zone      string            `yaml:"zone"`      // IANA name in which every time of the file is
	Begins    string            `yaml:"begins"`    // the weekday of D0; monday when left out
	Days      int               `yaml:"days"`      // the last day that is played, D0 being the first
	Tick      time.Duration     `yaml:"tick"`      // how often everybody looks when nothing happens; 6h when left out
	Collector string            `yaml:"collector"` // where it stands, two letters of a country; left out, round trips are judged by nobody
	People    map[string]Person `yaml:"people"`
	Places    map[string]Place  `yaml:"places"`
	Company   Company           `yaml:"company"`
	Devices   map[string]Device `yaml:"devices"`
	Sanctions []Sanction        `yaml:"sanctions"`
	Timeline  []Entry           `yaml:"timeline"`
	Concluded []Expectation     `yaml:"concluded"`
	Never     []Ban             `yaml:"never"`
	Notices   []NoticeSaid      `yaml:"notices"`
	Alerts    *AlertsSaid       `yaml:"alerts"`
	Forbidden []string          `yaml:"forbidden"`
	Identical bool              `yaml:"identical"` // without what is forbidden the very same is concluded, byte by byte
	Vary      Vary              `yaml:"vary"`

	file  string
	lines *lines
}

// A Person is what the company's lists say of somebody. All of it is optional.
type Person struct {
	Start          string    `yaml:"start"`           // first working day
	WorkerType     string    `yaml:"worker_type"`     // employee, contractor or agency
	Team           string    `yaml:"team"`            // team, or agency through which they work
	Household      string    `yaml:"household"`       // people who are known to live together
	DeclaredPlace  string    `yaml:"declared_place"`  // country, or country and region: US or US-GA
	Moves          []Move    `yaml:"moves"`           // where they declare to work later on
	ShippedTo      string    `yaml:"shipped_to"`      // likewise, of the parcel with the laptop
	ShippedAddress string    `yaml:"shipped_address"` // the same word for the same address
	ShippedChanged string    `yaml:"shipped_changed"` // when the address was changed after the offer
	Phone          string    `yaml:"phone"`           // of which only its form is judged
	Credential     string    `yaml:"credential"`      // unverified
	HandedOut      string    `yaml:"handed_out"`      // when the laptop was given to them
	Travel         []Stretch `yaml:"travel"`
	Leave          []Stretch `yaml:"leave"`
	Unlisted       bool      `yaml:"unlisted"` // the company's list does not have them
}

// A Move is from when on the company's list says another place.
type Move struct {
	At            string `yaml:"at"`
	DeclaredPlace string `yaml:"declared_place"`
}

// A Stretch of days, where it leads, if anywhere, and since when the company knows.
type Stretch struct {
	From  string `yaml:"from"`
	To    string `yaml:"to"`
	Place string `yaml:"place"`
}

// Company is what the company itself told of its own. Where a scenario has people,
// every kind of import is made that holds something, but for what Imports leaves out.
type Company struct {
	Imports []string   `yaml:"imports"` // the kinds that are made, where it is not all: people, devices, tickets, travel, leave, groups, docks
	Groups  []Declared `yaml:"groups"`
	Docks   []Property `yaml:"docks"`
	Tickets []Ticket   `yaml:"tickets"`
}

// Declared says what kind of laptops a group holds.
type Declared struct {
	Group string `yaml:"group"`
	Kind  string `yaml:"kind"` // staging, repair, room, office or normal
}

// Property is a thing of the company that laptops meet.
type Property struct {
	Kind   string `yaml:"kind"`   // usb, display, gateway or access_point
	Serial string `yaml:"serial"` // in plain, as rows have it; {router:NAME} and {point:NAME} are those of places
	Place  string `yaml:"place"`  // company, staging, repair, room or public
	Label  string `yaml:"label"`
}

// A Ticket of the service desk covers a device for some time.
type Ticket struct {
	Number string `yaml:"number"`
	Device string `yaml:"device"`
	From   string `yaml:"from"`
	Until  string `yaml:"until"`
	Told   string `yaml:"told"` // when the collector hears of it; from when left out
	Tool   string `yaml:"tool"`
}

// A Place is where a laptop can stand: a router, perhaps an access point, and
// the public address behind which both are.
type Place struct {
	Network     Choice        `yaml:"network"`      // class of network, as the collector names them: residential, vpn …
	Country     Choice        `yaml:"country"`      // two letters, of the address's registration
	Router      string        `yaml:"router"`       // places that name the same one share it; else its own
	AccessPoint string        `yaml:"access_point"` // likewise; none where it is "none": by cable
	Address     string        `yaml:"address"`      // places that name the same one go out by one public address
	Domain      string        `yaml:"domain"`       // what DHCP calls the network
	Egress      string        `yaml:"egress"`       // the address is on the collector's list: corporate, vpn_exit or relay
	Each        bool          `yaml:"each"`         // every device has one of its own, as homes are
	RoundTrip   time.Duration `yaml:"round_trip"`   // how long an answer from there takes; none when left out
}

// A Device is one laptop, or many that live alike.
type Device struct {
	Person   string        `yaml:"person"` // none: nobody's; of many, each has a person of its own made after this one
	OS       Choice        `yaml:"os"`     // linux, windows or darwin
	Laptop   Choice        `yaml:"laptop"` // brand of the kit laptop; drawn when left out
	Group    string        `yaml:"group"`  // what sanctions may speak of
	Enrolled string        `yaml:"enrolled"`
	Place    string        `yaml:"place"`
	Count    Count         `yaml:"count"` // many devices are called NAME-1, NAME-2 …
	Apart    time.Duration `yaml:"apart"` // of many, how long after one the next is enrolled
}

// Count is how many laptops live alike.
type Count struct {
	Every     int `yaml:"every"`
	FirstSeed int `yaml:"first_seed"` // of the first seed, where that is another number
}

// A Choice is one word, or several of which the seed draws one.
type Choice []string

// An Entry of the timeline says what happens when, to whom. One of Class, Kit,
// Place, Group, Offline, Off and Coverage says what.
type Entry struct {
	At    string `yaml:"at"`    // "D3 09:12"; with days, "09:12"
	Until string `yaml:"until"` // when it is taken back: "D5 10:00", "17:30", or how long after: "8h30m"
	Days  string `yaml:"days"`  // "D2-D6" or "D4": on each of these
	Every string `yaml:"every"` // day, weekday or weekend; day when left out
	Name  string `yaml:"name"`  // by which deadlines speak of it
	Note  string `yaml:"note"`  // what happens, in words

	Device  string        `yaml:"device"`
	Devices []string      `yaml:"devices"` // several; "all" is every one
	Apart   time.Duration `yaml:"apart"`   // of many devices, how long after one the next does it

	Class   string            `yaml:"class"` // of a row
	Row     string            `yaml:"row"`   // what the file calls it
	Columns map[string]string `yaml:"columns"`
	Gone    string            `yaml:"gone"` // a row that is no longer there

	Kit      string            `yaml:"kit"`
	Brand    Choice            `yaml:"brand"`     // drawn among all the kit has when left out
	OneBrand bool              `yaml:"one_brand"` // all its devices get the same brand
	State    string            `yaml:"state"`     // gone takes it all away
	As       string            `yaml:"as"`        // what the file calls this one of its kind; the kit's name when left out
	With     map[string]string `yaml:"with"`

	Place    string            `yaml:"place"`
	Group    string            `yaml:"group"`
	Offline  *bool             `yaml:"offline"`  // it looks, and what it has to tell waits
	Off      *bool             `yaml:"off"`      // asleep or switched off: it does not even look
	Coverage map[string]string `yaml:"coverage"` // of classes: ok, denied, failed, absent or unsupported
}

// A Sanction permits tools, as an administrator would.
type Sanction struct {
	Name          string            `yaml:"name"`
	Tools         []string          `yaml:"tools"`
	Where         map[string]string `yaml:"where"`   // of one rule: the columns its evidence has to have
	Tenants       []string          `yaml:"tenants"` // in plain, as rows have them
	Devices       []string          `yaml:"devices"`
	Groups        []string          `yaml:"groups"`
	AtConsole     bool              `yaml:"approved_at_console"`
	Ticket        bool              `yaml:"ticket"`
	From          string            `yaml:"from"`  // a day before D0 when left out
	Until         string            `yaml:"until"` // the end when left out
	Justification string            `yaml:"justification"`
}

// An Expectation is what has to be concluded, by when and why.
type Expectation struct {
	Subject    string   `yaml:"subject"` // a device
	Site       []string `yaml:"site"`    // or the site that these devices are at
	Conclusion string   `yaml:"conclusion"`
	Level      string   `yaml:"level"` // at least
	By         string   `yaml:"by"`    // "D1 16:45", or an entry's name and how long after: "unattended + 30m"
	Because    []string `yaml:"because"`
}

// A Ban is what must not be concluded.
type Ban struct {
	Subject    string `yaml:"subject"`    // a device; every is every device and every site
	Conclusion string `yaml:"conclusion"` // both when left out
	Above      string `yaml:"above"`
	Until      string `yaml:"until"` // only before; the end when left out
	From       string `yaml:"from"`  // only from then on
}

// NoticeSaid is one notice that has to be there at the end: what appeared, and on how many laptops.
type NoticeSaid struct {
	Subject string `yaml:"subject"` // a tool's name in the catalogue, or a rule's id
	AtLeast int    `yaml:"at_least"`
}

// AlertsSaid is how many alerts may be open at the end, and which have to be: devices.
type AlertsSaid struct {
	AtMost int      `yaml:"at_most"`
	Open   []string `yaml:"open"`
}

// Vary says how much one seed differs from another.
type Vary struct {
	Times string        `yaml:"times"` // 20% when left out: of the time to the nearest other moment
	Most  time.Duration `yaml:"most"`  // no moment moves by more; 2h when left out
}
