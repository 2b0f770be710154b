package host

import (
	"cmp"
	"context"
	"fmt"

	"github.com/godbus/dbus/v5"
)

const (
	fprint       = "net.reactivated.Fprint"
	fprintPath   = dbus.ObjectPath("/net/reactivated/Fprint/Manager")
	fprintDevice = fprint + ".Device"
	recognised   = "verify-match"
)

// Fingers listens to fprintd while somebody else, the lock screen or the
// person's own fprintd-verify, asks for a finger. It claims no reader itself:
// that would keep the person from unlocking the screen.
func (h *LiveHost) Fingers(ctx context.Context) (<-chan string, error) {
	return listenForFingers(ctx, systemBus)
}

func listenForFingers(ctx context.Context, path string) (<-chan string, error) {
	bus, err := dialSystemBus(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("the system's bus: %w: %w", err, ErrAbsent)
	}
	names, err := readers(ctx, bus)
	if err == nil {
		err = bus.AddMatchSignalContext(ctx, dbus.WithMatchSender(fprint), dbus.WithMatchInterface(fprintDevice), dbus.WithMatchMember("VerifyStatus"))
	}
	if err != nil {
		done(bus)
		return nil, err
	}
	heard := make(chan *dbus.Signal, 16)
	bus.Signal(heard)
	fingers := make(chan string)
	go func() {
		defer close(fingers)
		defer done(bus)
		for s := range heard {
			var status string
			if s.Name != fprintDevice+".VerifyStatus" || len(s.Body) != 2 || dbus.Store(s.Body[:1], &status) != nil || status != recognised {
				continue
			}
			select {
			case fingers <- cmp.Or(names[s.Path], "fingerprint reader"):
			case <-ctx.Done():
				return
			}
		}
	}()
	return fingers, nil
}

// readers are the fingerprint readers by their place on the bus. A machine
// without the service or without a reader has none.
func readers(ctx context.Context, bus *dbus.Conn) (map[dbus.ObjectPath]string, error) {
	ctx, cancel := context.WithTimeout(ctx, busPatience)
	defer cancel()
	var paths []dbus.ObjectPath
	if err := bus.Object(fprint, fprintPath).CallWithContext(ctx, fprint+".Manager.GetDevices", 0).Store(&paths); err != nil {
		return nil, fmt.Errorf("the service for fingerprints, fprintd, does not answer: %w: %w", err, ErrAbsent)
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("no fingerprint reader: %w", ErrAbsent)
	}
	names := map[dbus.ObjectPath]string{}
	for _, p := range paths {
		var name dbus.Variant
		if bus.Object(fprint, p).CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, fprintDevice, "name").Store(&name) == nil {
			names[p], _ = name.Value().(string)
		}
	}
	return names, nil
}
