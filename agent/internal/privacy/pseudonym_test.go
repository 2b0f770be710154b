package privacy_test

import (
	"testing"

	"github.com/farmwatch/farmwatch/agent/internal/privacy"
)

// TestPseudonymIsTheCollectors pins what server/internal/enroll pins as well: a
// tenant that a sanction names there must compare equal to the one seen here.
func TestPseudonymIsTheCollectors(t *testing.T) {
	g, err := privacy.NewGate(nil, []byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	if got := g.Pseudonym("relay.corp.example"); got != "p:4f8f0139a8e3d190c7052b3976303c9b" {
		t.Errorf("got %s", got)
	}
}
