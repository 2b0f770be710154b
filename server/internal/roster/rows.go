package roster

import (
	"cmp"
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

// Bounds of how long what a row says may last. A ticket permits what it names, so
// that one that nobody closes must not do so for months.
const (
	longestTicket  = 7 * 24 * time.Hour
	longestAbsence = 2 * 366 * 24 * time.Hour
)

func readPerson(r *row) (Entry, error) {
	p := Person{
		ID: r.opaque("person"), WorkerType: r.oneOf("worker_type", "employee", "contractor", "agency"), Group: r.text("group"), Household: r.opaque("household"),
		Declared: r.place("declared_place"), ShippedTo: r.place("shipped_to"), Credential: r.oneOf("credential", "verified", "unverified"),
	}
	p.Start, _ = r.moment("start_date")
	p.ShippedChanged, _ = r.moment("shipped_to_changed")
	if address := Normalise(r.text("shipped_to_address")); address != "" {
		p.Address = r.options.Address(address)
	}
	number := r.text("phone")
	if number != "" && !strings.ContainsFunc(number, unicode.IsDigit) {
		r.refuse("phone", "%s has no digit; leave it empty where no number is known, since one that cannot exist counts", quote(number))
	}
	p.Phone = JudgeNumber(number, p.Declared.Country)
	return entry(People, "", p.ID, p)
}

func readHandout(r *row) (Entry, error) {
	h := Handout{Device: r.text("device"), Person: r.opaque("person")}
	s := r.span("handed_out", "returned", 0)
	h.From, h.To = s.From, s.To
	return entry(Devices, h.Device, h.Person, h)
}

func readTicket(r *row) (Entry, error) {
	t := Ticket{Device: r.text("device"), Person: r.opaque("person"), Ticket: r.text("ticket")}
	if (t.Device == "") == (t.Person == "") {
		r.refuse("device", "a ticket is about one device or about one person")
	}
	s := r.span("from", "to", longestTicket)
	t.From, t.To = s.From, s.To
	if tool := r.text("tool"); tool != "" {
		id, known := r.options.Tool(tool)
		if !known {
			r.refuse("tool", "%s is no tool of the catalogue; leave it empty where the tool is what a sanction names", quote(tool))
		}
		t.Tool = id
	}
	return entry(Tickets, t.Device, t.Person, t)
}

func readAbsence(kind string) func(*row) (Entry, error) {
	return func(r *row) (Entry, error) {
		a := Absence{Person: r.opaque("person"), Place: r.place("place")}
		s := r.span("from", "to", longestAbsence)
		a.From, a.To = s.From, s.To
		return entry(kind, "", a.Person, a)
	}
}

func readGroup(r *row) (Entry, error) {
	g := Group{Name: r.text("group"), Kind: r.oneOf("kind", Staging, Repair, Room, Office, Normal), Label: r.text("label")}
	if err := alert.ValidGroup(g.Name); err != nil && g.Name != "" {
		r.refuse("group", "%v", err)
	}
	return entry(Groups, g.Name, "", g)
}

func readProperty(r *row) (Entry, error) {
	p := Property{
		Kind:  r.oneOf("kind", device.TraitUSB, device.TraitDisplay, device.TraitGateway, device.TraitAccessPoint),
		Label: r.text("label"), Place: r.oneOf("place", "company", Staging, Repair, Room, "public"),
	}
	serial := r.text("serial")
	switch {
	case pseudonym.MatchString(serial):
		p.Pseudonym = serial
	case p.Kind == device.TraitGateway || p.Kind == device.TraitAccessPoint:
		address, ok := hardwareAddress(serial)
		if !ok && serial != "" {
			r.refuse("serial", "%s is no hardware address; write it as 94:83:c4:00:00:01", quote(serial))
		}
		p.Pseudonym = r.options.Pseudonym(address)
	default:
		p.Pseudonym = r.options.Pseudonym(serial)
	}
	if r.wrong {
		return Entry{Kind: Docks}, nil
	}
	return entry(Docks, cmp.Or(p.Kind, "?")+"/"+p.Pseudonym, "", p)
}

// pseudonym is how the console shows what laptops told of: who copies it from there
// need not look for the number on the thing itself.
var pseudonym = regexp.MustCompile(`^p:[0-9a-f]{32}$`)

// hardwareAddress writes an address as agents do before they hash it: six bytes in
// small hexadecimal digits with colons between.
func hardwareAddress(text string) (string, bool) {
	digits := strings.Map(func(r rune) rune {
		if strings.ContainsRune(":-. ", r) {
			return -1
		}
		return r
	}, strings.ToLower(text))
	if len(digits) != 12 || strings.Trim(digits, "0123456789abcdef") != "" {
		return "", false
	}
	var b strings.Builder
	for i := 0; i < len(digits); i += 2 {
		if i > 0 {
			b.WriteByte(':')
		}
		b.WriteString(digits[i : i+2])
	}
	return b.String(), true
}
