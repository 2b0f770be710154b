package parse

import (
	"bytes"
	"time"
)

const setupBootLimit = 4096 // of one log, the newest

// ParseSetupAPIBoots reads from Windows' setupapi.dev.log when Windows started
// before it had something to write: "[Boot Session: 2026/03/02 08:00:01.500]".
// Times are local to zone, the oldest first.
func ParseSetupAPIBoots(text []byte, zone *time.Location) []time.Time {
	if zone == nil {
		zone = time.UTC
	}
	var found []time.Time
	for line := range bytes.Lines(text) {
		rest, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte("[Boot Session: "))
		if !ok || len(rest) > len("2006/01/02 15:04:05.000]") {
			continue
		}
		at, err := time.ParseInLocation("2006/01/02 15:04:05", string(bytes.TrimSuffix(rest, []byte("]"))), zone) // takes a fraction, too
		if err == nil {
			found = append(found, at.UTC())
		}
	}
	return found[max(0, len(found)-setupBootLimit):]
}
