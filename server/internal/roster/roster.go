// Package roster is what a company knows of its laptops and of who holds them, as
// far as it chose to import it: it reads imports, joins them with the devices that
// are enrolled, and judges one row of the class context for each. It is pure: the
// same imports, devices and stays give the same rows.
//
// No column of an import can say a name, a nationality, a language or a keyboard
// layout of anybody, and labels and tickets' texts enter no row.
package roster

import (
	"encoding/json"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/device"
)

// Class is the class of the rows that are made here.
const Class = device.ContextClass

// The kinds of imports.
const (
	People  = "people"
	Devices = "devices"
	Tickets = "tickets"
	Travel  = "travel"
	Leave   = "leave"
	Groups  = "groups"
	Docks   = "docks"
)

// An Import is one file as it was taken.
type Import struct {
	ID     int64
	Kind   string
	Label  string
	Rows   int
	Digest string // SHA-256 over its rows as they are kept, in whatever order they stood
	By     string // who imported it, by the name they sign in with
	At     time.Time
	Change int64 // of two imports, the one whose rows changed later has more
}

// MostLabel is how many bytes the label of an import may have.
const MostLabel = 128

// LabelFits says whether an import may have a label.
func LabelFits(label string) bool { return label != "" && len(label) <= MostLabel }

// An Entry is one row of an import as it is kept.
type Entry struct {
	Import int64  // ID of the import that holds it; 0 before it is kept
	Kind   string // of that import
	Device string // what it calls the laptop: id, name or anchor; empty where it names none
	Person string // opaque id; empty where it names none
	Words  []byte // JSON of the kind's struct
}

// A Place is a country, and a part of it where that is told: ISO 3166-1 alpha-2, ISO 3166-2.
type Place struct {
	Country string `json:"country,omitempty"`
	Region  string `json:"region,omitempty"` // without the country, e.g. CA of US-CA
}

// String writes a place as imports do.
func (p Place) String() string {
	if p.Region == "" {
		return p.Country
	}
	return p.Country + "-" + p.Region
}

// A Person is whoever holds a laptop, as far as a verdict may ask.
type Person struct {
	ID         string    `json:"person"`
	Start      time.Time `json:"start,omitzero"`
	WorkerType string    `json:"worker_type,omitempty"` // employee, contractor or agency
	Group      string    `json:"group,omitempty"`       // team or agency
	Household  string    `json:"household,omitempty"`   // opaque
	Declared   Place     `json:"declared,omitzero"`     // where they said they work
	// Before is where they had said so until Since, as the import before told.
	Before         Place     `json:"before,omitzero"`
	Since          time.Time `json:"since,omitzero"`
	ShippedTo      Place     `json:"shipped_to,omitzero"`
	ShippedChanged time.Time `json:"shipped_changed,omitzero"` // when the place to ship to was changed after the offer
	Address        string    `json:"address,omitempty"`        // keyed hash of the address shipped to
	Phone          Number    `json:"phone,omitempty"`          // what became of the number; the number itself is not kept
	Credential     string    `json:"credential,omitempty"`     // verified or unverified
	Import         int64     `json:"-"`
}

// A Handout is a laptop that was handed to a person, in the words of an import.
type Handout struct {
	Device string    `json:"device"`
	Person string    `json:"person"`
	From   time.Time `json:"from,omitzero"`
	To     time.Time `json:"to,omitzero"` // zero while it is theirs
	Import int64     `json:"-"`
}

// A Ticket says that somebody was asked to help, on one laptop or on whatever one person holds.
type Ticket struct {
	Device string    `json:"device,omitempty"`
	Person string    `json:"person,omitempty"`
	Ticket string    `json:"ticket"`
	Tool   string    `json:"tool,omitempty"` // id of the tool it is about; empty for whichever a sanction names
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Import int64     `json:"-"`
}

// An Absence is a time in which a person is away: on a journey, or on leave.
type Absence struct {
	Person string    `json:"person"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Place  Place     `json:"place,omitzero"` // where the journey leads; empty when not told, and for leave
	Import int64     `json:"-"`
}

// holds says whether a moment lies in the absence.
func (a Absence) holds(at time.Time) bool { return !at.Before(a.From) && at.Before(a.To) }

// The kinds of groups.
const (
	Staging = "staging" // laptops that are being set up
	Repair  = "repair"
	Room    = "room"   // of a meeting room
	Office  = "office" // that stand in an office
	Normal  = "normal"
)

// A Group says what kind of laptops a group of devices holds.
type Group struct {
	Name   string `json:"group"`
	Kind   string `json:"kind"`
	Label  string `json:"label,omitempty"`
	Import int64  `json:"-"`
}

// A Property is a thing of the company's that several laptops may meet.
type Property struct {
	Kind      string `json:"kind"` // device.TraitUSB, TraitDisplay, TraitGateway or TraitAccessPoint
	Pseudonym string `json:"pseudonym"`
	Label     string `json:"label,omitempty"`
	Place     string `json:"place,omitempty"` // kind of place where it stands: company, staging, repair, room or public; empty when not told
	Import    int64  `json:"-"`
}

// A Span is a stretch of time.
type Span struct{ From, To time.Time }

// entry writes a row as it is kept.
func entry(kind, deviceName, person string, words any) (Entry, error) {
	text, err := json.Marshal(words)
	return Entry{Kind: kind, Device: deviceName, Person: person, Words: text}, err
}
