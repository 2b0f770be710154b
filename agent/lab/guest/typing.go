//go:build linux

package main

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// A stroke is one key that goes down or up. Which key it is matters only to
// itself: the agent does not learn it.
type stroke struct {
	at   time.Duration // from the beginning
	key  int           // 0 to 9
	down bool
}

// firstKey is Q, in the keyboard controller's codes and in the kernel's alike.
const firstKey = 16

// presses is enough for a minute of typing.
const presses = 360

// local plans somebody who types at the laptop: press to press and how long a
// key is held are log-normal around 145 and 98 ms, so that keys overlap as they
// do under hands.
func local() []stroke {
	random := rand.New(rand.NewPCG(7, 7))
	free := [10]float64{}
	var plan []stroke
	at := 0.0
	for i := range presses {
		at += math.Exp(math.Log(145) + 0.38*random.NormFloat64())
		held := math.Exp(math.Log(98) + 0.22*random.NormFloat64())
		key := i * 7 % 10
		at = max(at, free[key]+15) // a key goes up before it goes down again
		free[key] = at + held
		plan = append(plan, stroke{milliseconds(at), key, true}, stroke{milliseconds(at + held), key, false})
	}
	return inOrder(plan)
}

// delayed is the same person behind a connection that takes always equally long.
func delayed(plan []stroke, by time.Duration) []stroke {
	plan = slices.Clone(plan)
	for i := range plan {
		plan[i].at += by
	}
	return plan
}

// batched is the same person behind a program that sends what was typed once
// per tick, and a connection that varies: strokes of one tick arrive together.
func batched(plan []stroke, tick time.Duration) []stroke {
	random := rand.New(rand.NewPCG(11, 11))
	plan = slices.Clone(plan)
	last := time.Duration(0)
	sent, late := time.Duration(0), time.Duration(0)
	for i := range plan {
		for plan[i].at > sent {
			sent, late = sent+tick, milliseconds(60+12*random.ExpFloat64())
		}
		last = max(last, sent+late)
		plan[i].at = last
	}
	return plan
}

func milliseconds(v float64) time.Duration { return time.Duration(v * float64(time.Millisecond)) }

func inOrder(plan []stroke) []stroke {
	slices.SortStableFunc(plan, func(a, b stroke) int { return int(a.at - b.at) })
	return plan
}

// perform does what a plan says when it says it.
func perform(plan []stroke, key func(stroke) error) error {
	began := time.Now()
	for _, s := range plan {
		time.Sleep(s.at - time.Since(began))
		if err := key(s); err != nil {
			return err
		}
	}
	return nil
}
