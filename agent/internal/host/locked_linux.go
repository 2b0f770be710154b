package host

import (
	"context"

	"github.com/godbus/dbus/v5"
)

const login = "org.freedesktop.login1"

// locked says of each session with a desktop whether its screen is locked, as
// logind was told by it. Where logind cannot be asked, none is.
func (n *linuxNotices) locked(ctx context.Context, all []Person) map[string]bool {
	locked := map[string]bool{}
	ctx, cancel := context.WithTimeout(ctx, busPatience)
	defer cancel()
	var bus *dbus.Conn
	for _, p := range all {
		if !p.Desktop {
			continue
		}
		if bus == nil {
			var err error
			if bus, err = dialSystemBus(ctx, n.system); err != nil {
				return locked
			}
			defer done(bus)
		}
		var session dbus.ObjectPath
		if bus.Object(login, "/org/freedesktop/login1").CallWithContext(ctx, login+".Manager.GetSession", 0, p.Session).Store(&session) != nil {
			continue // not logind's
		}
		var hint dbus.Variant
		err := bus.Object(login, session).CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, login+".Session", "LockedHint").Store(&hint)
		if yes, ok := hint.Value().(bool); err == nil && ok {
			locked[p.Session] = yes
		}
	}
	return locked
}
