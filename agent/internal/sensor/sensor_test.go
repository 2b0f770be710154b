package sensor

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

type manyKinds struct {
	Port   string   `column:"port,key,public" about:"a port"`
	Serial string   `column:"serial,pseudonym" about:"a serial number"`
	Disk   bool     `column:"disk,public" about:"whether it is a disk"`
	Count  int      `column:"count,public" about:"a number"`
	Size   uint64   `column:"size,public" about:"a size"`
	Change int64    `column:"change,public" about:"a change"`
	Words  []string `column:"words,local" about:"words"`
}

func defineRow[Row any](every time.Duration) Sensor {
	return Define(Options{Class: "things", About: "Looks at things.", Every: every}, func(context.Context, host.Host) ([]Row, error) { return nil, nil })
}

func TestDefineMakesRows(t *testing.T) {
	s := Define(Options{Class: "things", About: "Looks at things.", Every: time.Second, Facts: true}, func(context.Context, host.Host) ([]manyKinds, error) {
		return []manyKinds{{Port: "1-1", Serial: "S", Disk: true, Count: 3, Size: 1 << 63, Change: -1, Words: []string{"a", "b"}}, {Port: "1-2"}, {Port: "1-2", Serial: "T"}}, nil
	})
	rows, err := s.Collect(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []map[string]string{
		{"port": "1-1", "serial": "S", "disk": "true", "count": "3", "size": "9223372036854775808", "change": "-1", "words": "a b"},
		{"port": "1-2", "disk": "false", "count": "0", "size": "0", "change": "0"},
		{"port": "1-2", "serial": "T", "disk": "false", "count": "0", "size": "0", "change": "0"},
	}
	for i, row := range rows {
		if diff := cmp.Diff(want[i], row.Columns); diff != "" || row.Class != "things" {
			t.Errorf("row %d of %s (-want +got):\n%s", i, row.Class, diff)
		}
	}
	if rows[0].UID == rows[1].UID || rows[1].UID != rows[2].UID {
		t.Errorf("UIDs %s, %s, %s: want them to follow the key and nothing else", rows[0].UID, rows[1].UID, rows[2].UID)
	}
	if c := s.Columns[0]; !s.Facts || !c.Key || c.Name != "port" || c.Sensitivity != Public || s.Columns[1].Key || s.Columns[6].Sensitivity != Local {
		t.Errorf("columns %+v are not what the struct declares", s.Columns)
	}
}

type shared struct {
	Name string `column:"name,key,public" about:"a name"`
	Size int    `column:"size,public" about:"a size"`
}

type sharing struct {
	Port string `column:"port,key,public" about:"a port"`
	*shared
	Last bool `column:"last,public" about:"whether it is the last"`
}

// Columns that classes share are a struct of their own, which rows embed.
func TestDefineFlattens(t *testing.T) {
	s := Define(Options{Class: "things", About: "Looks at things.", Every: time.Second}, func(context.Context, host.Host) ([]sharing, error) {
		return []sharing{{Port: "1", shared: &shared{Name: "a", Size: 2}, Last: true}, {Port: "2"}}, nil
	})
	rows, _ := look(t, nil, s)
	if diff := cmp.Diff([]string{"port=1 name=a size=2 last=true", "port=2 last=false"}, rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

// A row struct that leaves open what may leave the laptop must not get past the
// first test.
func TestDefineRefuses(t *testing.T) {
	tests := map[string]struct {
		define func()
		want   string
	}{
		"no tag": {func() {
			defineRow[struct{ Name string }](time.Second)
		}, "no sensitivity"},
		"no sensitivity": {func() {
			defineRow[struct {
				Name string `column:"name,key" about:"a name"`
			}](time.Second)
		}, "no sensitivity"},
		"no about": {func() {
			defineRow[struct {
				Name string `column:"name,public"`
			}](time.Second)
		}, "no about"},
		"no name": {func() {
			defineRow[struct {
				Name string `column:",public" about:"a name"`
			}](time.Second)
		}, "malformed"},
		"an odd word": {func() {
			defineRow[struct {
				Name string `column:"name,primary,public" about:"a name"`
			}](time.Second)
		}, "malformed"},
		"a type that is no column": {func() {
			defineRow[struct {
				Name time.Time `column:"name,public" about:"a name"`
			}](time.Second)
		}, "cannot be a column"},
		"a loop that would be busy": {func() { defineRow[manyKinds](time.Millisecond) }, "want a second or more"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if p := fmt.Sprint(recover()); !strings.Contains(p, test.want) || !strings.Contains(p, "sensor things") {
					t.Errorf("Define said %q, want it to name the sensor and say %q", p, test.want)
				}
			}()
			test.define()
		})
	}
}
