package host

import (
	"encoding/binary"
	"encoding/hex"
	"io/fs"
	"strings"
)

// What Windows says of the ways from graphics cards to displays (wingdi.h).
const (
	displayPathSize = 72  // DISPLAYCONFIG_PATH_INFO
	displayModeSize = 64  // DISPLAYCONFIG_MODE_INFO
	targetNameSize  = 420 // DISPLAYCONFIG_TARGET_DEVICE_NAME
)

// A displayTarget is an output of a graphics card that a display is at.
type displayTarget struct {
	adapter uint64 // as Windows counts them
	number  uint32
}

// displayTargets are the outputs of paths that have a display, each once: there
// is a path from every picture to every output.
func displayTargets(paths []byte) []displayTarget {
	var targets []displayTarget
	seen := map[displayTarget]bool{}
	for ; len(paths) >= displayPathSize; paths = paths[displayPathSize:] {
		target := displayTarget{adapter: binary.LittleEndian.Uint64(paths[20:]), number: binary.LittleEndian.Uint32(paths[28:])}
		if available := binary.LittleEndian.Uint32(paths[60:]); available != 0 && !seen[target] {
			seen[target] = true
			targets = append(targets, target)
		}
	}
	return targets
}

// targetQuestion asks for the name of an output.
func targetQuestion(target displayTarget) []byte {
	const targetName = 2 // DISPLAYCONFIG_DEVICE_INFO_GET_TARGET_NAME
	b := binary.LittleEndian.AppendUint32(nil, targetName)
	b = binary.LittleEndian.AppendUint32(b, targetNameSize)
	b = binary.LittleEndian.AppendUint64(b, target.adapter)
	b = binary.LittleEndian.AppendUint32(b, target.number)
	return append(b, make([]byte, targetNameSize-len(b))...)
}

// targetOf is the instance of the display at an output, in capitals, and the
// way it is fed.
func targetOf(b []byte) (instance, output string) {
	if len(b) < targetNameSize {
		return "", ""
	}
	return strings.ToUpper(instanceOfPath(wideText(b[164:targetNameSize]))), outputOf(binary.LittleEndian.Uint32(b[24:]))
}

// outputOf is what a DISPLAYCONFIG_VIDEO_OUTPUT_TECHNOLOGY means for a Device's Output.
func outputOf(technology uint32) string {
	const (
		lvds, portInside, udiInside                     = 6, 11, 13
		miracast, indirectWired, indirectVirtual        = 15, 16, 17
		other                                    uint32 = 0xffffffff
		internal                                 uint32 = 0x80000000
	)
	switch technology {
	case other:
		return ""
	case internal, lvds, portInside, udiInside:
		return outputInternal
	case miracast, indirectWired:
		return outputIndirect
	case indirectVirtual:
		return outputVirtual
	}
	return outputExternal
}

// outputBelow concludes from what made a display how it is fed, where Windows
// shows nobody the ways to its displays: to a service it does not. A display of a
// graphics card may be the laptop's own panel as well as another.
func outputBelow(parent string) string {
	switch bus, _, _ := strings.Cut(strings.ToUpper(parent), `\`); bus {
	case "USB":
		return outputIndirect
	case "ROOT", "SWD":
		return outputVirtual
	}
	return ""
}

// showDisplay fills what a display's node has elsewhere: its EDID, which its
// driver left in the registry when it came, and the way it is fed.
func (d *Device) showDisplay(files fs.FS, outputs map[string]string) {
	place := "registry/HKLM/SYSTEM/CurrentControlSet/Enum/" + strings.ReplaceAll(strings.ReplaceAll(d.Instance, "/", "%2F"), `\`, "/")
	d.EDID, d.Output = nil, outputs[strings.ToUpper(d.Instance)]
	if text, err := fs.ReadFile(files, place+"/Device Parameters/EDID"); err == nil {
		if edid, err := hex.DecodeString(strings.TrimSpace(string(text))); err == nil {
			d.EDID = edid
		}
	}
	if d.Output == "" {
		d.Output = outputBelow(d.Parent)
	}
}
