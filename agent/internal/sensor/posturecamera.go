package sensor

import (
	"context"
	"errors"
	"fmt"
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
type cameraSet struct {
	physical, virtual, physicalOpen, virtualOpen bool

	untold bool // of a virtual one it is not told whether it is open
}

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
func (w *postureWindow) cameras(ctx context.Context, h host.Host, now float64) (kinds, virtualOnly string, err error) {
	set, err := cameraSetNow(ctx, h)
	if err != nil {
		return "", "", err
	}
	w.physical.see(set.physicalOpen, now)
	w.virtual.see(set.virtualOpen, now)
	virtualOnly = yes(w.virtual.lately(now) && !w.physical.lately(now))
	if set.untold && virtualOnly == "false" && !w.physical.lately(now) {
		virtualOnly = ""
	}
	return set.kinds(), virtualOnly, nil
}

func cameraSetNow(ctx context.Context, h host.Host) (cameraSet, error) {
	if h.Platform().OS != "linux" {
		return toldCameras(ctx, h)
	}
	nodes, err := listed(h, cameraFolder, "cameras", `^video\d+$`)
	if err != nil && !errors.Is(err, host.ErrAbsent) {
		return cameraSet{}, err
	}
	return readCameras(h.Files(), nodes[:min(len(nodes), 64)]), nil
}

// toldCameras are those of a system that lists them itself.
func toldCameras(ctx context.Context, h host.Host) (cameraSet, error) {
	asked, err := host.Can[host.CameraHost](h, "cameras")
	if err != nil {
		return cameraSet{}, err
	}
	cameras, err := asked.Cameras(ctx)
	if err != nil {
		return cameraSet{}, fmt.Errorf("list cameras: %w", err)
	}
	var set cameraSet
	for _, c := range cameras {
		open := c.InUse == "true"
		if c.Virtual {
			set.virtual, set.virtualOpen, set.untold = true, set.virtualOpen || open, set.untold || c.InUse == ""
		} else {
			set.physical, set.physicalOpen = true, set.physicalOpen || open
		}
	}
	return set, nil
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
