package alert

import "github.com/farmwatch/farmwatch/server/internal/device"

// A Case is an alert with all that a person needs to decide on it.
type Case struct {
	Alert
	Evidence []device.Finding // the findings it rests on: those that are there now first
	Timeline []Entry          // oldest first
}

// A Page is one page of the queue.
type Page struct {
	Alerts []Alert
	Total  int // on all pages
}
