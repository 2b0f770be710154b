package host

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

// displayOutputsNow are the ways in which displays are fed, by their instance in
// capitals. A service is not shown them, since it has no desktop: then it is empty, and
// companions tell.
func displayOutputsNow() map[string]string {
	outputs := map[string]string{}
	for _, target := range displayTargets(displayPaths()) {
		question := targetQuestion(target)
		code, _, err := calls("user32.dll")("DisplayConfigGetDeviceInfo").do(uintptr(unsafe.Pointer(unsafe.SliceData(question))))
		if err != nil || code != 0 {
			continue
		}
		if instance, output := targetOf(question); instance != "" {
			outputs[instance] = output
		}
	}
	return outputs
}

// displayPaths are all ways from pictures to outputs, those that are not in use
// among them: a display that shows nothing is there as well.
func displayPaths() []byte {
	const allPaths, limit = 1, 16384
	library := calls("user32.dll")
	for range 3 { // the number changes when one is plugged in meanwhile
		var paths, modes uint32
		code, _, err := library("GetDisplayConfigBufferSizes").do(allPaths, uintptr(unsafe.Pointer(&paths)), uintptr(unsafe.Pointer(&modes)))
		if err != nil || code != 0 || paths == 0 || paths > limit || modes > limit {
			return nil
		}
		b, unused := make([]byte, paths*displayPathSize), make([]byte, max(modes, 1)*displayModeSize)
		code, _, err = library("QueryDisplayConfig").do(allPaths, uintptr(unsafe.Pointer(&paths)), uintptr(unsafe.Pointer(unsafe.SliceData(b))),
			uintptr(unsafe.Pointer(&modes)), uintptr(unsafe.Pointer(unsafe.SliceData(unused))), 0)
		switch {
		case err == nil && code == 0:
			return b[:min(len(b), int(paths)*displayPathSize)]
		case err != nil || windows.Errno(code) != windows.ERROR_INSUFFICIENT_BUFFER:
			return nil
		}
	}
	return nil
}
