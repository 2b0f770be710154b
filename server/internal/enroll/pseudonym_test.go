package enroll_test

import (
	"testing"

	"github.com/farmwatch/farmwatch/server/internal/enroll"
)

// TestPseudonymIsTheGates pins what agent/internal/privacy pins as well: the two
// share nothing but these letters.
func TestPseudonymIsTheGates(t *testing.T) {
	key := []byte("0123456789abcdef0123456789abcdef")
	if got := enroll.Pseudonym(key, "relay.corp.example"); got != "p:4f8f0139a8e3d190c7052b3976303c9b" {
		t.Errorf("got %s", got)
	}
}
