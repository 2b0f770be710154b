package host

import (
	"io/fs"
	"path"
)

// posture records how the laptop is kept: what kinds of camera there are and
// whether their drivers are in use, suspends, time since the start, the lid
// switch, and whether anybody has enrolled a fingerprint.
func (r *recorder) posture() {
	r.cameras()
	r.sounds()
	r.copy("sys/power/suspend_stats/success", r.scrubber.text)
	r.copy("proc/uptime", r.scrubber.text)
	r.copy("proc/bus/input/devices", switchLines)
	for _, list := range []string{"usr/lib/udev/hwdb.d/60-autosuspend-fingerprint-reader.hwdb", "usr/lib/udev/hwdb.d/60-autosuspend-libfprint-2.hwdb"} {
		r.copy(list, func(text string) string { return keepLines(text, "# Known unsupported", "usb:") })
	}
	people, err := fs.ReadDir(r.files, "var/lib/fprint")
	if err != nil {
		return // nobody, or hidden
	}
	r.folder("var/lib/fprint")
	if len(people) > 0 {
		r.folder("var/lib/fprint/somebody")
	}
}

// switchLines keeps of the list of input devices which switches they have.
func switchLines(text string) string { return keepLines(text, "\n", "B: SW=") }

// cameras keeps of each camera the way to its driver, and how often that is in use.
func (r *recorder) cameras() {
	r.each("sys/class/video4linux", func(node string) {
		camera := r.follow(node)
		if camera == "" {
			return
		}
		r.copy(camera+"/name", r.scrubber.text)
		if module := r.follow(r.follow(r.follow(camera+"/device")+"/driver") + "/module"); module != "" {
			r.copy("sys/module/"+path.Base(module)+"/refcnt", r.scrubber.text)
		}
	})
	for _, module := range []string{"v4l2loopback", "akvcam"} {
		r.copy("sys/module/"+module+"/refcnt", r.scrubber.text)
	}
}

// follow records a link and gives the path it leads to; "" when it is none.
func (r *recorder) follow(name string) string {
	target, err := r.files.ReadLink(name)
	if err != nil || path.IsAbs(target) {
		return ""
	}
	r.link("files/"+r.scrubber.text(name), r.scrubber.text(target))
	return path.Join(path.Dir(name), target)
}
