package roster

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
)

// longest is how many characters one value may have.
const longest = 200

// quote shows a word of a file, cut where it is long.
func quote(word string) string {
	if runes := []rune(word); len(runes) > 40 {
		word = string(runes[:40]) + "…"
	}
	return strconv.Quote(word)
}

func (r *row) refuse(column, format string, args ...any) {
	line := r.line
	if at := r.kind.column(column); at >= 0 && r.lines != nil && r.lines[at] > 0 {
		line = r.lines[at]
	}
	r.wrong = true
	r.problems.add(line, column, format, args...)
}

// text is a value as it stands, without space around it.
func (r *row) text(column string) string {
	at := r.kind.column(column)
	if at < 0 {
		return ""
	}
	value := strings.TrimSpace(r.values[at])
	switch {
	case value == "" && r.kind.Columns[at].Required:
		r.refuse(column, "nothing stands here: %s", r.kind.Columns[at].About)
	case utf8.RuneCountInString(value) > longest:
		r.refuse(column, "this is longer than %d characters", longest)
		return ""
	case damaged.MatchString(value):
		r.refuse(column, "%s is what a spreadsheet made of a value that it took for a number or did not find; give the column the format of text", quote(value))
		return ""
	case strings.ContainsFunc(value, func(c rune) bool { return unicode.IsControl(c) || unicode.Is(unicode.Cf, c) || c == utf8.RuneError }):
		r.refuse(column, "this holds characters that cannot be seen")
		return ""
	}
	return value
}

// damaged is what spreadsheets leave of long numbers, 4.91512E+12, and of what they cannot show.
var damaged = regexp.MustCompile(`^(?:[0-9](?:[.,][0-9]+)?E\+[0-9]+|#(?:N/A|REF!|VALUE!|NAME\?|NULL!|NUM!|DIV/0!|#+))$`)

// opaque is an id that stands for somebody and says nothing of them.
func (r *row) opaque(column string) string {
	id := r.text(column)
	switch {
	case strings.Contains(id, "@"):
		r.refuse(column, "this is an e-mail address; write an opaque id, as a number of the staff list, that stands for the same person in every import")
	case strings.ContainsFunc(id, unicode.IsSpace):
		r.refuse(column, "an opaque id has no spaces; names are not kept")
	}
	return id
}

// oneOf is one of some words, or empty.
func (r *row) oneOf(column string, words ...string) string {
	value := strings.ToLower(r.text(column))
	if value != "" && !slices.Contains(words, value) {
		r.refuse(column, "%s is none of %s", quote(value), strings.Join(words, ", "))
	}
	return value
}

var placeText = regexp.MustCompile(`^([A-Z]{2})(?:-([A-Z0-9]{1,3}))?$`)

// place is a country or a part of one. That the country exists is judged by whether
// it has a telephone prefix, which all have that people live in.
func (r *row) place(column string) Place {
	value := strings.ToUpper(r.text(column))
	if value == "" {
		return Place{}
	}
	parts := placeText.FindStringSubmatch(value)
	if parts == nil || phonenumbers.GetCountryCodeForRegion(parts[1]) == 0 {
		r.refuse(column, "%s is no place; write %s", quote(value), placeWords)
		return Place{}
	}
	return Place{Country: parts[1], Region: parts[2]}
}

// Bounds of what a date can be: a slip of the pen lies outside.
var (
	earliest = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

// moment is a day or a time. day says that it was a day.
func (r *row) moment(column string) (at time.Time, day bool) {
	value := r.text(column)
	if value == "" {
		return time.Time{}, false
	}
	at, err := time.Parse(time.DateOnly, value)
	day = err == nil
	if !day {
		at, err = time.Parse(time.RFC3339, value)
	}
	if err != nil || at.Before(earliest) || at.After(latest) {
		r.refuse(column, "%s is neither a day, 2026-11-30, nor a moment, 2026-11-30T09:00:00Z; in a spreadsheet, give the column the format yyyy-mm-dd", quote(value))
		return time.Time{}, false
	}
	return at.UTC(), day
}

// span is from when until when; a day as its end counts whole.
func (r *row) span(from, to string, most time.Duration) Span {
	var s Span
	var day bool
	s.From, _ = r.moment(from)
	if s.To, day = r.moment(to); day {
		s.To = s.To.AddDate(0, 0, 1)
	}
	switch {
	case r.wrong || s.To.IsZero():
	case !s.To.After(s.From):
		r.refuse(to, "this is not after %s", from)
	case most > 0 && s.To.Sub(s.From) > most:
		r.refuse(to, "this is more than %d days after %s", int(most.Hours()/24), from)
	}
	return s
}
