package alert

import (
	"errors"
	"fmt"
)

// Why a move was refused. A Refusal unwraps to one of these.
var (
	ErrDenied   = errors.New("not allowed")
	ErrInvalid  = errors.New("not valid")
	ErrConflict = errors.New("changed meanwhile")
	ErrNotFound = errors.New("not found")
)

// A Refusal says no to a person in one plain sentence.
type Refusal struct {
	Cause    error  // one of the causes above
	Field    string // of what was refused, where it is of one
	Sentence string
}

// Error is the sentence, as the person reads it.
func (r *Refusal) Error() string { return r.Sentence }

// Unwrap gives the cause, which decides the code an API answers with.
func (r *Refusal) Unwrap() error { return r.Cause }

func refuse(cause error, format string, args ...any) error {
	return &Refusal{Cause: cause, Sentence: fmt.Sprintf(format, args...)}
}
