package host

import (
	"context"
	"fmt"

	"github.com/godbus/dbus/v5"
)

const (
	upower       = "org.freedesktop.UPower"
	upowerPath   = dbus.ObjectPath("/org/freedesktop/UPower")
	upowerWhole  = dbus.ObjectPath("/org/freedesktop/UPower/devices/DisplayDevice") // all batteries as one
	loginPath    = dbus.ObjectPath("/org/freedesktop/login1")
	busGetOne    = "org.freedesktop.DBus.Properties.Get"
	upowerDevice = upower + ".Device"
)

var _ PowerHost = (*LiveHost)(nil)

// Power is what UPower says, or logind where there is none. The kernel's files
// say more where they are; some machines without ACPI have a lid and no file
// that tells of it.
func (h *LiveHost) Power(ctx context.Context) (Power, error) { return powerFromBus(ctx, systemBus) }

func powerFromBus(ctx context.Context, path string) (Power, error) {
	ctx, cancel := context.WithTimeout(ctx, busPatience)
	defer cancel()
	bus, err := dialSystemBus(ctx, path)
	if err != nil {
		return Power{}, fmt.Errorf("the system's bus: %w: %w", err, ErrAbsent)
	}
	defer done(bus)
	p := Power{Percent: -1, Cycles: -1, Suspends: -1}
	if onBattery, ok := busValue[bool](ctx, bus, upower, upowerPath, upower, "OnBattery"); ok {
		p.fromUPower(ctx, bus, onBattery)
		return p, nil
	}
	closed, ok := busValue[bool](ctx, bus, login, loginPath, login+".Manager", "LidClosed")
	if !ok {
		return Power{}, fmt.Errorf("neither UPower nor logind answers on the system's bus: %w", ErrAbsent)
	}
	if closed { // false is said of a machine without a lid as well
		p.Lid = "closed"
	}
	if mains, ok := busValue[bool](ctx, bus, login, loginPath, login+".Manager", "OnExternalPower"); ok {
		p.Mains = truth(mains)
	}
	return p, nil
}

func (p *Power) fromUPower(ctx context.Context, bus *dbus.Conn, onBattery bool) {
	p.Mains = truth(!onBattery)
	if lid, ok := busValue[bool](ctx, bus, upower, upowerPath, upower, "LidIsPresent"); ok {
		p.Lid = "none"
		if closed, _ := busValue[bool](ctx, bus, upower, upowerPath, upower, "LidIsClosed"); lid {
			p.Lid = map[bool]string{true: "closed", false: "open"}[closed]
		}
	}
	there, ok := busValue[bool](ctx, bus, upower, upowerWhole, upowerDevice, "IsPresent")
	if !ok {
		return
	}
	if p.Battery = truth(there); !there {
		return
	}
	if percent, ok := busValue[float64](ctx, bus, upower, upowerWhole, upowerDevice, "Percentage"); ok && percent >= 0 && percent <= 100 {
		p.Percent = int(percent)
	}
	// The numbers are those of UPower's interface: 1 charging, 2 discharging, 4 full, 5 waiting to charge.
	state, _ := busValue[uint32](ctx, bus, upower, upowerWhole, upowerDevice, "State")
	p.State = map[uint32]string{1: "charging", 2: "discharging", 4: "full", 5: "not charging"}[state]
}

// busValue reads one property; false where it is not told or is of another kind.
func busValue[T any](ctx context.Context, bus *dbus.Conn, service string, path dbus.ObjectPath, kind, name string) (T, bool) {
	var said dbus.Variant
	var none T
	if err := bus.Object(service, path).CallWithContext(ctx, busGetOne, 0, kind, name).Store(&said); err != nil {
		return none, false
	}
	value, ok := said.Value().(T)
	return value, ok
}

func truth(b bool) string {
	if b {
		return "true"
	}
	return "false"
}
