package alert

// A Page is one page of the queue.
type Page struct {
	Alerts []Alert
	Total  int // on all pages
}
