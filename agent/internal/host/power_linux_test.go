package host

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"
)

// fakeProperties answers for one object as UPower and logind do.
type fakeProperties map[string]any

func (f fakeProperties) Get(_, name string) (dbus.Variant, *dbus.Error) {
	value, ok := f[name]
	if !ok {
		return dbus.Variant{}, dbus.MakeFailedError(errors.New("no such property"))
	}
	return dbus.MakeVariant(value), nil
}

func serveProperties(t *testing.T, bus, service string, objects map[dbus.ObjectPath]fakeProperties) {
	t.Helper()
	conn, err := dialSystemBus(context.Background(), bus)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	for path, answers := range objects {
		if err := conn.Export(answers, path, "org.freedesktop.DBus.Properties"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := conn.RequestName(service, 0); err != nil {
		t.Fatal(err)
	}
}

func TestPowerFromTheBus(t *testing.T) {
	type objects = map[dbus.ObjectPath]fakeProperties
	unknown := Power{Percent: -1, Cycles: -1, Suspends: -1}
	for _, c := range []struct {
		name, service string
		objects       objects
		want          func(*Power)
	}{
		{"a closed laptop", upower, objects{
			upowerPath:  {"OnBattery": false, "LidIsPresent": true, "LidIsClosed": true},
			upowerWhole: {"IsPresent": true, "Percentage": 81.6, "State": uint32(5)},
		}, func(p *Power) {
			p.Mains, p.Lid, p.Battery, p.Percent, p.State = "true", "closed", "true", 81, "not charging"
		}},
		{"a desktop", upower, objects{upowerPath: {"OnBattery": false, "LidIsPresent": false}, upowerWhole: {"IsPresent": false}},
			func(p *Power) { p.Mains, p.Lid, p.Battery = "true", "none", "false" }},
		{"nonsense", upower, objects{upowerPath: {"OnBattery": true, "LidIsPresent": "yes"}, upowerWhole: {"IsPresent": true, "Percentage": 1e9, "State": uint32(77)}},
			func(p *Power) { p.Mains, p.Battery = "false", "true" }},
		{"logind alone", login, objects{loginPath: {"LidClosed": true, "OnExternalPower": false}},
			func(p *Power) { p.Mains, p.Lid = "false", "closed" }},
		{"logind of a machine that may have no lid", login, objects{loginPath: {"LidClosed": false, "OnExternalPower": true}},
			func(p *Power) { p.Mains = "true" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			bus := startBus(t, usersFolder(t), os.Geteuid())
			serveProperties(t, bus, c.service, c.objects)
			want := unknown
			c.want(&want)
			got, err := powerFromBus(t.Context(), bus)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestPowerOfNobody(t *testing.T) {
	if _, err := powerFromBus(t.Context(), "/nowhere"); !errors.Is(err, ErrAbsent) {
		t.Errorf("without a bus: %v", err)
	}
	if _, err := powerFromBus(t.Context(), startBus(t, usersFolder(t), os.Geteuid())); !errors.Is(err, ErrAbsent) {
		t.Errorf("without services: %v", err)
	}
}
