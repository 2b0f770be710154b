package roster

import (
	"slices"
	"strings"
)

// A Kind is what imports of one kind may hold.
type Kind struct {
	Name    string
	About   string   // what it is for, and what is not known without it
	Columns []Column // in the order in which they are told of
	read    func(*row) (Entry, error)
}

// A Column is one that an import may have.
type Column struct {
	Name     string
	Required bool
	About    string
}

func must(name, about string) Column { return Column{Name: name, Required: true, About: about} }
func may(name, about string) Column  { return Column{Name: name, About: about} }

const (
	dayOrTime  = "a day, 2026-11-30, which begins at midnight UTC, or a moment, 2026-11-30T09:00:00Z"
	lastOrTime = "a day, which counts whole, or a moment; "
	placeWords = "a country as ISO 3166-1 has it, PT, or a part of one as ISO 3166-2 does, US-CA"
)

// Kinds lists the kinds of imports, in the order in which they are told of.
func Kinds() []Kind {
	return []Kind{
		{People, "Who works here, since when and where they said they work. Without it nobody's place, start or household is known.", peopleColumns(), readPerson},
		{Devices, "Who holds which laptop, and since when. Without it each laptop counts as a person of its own.", deviceColumns(), readHandout},
		{Tickets, "When somebody was asked to help on a laptop. Without it help that was asked for looks like help that nobody asked for.", ticketColumns(), readTicket},
		{Travel, "Journeys. Without it a laptop on a journey is one in another place than declared.", absenceColumns(may("place", "where it leads, "+placeWords+"; empty for anywhere")), readAbsence(Travel)},
		{Leave, "When somebody is on leave. Without it a laptop that is abroad or silent meanwhile is not explained.", absenceColumns(), readAbsence(Leave)},
		{Groups, "What kind of laptops a group of devices holds. Without it a bench where laptops are set up looks like a farm.", groupColumns(), readGroup},
		{Docks, "Docks, displays, routers and access points of the company. Without it people who share a desk look like people who share a home.", dockColumns(), readProperty},
	}
}

// KindNamed finds a kind by its name.
func KindNamed(name string) (Kind, bool) {
	kinds := Kinds()
	i := slices.IndexFunc(kinds, func(k Kind) bool { return k.Name == name })
	if i < 0 {
		return Kind{}, false
	}
	return kinds[i], true
}

// KindNames are the names of all kinds.
func KindNames() []string {
	var names []string
	for _, k := range Kinds() {
		names = append(names, k.Name)
	}
	return names
}

func (k Kind) column(name string) int {
	return slices.IndexFunc(k.Columns, func(c Column) bool { return c.Name == name })
}

func (k Kind) columnNames() string {
	var names []string
	for _, c := range k.Columns {
		names = append(names, c.Name)
	}
	return strings.Join(names, ", ")
}

func peopleColumns() []Column {
	return []Column{
		must("person", "an opaque id that stands for one person in every import; no name and no e-mail address"),
		may("start_date", "first day at work; since then a laptop counts as in service that was enrolled before it and of which no hand-out is told"),
		may("worker_type", "employee, contractor or agency"),
		may("group", "team or agency, as people call it"),
		may("household", "an opaque id that people who live together share"),
		may("declared_place", "where they said they work, "+placeWords),
		may("shipped_to", "where the laptop was shipped, likewise"),
		may("shipped_to_changed", "the day on which that was changed after the offer; empty where it was not"),
		may("shipped_to_address", "the address it was shipped to, kept as a keyed hash only; leave it empty where it is the company's own"),
		may("phone", "their number, judged and dropped at once; with + and the country, or as it is dialled in the declared place"),
		may("credential", "verified or unverified, for what they said they had done before"),
	}
}

func deviceColumns() []Column {
	return []Column{
		must("device", "the laptop's id, its name, or the hash of its hardware as it enrolled"),
		must("person", "who holds it, as people has it"),
		may("handed_out", "since when, "+dayOrTime+"; empty for as long as it is known"),
		may("returned", "until when; "+lastOrTime+"empty while it is theirs"),
	}
}

func ticketColumns() []Column {
	return []Column{
		may("device", "the laptop, as in devices; it or person"),
		may("person", "who was helped, on whichever laptops they hold then"),
		must("ticket", "its number"),
		must("from", dayOrTime),
		must("to", lastOrTime+"at most 7 days after from"),
		may("tool", "the tool that is used to help, by id or title; empty for those of sanctions that require a ticket"),
	}
}

func absenceColumns(more ...Column) []Column {
	return append([]Column{
		must("person", "who is away, as people has it"),
		must("from", dayOrTime),
		must("to", lastOrTime+"at most two years after from"),
	}, more...)
}

func groupColumns() []Column {
	return []Column{
		must("group", "a group of devices, as devices are put into it"),
		must("kind", "staging, repair, room, office or normal"),
		may("label", "what people call it"),
	}
}

func dockColumns() []Column {
	return []Column{
		must("kind", "usb, display, gateway or access_point"),
		must("serial", "its serial number, or its hardware address; kept as the keyed hash under which laptops tell of it"),
		may("label", "what people call it"),
		may("place", "where it stands: company, staging, repair, room or public"),
	}
}
