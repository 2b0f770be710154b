package host

import (
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Where Windows keeps what programs made into cameras, and when programs used any.
const (
	cameraFilters = "CLSID/{860BB310-5D01-11d0-BD3B-00A0C911CE86}/Instance" // DirectShow's list of sources of video
	cameraConsent = "Microsoft/Windows/CurrentVersion/CapabilityAccessManager/ConsentStore/webcam"
)

// A cameraNode is a device that calls itself a camera.
type cameraNode struct{ instance, name string }

// windowsCameras makes rows of camera devices and of the programs that stand in
// for one. Windows notes use of devices, by whatever program, and of programs'
// cameras of the older kind no use at all: that stays unknown.
func windowsCameras(files fs.FS, nodes []cameraNode, started time.Time) []Camera {
	var cameras []Camera
	virtual, physical := false, false
	for _, node := range nodes {
		c := Camera{Name: node.name, Virtual: madeByProgram(node.instance)}
		virtual, physical = virtual || c.Virtual, physical || !c.Virtual
		cameras = append(cameras, c)
	}
	inUse, told := cameraInUse(files, started)
	for i := range cameras {
		switch {
		case !told:
		case !inUse:
			cameras[i].InUse = "false"
		case virtual != physical: // else it is not told which of them
			cameras[i].InUse = "true"
		}
	}
	for _, name := range filterCameras(files) {
		cameras = append(cameras, Camera{Name: name, Virtual: true})
	}
	return cameras
}

// madeByProgram says whether a device is on no bus that a wire leads to.
func madeByProgram(instance string) bool {
	bus, _, _ := strings.Cut(strings.ToUpper(instance), `\`)
	return bus == "ROOT" || bus == "SWD"
}

// filterCameras are the names of programs that show themselves as a camera. A
// device's own entry among them, which has its path, is met as a device.
func filterCameras(files fs.FS) []string {
	var names []string
	for _, classes := range []string{"registry/HKLM/SOFTWARE/Classes", "registry/HKLM/SOFTWARE/Classes/WOW6432Node"} {
		entries, err := fs.ReadDir(files, path.Join(classes, cameraFilters))
		if err != nil {
			continue // none
		}
		for _, entry := range entries[:min(len(entries), 64)] {
			dir := path.Join(classes, cameraFilters, entry.Name())
			name := registryText(files, path.Join(dir, "FriendlyName"))
			if name != "" && registryText(files, path.Join(dir, "DevicePath")) == "" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

func registryText(files fs.FS, name string) string {
	b, err := fs.ReadFile(files, name)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// cameraInUse says whether any program of anybody uses a camera now: such a use
// has begun, since the machine started, and not ended. Which program it is, and
// whose, is not kept. Told is whether Windows notes it at all.
func cameraInUse(files fs.FS, started time.Time) (inUse, told bool) {
	places := []string{path.Join("registry/HKLM/SOFTWARE", cameraConsent)}
	people, err := fs.ReadDir(files, "registry/HKU")
	if err != nil {
		people = nil
	}
	for _, person := range people[:min(len(people), 256)] {
		places = append(places, path.Join("registry/HKU", person.Name(), "SOFTWARE", cameraConsent))
	}
	for _, place := range places {
		using, there := consentInUse(files, place, started, 1)
		inUse, told = inUse || using, told || there
	}
	return inUse, told
}

// consentInUse looks at the programs below a key; those without a package are
// one key further down.
func consentInUse(files fs.FS, place string, started time.Time, deeper int) (inUse, told bool) {
	programs, err := fs.ReadDir(files, place)
	if err != nil {
		return false, false
	}
	for _, program := range programs[:min(len(programs), 1024)] {
		if !program.IsDir() {
			continue
		}
		dir := path.Join(place, program.Name())
		if deeper > 0 && program.Name() == "NonPackaged" {
			using, _ := consentInUse(files, dir, started, 0)
			inUse = inUse || using
			continue
		}
		begun, err := strconv.ParseUint(registryText(files, path.Join(dir, "LastUsedTimeStart")), 10, 64)
		if err == nil && registryText(files, path.Join(dir, "LastUsedTimeStop")) == "0" && windowsTime(begun).After(started) {
			inUse = true
		}
	}
	return inUse, true
}
