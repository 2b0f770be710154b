package host

import (
	"testing"
	"time"
)

func TestCamerasOfThisMachine(t *testing.T) {
	found, err := Live(time.Now).Cameras(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", found)
}
