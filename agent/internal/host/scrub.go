package host

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"net/netip"
	"path"
	"regexp"
	"strings"
)

// Scrub gives a stable pseudonym for what tells who someone is. A value that it
// gives back unchanged is kept as it is.
type Scrub func(value string) string

// A scrubber gives pseudonyms the form of what they stand for, so that a scrubbed
// recording still reads like a machine: an address stays one of the same scope,
// a serial number keeps its pattern, a network card its maker.
type scrubber struct {
	scrub   Scrub
	mac     *regexp.Regexp
	named12 *regexp.Regexp // an interface named after its hardware address
	home    *regexp.Regexp
	sid     *regexp.Regexp
	known   *regexp.Regexp // names of this machine and its people, nil where there are none
	machine string

	system      string
	firstPerson int // the least number of an account that is a person's
}

func newScrubber(scrub Scrub) scrubber {
	return scrubber{
		scrub:       scrub,
		firstPerson: 1000,
		mac:         regexp.MustCompile(`\b(?:[0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}\b`),
		named12:     regexp.MustCompile(`\b(enx|wlx|wwx)([0-9a-f]{12})\b`),
		home:        regexp.MustCompile(`((?:^|/)home/)([^/\s"';:]+)|((?:^|[/\\])(?i:users)[/\\])([^/\\"';:<>|\n]+)`),
		sid:         regexp.MustCompile(`\bS-1-(?:5-21|12-1)(-\d+){3,5}\b`),
	}
}

// stream gives bytes that depend on the pseudonym alone. It is false for what is kept.
func (s scrubber) stream(value string) (bytes [32]byte, changed bool) {
	pseudonym := s.scrub(value)
	if value == "" || pseudonym == value {
		return bytes, false
	}
	return sha256.Sum256([]byte(pseudonym)), true
}

// named is "user-3f2a91" for a name.
func (s scrubber) named(prefix, value string) string {
	bytes, changed := s.stream(value)
	if !changed {
		return value
	}
	return prefix + "-" + hex.EncodeToString(bytes[:4])
}

// serial replaces each letter and digit by one of its kind.
func (s scrubber) serial(value string) string {
	bytes, changed := s.stream(value)
	if !changed {
		return value
	}
	out := []byte(value)
	for i, c := range out {
		r := bytes[i%len(bytes)] ^ byte(i/len(bytes))
		switch {
		case c >= '0' && c <= '9':
			out[i] = '0' + r%10
		case c >= 'a' && c <= 'f':
			out[i] = 'a' + r%6
		case c >= 'A' && c <= 'F':
			out[i] = 'A' + r%6
		case c >= 'a' && c <= 'z':
			out[i] = 'a' + r%26
		case c >= 'A' && c <= 'Z':
			out[i] = 'A' + r%26
		}
	}
	return string(out)
}

// hardwareAddress keeps the maker's half of a MAC; of one that software made it
// keeps only that it is one.
func (s scrubber) hardwareAddress(mac string) string {
	lower := strings.ToLower(mac)
	if lower == "00:00:00:00:00:00" || lower == "ff:ff:ff:ff:ff:ff" {
		return mac
	}
	bytes, changed := s.stream(lower)
	first, err := hex.DecodeString(lower[:2])
	if !changed || err != nil {
		return mac
	}
	random := hex.EncodeToString(bytes[:5])
	tail := random[0:2] + ":" + random[2:4] + ":" + random[4:6]
	if first[0]&2 != 0 {
		return lower[:2] + ":" + random[6:8] + ":" + random[8:10] + ":" + tail
	}
	return lower[:9] + tail
}

// text scrubs hardware addresses and home directories wherever they stand.
func (s scrubber) text(value string) string {
	value = s.mac.ReplaceAllStringFunc(value, s.hardwareAddress)
	value = s.named12.ReplaceAllStringFunc(value, func(name string) string {
		digits := name[3:]
		mac := digits[0:2] + ":" + digits[2:4] + ":" + digits[4:6] + ":" + digits[6:8] + ":" + digits[8:10] + ":" + digits[10:12]
		return name[:3] + strings.ReplaceAll(s.hardwareAddress(mac), ":", "")
	})
	value = s.sid.ReplaceAllStringFunc(value, s.securityID)
	value = s.home.ReplaceAllStringFunc(value, func(match string) string {
		at := strings.LastIndexAny(match, `/\`) + 1
		return match[:at] + s.account(match[at:])
	})
	if s.known != nil {
		value = s.known.ReplaceAllStringFunc(value, func(name string) string {
			if strings.EqualFold(name, s.machine) {
				return s.named("host", s.machine)
			}
			return s.account(name)
		})
	}
	return value
}

// address keeps the scope: loopback, link-local, private, public.
func (s scrubber) address(a netip.Addr) netip.Addr {
	if !a.IsValid() || a.IsUnspecified() || a.IsLoopback() || a.IsMulticast() || a == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
		return a
	}
	bytes, changed := s.stream(a.WithZone("").String())
	if !changed {
		return a
	}
	if a.Is4() {
		return fakeIPv4(a, binary.BigEndian.Uint32(bytes[:]))
	}
	fake := a.As16()
	switch {
	case a.IsLinkLocalUnicast(), a.IsPrivate():
		copy(fake[8:], bytes[:8])
	default:
		copy(fake[:], []byte{0x20, 0x01, 0x0d, 0xb8})
		copy(fake[4:], bytes[:12])
	}
	return netip.AddrFrom16(fake).WithZone(a.Zone())
}

func fakeIPv4(a netip.Addr, random uint32) netip.Addr {
	from, bits := [4]byte{198, 18, 0, 0}, 15 // set aside for measurements, so nobody's
	switch octets := a.As4(); {
	case octets[0] == 10:
		from, bits = [4]byte{10}, 8
	case octets[0] == 172 && octets[1]&0xf0 == 16:
		from, bits = [4]byte{172, 16}, 12
	case octets[0] == 192 && octets[1] == 168:
		from, bits = [4]byte{192, 168}, 16
	case a.IsLinkLocalUnicast():
		from, bits = [4]byte{169, 254}, 16
	case octets[0] == 100 && octets[1]&0xc0 == 64:
		from, bits = [4]byte{100, 64}, 10
	}
	number := binary.BigEndian.Uint32(from[:]) | random&(1<<(32-bits)-1)
	var out [4]byte
	binary.BigEndian.PutUint32(out[:], number)
	return netip.AddrFrom4(out)
}

func (s scrubber) addrPort(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(s.address(a.Addr()), a.Port())
}

// remote scrubs where a session comes from: an address or a name.
func (s scrubber) remote(host string) string {
	if a, err := netip.ParseAddr(host); err == nil {
		return s.address(a).String()
	}
	if strings.HasPrefix(host, ":") { // a display of this machine
		return host
	}
	return s.named("host", host)
}

// args keeps what says which program runs and how: the program, options without
// values, and programs named in the system's own directories. The rest is
// replaced, since it may be anything.
func (s scrubber) args(args []string) []string {
	option := regexp.MustCompile(`^--?[A-Za-z][A-Za-z0-9_-]{0,31}$`)
	if s.system == "windows" {
		option = regexp.MustCompile(`^(--?|/)[A-Za-z][A-Za-z0-9_-]{0,31}$`)
	}
	out := make([]string, len(args))
	for i, arg := range args {
		switch {
		case i == 0 && (!strings.ContainsAny(arg, " =@") || placedPath(arg)):
			out[i] = s.text(arg)
		case option.MatchString(arg), systemPath(arg):
			out[i] = arg
		case placedPath(arg):
			out[i] = s.text(arg)
		default:
			out[i] = s.named("arg", arg)
		}
	}
	return out
}

// placedPath knows the folders in which Windows and macOS keep programs, whose
// names have blanks.
func placedPath(arg string) bool {
	place := regexp.MustCompile(`(?i)^([a-z]:\\(program files( \(x86\))?|windows|programdata|users)\\[^"=@]+\.(exe|com|dll|sys)|/(applications|library|system)/[^"=@:]+)$`)
	return place.MatchString(arg)
}

// systemPath knows the places where packages put programs.
func systemPath(arg string) bool {
	if strings.ContainsAny(arg, " =:@") || path.Clean(arg) != arg {
		return false
	}
	for _, place := range []string{"/usr/bin/", "/usr/sbin/", "/usr/lib/", "/usr/libexec/", "/usr/share/", "/bin/", "/sbin/", "/lib/", "/opt/", "/snap/"} {
		if strings.HasPrefix(arg, place) {
			return true
		}
	}
	return false
}
