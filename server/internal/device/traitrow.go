package device

import (
	"slices"
	"strings"

	"github.com/farmwatch/farmwatch/proto/finding"
)

// readers say what rows of a class tell of traits, row by row.
var readers = map[string]func(columns map[string]string) []Trait{
	"network_interfaces":    networkTraits,
	"network_neighbourhood": shapeTraits,
	"usb_devices":           usbTraits,
	"connected_displays":    displayTraits,
	"remote_access":         tenantTraits,
	"remote_sessions":       peerTraits,
}

// TraitClasses lists the classes whose latest rows say what a device has now.
func TraitClasses() []string {
	return []string{"network_interfaces", "network_neighbourhood", "usb_devices", "connected_displays", "remote_access"}
}

// TraitsOf gives the traits that rows of one class tell of, each once. Whose they
// are and when is not in the rows.
func TraitsOf(class string, rows []finding.Observation) []Trait {
	read := readers[class]
	if read == nil {
		return nil
	}
	var list []Trait
	for _, row := range rows {
		for _, one := range read(row.Columns) {
			one.Value = clip(one.Value)
			same := func(o Trait) bool { return o.Kind == one.Kind && o.Value == one.Value }
			if i := slices.IndexFunc(list, same); i >= 0 {
				list[i].Weak = list[i].Weak && one.Weak
			} else if one.Value != "" {
				list = append(list, one)
			}
		}
	}
	return list
}

// networkTraits: only of the interface through which traffic to the internet leaves.
// What is shared by nature says little: VRRP gives every virtual router one of 256
// addresses, and what a telephone or a program makes up itself
// (locally administered, IEEE 802 §8.4) it makes up for many.
func networkTraits(c map[string]string) []Trait {
	if c["up"] != "true" || c["default_route"] != "true" {
		return nil
	}
	weak := c["kind"] == "usb" || c["kind"] == "wwan" || virtualMaker(c["gateway_oui"])
	return []Trait{
		{Kind: TraitGateway, Value: c["gateway"], Weak: weak},
		{Kind: TraitAccessPoint, Value: c["access_point"]},
		{Kind: TraitNetwork, Value: c["dhcp_domain"], Weak: true},
	}
}

// virtualMakers are parts of hardware addresses under which many routers bear one number:
// of VRRP (RFC 9568 §7.3), of Cisco's HSRP (RFC 2281 §5.2; versions 2 and for IPv6) and GLBP,
// and of the networks that Parallels, Hyper-V, VMware and VirtualBox make for their guests
// (as the IEEE registered them).
var virtualMakers = []string{"00005e", "00000c", "000573", "0007b4", "001c42", "00155d", "005056", "080027"}

// virtualMaker says whether the maker's part of a hardware address names no router: of
// virtual ones, or with the bit set that says it was made up.
func virtualMaker(oui string) bool {
	oui = strings.ToLower(strings.ReplaceAll(oui, ":", ""))
	return len(oui) > 1 && (strings.IndexByte("2367abef", oui[1]) >= 0 || slices.Contains(virtualMakers, oui))
}

// usbTraits: a serial number that says which unit it is. What Windows makes up, what
// is digits in a row and what all units of a product bear does not.
func usbTraits(c map[string]string) []Trait {
	if c["serial_kind"] != "plain" || c["removable"] == "fixed" || c["virtual_bus"] == "true" {
		return nil
	}
	return []Trait{{Kind: TraitUSB, Value: c["serial"]}}
}

// displayTraits: a display on a wire, by its serial number; as text where there is one,
// since the number is often the same for all units of a model.
func displayTraits(c map[string]string) []Trait {
	if c["internal"] == "true" || c["output"] != "" && c["output"] != "external" || c["has_serial"] != "true" || c["serial_default"] != "" {
		return nil
	}
	if text := c["serial_text"]; text != "" {
		return []Trait{{Kind: TraitDisplay, Value: text}}
	}
	return []Trait{{Kind: TraitDisplay, Value: c["serial_number"], Weak: true}}
}

func tenantTraits(c map[string]string) []Trait {
	return []Trait{{Kind: TraitTenant, Value: c["tenant"]}}
}

// peerTraits: of sessions in which this laptop was controlled, with a side that is not itself.
func peerTraits(c map[string]string) []Trait {
	if c["direction"] != "incoming" || c["peer_scope"] == "loopback" {
		return nil
	}
	return []Trait{{Kind: TraitPeer, Value: c["peer"]}, {Kind: TraitPeer, Value: c["peer_address"], Weak: true}}
}

// shape are the columns that say what is around a laptop.
var shape = []string{"devices", "laptops", "phones", "iot", "single_boards", "kvms", "routers", "printers", "corporate_schemes"}

// shapeTraits: only where what is around is as no home and few offices have it, laptops
// by the ten or small computers beside them, after hours of listening. Counts are told
// in steps, so that those who stand side by side see the same.
func shapeTraits(c map[string]string) []Trait {
	unusual := c["laptops"] == "10" || c["laptops"] == "20" || c["laptops"] == "50" || c["kvms"] != "" && c["kvms"] != "0" ||
		c["single_boards"] != "" && c["single_boards"] != "0" && c["single_boards"] != "1"
	if !unusual || c["watched"] != "hours" && c["watched"] != "day" {
		return nil
	}
	value := "shape"
	for _, column := range shape {
		value += "-" + c[column]
	}
	return []Trait{{Kind: TraitShape, Value: value, Weak: true}}
}
