package host

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
	"unsafe"
)

const accessPointPatience = 2 * time.Second

// whereLocation tells how to mend it.
const whereLocation = "macOS tells the Wi-Fi access point only to programs that may know the location, and a service has nobody to ask for that: the router's hardware address still tells which laptops stand in one place"

// wireless asks macOS about Wi-Fi, one question at a time: its answer comes from
// another process.
type wireless struct {
	mu   sync.Mutex
	busy bool
}

type wirelessAnswer struct {
	points []AccessPoint
	err    error
}

// listAccessPoints asks CoreWLAN, which is written in Objective-C, by the plain
// functions of its runtime.
func (h *LiveHost) listAccessPoints(ctx context.Context) ([]AccessPoint, error) {
	w := &h.wireless
	w.mu.Lock()
	if w.busy {
		w.mu.Unlock()
		return nil, errors.New("look at Wi-Fi: macOS has not answered the last question")
	}
	w.busy = true
	w.mu.Unlock()
	answered := make(chan wirelessAnswer, 1)
	go func() {
		points, err := lent(askWireless)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.busy = false
		answered <- wirelessAnswer{points, err}
	}()
	patience := time.NewTimer(accessPointPatience)
	defer patience.Stop()
	select {
	case a := <-answered:
		return a.points, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-patience.C:
		return nil, fmt.Errorf("look at Wi-Fi: no answer within %s", accessPointPatience)
	}
}

// askWireless asks for each interface and what it is joined to.
func askWireless() ([]AccessPoint, error) {
	if _, err := coreWLAN.find("CWErrorDomain"); err != nil && !errors.Is(err, ErrUnsupported) {
		return nil, err
	}
	name := cText("CWWiFiClient")
	class, err := objectiveC.call("objc_getClass", uintptr(unsafe.Pointer(&name[0])))
	if err != nil {
		return nil, err
	}
	if class == 0 {
		return nil, fmt.Errorf("this macOS has no CoreWLAN: %w", ErrUnsupported)
	}
	interfaces := send(send(cfObject(class), "sharedWiFiClient"), "interfaces")
	var points []AccessPoint
	withheld := false
	for _, one := range interfaces.elements() {
		point := AccessPoint{Interface: send(one, "interfaceName").text(), SSID: send(one, "ssid").text()}
		if point.BSSID = macHardwareAddress(send(one, "bssid").text()); point.BSSID != "" {
			points = append(points, point)
		} else if send(one, "wlanChannel") != 0 {
			withheld = true
		}
	}
	if withheld {
		return points, fmt.Errorf("%s: %w", whereLocation, ErrDenied)
	}
	return points, nil
}

// send sends an object a message without arguments; nobody gets and gives 0.
func send(to cfObject, message string) cfObject {
	if to == 0 {
		return 0
	}
	name := cText(message)
	selector, err := objectiveC.call("sel_registerName", uintptr(unsafe.Pointer(&name[0])))
	if err != nil {
		return 0
	}
	answer, err := objectiveC.call("objc_msgSend", uintptr(to), selector)
	if err != nil {
		return 0
	}
	return cfObject(answer)
}
