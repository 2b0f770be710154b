package catalogue

import (
	"iter"
	"math/bits"
)

// A set holds places of spells.
type set []uint64

func newSet(n int) set { return make(set, (n+63)/64) }

func (s set) add(i int)      { s[i/64] |= 1 << (i % 64) }
func (s set) has(i int) bool { return s[i/64]&(1<<(i%64)) != 0 }

// union adds what another set holds; nil holds nothing.
func (s set) union(other set) {
	for i, word := range other {
		s[i] |= word
	}
}

// all gives what is in the set, lowest first.
func (s set) all() iter.Seq[int] {
	return func(yield func(int) bool) {
		for i, word := range s {
			for ; word != 0; word &= word - 1 {
				if !yield(i*64 + bits.TrailingZeros64(word)) {
					return
				}
			}
		}
	}
}

func (s set) empty() bool {
	for _, word := range s {
		if word != 0 {
			return false
		}
	}
	return true
}

// beyond says whether the set holds anything that the other does not.
func (s set) beyond(other set) bool {
	for i, word := range s {
		if word&^other[i] != 0 {
			return true
		}
	}
	return false
}
