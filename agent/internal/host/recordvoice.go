package host

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// sounds records of Linux' sound cards which of them record at the moment, and of
// Bluetooth that devices are connected: whose they are and what is heard is not.
func (r *recorder) sounds() {
	r.each("proc/asound", func(card string) {
		if !strings.HasPrefix(path.Base(card), "card") {
			return
		}
		r.each(card, func(stream string) {
			if name := path.Base(stream); strings.HasPrefix(name, "pcm") && strings.HasSuffix(name, "c") {
				r.each(stream, func(sub string) { r.copy(sub+"/status", firstLine) })
			}
		})
	})
	r.each("sys/class/bluetooth", func(name string) {
		if adapter, _, connection := strings.Cut(path.Base(name), ":"); connection {
			r.folder("sys/class/bluetooth/" + adapter + ":0")
		}
	})
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line + "\n"
}

// uses records when programs used a microphone or camera last, as Windows notes
// it. Which programs they were is not kept: their names are made up.
func (r *recorder) uses() {
	places := []string{"registry/HKLM/SOFTWARE"}
	r.each("registry/HKU", func(hive string) { places = append(places, hive+"/SOFTWARE") })
	for _, place := range places {
		for _, kind := range []string{"microphone", "webcam"} {
			store := path.Join(place, currentVersion, "CapabilityAccessManager/ConsentStore", kind)
			at := 0
			r.each(store, func(program string) { at = r.use(store, program, at) })
			r.each(store+"/NonPackaged", func(program string) { at = r.use(store, program, at) })
		}
	}
}

func (r *recorder) use(store, program string, at int) int {
	for _, name := range []string{"LastUsedTimeStart", "LastUsedTimeStop"} {
		content, err := fs.ReadFile(r.files, program+"/"+name)
		if err != nil {
			continue
		}
		r.add(fmt.Sprintf("files/%s/program-%d/%s", r.scrubber.text(store), at, name), []byte(strings.TrimSpace(string(content))+"\n"))
	}
	return at + 1
}
