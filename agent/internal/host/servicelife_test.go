package host

import (
	"context"
	"testing"
	"testing/synctest"
)

func TestNoticeboardTellsAllAndWaitsForNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var board noticeboard
		ctx, leave := context.WithCancel(t.Context())
		one, other := board.follow(ctx), board.follow(t.Context())
		for range 9 {
			board.post(lifeSession) // more than anybody reads
		}
		if n := <-one; n != lifeSession {
			t.Errorf("told %d", n)
		}
		leave()
		synctest.Wait()
		board.post(lifeResume)
		for range one { // closed, once what was told before is read
		}
		if n := <-other; n != lifeSession {
			t.Errorf("the other was told %d", n)
		}
	})
}
