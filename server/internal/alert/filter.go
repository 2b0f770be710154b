package alert

import "time"

// A Filter asks for some alerts: those that fit every set field. An empty list means any.
type Filter struct {
	States      []string
	Levels      []string
	Conclusions []string
	Device      string   // id or name
	Words       []string // in small letters; each must stand in the title or the device's name
	After       Position // only what comes after it; zero for the first page
	Limit       int
}

// A Position is where one page of alerts ended: highest score first, then newest.
type Position struct {
	Score    int       `json:"s"`
	OpenedAt time.Time `json:"o"`
	ID       string    `json:"i"`
}

// Position is where the alert stands in the queue.
func (a Alert) Position() Position { return Position{a.Score, a.OpenedAt, a.ID} }
