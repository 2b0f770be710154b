package sensor

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// networkNeighbourhood is what stands beside this laptop on one network, in
// counts. All of them mean "at least", in steps, so that no count tells one
// household from another. They are of the last day and told anew every few hours
// only, so that a telephone that comes home tells nobody when somebody is there.
type networkNeighbourhood struct {
	Interface        string   `column:"interface,key,public" about:"name of the interface to that network, as network_interfaces has it"`
	Watched          string   `column:"watched,public" about:"for how long the laptop has been on that network without a break: minutes, hour (one or more), hours (four or more) or day (24 hours or more)"`
	Devices          int      `column:"devices,public" about:"devices seen in the last day, as told after four hours on the network and then every six; this and all that follow are at least 0, 1, 2, 3, 5, 10, 20 or 50"`
	Laptops          int      `column:"laptops,public" about:"of these, devices by makers of laptops, of the network parts inside them, or of docks"`
	Phones           int      `column:"phones,public" about:"devices by makers of phones, or that say they are one"`
	IoT              int      `column:"iot,public" about:"televisions, speakers, consoles, bulbs and the like"`
	SingleBoards     int      `column:"single_boards,public" about:"single-board computers such as the Raspberry Pi"`
	KVMs             int      `column:"kvms,public" about:"devices by makers of KVMs that work over a network"`
	Routers          int      `column:"routers,public" about:"routers, access points and switches"`
	Printers         int      `column:"printers,public" about:"printers and scanners"`
	PrivateAddresses int      `column:"private_addresses,public" about:"devices with an address of their own making, as phones use one for every network"`
	CorporateSchemes int      `column:"corporate_schemes,public" about:"different ways of naming machines that look like a company's, other than that of this laptop"`
	KVMNames         []string `column:"kvm_names,public" about:"products, of a fixed list, under whose default name a device goes, such as pikvm; anybody on the network can call a device so"`
	BoardsPerLaptop  string   `column:"boards_per_laptop,public" about:"single-board computers and KVMs for a hundred laptops, rounded to ten, where there are three or more of both"`
}

// neighbours gives the sensor of what stands beside this laptop. It hears what
// passes the interfaces anyway and asks nobody.
func (t *ownerTable) neighbours() Sensor {
	w := newNeighbourWindow(t.wire)
	return Define(Options{
		Class: "network_neighbourhood", Every: time.Minute, Facts: true, Watch: t.wire.watch,
		About: "Looks at how many devices of which kind are on the laptop's network, to recognise a shelf of laptops. Names and addresses of these devices never leave the laptop, nor when one comes or goes, and nothing is asked of them.",
		Limits: []Limit{
			{OS: "windows", Reach: Partial, Why: "Windows shows only the devices with which the laptop itself has spoken, and none of their names, since this agent brings no driver with which it could hear the network."},
			{OS: "darwin", Reach: Partial, Why: "What devices say of themselves is heard by root; macOS shows any other account only the devices with which the laptop itself has spoken."},
		},
	}, w.collect)
}

func (w *neighbourWindow) collect(ctx context.Context, h host.Host) ([]networkNeighbourhood, error) {
	found, failure := interfaces(ctx, h)
	known, err := knownNeighbours(ctx, h, found)
	failure = errors.Join(failure, err, w.listening(ctx, h))
	own := schemeOf(h.Platform().Name)
	now := sinceStart(ctx, h)
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.remember(ctx, h); err != nil {
		failure = errors.Join(failure, err)
	}
	var rows []networkNeighbourhood
	var here []*neighbourNetwork
	names := givenNames(h)
	for _, one := range found {
		if !joins(one) || len(here) >= networksLimit {
			continue
		}
		network := w.network(one, now)
		network.meet(known.at[one.Name], now)
		here = append(here, network)
	}
	w.place(here, known, now)
	w.part(now)
	for _, network := range here {
		row := network.tell(w.hash(own), now)
		row.Interface = plainName(names, network.on.networkInterface, network.on.number)
		rows = append(rows, row)
	}
	return rows, failure
}

// listening says how hearing the network goes. Where it is impossible by design,
// the class says so itself.
func (w *neighbourWindow) listening(ctx context.Context, h host.Host) error {
	if h.Platform().OS == "windows" {
		return nil
	}
	return w.wire.state(ctx)
}

// joins says whether an interface joins this laptop to others: not a tunnel, nor
// what programs put between their virtual machines.
func joins(i attached) bool {
	return i.Up && i.Kind != "loopback" && i.Kind != "tunnel" && (i.Gateway != "" || slices.Contains([]string{"ethernet", "wifi", "usb"}, i.Kind))
}

// When the devices of a network are told, in seconds.
const (
	tellAfter = 4 * 3600.
	tellEvery = 6 * 3600.
)

// tell gives what may be told of a network by now: nothing of its devices at first,
// and then what there was at the last turn.
func (n *neighbourNetwork) tell(own uint64, now float64) networkNeighbourhood {
	if now-n.since >= tellAfter && (n.toldAt == 0 || n.toldAt == now || now-n.toldAt >= tellEvery) { // time stands still in a recording
		n.told, n.toldAt = n.row(own), now
	}
	row := n.told
	row.Watched = stayed(now - n.since)
	return row
}

// row counts the devices of a network.
func (n *neighbourNetwork) row(own uint64) networkNeighbourhood {
	var count [unknownClass + 1]int
	var kvms uint16
	private, schemes := 0, map[uint64]bool{}
	for mac, d := range n.devices {
		class := d.class(mac)
		if mac == n.gateway {
			class = routerClass
		}
		count[class]++
		kvms |= d.said.kvm
		if madeUp(mac) {
			private++
		}
		if d.scheme != 0 && d.scheme != own && (class == laptopClass || class == unknownClass) {
			schemes[d.scheme] = true
		}
	}
	row := networkNeighbourhood{
		Devices: atLeast(len(n.devices)), Laptops: atLeast(count[laptopClass]), Phones: atLeast(count[phoneClass]), IoT: atLeast(count[iotClass]),
		SingleBoards: atLeast(count[boardClass]), KVMs: atLeast(count[kvmClass]), Routers: atLeast(count[routerClass]), Printers: atLeast(count[printerClass]),
		PrivateAddresses: atLeast(private), CorporateSchemes: atLeast(len(schemes)), BoardsPerLaptop: ratio(count[boardClass]+count[kvmClass], count[laptopClass]),
	}
	for i, word := range kvmWords {
		if kvms&(1<<i) != 0 {
			row.KVMNames = append(row.KVMNames, word)
		}
	}
	return row
}

// atLeast is the step that a count has reached.
func atLeast(count int) int {
	steps := []int{50, 20, 10, 5, 3, 2, 1, 0}
	return steps[slices.IndexFunc(steps, func(step int) bool { return count >= step })]
}

// ratio is how many boards there are for a hundred laptops, rounded to ten.
func ratio(boards, laptops int) string {
	if boards < 3 || laptops < 3 {
		return ""
	}
	return strconv.Itoa((boards*10 + laptops/2) / laptops * 10)
}

// stayed says for how long, as bucket does, and a day.
func stayed(seconds float64) string {
	lasted := time.Duration(seconds * float64(time.Second))
	if lasted >= allDay {
		return "day"
	}
	return bucket(max(lasted, 0))
}
