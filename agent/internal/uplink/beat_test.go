package uplink

import (
	"testing"
	"testing/synctest"
	"time"
)

// A beat that is asked for goes at once, and one that was asked for while there is
// no stream as soon as there is one.
func TestBeatGoesWhenAskedFor(t *testing.T) {
	inBubble(t, func(w *world) {
		w.start()
		w.uplink.Beat()
		synctest.Wait()
		if got := w.beats.Load(); got != 1 {
			w.t.Errorf("%d heartbeats came, one was asked for", got)
		}
		w.pull()
		w.uplink.Beat()
		w.uplink.Beat()
		w.plug()
		time.Sleep(heartbeat - time.Second)
		synctest.Wait()
		if got := w.beats.Load(); got != 2 {
			w.t.Errorf("%d heartbeats came, one more was asked for while the wire was out", got)
		}
	})
}
