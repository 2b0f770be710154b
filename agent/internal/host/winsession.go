package host

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// What Windows says of a session (WTS_CONNECTSTATE_CLASS, WTS_PROTOCOL_TYPE_*,
// SHADOWSTATECLASS), as far as it matters here.
const (
	wtsActive       = 0
	wtsConnected    = 1
	wtsShadowing    = 3
	wtsDisconnected = 4
	wtsConsole      = 0
	wtsShadowed     = 2
)

// A winSession is one session as Windows tells it in parts.
type winSession struct {
	id       uint32
	station  string // "Console", "RDP-Tcp#3"
	state    uint32
	protocol uint16
	user     string
	client   winClient
	times    winTimes
	shadow   uint32
}

// winClient is the other end of a session that comes from elsewhere.
type winClient struct{ name, address string }

type winTimes struct{ logon, connect time.Time }

// sessions are the rows of one session: none when nobody is logged in, two when
// somebody watches it from afar besides. A session that was disconnected goes on
// without anybody at it, and so it comes from nowhere.
func (s winSession) sessions() []Session {
	if s.user == "" {
		return nil
	}
	row := Session{ID: strconv.FormatUint(uint64(s.id), 10), User: s.user, Terminal: s.station, Kind: kindGraphical, Since: s.times.logon}
	switch s.state {
	case wtsActive, wtsConnected, wtsShadowing:
		if row.Kind = kindConsole; s.protocol != wtsConsole {
			row.Kind, row.Remote, row.Since = kindRemoteDesktop, s.client.from(), s.times.connect
		}
	case wtsDisconnected:
	default:
		return nil // it listens, or is not set up yet
	}
	rows := []Session{row}
	if s.shadow == wtsShadowed {
		// Windows does not say from where.
		rows = append(rows, Session{ID: row.ID, User: s.user, Terminal: "shadow of " + s.station, Kind: kindRemoteDesktop, Remote: "unknown"})
	}
	return rows
}

func (c winClient) from() string {
	if c.address != "" {
		return c.address
	}
	if c.name != "" {
		return c.name
	}
	return "unknown"
}

// parseWinClient reads WTSCLIENTW: the client's name at its beginning, its address
// as text behind what it starts.
func parseWinClient(raw []byte) (winClient, error) {
	const name, family, address, end = 42, 1168, 1172, 1172 + 62
	if len(raw) < end {
		return winClient{}, fmt.Errorf("%w: a session's client of %d bytes", errNTAnswer, len(raw))
	}
	c := winClient{name: strings.ToValidUTF8(zeroText(raw[:name]), "\uFFFD")}
	if binary.LittleEndian.Uint32(raw[family:]) != 0 {
		c.address = wholeAddress(zeroText(raw[address:end]))
	}
	return c, nil
}

// parseClientAddress reads WTS_CLIENT_ADDRESS, in which an address of IPv4 begins
// at the third byte. Where one of IPv6 begins is not documented: it is left out.
func parseClientAddress(raw []byte) string {
	const ipv4 = 2
	if len(raw) < 10 || binary.LittleEndian.Uint32(raw) != ipv4 {
		return ""
	}
	address := netip.AddrFrom4([4]byte(raw[6:10]))
	if address.IsUnspecified() {
		return ""
	}
	return address.String()
}

// wholeAddress is an address as text; the room for it is too short for some of
// IPv6, and what is cut is none.
func wholeAddress(text string) string {
	address, err := netip.ParseAddr(strings.TrimSpace(text))
	if err != nil || address.IsUnspecified() {
		return ""
	}
	return address.Unmap().WithZone("").String()
}

// parseWinTimes reads WTSINFOEXW, whose first part is at the eighth byte.
func parseWinTimes(raw []byte) (winTimes, error) {
	const level, logon, connect = 1, 168, 176
	if len(raw) < connect+8 || binary.LittleEndian.Uint32(raw) != level {
		return winTimes{}, fmt.Errorf("%w: a session's times of %d bytes", errNTAnswer, len(raw))
	}
	at := func(place int) time.Time { return fileTime(binary.LittleEndian.Uint64(raw[place:])) }
	return winTimes{at(logon), at(connect)}, nil
}
