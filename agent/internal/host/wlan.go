package host

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net"
	"strings"
)

// A wlanCard is a Wi-Fi card as Windows lists them.
type wlanCard struct {
	id     string // "{745A17A0-…}"
	raw    [16]byte
	about  string // what its maker calls it
	joined bool
}

// parseWLANCards reads WLAN_INTERFACE_INFO_LIST.
func parseWLANCards(raw []byte) ([]wlanCard, error) {
	const head, size, text, state, connected = 8, 532, 16, 528, 1
	if len(raw) < head {
		return nil, fmt.Errorf("%w: Wi-Fi cards in %d bytes", errNTAnswer, len(raw))
	}
	count, rest := binary.LittleEndian.Uint32(raw), raw[head:]
	if uint64(count)*size > uint64(len(rest)) {
		return nil, fmt.Errorf("%w: %d Wi-Fi cards in %d bytes", errNTAnswer, count, len(rest))
	}
	cards := make([]wlanCard, 0, count)
	for range count {
		cards = append(cards, wlanCard{
			id: guidText([16]byte(rest[:16])), raw: [16]byte(rest[:16]), about: strings.ToValidUTF8(zeroText(rest[text:state]), "\uFFFD"),
			joined: binary.LittleEndian.Uint32(rest[state:]) == connected,
		})
		rest = rest[size:]
	}
	return cards, nil
}

// guidText writes an identifier as the registry does.
func guidText(raw [16]byte) string {
	order := [16]byte{raw[3], raw[2], raw[1], raw[0], raw[5], raw[4], raw[7], raw[6], raw[8], raw[9], raw[10], raw[11], raw[12], raw[13], raw[14], raw[15]}
	text := strings.ToUpper(hex.EncodeToString(order[:]))
	return "{" + text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:] + "}"
}

// parseWLANConnection reads WLAN_CONNECTION_ATTRIBUTES: after the profile's name
// the network's own, and the address of the access point.
func parseWLANConnection(raw []byte) (AccessPoint, error) {
	const name, longest, address = 520, 32, 560
	if len(raw) < address+6 {
		return AccessPoint{}, fmt.Errorf("%w: a Wi-Fi connection of %d bytes", errNTAnswer, len(raw))
	}
	length := min(binary.LittleEndian.Uint32(raw[name:]), longest)
	return AccessPoint{
		SSID:  strings.ToValidUTF8(string(raw[name+4:name+4+length]), "\uFFFD"),
		BSSID: net.HardwareAddr(raw[address : address+6]).String(),
	}, nil
}
