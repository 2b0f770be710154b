package catalogue_test

import (
	"testing"

	"github.com/farmwatch/farmwatch/proto/catalogue"
)

func TestEmbeddedLoads(t *testing.T) {
	c, err := catalogue.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Tools) == 0 || len(c.Composites) == 0 || len(c.Revision) != 32 {
		t.Fatalf("tools %d, composites %d, revision %q", len(c.Tools), len(c.Composites), c.Revision)
	}
}
