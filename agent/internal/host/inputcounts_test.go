package host

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

func told(inputs []Input) (own, made, used, moved int) {
	for _, in := range inputs {
		switch {
		case in.Kind == InputPressed && in.Injected:
			made++
		case in.Kind == InputPressed:
			own++
		case in.Injected:
			moved++
		default:
			used++
		}
	}
	return own, made, used, moved
}

func TestMacCounts(t *testing.T) {
	for _, test := range []struct {
		name                   string
		looks                  [][4]uint32 // all keys, all uses, hardware's keys, hardware's uses
		own, made, used, moved int
	}{
		{"the first look tells of nothing", [][4]uint32{{100, 900, 50, 100}}, 0, 0, 0, 0},
		{"a person", [][4]uint32{{0, 0, 0, 0}, {5, 70, 5, 70}, {5, 90, 5, 90}}, 5, 0, 2, 0},
		{"a program", [][4]uint32{{0, 0, 0, 0}, {5, 70, 0, 0}, {5, 90, 0, 0}}, 0, 5, 0, 2},
		{"both", [][4]uint32{{7, 7, 7, 7}, {17, 7, 13, 7}, {17, 9, 13, 8}}, 6, 4, 1, 1},
		{"a key between two counters is no program's", [][4]uint32{{0, 0, 0, 0}, {1, 0, 2, 0}, {2, 0, 2, 0}}, 1, 0, 0, 0},
		{"a counter that wraps", [][4]uint32{{math.MaxUint32, 0, math.MaxUint32, 0}, {1, 0, 0, 0}}, 1, 1, 0, 0},
		{"somebody else at the keyboard, then a program here", [][4]uint32{{0, 0, 0, 0}, {0, 0, 400, 400}, {30, 0, 400, 400}}, 0, 22, 0, 0},
		{"no more than a second has", [][4]uint32{{0, 0, 0, 0}, {1 << 20, 0, 0, 0}}, 0, mostPresses, 0, 0},
	} {
		var c macCounter
		var all []Input
		for i, l := range test.looks {
			all = c.look(macCounts{l[0], l[1]}, macCounts{l[2], l[3]}, time.Duration(i)*time.Second, all)
		}
		if own, made, used, moved := told(all); own != test.own || made != test.made || used != test.used || moved != test.moved {
			t.Errorf("%s: %d of hardware, %d of programs, used %d and %d times; want %d %d %d %d", test.name, own, made, used, moved, test.own, test.made, test.used, test.moved)
		}
	}
}

// TestMacCountsAreNoAccusation: however the two counters are read, what only
// hardware made is never told as a program's.
func TestMacCountsAreNoAccusation(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var c macCounter
	var all, hardware uint32
	c.look(macCounts{keys: 2}, macCounts{}, 0, nil)
	all, hardware = 2, 2
	for range 10_000 {
		n := uint32(random.IntN(20))
		all += n
		between := uint32(random.IntN(3))
		in := c.look(macCounts{keys: all}, macCounts{keys: hardware + n + between}, 0, nil)
		hardware, all = hardware+n+between, all+between // counted by both at the next look
		if _, made, _, _ := told(in); made > 0 {
			t.Fatalf("%d are told as made by programs", made)
		}
	}
}
