package assess

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/farmwatch/farmwatch/server/internal/alert"
	"github.com/farmwatch/farmwatch/server/internal/device"
	"github.com/farmwatch/farmwatch/server/internal/egress"
	"github.com/farmwatch/farmwatch/server/internal/wave"
)

// together is what a replay says of devices by what others told: what would be one notice
// in the place of many alerts, and which sites there would be and how they would stand.
type together struct {
	replay  *Replay
	archive Archive
	devices map[string]replayed

	looked  bool
	notices []ReplayNotice
	sites   []ReplayChange
	thinned int // of sites, those that were not looked at at every moment
}

// look judges the devices again of which the whole fleet tells more, and the sites.
func (f *together) look(ctx context.Context) error {
	f.looked = true
	more, err := f.waves(ctx)
	if err != nil {
		return err
	}
	house, err := f.houses(ctx)
	if err != nil {
		return err
	}
	anew := map[string]beside{}
	for id, shares := range house.differ() {
		anew[id] = beside{more[id].notices, &shares}
	}
	for id, one := range more {
		if _, judged := anew[id]; !judged {
			d := f.devices[id]
			d.gather(f.replay, one.notices)
			f.devices[id] = d
		}
	}
	again, err := f.replay.each(ctx, f.archive, slices.Sorted(maps.Keys(anew)), anew, func() {})
	if err != nil {
		return err
	}
	maps.Copy(f.devices, again)
	if err := house.judge(ctx); err != nil {
		return err
	}
	house.cover()
	return nil
}

// places gives by device the router behind which it stood last; "" in offices.
func (f *together) places(ctx context.Context) (map[string]string, error) {
	last, places := map[string]time.Time{}, map[string]string{}
	today := f.replay.to.Format(time.DateOnly)
	err := f.archive.EachStay(ctx, f.replay.to.AddDate(0, 0, -egress.Memory).Format(time.DateOnly), func(s *device.Stay) {
		if s.Day > today || s.Gateway == "" || s.Last.Before(last[s.DeviceID]) { // later: noted while the clock was wrong
			return
		}
		last[s.DeviceID], places[s.DeviceID] = s.Last, s.Gateway
		if s.Corporate != "" || slices.Contains([]string{device.NetworkBusiness, device.NetworkEducation, device.NetworkCorporate}, s.NetworkClass) {
			places[s.DeviceID] = ""
		}
	})
	if err != nil {
		return nil, fmt.Errorf("read where devices stood: %w", err)
	}
	return places, nil
}

// waves finds which notices there would be of what the files newly find, as WaveRunner
// would, and gives them by device.
func (f *together) waves(ctx context.Context) (map[string]beside, error) {
	more := map[string]beside{}
	fresh := map[string]bool{}
	for _, one := range f.devices {
		for subject := range one.began {
			fresh[subject] = fresh[subject] || counts(f.replay.after, subject)
		}
	}
	if !slices.Contains(slices.Collect(maps.Values(fresh)), true) {
		return more, nil
	}
	starts, size, err := f.archive.Beginnings(ctx, f.replay.from)
	if err != nil {
		return nil, fmt.Errorf("list what was first found on each device: %w", err)
	}
	places, err := f.places(ctx)
	if err != nil {
		return nil, err
	}
	tenants := map[[2]string]string{}
	starts = slices.DeleteFunc(starts, func(s wave.Start) bool {
		tenants[[2]string{s.Device, s.Subject}] = s.Tenant
		_, ours := fresh[s.Subject]
		return ours // as it would have been is said by the devices
	})
	for id, one := range f.devices {
		for subject, at := range one.began {
			if !at.Before(f.replay.from) {
				starts = append(starts, wave.Start{Device: id, Place: places[id], Subject: subject, Tenant: tenants[[2]string{id, subject}], At: at})
			}
		}
	}
	for _, w := range wave.Find(starts, size, wave.Default()) {
		if !fresh[w.Subject] {
			continue
		}
		if slices.ContainsFunc(w.Devices, func(m wave.Member) bool { return !slices.Contains(f.devices[m.Device].noticed, w.Subject) }) {
			f.notices = append(f.notices, ReplayNotice{Subject: w.Subject, Devices: len(w.Devices), From: w.From(), To: w.To()})
		}
		n := Noticed{Notice: alert.Notice{ID: w.Subject, Subject: w.Subject, Tenant: w.Tenant, From: w.From(), To: w.To(), Devices: len(w.Devices)}, Joined: true}
		for _, m := range w.Devices {
			one := more[m.Device]
			one.notices = append(one.notices, n)
			more[m.Device] = one
		}
	}
	return more, nil
}
