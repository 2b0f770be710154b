//go:build linux

package main

import (
	"errors"
	"slices"
)

// A bench is what one scenario has plugged in, and how it is taken away again.
type bench struct{ ends []func() error }

func (b *bench) atEnd(end func() error) { b.ends = append(b.ends, end) }

// clear unplugs everything, the last first.
func (b *bench) clear() error {
	var problems []error
	for _, end := range slices.Backward(b.ends) {
		problems = append(problems, end())
	}
	b.ends = nil
	return errors.Join(problems...)
}
