package host

import (
	"context"
	"encoding/binary"
	"slices"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

func heardWithin(t *testing.T, wakes <-chan string, want map[string]bool) {
	t.Helper()
	late := time.After(10 * time.Second)
	for len(want) > 0 {
		select {
		case class, ok := <-wakes:
			if !ok {
				t.Fatal("the wakes ended")
			}
			delete(want, class)
		case <-late:
			t.Fatalf("not woken: %v", want)
		}
	}
}

// What Windows says is handed in as it would: Wine calls nobody.
func TestLiveWake(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	wakes, err := liveNow(t).Wake(ctx)
	if err != nil {
		t.Fatal(err)
	}
	wakeListeners.Lock()
	number := wakeListeners.last
	wakeListeners.Unlock()
	notice := append(make([]byte, 24), wide(`\\?\USB#VID_046D&PID_C31C#1#{a5dcbf10-6530-11d2-901f-00c04fb951ed}`+"\x00")...)
	deviceNotice(0, number, 0, (*[24]byte)(unsafe.Pointer(&notice[0])), uint32(len(notice)))
	networkNotice(number, 0, 0)
	heardWithin(t, wakes, map[string]bool{"usb_devices": true, "arrivals": true, "network_interfaces": true})
	waitForLife(t)
	serviceLife.post(lifeSession)
	heardWithin(t, wakes, map[string]bool{"logged_in_users": true, "remote_sessions": true})
	cancel()
	for range wakes { // until it is closed
	}
	wakeListeners.Lock()
	defer wakeListeners.Unlock()
	if wakeListeners.by[number] != nil {
		t.Error("somebody listens who ended")
	}
}

func waitForLife(t *testing.T) {
	t.Helper()
	for range 100 {
		serviceLife.mu.Lock()
		n := len(serviceLife.readers)
		serviceLife.mu.Unlock()
		if n > 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("nobody follows the service's life")
}

// Windows promises nothing of what lies beside an argument that is shorter than
// its place: called as it calls, no more than the notice is read.
func TestDeviceNoticeWidths(t *testing.T) {
	heard := make(chan string, 8)
	const number, beside = 1 << 29, 0xdead << 32
	wakeListeners.Lock()
	wakeListeners.by[number] = heard
	wakeListeners.Unlock()
	defer func() {
		wakeListeners.Lock()
		defer wakeListeners.Unlock()
		delete(wakeListeners.by, number)
	}()
	text := append(make([]byte, 24), wide(`\\?\USB#VID_046D`)...)
	notice := slices.Concat(text, wide(`#{0}`)) // of which the end is not the notice's any more
	for _, size := range []int{24, len(text)} {
		_, _, _ = syscall.SyscallN(deviceEntry(), 0, number, beside, uintptr(unsafe.Pointer(&notice[0])), uintptr(size)|beside)
	}
	if len(heard) != 2 { // usb_devices and arrivals, of the second call
		t.Errorf("woken %d times", len(heard))
	}
}

func TestDeviceNoticeBounds(*testing.T) {
	notice := make([]byte, 24)
	binary.LittleEndian.PutUint32(notice, 0)
	deviceNotice(0, 1<<30, 0, (*[24]byte)(unsafe.Pointer(&notice[0])), 24)
	deviceNotice(0, 1<<30, 7, nil, 0)
}
