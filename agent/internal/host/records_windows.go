package host

import (
	"context"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

var _ RecordKeeper = (*LiveHost)(nil)

var (
	wevtapi = calls("wevtapi.dll")

	evtQuery  = wevtapi("EvtQuery")
	evtNext   = wevtapi("EvtNext")
	evtRender = wevtapi("EvtRender")
	evtClose  = wevtapi("EvtClose")
)

const (
	evtQueryChannelPath      = 0x1
	evtQueryReverseDirection = 0x200
	evtRenderXML             = 1
	evtBatch                 = 64
	evtWait                  = 1000 // milliseconds until it is looked whether anybody still waits for a batch
	evtWaits                 = 20   // of them for one batch: through a log of gigabytes Windows needs its time
	evtRecordLimit           = 64 << 10
)

// Records are the newest records of a Windows log that a question asks for, as
// XML. An answer serves until the log says that something is new, or a minute
// where it does not say.
func (h *LiveHost) Records(ctx context.Context, q RecordQuery) ([]byte, error) {
	return h.records.get(q.Name, h.now(), func() ([]byte, error) { return queryRecords(ctx, q) })
}

func queryRecords(ctx context.Context, q RecordQuery) ([]byte, error) {
	channel, err := windows.UTF16PtrFromString(q.Channel)
	if err != nil {
		return nil, fmt.Errorf("ask for %s: %w", q.Name, err)
	}
	filter, err := windows.UTF16PtrFromString(q.Filter)
	if err != nil {
		return nil, fmt.Errorf("ask for %s: %w", q.Name, err)
	}
	if underWine() {
		return nil, logTrouble(q.Channel, 0) // its functions are there and do nothing
	}
	answer, last, err := evtQuery.do(0, uintptr(unsafe.Pointer(channel)), uintptr(unsafe.Pointer(filter)), evtQueryChannelPath|evtQueryReverseDirection)
	switch {
	case err != nil:
		return nil, err
	case answer == 0:
		if err := logTrouble(q.Channel, uint32(last)); err != nil {
			return nil, err
		}
		return nil, failed("ask Windows' log "+q.Channel, last)
	}
	defer closeEvt(answer)
	return readAnswer(ctx, q, answer)
}

// readAnswer reads an answer batch by batch, the newest record first.
func readAnswer(ctx context.Context, q RecordQuery, answer uintptr) ([]byte, error) {
	var whole recordsAnswer
	for waited := 0; ; {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("read Windows' log %s: %w", q.Channel, err)
		}
		var handles [evtBatch]uintptr
		var count uint32
		ok, last, err := evtNext.do(answer, evtBatch, uintptr(unsafe.Pointer(&handles[0])), evtWait, 0, uintptr(unsafe.Pointer(&count)))
		if err != nil {
			return nil, err
		}
		if ok == 0 {
			if last == windows.ERROR_NO_MORE_ITEMS {
				return whole.oldestFirst(), nil
			}
			if waited++; last == windows.ERROR_TIMEOUT && waited < evtWaits {
				continue
			}
			return whole.oldestFirst(), failed("read Windows' log "+q.Channel, last)
		}
		waited = 0
		if !whole.takeAll(handles[:min(int(count), evtBatch)]) {
			return whole.oldestFirst(), fmt.Errorf("read Windows' log %s: %w", q.Channel, errRecordsFull)
		}
	}
}

// takeAll takes records in and closes them, and says whether there was room.
func (a *recordsAnswer) takeAll(records []uintptr) (room bool) {
	room = true
	for _, record := range records {
		if text, err := renderRecord(record); err == nil && room {
			room = a.take(text)
		}
		closeEvt(record)
	}
	return room
}

// renderRecord gives one record as XML. One that is longer than any about a
// session is passed over, and so is one that was removed meanwhile.
func renderRecord(record uintptr) ([]byte, error) {
	buffer := make([]uint16, 4<<10)
	for {
		var used, properties uint32
		ok, last, err := evtRender.do(0, record, evtRenderXML, uintptr(len(buffer)*2), uintptr(unsafe.Pointer(&buffer[0])), uintptr(unsafe.Pointer(&used)), uintptr(unsafe.Pointer(&properties)))
		switch {
		case err != nil:
			return nil, err
		case ok != 0:
			return []byte(windows.UTF16ToString(buffer[:min(int(used)/2, len(buffer))])), nil
		case last != windows.ERROR_INSUFFICIENT_BUFFER || int(used) <= len(buffer)*2 || used > evtRecordLimit:
			return nil, failed("read a record", last)
		}
		buffer = make([]uint16, (used+1)/2)
	}
}

// closeEvt closes a handle of a log; there is nothing to be done about one that
// cannot be closed.
func closeEvt(handle uintptr) { _, _, _ = evtClose.do(handle) }
