package host

import (
	"os"
	"testing"
)

// lacking explains why a test of the real machine cannot run here. In CI, where
// the privilege is part of the deal, that is a failure.
func lacking(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("CI has to grant it: %s", what)
	}
	t.Skipf("not tested on this machine: %s", what)
}

// Lacking is lacking for tests that see the package from outside.
var Lacking = lacking
