package parse

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// A Requirement is what macOS asks of a program's signature: that it is part of
// macOS, or made by a team, under an identifier.
type Requirement struct {
	Identifier string
	Team       string // Apple's number of the developer
	Apple      bool   // signed by Apple as a part of macOS
}

// The marks of a compiled requirement, as Apple's open source of Security has
// them (requirement.h).
const (
	requirementMagic = 0xfade0c00
	requirementDepth = 64

	opIdentifier  = 2
	opApple       = 3
	opAnchorHash  = 4
	opListedValue = 5
	opAnd         = 6
	opOr          = 7
	opCodeHash    = 8
	opNot         = 9
	opListedField = 10
	opCertField   = 11
	opTrustedCert = 12
	opCertGeneric = 14
	opEntitlement = 16
	opCertPolicy  = 17
	opNamedAnchor = 18
	opNamedCode   = 19
	opPlatform    = 20
)

var errRequirement = errors.New("requirement: malformed")

// ParseRequirement reads a compiled requirement. What only one of several ways or
// a denial asks for is not asked for, but for the team, which Apple's own wording
// for a Developer ID names as one of two ways.
func ParseRequirement(b []byte) (Requirement, error) {
	if len(b) < 12 || binary.BigEndian.Uint32(b) != requirementMagic || binary.BigEndian.Uint32(b[4:]) != uint32(len(b)) || binary.BigEndian.Uint32(b[8:]) != 1 {
		return Requirement{}, errRequirement
	}
	r := requirementReader{rest: b[12:]}
	if err := r.expression(0, true, true); err != nil {
		return Requirement{}, fmt.Errorf("read a requirement: %w", err)
	}
	return r.found, nil
}

type requirementReader struct {
	rest  []byte
	found Requirement
}

func (r *requirementReader) number() (uint32, error) {
	if len(r.rest) < 4 {
		return 0, errRequirement
	}
	n := binary.BigEndian.Uint32(r.rest)
	r.rest = r.rest[4:]
	return n, nil
}

// text takes a counted text, filled up to a multiple of four bytes.
func (r *requirementReader) text() (string, error) {
	n, err := r.number()
	padded := (uint64(n) + 3) &^ 3
	if err != nil || padded > uint64(len(r.rest)) {
		return "", errRequirement
	}
	text := string(r.rest[:n])
	r.rest = r.rest[padded:]
	return text, nil
}

// expression takes one part: always says that it must hold, some that it may.
func (r *requirementReader) expression(depth int, always, some bool) error {
	if depth > requirementDepth {
		return errRequirement
	}
	op, err := r.number()
	if err != nil {
		return err
	}
	switch op &= 0xffffff; op { // the highest byte says what to do when the mark is not known
	case opAnd, opOr:
		always = always && op == opAnd
		if err := r.expression(depth+1, always, some); err != nil {
			return err
		}
		return r.expression(depth+1, always, some)
	case opNot:
		return r.expression(depth+1, false, false)
	case opIdentifier:
		text, err := r.text()
		if always {
			r.found.Identifier = short(text)
		}
		return err
	case opApple:
		r.found.Apple = r.found.Apple || always
		return nil
	case opCertField:
		return r.field(some)
	}
	return r.other(op)
}

// field takes what is asked of a field of a certificate.
func (r *requirementReader) field(some bool) error {
	slot, err := r.number()
	if err != nil {
		return err
	}
	name, err := r.text()
	if err != nil {
		return err
	}
	equal, value, err := r.match()
	if some && equal && slot == 0 && name == "subject.OU" {
		r.found.Team = short(value)
	}
	return err
}

// match takes how a value is compared, and says whether it must be equal.
func (r *requirementReader) match() (equal bool, value string, err error) {
	how, err := r.number()
	switch {
	case err != nil:
	case how == 0 || how == 14: // that it is there, or not
	case how <= 8:
		value, err = r.text()
	case how <= 13: // a time
		for range 2 {
			if _, err = r.number(); err != nil {
				return false, "", err
			}
		}
	default:
		err = errRequirement
	}
	return how == 1, value, err
}

// other takes parts that say nothing of who made a program.
func (r *requirementReader) other(op uint32) error {
	var numbers, texts, matches int
	switch op {
	case opAnchorHash:
		numbers, texts = 1, 1
	case opListedValue:
		texts = 2
	case opCodeHash, opNamedAnchor, opNamedCode:
		texts = 1
	case opListedField, opEntitlement:
		texts, matches = 1, 1
	case opTrustedCert, opPlatform:
		numbers = 1
	case opCertGeneric, opCertPolicy:
		numbers, texts, matches = 1, 1, 1
	}
	for range numbers {
		if _, err := r.number(); err != nil {
			return err
		}
	}
	for range texts {
		if _, err := r.text(); err != nil {
			return err
		}
	}
	for range matches {
		if _, _, err := r.match(); err != nil {
			return err
		}
	}
	return nil
}
