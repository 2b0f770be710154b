package assess

import (
	"os"
	"runtime"
	"testing"
)

// TestMain lets Go collect garbage as seldom as in a collector that judges.
func TestMain(m *testing.M) {
	ballast := make([]byte, Ballast)
	code := m.Run()
	runtime.KeepAlive(ballast)
	os.Exit(code)
}
