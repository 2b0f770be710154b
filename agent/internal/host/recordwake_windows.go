package host

import (
	"context"
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

var evtSubscribe = wevtapi("EvtSubscribe")

const evtSubscribeToFuture = 1

// A logWatch says when a log has a new record that one of the questions asks for.
type logWatch struct {
	name   string // of the question
	news   windows.Handle
	handle uintptr
}

// hearRecords wakes remote_sessions when a log has something new for it, until
// ctx ends. Logs that cannot be followed are asked every minute.
func (h *LiveHost) hearRecords(ctx context.Context, heard chan<- string) {
	var watches []logWatch
	defer func() {
		for _, w := range watches {
			h.records.tells(w.name, false)
			w.close()
		}
	}()
	for _, q := range RecordQueries() {
		if q.System != "windows" {
			continue
		}
		if w, err := watchLog(q); err == nil {
			watches = append(watches, w)
			h.records.tells(q.Name, true)
		}
	}
	if len(watches) == 0 {
		return
	}
	stop, err := windows.CreateEvent(nil, 1, 0, nil)
	if err != nil {
		return
	}
	stopped := make(chan struct{})
	unwatch := context.AfterFunc(ctx, func() {
		_ = windows.SetEvent(stop)
		close(stopped)
	})
	defer func() {
		if !unwatch() {
			<-stopped
		}
		_ = windows.CloseHandle(stop)
	}()
	h.awaitRecords(ctx, stop, watches, heard)
}

func (h *LiveHost) awaitRecords(ctx context.Context, stop windows.Handle, watches []logWatch, heard chan<- string) {
	handles := []windows.Handle{stop}
	for _, w := range watches {
		handles = append(handles, w.news)
	}
	for ctx.Err() == nil {
		which, err := windows.WaitForMultipleObjects(handles, false, windows.INFINITE)
		if err != nil || which == windows.WAIT_OBJECT_0 || int(which) >= len(handles) {
			return
		}
		w := watches[which-1]
		w.drain()
		h.records.renew(w.name)
		select {
		case heard <- "remote_sessions":
		case <-ctx.Done():
			return
		}
	}
}

func watchLog(q RecordQuery) (logWatch, error) {
	if underWine() {
		return logWatch{}, logTrouble(q.Channel, 0)
	}
	channel, err := windows.UTF16PtrFromString(q.Channel)
	if err != nil {
		return logWatch{}, fmt.Errorf("follow %s: %w", q.Name, err)
	}
	filter, err := windows.UTF16PtrFromString(q.Filter)
	if err != nil {
		return logWatch{}, fmt.Errorf("follow %s: %w", q.Name, err)
	}
	news, err := windows.CreateEvent(nil, 1, 0, nil)
	if err != nil {
		return logWatch{}, fmt.Errorf("follow %s: %w", q.Name, err)
	}
	handle, last, err := evtSubscribe.do(0, uintptr(news), uintptr(unsafe.Pointer(channel)), uintptr(unsafe.Pointer(filter)), 0, 0, 0, evtSubscribeToFuture)
	if err == nil && handle == 0 {
		err = failed("follow Windows' log "+q.Channel, last)
	}
	w := logWatch{q.Name, news, handle}
	if err != nil {
		w.close()
		return logWatch{}, err
	}
	w.drain() // from now on it tells
	return w, nil
}

// drain takes the new records, which are read with the next answer, and waits
// for further ones.
func (w logWatch) drain() {
	_ = windows.ResetEvent(w.news) // before, so that what comes meanwhile wakes again
	for {
		var handles [evtBatch]uintptr
		var count uint32
		ok, _, err := evtNext.do(w.handle, evtBatch, uintptr(unsafe.Pointer(&handles[0])), 0, 0, uintptr(unsafe.Pointer(&count)))
		if err != nil || ok == 0 {
			return
		}
		for _, handle := range handles[:min(int(count), evtBatch)] {
			closeEvt(handle)
		}
	}
}

func (w logWatch) close() {
	if w.handle != 0 {
		closeEvt(w.handle)
	}
	_ = windows.CloseHandle(w.news)
}
