package host

import (
	"errors"
	"testing"
	"time"
)

// TestNoticesOpen shows nothing: a box would wait for a person.
func TestNoticesOpen(t *testing.T) {
	notices, err := New(Options{Now: time.Now}).Notices(t.Context())
	if underWine() {
		if notices != nil || !errors.Is(err, ErrUnsupported) {
			t.Errorf("%v, %v, want that it is not supported", notices, err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := notices.People(t.Context()); err != nil {
		t.Error(err)
	}
	if err := notices.Close(); err != nil {
		t.Error(err)
	}
}
