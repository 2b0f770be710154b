package store

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestEveryQueryHasItsBlock(t *testing.T) {
	if err := bindQueries(queryFiles, &queries{}); err != nil {
		t.Error(err)
	}
}

func TestBindQueries(t *testing.T) {
	type two struct{ One, Two query }
	for name, test := range map[string]struct{ text, want string }{
		"missing":   {"-- name: One\nSELECT 1;", "Two"},
		"unused":    {"-- name: One\nSELECT 1;\n-- name: Two\nSELECT 2;\n-- name: Three\nSELECT 3;", "Three"},
		"twice":     {"-- name: One\nSELECT 1;\n-- name: One\nSELECT 2;", "a.sql:3"},
		"headless":  {"SELECT 1;", "a.sql:1"},
		"all there": {"-- about One\n-- name: One\nSELECT 1\n-- why\nFROM x;\n\n-- name: Two\nSELECT 2;", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var q two
			err := bindQueries(fstest.MapFS{"queries/a.sql": {Data: []byte(test.text)}}, &q)
			if test.want == "" {
				if err != nil || q.One.text != "SELECT 1\nFROM x" || q.Two.text != "SELECT 2" {
					t.Errorf("got %q, %v", q.One.text, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want it to name %s", err, test.want)
			}
		})
	}
}
