package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"
	"unsafe"
)

var _ CameraHost = (*LiveHost)(nil)

const (
	cameraPatience  = 2 * time.Second
	maxCameras      = 64
	cameraSystem    = 1 // kCMIOObjectSystemObject
	oldCameraFolder = "Library/CoreMediaIO/Plug-Ins/DAL"
)

// cameraAddress is a CMIOObjectPropertyAddress.
type cameraAddress struct{ selector, scope, element uint32 }

func cameraProperty(name string) cameraAddress {
	return cameraAddress{selector: fourLetters(name), scope: fourLetters("glob")}
}

// cameraQuestion is asked one at a time: its answer comes from another process.
type cameraQuestion struct {
	mu   sync.Mutex
	busy bool
}

type cameraAnswer struct {
	cameras []Camera
	err     error
}

// Cameras asks CoreMediaIO which cameras there are and whether any program uses
// them; no picture is taken and no permission for one needed. Up to macOS 13 the
// question would load what programs that stand in for a camera installed: then
// it is not asked where there is such a program, and they alone are told.
func (h *LiveHost) Cameras(ctx context.Context) ([]Camera, error) {
	if loadsOldCameras(h.platform.OSVersion) {
		if old := oldCameras(namesIn(h.files, oldCameraFolder)); len(old) > 0 {
			return old, fmt.Errorf("this macOS would load %q into the agent to tell of other cameras: %w", old[0].Name, ErrUnsupported)
		}
	}
	q := &h.cameras
	q.mu.Lock()
	if q.busy {
		q.mu.Unlock()
		return nil, errors.New("list cameras: macOS has not answered the last question")
	}
	q.busy = true
	q.mu.Unlock()
	answered := make(chan cameraAnswer, 1)
	go func() {
		cameras, err := lent(h.askCameras)
		q.mu.Lock()
		defer q.mu.Unlock()
		q.busy = false
		answered <- cameraAnswer{cameras, err}
	}()
	patience := time.NewTimer(cameraPatience)
	defer patience.Stop()
	select {
	case a := <-answered:
		return a.cameras, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-patience.C:
		return nil, fmt.Errorf("list cameras: no answer within %s", cameraPatience)
	}
}

func namesIn(files fs.FS, folder string) []string {
	entries, err := fs.ReadDir(files, folder)
	if err != nil {
		return nil // no such folder: nobody stands in for a camera
	}
	names := make([]string, 0, len(entries))
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func (h *LiveHost) askCameras() ([]Camera, error) {
	var devices [maxCameras]uint32
	used, err := cameraSays(cameraSystem, cameraProperty("dev#"), unsafe.Pointer(&devices[0]), uint32(unsafe.Sizeof(devices)))
	if err != nil {
		return nil, err
	}
	cameras := make([]Camera, 0, used/4)
	for _, device := range devices[:min(used/4, maxCameras)] {
		var name uintptr
		var transport, running uint32
		if _, err := cameraSays(device, cameraProperty("lnam"), unsafe.Pointer(&name), uint32(unsafe.Sizeof(name))); err != nil {
			continue // it went meanwhile
		}
		text := cfObject(name)
		if _, err := cameraSays(device, cameraProperty("tran"), unsafe.Pointer(&transport), 4); err != nil {
			transport = 0
		}
		said := &running
		if _, err := cameraSays(device, cameraProperty("gone"), unsafe.Pointer(&running), 4); err != nil {
			said = nil
		}
		cameras = append(cameras, macCamera(text.text(), transport, said))
		text.release()
	}
	if len(cameras) == 0 && h.platform.Chassis == "laptop" {
		return nil, fmt.Errorf("macOS told the agent of no camera, and every MacBook has one: %w", ErrDenied)
	}
	return cameras, nil
}

// cameraSays asks an object for a property and says how many bytes the answer has.
func cameraSays(object uint32, property cameraAddress, into unsafe.Pointer, size uint32) (uint32, error) {
	var used uint32
	status, err := coreMediaIO.call("CMIOObjectGetPropertyData", uintptr(object), uintptr(unsafe.Pointer(&property)), 0, 0,
		uintptr(size), uintptr(unsafe.Pointer(&used)), uintptr(into))
	if err != nil {
		return 0, err
	}
	if int32(status) != 0 {
		return 0, fmt.Errorf("ask for cameras: CoreMediaIO says %d", int32(status))
	}
	return used, nil
}
