package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

type deviceQueries struct {
	GetDevice, GetDeviceByKey, GetDeviceByAnchor, GetDevicesByName, ListDevices query
	SaveDevice, RemoveDevice, GetStanding                                       query
	SupersedeAgents, InsertAgent                                                query
	InsertCertificate, PutCertificateInForce                                    query
	HearDevice, HearDay                                                         query
	SoilDevice, SoilAllDevices, ListDirtyDevices, MarkDeviceAssessed            query
}

// Device finds a device by its id; ErrNotFound if there is none. A removed one is found too.
func (t *Tx) Device(ctx context.Context, id string) (device.Device, error) {
	return single(ctx, t, t.q.GetDevice, scanDevice, id)
}

// DeviceByAnchor finds the device with this hardware.
func (t *Tx) DeviceByAnchor(ctx context.Context, anchor string) (device.Device, error) {
	if anchor == "" {
		return device.Device{}, ErrNotFound
	}
	return single(ctx, t, t.q.GetDeviceByAnchor, scanDevice, anchor)
}

// DeviceNamed finds a device by its id or, where only one has it, by its name.
func (t *Tx) DeviceNamed(ctx context.Context, idOrName string) (device.Device, error) {
	if d, err := t.Device(ctx, idOrName); !errors.Is(err, ErrNotFound) {
		return d, err
	}
	found, err := all(ctx, t, t.q.GetDevicesByName, scanDevice, idOrName)
	switch {
	case err != nil:
		return device.Device{}, err
	case len(found) == 0:
		return device.Device{}, ErrNotFound
	case len(found) > 1:
		return device.Device{}, &alert.Refusal{Cause: alert.ErrInvalid, Sentence: fmt.Sprintf("several devices are named %q; use the id", idOrName)}
	}
	return found[0], nil
}

// Devices lists every device by name, removed ones too.
func (t *Tx) Devices(ctx context.Context) ([]device.Device, error) {
	return all(ctx, t, t.q.ListDevices, scanDevice)
}

// RemoveDevice ends a device's enrolment; what it told stays. What it held open
// ends here: nobody tells any more whether it is still there.
func (t *Tx) RemoveDevice(ctx context.Context, id string, at time.Time) (device.Device, error) {
	d, err := t.Device(ctx, id)
	if err != nil {
		return d, err
	}
	if !d.RemovedAt.IsZero() {
		return d, &alert.Refusal{Cause: alert.ErrConflict, Sentence: fmt.Sprintf("the device was already removed at %s", d.RemovedAt.Format(time.RFC3339))}
	}
	d.RemovedAt = at
	for _, q := range []query{t.q.RemoveDevice, t.q.SupersedeAgents, t.q.CloseSpellsOfDevice} {
		if _, err := t.exec(ctx, q, id, micros(at)); err != nil {
			return d, err
		}
	}
	_, err = t.exec(ctx, t.q.CloseFindingsOfDevice, id)
	return d, err
}

// DirtyDevices lists the devices that told something since they were last assessed.
func (t *Tx) DirtyDevices(ctx context.Context) ([]device.Dirty, error) {
	return all(ctx, t, t.q.ListDirtyDevices, func(row scanner) (device.Dirty, error) {
		var d device.Dirty
		err := row.Scan(&d.DeviceID, &d.Generation)
		return d, err
	})
}

// MarkAssessed says that a device was assessed as of a generation. What
// arrived after that generation keeps it dirty.
func (t *Tx) MarkAssessed(ctx context.Context, d device.Dirty) error {
	_, err := t.exec(ctx, t.q.MarkDeviceAssessed, d.DeviceID, d.Generation)
	return err
}

// MarkDirty asks for a device to be assessed again, as when a sanction changed.
func (t *Tx) MarkDirty(ctx context.Context, deviceID string) error {
	changed, err := t.exec(ctx, t.q.SoilDevice, deviceID, nil, nil)
	if err == nil && changed == 0 {
		return ErrNotFound
	}
	return err
}

// MarkAllDirty asks for every device to be assessed again, as when the catalogue changed.
func (t *Tx) MarkAllDirty(ctx context.Context) error {
	_, err := t.exec(ctx, t.q.SoilAllDevices)
	return err
}

func scanDevice(row scanner) (d device.Device, err error) {
	return d, row.Scan(deviceColumns(&d)...)
}

// deviceColumns are where the columns of a device go, in the order in which queries name them.
func deviceColumns(d *device.Device) []any {
	return []any{&d.ID, &d.AgentID, &d.Anchor, &d.Name, &d.OS, &d.OSVersion, &d.Arch, &d.AgentVersion,
		moment{&d.EnrolledAt}, moment{&d.LastSeen}, span{&d.ClockOffset}, &d.Certificate, moment{&d.RemovedAt}, &d.Group, moment{&d.GroupSince}}
}

// Device finds a device by its id; ErrNotFound if there is none.
func (s *SQLite) Device(ctx context.Context, id string) (d device.Device, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		d, err = t.Device(ctx, id)
		return err
	})
	return d, err
}

// RemoveDevice ends a device's enrolment and notes who did; what it told stays,
// and where it stood is forgotten.
// ErrNotFound if there is no such device.
func (s *SQLite) RemoveDevice(ctx context.Context, id, by string, at time.Time) (d device.Device, err error) {
	err = s.Tx(ctx, func(t *Tx) error {
		if d, err = t.RemoveDevice(ctx, id, at); err != nil {
			return err
		}
		if err := t.withdrawOf(ctx, id, by, at); err != nil {
			return err
		}
		about := map[string]any{"name": d.Name, "agent": d.AgentID}
		stays, err := t.exec(ctx, t.q.ForgetStaysOfDevice, id)
		if err != nil {
			return err
		}
		if err := t.forgetTraitsOf(ctx, id); err != nil {
			return err
		}
		for _, class := range []string{device.EgressClass, device.SiteClass, device.ContextClass} {
			if _, err := t.exec(ctx, t.q.ForgetRowsOfDevice, id, class); err != nil {
				return err
			}
		}
		if _, err := t.exec(ctx, t.q.ForgetNoticesOfDevice, id); err != nil {
			return err
		}
		if stays > 0 {
			about["stays_forgotten"] = stays
		}
		if rows, err := t.forgetRosterOf(ctx, d); err != nil {
			return err
		} else if rows > 0 {
			about["context_forgotten"] = rows
		}
		return t.note(ctx, at, by, "device.remove", "device/"+id, about)
	})
	return d, err
}
