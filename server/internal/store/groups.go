package store

import (
	"context"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

type groupQueries struct {
	SetGroup, InsertMembership, ListMemberships query
	ListDevicesFound                            query
}

// mostMemberships is how many of the latest groups of one device are looked at.
const mostMemberships = 500

// setGroup puts a device into a group, or into none, from a moment on.
func (t *Tx) setGroup(ctx context.Context, deviceID, group string, at time.Time) error {
	if _, err := t.exec(ctx, t.q.SetGroup, deviceID, group, micros(at)); err != nil {
		return err
	}
	_, err := t.exec(ctx, t.q.InsertMembership, deviceID, group, micros(at))
	return err
}

// memberships are the groups that a device was put into, earliest first.
func (t *Tx) memberships(ctx context.Context, deviceID string) ([]device.Membership, error) {
	return all(ctx, t, t.q.ListMemberships, func(row scanner) (device.Membership, error) {
		var m device.Membership
		err := row.Scan(&m.Group, moment{&m.Since})
		return m, err
	}, deviceID, mostMemberships)
}

// SetGroup puts devices, by id or name, into a group from now on, all or none,
// and gives them as they are then. ErrNotFound if one of them is not there.
func (s *SQLite) SetGroup(ctx context.Context, idsOrNames []string, group, by string, at time.Time) (devices []device.Device, err error) {
	err = s.Tx(ctx, func(t *Tx) error {
		devices = nil
		for _, name := range idsOrNames {
			d, err := t.DeviceNamed(ctx, name)
			if err != nil {
				return err
			}
			if d.Group != group {
				if err := t.moveDevice(ctx, d, group, by, at); err != nil {
					return err
				}
				d.Group, d.GroupSince = group, at
			}
			devices = append(devices, d)
		}
		return nil
	})
	return devices, err
}

func (t *Tx) moveDevice(ctx context.Context, d device.Device, group, by string, at time.Time) error {
	if err := t.setGroup(ctx, d.ID, group, at); err != nil {
		return err
	}
	return t.note(ctx, at, by, "device.group", "device/"+d.ID, map[string]any{"name": d.Name, "before": d.Group, "after": group})
}

// DeviceNamed finds a device by its id or, where only one has it, by its name.
func (s *SQLite) DeviceNamed(ctx context.Context, idOrName string) (d device.Device, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		d, err = t.DeviceNamed(ctx, idOrName)
		return err
	})
	return d, err
}

// DevicesFound lists the devices that a sanction ever could reach and on which one of some rules held since a moment.
func (s *SQLite) DevicesFound(ctx context.Context, n alert.Sanction, rules []string, since time.Time) (ids []string, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		ids, err = all(ctx, t, t.q.ListDevicesFound, func(row scanner) (string, error) {
			var id string
			err := row.Scan(&id)
			return id, err
		}, list(rules), micros(since), list(n.Devices), list(n.Groups))
		return err
	})
	return ids, err
}
