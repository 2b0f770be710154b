// Package sensor holds what farmwatch looks at: one file per class, each the
// struct that is its row and the function that fills it.
//
// Sensors ask a host and use parse to understand the answer; they have no build
// tags. Collect returns the whole present, not events: a missed wake delays a
// sensor and never loses anything.
package sensor

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/proto/finding"
)

// A Sensor looks at one class of things.
type Sensor struct {
	Class   string        // the class of its rows
	About   string        // one plain sentence for the worker: what it looks at and why
	Every   time.Duration // how often it looks when nothing wakes it; at least a second
	Facts   bool          // whether its rows go to the server for comparison between devices
	Steady  bool          // its rows follow a person's hands: what a finding says of them is told as it was when it opened, for a day
	Columns []Column      // what a row may say
	Limits  []Limit       // where less than all of it can be seen
	// Collect returns all rows as they are now. Rows beside an error are good
	// but not complete; the error becomes the class's coverage.
	Collect func(context.Context, host.Host) ([]finding.Observation, error)
	// Watch, where a sensor has it, gathers into the sensor's own bounded window
	// for as long as ctx lives; Collect then returns the window's summary.
	Watch func(context.Context, host.Host) error
}

// Sensitivity says what the gate may let out of a column.
type Sensitivity string

// The sensitivities.
const (
	Public    Sensitivity = "public"    // leaves as it is
	Pseudonym Sensitivity = "pseudonym" // leaves as a keyed hash: equal things stay comparable
	Local     Sensitivity = "local"     // never leaves
)

// A Column is one thing a row may say.
type Column struct {
	Name        string
	Key         bool // part of what makes a row this row
	Sensitivity Sensitivity
	Named       bool   // a person may have chosen it, so the names of this laptop's people are taken out of it
	Maker       bool   // it names who made something: a company's name leaves, a person's does not
	About       string // for the generated references and the worker's page
}

// Options are what a sensor says of itself besides its rows.
type Options struct {
	Class string
	About string
	Every time.Duration
	Facts bool
	// Steady is for rows that follow a person's hands: their findings are told as of a day.
	Steady bool
	Watch  func(context.Context, host.Host) error
	// Limits name the systems on which less than all of the class can be seen.
	Limits []Limit
}

// Define makes a sensor of a row struct and the function that fills it. The
// struct is the schema: every field carries `column:"name[,key],sensitivity"`
// and `about:"…"`, those that a person may have named `people:"out"`, those that name a maker, who may be a person, `people:"maker"`, and is a string, bool, integer or []string; columns that
// several classes share are a struct that their rows embed, where `keys:"a b"`
// makes some of them part of the key and `without:"c"` leaves some out. Define panics on anything else, so that any test catches it.
func Define[Row any](o Options, collect func(context.Context, host.Host) ([]Row, error)) Sensor {
	columns, places := columnsOf(o.Class, reflect.TypeFor[Row]())
	for i, c := range columns {
		if slices.ContainsFunc(columns[:i], func(before Column) bool { return before.Name == c.Name }) {
			panic(fmt.Sprintf("sensor %s: two columns %s", o.Class, c.Name))
		}
	}
	if o.Every < time.Second {
		panic(fmt.Sprintf("sensor %s: looks every %s, want a second or more", o.Class, o.Every))
	}
	if err := refuse(o.Limits); err != nil {
		panic(fmt.Sprintf("sensor %s: %v", o.Class, err))
	}
	last := newReuse[Row](o.Class, columns, places)
	return Sensor{
		Class: o.Class, About: o.About, Every: o.Every, Facts: o.Facts, Steady: o.Steady, Columns: columns, Watch: o.Watch, Limits: o.Limits,
		Collect: func(ctx context.Context, h host.Host) ([]finding.Observation, error) {
			rows, err := collect(ctx, h)
			return last.observeAll(rows), err
		},
	}
}

// columnsOf reads a row struct's columns and where in it each one is. The
// columns of an embedded struct, or of the one that an embedded pointer leads
// to, stand where it is embedded.
func columnsOf(class string, row reflect.Type) (columns []Column, places [][]int) {
	for i := range row.NumField() {
		field := row.Field(i)
		if inner := embedded(field); inner != nil {
			keys, without := strings.Fields(field.Tag.Get("keys")), strings.Fields(field.Tag.Get("without"))
			below, at := columnsOf(class, inner)
			for n, column := range below {
				if slices.Contains(without, column.Name) {
					continue
				}
				column.Key = column.Key || slices.Contains(keys, column.Name)
				columns, places = append(columns, column), append(places, append([]int{i}, at[n]...))
			}
			continue
		}
		column, err := parseColumn(field)
		if err != nil {
			panic(fmt.Sprintf("sensor %s, field %s: %v", class, field.Name, err))
		}
		columns, places = append(columns, column), append(places, []int{i})
	}
	return columns, places
}

// embedded gives the struct that a field embeds, nil where it embeds none.
func embedded(field reflect.StructField) reflect.Type {
	inner := field.Type
	if inner.Kind() == reflect.Pointer {
		inner = inner.Elem()
	}
	if !field.Anonymous || inner.Kind() != reflect.Struct {
		return nil
	}
	return inner
}

func parseColumn(field reflect.StructField) (Column, error) {
	parts := strings.Split(field.Tag.Get("column"), ",")
	column := Column{Name: parts[0], About: field.Tag.Get("about"), Sensitivity: Sensitivity(parts[len(parts)-1])}
	column.Key = len(parts) == 3 && parts[1] == "key"
	people := field.Tag.Get("people")
	column.Named, column.Maker = people != "", people == "maker"
	switch column.Sensitivity {
	case Public, Pseudonym, Local:
	default:
		return column, fmt.Errorf("no sensitivity, want column:\"name[,key],public|pseudonym|local\"")
	}
	switch {
	case people != "" && people != "out" && people != "maker":
		return column, fmt.Errorf("people:%q, want out or maker", people)
	case column.Name == "" || len(parts) > 3 || len(parts) == 3 && !column.Key:
		return column, fmt.Errorf("malformed column tag %q", field.Tag.Get("column"))
	case column.About == "":
		return column, fmt.Errorf("no about tag")
	case !supported(field.Type):
		return column, fmt.Errorf("a %s cannot be a column", field.Type)
	}
	return column, nil
}

func supported(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int64, reflect.Uint64:
		return true
	case reflect.Slice:
		return t.Elem().Kind() == reflect.String
	}
	return false
}

// observe turns a row into an observation; what is unknown is left out.
func observe(class string, columns []Column, places [][]int, row reflect.Value) finding.Observation {
	o := finding.Observation{Class: class, Columns: make(map[string]string, len(columns))}
	key := []string{class}
	for i, column := range columns {
		var text string
		if value, err := row.FieldByIndexErr(places[i]); err == nil { // an embedded pointer that is nil says nothing
			text = format(value)
		}
		if text != "" {
			o.Columns[column.Name] = text
		}
		if column.Key {
			key = append(key, text)
		}
	}
	o.UID = finding.UID(key...)
	return o
}

// format writes a value as rules read it: zero numbers and false stay visible
// ("0", "false"), since they are answers; only an empty text is unknown.
func format(v reflect.Value) string {
	switch v.Kind() {
	case reflect.String:
		return clean(v.String())
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case reflect.Int, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10)
	case reflect.Uint64:
		return strconv.FormatUint(v.Uint(), 10)
	default:
		return clean(strings.Join(v.Interface().([]string), " "))
	}
}

// Off is the sensor switched off: it looks at nothing and says why, so that its
// class is shown as not covered and never as clean.
func (s Sensor) Off(why string) Sensor {
	s.Watch = nil
	s.Collect = func(context.Context, host.Host) ([]finding.Observation, error) {
		return nil, fmt.Errorf("%s: %w", why, host.ErrUnsupported)
	}
	return s
}
