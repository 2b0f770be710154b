package host

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"
)

// TestWindowsRecords asks every log there is a question for. Wine has the
// functions and no logs behind them, which must be told as such.
func TestWindowsRecords(t *testing.T) {
	h := New(Options{Now: time.Now})
	for _, q := range RecordQueries() {
		if q.System != "windows" {
			continue
		}
		text, err := h.Records(t.Context(), q)
		switch {
		case underWine():
			if !errors.Is(err, ErrUnsupported) || len(text) > 0 {
				t.Errorf("%s: %q, %v, want that it is not supported", q.Name, text, err)
			}
		case err == nil:
			if len(text) > 0 && !bytes.HasPrefix(text, []byte("<Event")) {
				t.Errorf("%s begins with %.60q", q.Name, text)
			}
		case !errors.Is(err, ErrDenied) && !errors.Is(err, ErrAbsent) && !errors.Is(err, errRecordsFull):
			t.Errorf("%s: %v", q.Name, err)
		}
	}
}

func TestWindowsRecordsAreFollowed(t *testing.T) {
	h := New(Options{Now: time.Now})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		h.hearRecords(ctx, make(chan string))
		close(ended)
	}()
	if !underWine() {
		time.Sleep(100 * time.Millisecond)
	}
	cancel()
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Fatal("still listening")
	}
}
