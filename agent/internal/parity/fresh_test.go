package parity

import (
	"bytes"
	"os"
	"testing"

	"github.com/farmwatch/farmwatch/agent/internal/sensor"
)

// People read the document to know where a system blinds farmwatch: it must be
// what the sensors say now.
func TestPlatformsAreFresh(t *testing.T) {
	var want bytes.Buffer
	if err := WritePlatforms(&want, sensor.All()); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("../../../docs/platforms.md")
	if err != nil || !bytes.Equal(got, want.Bytes()) {
		t.Errorf("docs/platforms.md is not what the sensors say now: run `make generate` and commit it (%v)", err)
	}
}
