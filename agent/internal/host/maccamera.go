package host

import (
	"net"
	"path"
	"strconv"
	"strings"
)

// fourLetters is a name as CoreMediaIO numbers it.
func fourLetters(name string) uint32 {
	var n uint32
	for _, letter := range []byte(name) {
		n = n<<8 | uint32(letter)
	}
	return n
}

// macCamera is a camera as macOS tells it: how it is connected says whether there
// is a device at all. Running is nil where macOS does not say.
func macCamera(name string, transport uint32, running *uint32) Camera {
	c := Camera{Name: name, Virtual: transport == fourLetters("virt")}
	if running != nil {
		c.InUse = strconv.FormatBool(*running != 0)
	}
	return c
}

// oldCameras are the plug-ins by which programs stood in for cameras up to macOS
// 13, from the names in their folder.
func oldCameras(names []string) []Camera {
	var found []Camera
	for _, name := range names {
		if plain, ok := strings.CutSuffix(path.Base(name), ".plugin"); ok && plain != "" {
			found = append(found, Camera{Name: plain, Virtual: true})
		}
	}
	return found
}

// loadsOldCameras says whether this macOS loads such plug-ins into every program
// that asks for cameras: up to 13 it does.
func loadsOldCameras(version string) bool {
	digits, _, _ := strings.Cut(strings.TrimPrefix(version, "macOS "), ".")
	major, err := strconv.Atoi(digits)
	return err != nil || major < 14
}

// macHardwareAddress reads an address as macOS writes it, with or without its
// leading zeros; "" of anything else.
func macHardwareAddress(text string) string {
	parts := strings.Split(text, ":")
	if len(parts) != 6 {
		return ""
	}
	for i, part := range parts {
		if len(part) == 1 {
			parts[i] = "0" + part
		}
	}
	address, err := net.ParseMAC(strings.Join(parts, ":"))
	if err != nil {
		return ""
	}
	return address.String()
}
