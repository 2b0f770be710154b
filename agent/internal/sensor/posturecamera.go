package sensor

import (
	"errors"
	"path"
	"slices"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

const cameraFolder = "sys/class/video4linux"

// loopbackModules are the kernel modules by which programs show themselves as
// cameras.
var loopbackModules = []string{"v4l2loopback", "akvcam"}

// relayedName is what Ubuntu's v4l2-relayd calls the loopback device through
// which it shows the built-in camera of laptops with Intel's IPU6: a physical
// camera in a virtual one's clothes (its default CARD_LABEL).
const relayedName = "Intel MIPI Camera"

// cameraSet is what kinds of camera there are, and which are open.
type cameraSet struct{ physical, virtual, physicalOpen, virtualOpen bool }

func (c cameraSet) kinds() string {
	switch {
	case c.physical && c.virtual:
		return "both"
	case c.physical:
		return "physical"
	case c.virtual:
		return "virtual"
	}
	return "none"
}

// cameras says which kinds of camera there are, and whether only virtual ones
// were used within a day.
func (w *postureWindow) cameras(h host.Host, now float64) (kinds, virtualOnly string, err error) {
	nodes, err := listed(h, cameraFolder, "cameras", `^video\d+$`)
	if err != nil && !errors.Is(err, host.ErrAbsent) {
		return "", "", err
	}
	set := readCameras(h.Files(), nodes[:min(len(nodes), 64)])
	w.physical.see(set.physicalOpen, now)
	w.virtual.see(set.virtualOpen, now)
	return set.kinds(), yes(w.virtual.lately(now) && !w.physical.lately(now)), nil
}

// readCameras asks the kernel how often each camera's driver is in use: opening
// a video device holds its module (v4l2-dev.c sets the device's owner, and
// chrdev_open takes it). That is two small files instead of everybody's open
// descriptors, needs no privilege and cannot tell whose program it is.
func readCameras(fsys host.FS, nodes []string) cameraSet {
	var set cameraSet
	var modules []string
	relayed := false
	for _, node := range nodes {
		dir := path.Join(cameraFolder, node)
		target, err := fsys.ReadLink(dir)
		switch {
		case err != nil:
		case strings.Contains(target, "/devices/virtual/"):
			isRelayed := strings.HasPrefix(attribute(fsys, path.Join(dir, "name")), relayedName)
			relayed = relayed || isRelayed
			set.virtual = set.virtual || !isRelayed
		case strings.Contains(target, "/usb"), strings.Contains(target, "/pci"): // decoders of a chip are on neither
			set.physical = true
			if module := linkBase(fsys, path.Join(dir, "device/driver/module")); module != "" && !slices.Contains(modules, module) {
				modules = append(modules, module)
			}
		}
	}
	set.physical = set.physical || relayed
	set.physicalOpen = slices.ContainsFunc(modules, func(m string) bool { return moduleInUse(fsys, m) })
	loopback := (set.virtual || relayed) && slices.ContainsFunc(loopbackModules, func(m string) bool { return moduleInUse(fsys, m) })
	set.virtualOpen = loopback && !relayed
	set.physicalOpen = set.physicalOpen || loopback && relayed
	return set
}

// moduleInUse says whether anything uses a kernel module.
func moduleInUse(fsys host.FS, module string) bool {
	count := attribute(fsys, path.Join("sys/module", module, "refcnt"))
	return number(count) != "" && count != "0"
}
