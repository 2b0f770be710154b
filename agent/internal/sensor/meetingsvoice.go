package sensor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// voice says whether a microphone or camera is in use, or was within the time
// since a meeting began, by whatever program and for whomever: none, used or unknown.
func (l *meetingLook) voice(ctx context.Context, lasted time.Duration) (string, error) {
	switch l.host.Platform().OS {
	case "linux":
		return linuxVoice(l.host.Files())
	case "windows":
		return windowsVoice(ctx, l.host, lasted, time.Duration(l.now*float64(time.Second)))
	}
	return "unknown", nil // macOS tells nobody of microphones
}

const (
	soundFolder     = "proc/asound"
	bluetoothFolder = "sys/class/bluetooth"
)

// linuxVoice asks the kernel whether any of its sound cards records, and its
// cameras' drivers whether they are in use. Sound servers close a microphone that nobody listens
// to. A headset on Bluetooth is no sound card: while a device is connected that may
// be one, silence is not known.
func linuxVoice(fsys host.FS) (string, error) {
	nodes, err := fs.ReadDir(fsys, cameraFolder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "unknown", fmt.Errorf("list cameras: %w", err)
	}
	names := make([]string, 0, len(nodes))
	for _, node := range nodes[:min(len(nodes), 64)] {
		names = append(names, node.Name())
	}
	cameras := readCameras(fsys, names)
	recording, known, err := soundRecorded(fsys)
	switch {
	case recording, cameras.physicalOpen, cameras.virtualOpen:
		return "used", nil
	case err != nil:
		return "unknown", err
	case !known, bluetoothConnected(fsys):
		return "unknown", nil
	}
	return "none", nil
}

// soundRecorded looks at the streams by which sound cards record (pcm0c and so on):
// each says "closed" while nobody has it open.
func soundRecorded(fsys host.FS) (recording, known bool, err error) {
	cards, err := fs.ReadDir(fsys, soundFolder)
	if errors.Is(err, fs.ErrNotExist) {
		return false, false, nil
	}
	if err != nil {
		return false, false, fmt.Errorf("list sound cards: %w", err)
	}
	for _, card := range cards[:min(len(cards), 64)] {
		if number, ok := strings.CutPrefix(card.Name(), "card"); !ok || strings.Trim(number, "0123456789") != "" {
			continue
		}
		known = true
		streams, err := fs.Glob(fsys, path.Join(soundFolder, card.Name(), "pcm*c/sub*/status"))
		if err != nil {
			return false, false, fmt.Errorf("list streams of sound: %w", err)
		}
		for _, stream := range streams[:min(len(streams), 256)] {
			if said := attribute(fsys, stream); said != "" && said != "closed" {
				return true, true, nil
			}
		}
	}
	return false, known, nil
}

// bluetoothConnected says whether a device is connected over Bluetooth: the kernel
// shows each connection as the adapter's name, a colon and a number.
func bluetoothConnected(fsys host.FS) bool {
	found, err := fs.Glob(fsys, bluetoothFolder+"/hci*:*")
	return err != nil || len(found) > 0
}

// consentStores are where Windows notes when programs used a microphone and a camera.
var consentStores = []string{
	"Microsoft/Windows/CurrentVersion/CapabilityAccessManager/ConsentStore/microphone",
	"Microsoft/Windows/CurrentVersion/CapabilityAccessManager/ConsentStore/webcam",
}

// windowsVoice asks Windows when any program of anybody used a microphone or camera
// last. Which program it was is not kept.
func windowsVoice(ctx context.Context, h host.Host, lasted, running time.Duration) (string, error) {
	clock, ok := h.(host.Clock)
	if !ok {
		return "unknown", nil
	}
	now, _, err := clock.Now(ctx)
	if err != nil {
		return "unknown", nil //nolint:nilerr // without the time, a use cannot be told from an older one
	}
	fsys := h.Files()
	places := []string{registryRoot + "/HKLM/SOFTWARE"}
	people, err := fs.ReadDir(fsys, registryRoot+"/HKU")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "unknown", fmt.Errorf("list who is logged in: %w", err)
	}
	for _, person := range people[:min(len(people), 256)] {
		places = append(places, path.Join(registryRoot, "HKU", person.Name(), "SOFTWARE"))
	}
	uses, told := usage{since: now.Add(-lasted), started: now.Add(-running)}, false
	for _, place := range places {
		for _, store := range consentStores {
			used, there := uses.below(fsys, path.Join(place, store), 1)
			if used {
				return "used", nil
			}
			told = told || there
		}
	}
	if !told {
		return "unknown", nil
	}
	return "none", nil
}

// usage is what counts as use: what began or ended since a meeting began, and what
// began since the machine was started and has not ended.
type usage struct{ since, started time.Time }

// below looks at the programs below a key; those without a package are one key
// further down.
func (u usage) below(fsys host.FS, key string, deeper int) (used, told bool) {
	programs, err := fs.ReadDir(fsys, key)
	if err != nil {
		return false, false
	}
	for _, one := range programs[:min(len(programs), 1024)] {
		dir := path.Join(key, one.Name())
		if deeper > 0 && one.Name() == "NonPackaged" {
			found, _ := u.below(fsys, dir, 0)
			used = used || found
			continue
		}
		begun, ended := fileTimeOf(fsys, dir+"/LastUsedTimeStart"), fileTimeOf(fsys, dir+"/LastUsedTimeStop")
		used = used || ended.After(u.since) || begun.After(u.since) || ended.IsZero() && begun.After(u.started)
	}
	return used, true
}

// fileTimeOf reads a time as Windows keeps it: tenths of microseconds since 1601.
// The zero time is none.
func fileTimeOf(fsys host.FS, name string) time.Time {
	const until1970 = 116444736000000000
	ticks, err := strconv.ParseUint(registryText(fsys, name), 10, 63)
	if err != nil || ticks < until1970 {
		return time.Time{}
	}
	ticks -= until1970
	return time.Unix(int64(ticks/1e7), int64(ticks%1e7)*100)
}
