package uplink

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	agentv1 "github.com/farmwatch/farmwatch/proto/farmwatch/agent/v1"
)

// bundleOnDisk is the newest bundle that this device has taken.
type bundleOnDisk struct {
	DeviceID string `json:"device_id"` // a new enrolment begins to count anew
	Version  uint64 `json:"version"`
}

// keep refuses a bundle older than one taken before: whoever kept an old one
// could otherwise ask again what was answered. The version is on the disk
// before the bundle counts.
func (b *Bundles) keep(fresh *agentv1.Bundle) error {
	last, err := b.last()
	if err != nil {
		return err
	}
	if last.DeviceID == fresh.GetDeviceId() {
		if fresh.GetVersion() < last.Version {
			return fmt.Errorf("it is version %d, and %d was taken before", fresh.GetVersion(), last.Version)
		}
		if fresh.GetVersion() == last.Version {
			return nil
		}
	}
	content, err := json.Marshal(bundleOnDisk{fresh.GetDeviceId(), fresh.GetVersion()})
	if err != nil {
		return fmt.Errorf("keep its version: %w", err)
	}
	if err := replaceSynced(b.Path, content); err != nil {
		return fmt.Errorf("keep its version: %w", err)
	}
	return nil
}

// last reads the file. One that is damaged is refused, not forgotten: it may
// be what stands between this device and an old bundle.
func (b *Bundles) last() (bundleOnDisk, error) {
	var last bundleOnDisk
	content, err := os.ReadFile(b.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return last, nil
	}
	if err != nil {
		return last, fmt.Errorf("read the last version: %w", err)
	}
	if err := json.Unmarshal(content, &last); err != nil {
		return last, fmt.Errorf("read the last version in %s: %w; remove that file to take bundles again", b.Path, err)
	}
	return last, nil
}
