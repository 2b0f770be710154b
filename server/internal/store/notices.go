package store

import (
	"context"
	"errors"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/assess"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/wave"
)

type noticeQueries struct {
	ListBeginnings, CountEnrolled                query
	ListNotices, ListNoticesOfDevice             query
	ListDevicesOfNotice                          query
	SaveNotice, AddToNotice, SoilDevicesOfNotice query
	ForgetNoticesOfDevice                        query
}

// Beginnings lists what was first found on each device since a moment, and how many
// devices are enrolled.
func (s *SQLite) Beginnings(ctx context.Context, since time.Time) (starts []wave.Start, fleet int, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		if err := t.one(ctx, t.q.CountEnrolled, nil, []any{&fleet}); err != nil {
			return err
		}
		starts, err = all(ctx, t, t.q.ListBeginnings, func(row scanner) (b wave.Start, err error) {
			err = row.Scan(&b.Device, &b.Subject, &b.Tenant, &b.Place, moment{&b.At})
			return b, err
		}, micros(since))
		return err
	})
	return starts, fleet, err
}

func scanNotice(row scanner) (n alert.Notice, err error) {
	err = row.Scan(&n.ID, &n.Subject, &n.Tenant, moment{&n.From}, moment{&n.To}, &n.Devices, &n.Decision, &n.DecidedBy, moment{&n.DecidedAt}, &n.Comment, moment{&n.CreatedAt})
	return n, err
}

// Notices lists every notice, the latest first.
func (s *SQLite) Notices(ctx context.Context) (list []alert.Notice, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		list, err = all(ctx, t, t.q.ListNotices, scanNotice, "")
		return err
	})
	return list, err
}

// NoticeDevices gives a notice and its devices, as the first ones met it; ErrNotFound if there is none.
func (s *SQLite) NoticeDevices(ctx context.Context, id string) (n alert.Notice, devices []device.Device, err error) {
	err = s.Read(ctx, func(t *Tx) error {
		if n, err = t.notice(ctx, id); err != nil {
			return err
		}
		devices, err = all(ctx, t, t.q.ListDevicesOfNotice, func(row scanner) (d device.Device, err error) {
			var at time.Time
			err = row.Scan(&d.ID, &d.Name, moment{&at})
			return d, err
		}, id)
		return err
	})
	return n, devices, err
}

func (t *Tx) notice(ctx context.Context, id string) (alert.Notice, error) {
	if id == "" {
		return alert.Notice{}, ErrNotFound
	}
	return single(ctx, t, t.q.ListNotices, scanNotice, id)
}

// KeepNotice keeps a notice and those devices that are new in it, which are judged
// anew. What a person decided on it stays.
func (s *SQLite) KeepNotice(ctx context.Context, n alert.Notice, members []wave.Member) error {
	return s.Tx(ctx, func(t *Tx) error {
		known, err := t.notice(ctx, n.ID)
		switch {
		case err == nil:
			n.Decision, n.DecidedBy, n.DecidedAt, n.Comment = known.Decision, known.DecidedBy, known.DecidedAt, known.Comment
		case !errors.Is(err, ErrNotFound):
			return err
		}
		if err := t.saveNotice(ctx, n); err != nil {
			return err
		}
		for _, m := range members {
			added, err := t.exec(ctx, t.q.AddToNotice, m.Device, n.ID, micros(m.At))
			if err == nil && added > 0 {
				_, err = t.exec(ctx, t.q.SoilDevice, m.Device, nil, nil)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (t *Tx) saveNotice(ctx context.Context, n alert.Notice) error {
	_, err := t.exec(ctx, t.q.SaveNotice, n.ID, n.Subject, n.Tenant, micros(n.From), micros(n.To), string(n.Decision), n.DecidedBy, micros(n.DecidedAt), n.Comment, micros(n.CreatedAt))
	return err
}

// DecideNotice keeps what a person says of a notice, notes who did, and has its
// devices judged anew. ErrNotFound if there is none.
func (s *SQLite) DecideNotice(ctx context.Context, id string, decide func(alert.Notice) (alert.Notice, error)) (n alert.Notice, err error) {
	err = s.Tx(ctx, func(t *Tx) error {
		if n, err = t.notice(ctx, id); err != nil {
			return err
		}
		if n, err = decide(n); err != nil {
			return err
		}
		if err := t.saveNotice(ctx, n); err != nil {
			return err
		}
		if _, err := t.exec(ctx, t.q.SoilDevicesOfNotice, id); err != nil {
			return err
		}
		return t.note(ctx, n.DecidedAt, n.DecidedBy, "notice."+string(n.Decision), "notice/"+id, map[string]any{
			"subject": n.Subject, "devices": n.Devices, "comment": n.Comment,
		})
	})
	return n, err
}

// noticesOf lists the notices that a device is part of, and those that went on since a
// moment, of which it may become part.
func (t *Tx) noticesOf(ctx context.Context, deviceID string, since time.Time) (list []assess.Noticed, err error) {
	notices, err := all(ctx, t, t.q.ListNoticesOfDevice, scanNotice, deviceID, micros(since))
	for _, n := range notices {
		list = append(list, assess.Noticed{Notice: n, Joined: n.Devices > 0})
	}
	return list, err
}
