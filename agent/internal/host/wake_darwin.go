package host

import (
	"context"
	"fmt"
	"slices"
	"time"
	"unsafe"
)

var _ Waker = (*LiveHost)(nil)

// wakeEvery is how often the registry is asked which devices there are: some tens
// of numbers, for which no run loop and no call from C into Go is needed.
const wakeEvery = 2 * time.Second

// Wake sends what should look when devices came or went.
func (h *LiveHost) Wake(ctx context.Context) (<-chan string, error) {
	met, err := entriesOf("IOUSBHostDevice")
	if err != nil {
		return nil, fmt.Errorf("listen for device changes: %w", err)
	}
	heard, wakes := make(chan string), make(chan string)
	go func() {
		defer close(heard)
		ticker := time.NewTicker(wakeEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			now, err := entriesOf("IOUSBHostDevice")
			if err != nil || slices.Equal(met, now) {
				continue
			}
			met = now
			// A display on USB-C comes with devices of its own.
			for _, class := range []string{"usb_devices", "arrivals", "connected_displays", "posture"} {
				select {
				case heard <- class:
				case <-ctx.Done():
					return
				}
			}
		}
	}()
	go func() {
		defer close(wakes)
		debounce(ctx, heard, wakes, wakePause)
	}()
	return wakes, nil
}

// entriesOf are the numbers of a class's entries in order. None is given twice
// while a machine runs, so that what was pulled out and put back is another.
func entriesOf(class string) ([]uint64, error) {
	list, err := ioServices(class)
	if err != nil {
		return nil, err
	}
	defer list.release()
	var numbers []uint64
	for entry := list.next(); entry != 0; entry = list.next() {
		var number uint64
		status, err := ioKit.call("IORegistryEntryGetRegistryEntryID", uintptr(entry), uintptr(unsafe.Pointer(&number)))
		entry.release()
		if ioFailed("number", status, err) == nil && len(numbers) < maxIOEntries {
			numbers = append(numbers, number)
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}
