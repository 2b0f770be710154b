package device_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/farmwatch/farmwatch/proto/finding"
	"github.com/farmwatch/farmwatch/server/internal/device"
)

func columns(text string) map[string]string {
	c := map[string]string{}
	for _, word := range strings.Fields(text) {
		name, value, _ := strings.Cut(word, "=")
		c[name] = value
	}
	return c
}

func TestTraitsOf(t *testing.T) {
	for _, test := range []struct{ name, class, row, want string }{
		{"router, access point and name", "network_interfaces", "up=true default_route=true gateway=g gateway_oui=f4:92:bf access_point=a dhcp_domain=n", "gateway g, access_point a, network n weak"},
		{"an interface that leads nowhere", "network_interfaces", "up=true default_route=false gateway=g", ""},
		{"a virtual router", "network_interfaces", "up=true default_route=true gateway=g gateway_oui=00:00:5e", "gateway g weak"},
		{"two routers as one, of Cisco's HSRP", "network_interfaces", "up=true default_route=true gateway=g gateway_oui=00:00:0c", "gateway g weak"},
		{"and of its GLBP", "network_interfaces", "up=true default_route=true gateway=g gateway_oui=0007B4", "gateway g weak"},
		{"the network that a hypervisor makes for its guests", "network_interfaces", "up=true default_route=true gateway=g gateway_oui=00:50:56", "gateway g weak"},
		{"a telephone that made its address up", "network_interfaces", "up=true default_route=true gateway=g gateway_oui=f6:92:bf", "gateway g weak"},
		{"a tethered telephone", "network_interfaces", "up=true default_route=true kind=usb gateway=g gateway_oui=f4:92:bf", "gateway g weak"},
		{"a dock", "usb_devices", "serial=s serial_kind=plain", "usb s"},
		{"every unit of a KVM", "usb_devices", "serial=s serial_kind=kvm_default", ""},
		{"digits in a row", "usb_devices", "serial=s serial_kind=placeholder", ""},
		{"what Windows made up", "usb_devices", "serial=s serial_kind=windows_instance", ""},
		{"without a number", "usb_devices", "serial_kind=none", ""},
		{"built into the laptop", "usb_devices", "serial=s serial_kind=plain removable=fixed", ""},
		{"made by software", "usb_devices", "serial=s serial_kind=plain virtual_bus=true", ""},
		{"a monitor", "connected_displays", "output=external has_serial=true serial_text=t serial_number=n", "display t"},
		{"a monitor with a number alone", "connected_displays", "has_serial=true serial_number=n", "display n weak"},
		{"the laptop's own panel", "connected_displays", "internal=true output=internal has_serial=true serial_text=t", ""},
		{"over the air", "connected_displays", "output=indirect has_serial=true serial_text=t", ""},
		{"made by a program", "connected_displays", "output=virtual has_serial=true serial_text=t", ""},
		{"every unit of a KVM", "connected_displays", "output=external has_serial=true serial_text=t serial_default=CAFEBABE", ""},
		{"an account", "remote_access", "tool=x tenant=a", "tenant a"},
		{"the other side", "remote_sessions", "direction=incoming peer=p peer_address=r", "peer p, peer r weak"},
		{"to another", "remote_sessions", "direction=outgoing peer=p", ""},
		{"from itself", "remote_sessions", "direction=incoming peer=p peer_scope=loopback", ""},
		{"a shelf", "network_neighbourhood", "watched=hours devices=20 laptops=10 kvms=0 single_boards=3", "shape shape-20-10---3-0--- weak"},
		{"a home", "network_neighbourhood", "watched=day devices=10 laptops=3 kvms=0 single_boards=1", ""},
		{"a shelf not seen for long", "network_neighbourhood", "watched=hour devices=20 laptops=10", ""},
		{"another class", "processes", "serial=s serial_kind=plain", ""},
	} {
		rows := []finding.Observation{{Class: test.class, Columns: columns(test.row)}}
		rows = append(rows, rows[0]) // twice the same is once
		var got []string
		for _, one := range device.TraitsOf(test.class, rows) {
			text := one.Kind + " " + one.Value
			if one.Weak {
				text += " weak"
			}
			got = append(got, text)
		}
		if strings.Join(got, ", ") != test.want {
			t.Errorf("%s of %s: %v, want %s", test.class, test.name, got, test.want)
		}
	}
}

// What a laptop says of itself grows no row.
func TestTraitsAreShort(t *testing.T) {
	row := finding.Observation{Class: "usb_devices", Columns: map[string]string{"serial_kind": "plain", "serial": strings.Repeat("ä", 500)}}
	if got := device.TraitsOf("usb_devices", []finding.Observation{row}); len(got) != 1 || len(got[0].Value) > 64 {
		t.Errorf("it is %v", got)
	}
}

// What the collector says no laptop may.
func TestOfCollector(t *testing.T) {
	for _, word := range []string{device.EgressClass, device.SiteClass, device.ContextClass, device.CollectorUID("rule", "d1")} {
		if !device.OfCollector(word) {
			t.Errorf("%s is not the collector's", word)
		}
	}
	if slices.ContainsFunc([]string{"usb_devices", "sites", ""}, device.OfCollector) {
		t.Error("what is an agent's is taken for the collector's")
	}
}
