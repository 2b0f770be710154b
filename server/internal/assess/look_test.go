package assess

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// A look that once takes a morning is not rested from for days.
func TestTheRestAfterALookHasAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithTimeout(t.Context(), 24*time.Hour)
		defer stop()
		looks := 0
		look := func(context.Context) error {
			if looks++; looks == 1 {
				time.Sleep(4 * time.Hour)
			}
			return nil
		}
		if err := lookOn(ctx, look, time.Now, func(error) {}); err != nil || looks < 19*60 {
			t.Errorf("%d looks on a day of which four hours were taken by the first: %v", looks, err)
		}
	})
}
