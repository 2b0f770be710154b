package site

import (
	"cmp"
	"math/bits"
	"slices"
)

// days are the days of Memory as bits; the highest is the fleet's today.
type days uint32

func (d days) count() int { return bits.OnesCount32(uint32(d)) }

// first and last are how many days before today the earliest and the latest lie.
func (d days) first() int { return Memory - 1 - bits.TrailingZeros32(uint32(d)) }
func (d days) last() int  { return Memory - 1 - (bits.Len32(uint32(d)) - 1) }

// span is how many days lie between the earliest and the latest, both included.
func (d days) span() int { return d.first() - d.last() + 1 }

// since are all days from so many before today on.
func since(age int) days { return all &^ (1<<max(Memory-1-age, 0) - 1) }

// until are all days up to so many before today, itself included.
func until(age int) days { return 1<<min(max(Memory-age, 0), Memory) - 1 }

const all = days(1<<Memory - 1)

// votes say what on which days, in the order of what.
type votes[T cmp.Ordered] []vote[T]

type vote[T cmp.Ordered] struct {
	what T
	days days
}

func (v votes[T]) add(what T, b days) votes[T] {
	i, known := slices.BinarySearchFunc(v, what, func(one vote[T], what T) int { return cmp.Compare(one.what, what) })
	if !known {
		v = slices.Insert(v, i, vote[T]{what: what})
	}
	v[i].days |= b
	return v
}

// most is what was said on most of some days of a laptop's own, the smaller one of two.
func (v votes[T]) most(h *had, of days) (what T, ok bool) {
	best := 0
	for _, one := range v {
		if n := (h.own(one.days) & of).count(); n > best {
			what, best = one.what, n
		}
	}
	return what, best > 0
}
