package presence

import (
	"context"
	"errors"
	"slices"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

const cannotTell = "this agent cannot notice it on this system"

// able says of each means why it cannot be noticed on a machine; nothing when it can.
func able(ctx context.Context, h host.Host) map[Means]string {
	reasons := map[Means]string{}
	inputs, listening := inputDevices(ctx, h)
	reasons[BuiltinKeyboard] = listening
	if listening == "" && !has(inputs, host.CanType) {
		reasons[BuiltinKeyboard] = "no built-in keyboard"
	}
	if chassis := h.Platform().Chassis; chassis == "desktop" || chassis == "server" {
		reasons[BuiltinKeyboard] = "a " + chassis + " has none: what looks built in is a socket on its back"
	}
	if lidStands(h.Files()) == "" && !has(inputs, host.CanTellLid) {
		reasons[Lid] = "no lid that says how it stands"
	}
	if !slices.ContainsFunc(plugs(h.Files()), func(p plug) bool { return p.device.BuiltIn && !p.device.Virtual }) {
		reasons[PowerPlug] = "no power supply that says whether it is plugged in"
	}
	reasons[Fingerprint] = fingersListen(ctx, h)
	if keys, ok := h.(host.KeyHost); !ok {
		reasons[SecurityKey] = cannotTell
	} else if _, err := keys.SecurityKeys(ctx); err != nil {
		reasons[SecurityKey] = err.Error()
	}
	return reasons
}

// inputDevices are the hardware's own input devices, or why they cannot be listened to.
func inputDevices(ctx context.Context, h host.Host) (devices []host.InputDevice, why string) {
	inputs, ok := h.(host.InputHost)
	if !ok {
		return nil, cannotTell
	}
	source, err := inputs.Input(ctx)
	if err != nil {
		return nil, err.Error()
	}
	defer func() { _ = source.Close() }() // nothing was read from it
	devices, err = source.Devices()
	if errors.Is(err, host.ErrDenied) {
		why = err.Error()
	}
	return slices.DeleteFunc(slices.Clone(devices), func(d host.InputDevice) bool { return d.Place != host.InputBuiltIn }), why
}

func has(devices []host.InputDevice, ability string) bool {
	return slices.ContainsFunc(devices, func(d host.InputDevice) bool { return slices.Contains(d.Can, ability) })
}

func fingersListen(ctx context.Context, h host.Host) string {
	readers, ok := h.(host.FingerHost)
	if !ok {
		return cannotTell
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if _, err := readers.Fingers(ctx); err != nil {
		return err.Error()
	}
	return ""
}
