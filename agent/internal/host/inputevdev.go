package host

import (
	"encoding/binary"
	"strconv"
	"time"
)

// The kernel hands inputs out as records of one length: seconds, microseconds,
// type, code and value (struct input_event; linux/input.h).
const (
	recordWord  = strconv.IntSize / 8
	recordType  = 2 * recordWord
	recordCode  = recordType + 2
	recordValue = recordCode + 2
	recordSize  = recordValue + 4
)

// The types of a record (linux/input-event-codes.h) and two codes of EV_SYN.
const (
	evSyn, evKey, evRel, evAbs, evMsc, evSw = 0, 1, 2, 3, 4, 5
	synReport, synDropped                   = 0, 3
)

// An axis is the range of positions that a device knows.
type axis struct{ low, high int }

func (a axis) place(value int) int {
	if a.high <= a.low {
		return value
	}
	return (min(max(value, a.low), a.high) - a.low) * InputRange / (a.high - a.low)
}

// An inputReader makes inputs of the records of one device.
type inputReader struct {
	device   string
	buttons  bool // whether what is pressed on it is a button: the kernel passes keys or buttons, never both
	touch    bool
	injected bool
	axes     [2]axis

	moved, placed, scrolled bool // since the last report
	lost                    bool // until the next report what comes is only a part
	dx, dy, x, y            int
}

// forgetKeys wipes the codes of keys out of what was read, before anything else
// looks at it.
func forgetKeys(records []byte) {
	for at := 0; at+recordSize <= len(records); at += recordSize {
		if binary.NativeEndian.Uint16(records[at+recordType:]) == evKey {
			clear(records[at+recordCode : at+recordValue])
		}
	}
}

// read appends the inputs that records tell of. A record cut short is left out.
func (r *inputReader) read(records []byte, to []Input) []Input {
	forgetKeys(records)
	for ; len(records) >= recordSize; records = records[recordSize:] {
		code := int(binary.NativeEndian.Uint16(records[recordCode:])) // zero for every key
		value := int(int32(binary.NativeEndian.Uint32(records[recordValue:])))
		switch binary.NativeEndian.Uint16(records[recordType:]) {
		case evSyn:
			to = r.report(code, recordTime(records), to)
		case evKey:
			to = r.press(value, recordTime(records), to)
		case evRel:
			r.move(code, value)
		case evAbs:
			r.place(code, value)
		case evSw:
			if code == swLid && !r.lost {
				to = append(to, r.input(pick(value != 0, InputLidClose, InputLidOpen), recordTime(records)))
			}
		}
	}
	return to
}

func recordTime(record []byte) time.Duration {
	if recordWord == 4 {
		return time.Duration(binary.NativeEndian.Uint32(record))*time.Second + time.Duration(binary.NativeEndian.Uint32(record[4:]))*time.Microsecond
	}
	return time.Duration(binary.NativeEndian.Uint64(record))*time.Second + time.Duration(binary.NativeEndian.Uint64(record[8:]))*time.Microsecond
}

func pick(first bool, one, other string) string {
	if first {
		return one
	}
	return other
}

func (r *inputReader) input(kind string, at time.Duration) Input {
	return Input{Device: r.device, Kind: kind, At: at, Injected: r.injected}
}

// press tells of a key or button; value 2 is a key that repeats by itself.
func (r *inputReader) press(value int, at time.Duration, to []Input) []Input {
	switch {
	case r.lost || value > 1 || value < 0:
		return to
	case r.buttons:
		return append(to, r.input(pick(value == 1, InputButtonPress, InputButtonRelease), at))
	}
	return append(to, r.input(pick(value == 1, InputPress, InputRelease), at))
}

func (r *inputReader) move(code, value int) {
	switch code {
	case relX:
		r.dx, r.moved = r.dx+value, true
	case relY:
		r.dy, r.moved = r.dy+value, true
	case relWheel, relHWheel:
		r.scrolled = true
	}
}

func (r *inputReader) place(code, value int) {
	switch code {
	case absX:
		r.x, r.placed = r.axes[0].place(value), true
	case absY:
		r.y, r.placed = r.axes[1].place(value), true
	}
}

// report ends what belongs together. After the kernel had to drop records, what
// comes up to the next report is a part of something and is left out.
func (r *inputReader) report(code int, at time.Duration, to []Input) []Input {
	switch {
	case code == synDropped:
		r.lost = true
	case code != synReport:
		return to
	case r.lost:
		r.lost = false
		to = append(to, r.input(InputLost, at))
	default:
		to = r.pointed(at, to)
	}
	r.moved, r.placed, r.scrolled, r.dx, r.dy = false, false, false, 0, 0
	return to
}

func (r *inputReader) pointed(at time.Duration, to []Input) []Input {
	if r.moved {
		move := r.input(InputMove, at)
		move.X, move.Y = r.dx, r.dy
		to = append(to, move)
	}
	if r.scrolled {
		to = append(to, r.input(InputScroll, at))
	}
	switch {
	case r.placed && r.touch:
		to = append(to, r.input(InputTouch, at))
	case r.placed:
		place := r.input(InputPlace, at)
		place.X, place.Y = r.x, r.y
		to = append(to, place)
	}
	return to
}
