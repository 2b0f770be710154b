package alert

import (
	"time"

	"github.com/google/uuid"
)

// NewID makes a UUIDv7: ids sort by when they were made. Time and randomness
// come from the caller, so that a test can know the id beforehand.
func NewID(at time.Time, random [10]byte) string {
	var id uuid.UUID
	copy(id[6:], random[:])
	ms := at.UnixMilli()
	for i := range 6 {
		id[i] = byte(ms >> (8 * (5 - i)))
	}
	id[6] = 0x70 | id[6]&0x0f
	id[8] = 0x80 | id[8]&0x3f
	return id.String()
}
