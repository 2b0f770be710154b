package presence

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/proto/finding"
)

const cannotTell = "this agent cannot notice it on this system"

// able says of each means why it cannot be noticed on a machine; nothing when it can.
func able(ctx context.Context, h host.Host) map[finding.Means]string {
	reasons := map[finding.Means]string{}
	inputs, reason := inputDevices(ctx, h)
	if reasons[finding.BuiltinKeyboard] = reason; reason == "" && !has(inputs, host.CanType) {
		reasons[finding.BuiltinKeyboard] = "no built-in keyboard that can be listened to"
	}
	switch chassis := h.Platform().Chassis; chassis {
	case "desktop", "server":
		reasons[finding.BuiltinKeyboard] = "a " + chassis + " has none: what looks built in is a socket on its back"
	case "vm":
		reasons[finding.BuiltinKeyboard] = "a virtual machine has none: whoever opens its screen types on it"
	}
	if lidStands(h.Files()) == "" && !has(inputs, host.CanTellLid) {
		reasons[finding.Lid] = "no lid that says how it stands"
	}
	if !slices.ContainsFunc(plugs(h.Files()), func(p plug) bool { return p.device.BuiltIn && !p.device.Virtual }) {
		reasons[finding.PowerPlug] = "no power supply that says whether it is plugged in"
	}
	reasons[finding.Fingerprint] = fingersListen(ctx, h)
	if keys, ok := h.(host.KeyHost); !ok {
		reasons[finding.SecurityKey] = cannotTell
	} else if _, err := keys.SecurityKeys(ctx); err != nil {
		reasons[finding.SecurityKey] = why(err, "")
	}
	return reasons
}

// why puts an error into one line; what is merely not there has words of its own.
func why(err error, absent string) string {
	if errors.Is(err, host.ErrAbsent) && absent != "" {
		return absent
	}
	return strings.ReplaceAll(err.Error(), "\n", "; ")
}

// inputDevices are the machine's own input devices that can be listened to. That
// something else cannot, such as what programs inject, is no matter here.
func inputDevices(ctx context.Context, h host.Host) (own []host.InputDevice, reason string) {
	inputs, ok := h.(host.InputHost)
	if !ok {
		return nil, cannotTell
	}
	source, err := inputs.Input(ctx)
	if err != nil {
		return nil, why(err, "no input devices")
	}
	defer func() { _ = source.Close() }() // nothing was read from it
	devices, err := source.Devices()
	if err != nil && len(devices) == 0 {
		return nil, why(err, "no input devices")
	}
	for _, d := range devices {
		if d.Place == host.InputBuiltIn && !d.Unheard {
			own = append(own, d)
		}
	}
	return own, ""
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
		return why(err, "no fingerprint reader, or no fprintd to ask")
	}
	return ""
}
