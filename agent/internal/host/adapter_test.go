package host

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func adapterRow(number uint32, alias, model string, kind, tunnel, medium uint32, flags byte) []byte {
	b := make([]byte, adapterRowSize)
	binary.LittleEndian.PutUint32(b[8:], number)
	copy(b[adapterAliasStart:], wide(alias))
	copy(b[adapterMakeStart:], wide(model))
	for at, value := range map[int]uint32{0: 1500, 4: kind, 8: tunnel, 16: medium, 32: adapterIsUp} {
		binary.LittleEndian.PutUint32(b[adapterNumbersFrom+at:], value)
	}
	b[adapterNumbersFrom+28] = flags
	return b
}

func TestAdapters(t *testing.T) {
	rows := bytes.Join([][]byte{
		adapterRow(1, "Loopback Pseudo-Interface 1", "Software Loopback Interface 1", 24, 0, 0, 0),
		adapterRow(7, "Wi-Fi", "Intel(R) Wi-Fi 6 AX201 160MHz", 71, 0, 9, 1),
		adapterRow(8, "Wi-Fi-WFP", "filter", 71, 0, 9, 3),
		adapterRow(9, "Ethernet 2", "Realtek USB GbE Family Controller #2", 6, 0, 14, 1),
	}, nil)
	var found []Interface
	for _, a := range adaptersIn(rows) {
		instance := map[uint32]string{7: `PCI\VEN_8086`, 9: `USB\VID_0BDA&PID_8153\1`}[a.number]
		found = append(found, a.asInterface(instance, []gateway{{adapter: 7}, {adapter: 7, hardware: "02:00:5E:10:00:01"}}))
	}
	want := []Interface{
		{Name: "Loopback Pseudo-Interface 1", Kind: "loopback", Up: true, Driver: "Software Loopback Interface 1", MTU: 1500, Number: 1},
		{Name: "Wi-Fi", Kind: "wifi", Up: true, Default: true, Gateway: "02:00:5e:10:00:01", Driver: "Intel(R) Wi-Fi 6 AX201 160MHz", MTU: 1500, Number: 7},
		{Name: "Ethernet 2", Kind: "usb", Up: true, Driver: "Realtek USB GbE Family Controller", MTU: 1500, Number: 9},
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAdapterKinds(t *testing.T) {
	for _, c := range []struct {
		model        string
		kind, tunnel uint32
		medium       uint32
		hardware     bool
		instance     string
		want         string
	}{
		{"Intel(R) Ethernet Connection I219-V", 6, 0, 14, true, `PCI\VEN_8086&DEV_15FB\3&1`, "ethernet"},
		{"WireGuard Tunnel", 53, 0, 0, false, `SWD\WIREGUARD\{1}`, "tunnel"},
		{"Tailscale Tunnel", 53, 0, 0, false, "", "tunnel"},
		{"TAP-Windows Adapter V9", 6, 0, 0, false, `ROOT\NET\0000`, "tunnel"},
		{"ZeroTier Virtual Port", 6, 0, 0, false, `ROOT\ZEROTIER\0000`, "tunnel"},
		{"PANGP Virtual Ethernet Adapter Secure", 6, 0, 0, false, `ROOT\NET\0001`, "tunnel"},
		{"Microsoft Teredo Tunneling Adapter", 131, 14, 0, false, `SWD\IP_TUNNEL_VBUS\1`, "tunnel"},
		{"Contoso VPN", 23, 0, 0, false, "", "tunnel"},
		{"Hyper-V Virtual Ethernet Adapter", 6, 0, 0, false, `ROOT\VMS_MP\0000`, "virtual"},
		{"VirtualBox Host-Only Ethernet Adapter", 6, 0, 0, false, `ROOT\NET\0002`, "virtual"},
		{"Microsoft Wi-Fi Direct Virtual Adapter", 71, 0, 9, false, `{5d624f94-8850-40c3-a3fa-a4fd2080baf3}\vwifimp_wfd\5&1`, "virtual"},
		{"Microsoft Network Adapter Bridge", 209, 0, 0, false, "", "bridge"},
		{"Fibocom L850-GL", 243, 0, 8, true, `USB\VID_2CB7&PID_0007\1`, "wwan"},
		{"Bluetooth Device (Personal Area Network)", 6, 0, 10, true, `BTH\MS_BTHPAN\6&1`, "ethernet"},
		{"Some Radio", 37, 0, 0, true, `PCI\VEN_1\1`, "unknown"},
	} {
		var flags byte
		if c.hardware {
			flags = adapterIsHardware
		}
		a := adaptersIn(adapterRow(4, "x", c.model, c.kind, c.tunnel, c.medium, flags))[0]
		if got := a.interfaceKind(c.instance); got != c.want {
			t.Errorf("%s is %s, want %s", c.model, got, c.want)
		}
	}
}

func routeRow(number uint32, destination []byte, length byte, next []byte) []byte {
	b := make([]byte, routeRowSize)
	binary.LittleEndian.PutUint32(b[8:], number)
	copy(b[12:], destination)
	b[40] = length
	copy(b[44:], next)
	return b
}

func v4(a, b, c, d byte) []byte { return []byte{2, 0, 0, 0, a, b, c, d} }

func TestGateways(t *testing.T) {
	v6 := func(first byte) []byte { return append([]byte{23, 0, 0, 0, 0, 0, 0, 0, first}, make([]byte, 15)...) }
	ways := gatewaysIn(bytes.Join([][]byte{
		routeRow(7, v4(0, 0, 0, 0), 0, v4(192, 168, 1, 1)),
		routeRow(8, v4(0, 0, 0, 0), 1, v4(0, 0, 0, 0)),
		routeRow(9, v4(128, 0, 0, 0), 1, v4(10, 8, 0, 1)),
		routeRow(5, v4(10, 0, 0, 0), 8, v4(192, 168, 1, 2)),
		routeRow(6, v4(64, 0, 0, 0), 1, v4(192, 168, 1, 2)),
		routeRow(4, v6(0), 0, v6(0xfe)),
		routeRow(3, []byte{9}, 0, nil),
	}, nil))
	row := make([]byte, neighbourRowSize)
	copy(row, v4(192, 168, 1, 1))
	row[28], row[72] = 7, 6
	copy(row[40:], []byte{2, 0, 0x5e, 0x10, 0, 1})
	elsewhere := bytes.Clone(row)
	elsewhere[28] = 8
	meetNeighbours(ways, append(row, elsewhere...))
	var got []uint32
	for _, way := range ways {
		got = append(got, way.adapter)
		if (way.hardware != "") != (way.adapter == 7) {
			t.Errorf("%+v", way)
		}
	}
	if diff := cmp.Diff([]uint32{7, 8, 9, 4}, got); diff != "" || ways[1].address.IsValid() {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAdapterInstance(t *testing.T) {
	const key = "-- files/registry/HKLM/SYSTEM/CurrentControlSet/Control/Network/{4D36E972-E325-11CE-BFC1-08002BE10318}/{04030201-0605-0807-090A-0B0C0D0E0F10}/Connection/PnPInstanceID --\nUSB\\VID_0BDA&PID_8153\\1\n"
	files := recorded(t, "-- platform.yaml --\nos: windows\n"+key).Files()
	guid := [16]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
	if got := adapterInstance(files, guid); got != "USB\\VID_0BDA&PID_8153\\1" {
		t.Errorf("%q", got)
	}
	if got := adapterInstance(files, [16]byte{}); got != "" {
		t.Errorf("%q", got)
	}
}

func FuzzNetworkRows(f *testing.F) {
	f.Add(adapterRow(1, "a", "b", 6, 0, 0, 1))
	f.Add(routeRow(7, v4(0, 0, 0, 0), 0, v4(192, 168, 1, 1)))
	f.Fuzz(func(_ *testing.T, b []byte) {
		ways := gatewaysIn(b)
		meetNeighbours(ways, b)
		for _, a := range adaptersIn(b) {
			a.asInterface("", ways)
		}
	})
}
