package sensor

import (
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/farmwatch/farmwatch/agent/internal/host"
)

// TestLeases: whichever client keeps it, what DHCP told stands at its interface.
func TestLeases(t *testing.T) {
	wired := "-- files/sys/class/net/eth0/type --\n1\n-- files/sys/class/net/eth0/ifindex --\n2\n-- files/sys/class/net/eth0/operstate --\nup\n"
	for name, c := range map[string]struct{ machine, domain string }{
		"networkd":            {wired + "-- files/run/systemd/netif/leases/2 --\nADDRESS=192.0.2.7\nSERVER_ADDRESS=192.0.2.1\nDOMAINNAME=Example.net\n", "example.net"},
		"networkd of another": {wired + "-- files/run/systemd/netif/leases/3 --\nADDRESS=192.0.2.7\nSERVER_ADDRESS=192.0.2.1\n", ""},
		"NetworkManager":      {wired + "-- files/var/lib/NetworkManager/internal-0a1b2c3d-0000-4000-8000-0123456789ab-eth0.lease --\nADDRESS=192.0.2.7\nSERVER_ADDRESS=192.0.2.1\nDOMAINNAME=home\n", "home"},
		"dhclient":            {wired + "-- files/var/lib/dhcp/dhclient.leases --\nlease {\n  interface \"eth0\";\n  option domain-name \"lan\";\n  option dhcp-server-identifier 192.0.2.1;\n}\n", "lan"},
		"down":                {"-- files/sys/class/net/eth0/type --\n1\n-- files/sys/class/net/eth0/operstate --\ndown\n-- files/var/lib/dhcp/dhclient.leases --\nlease {\n  interface \"eth0\";\n  option domain-name \"lan\";\n}\n", ""},
		"what is no lease":    {wired + "-- files/run/systemd/netif/leases/2 --\nhello\n", ""},
		"Windows":             {"-- platform.yaml --\nos: windows\n-- interfaces.yaml --\n- {name: Wi-Fi, kind: ethernet, up: true}\n-- files/registry/HKLM/SYSTEM/CurrentControlSet/Services/Tcpip/Parameters/Interfaces/{A1}/DhcpDomain --\nCorp.example\n-- files/registry/HKLM/SYSTEM/CurrentControlSet/Control/Network/{4D36E972-E325-11CE-BFC1-08002BE10318}/{A1}/Connection/Name --\nWi-Fi\n", "corp.example"},
	} {
		t.Run(name, func(t *testing.T) {
			h, err := host.ReadRecording(txtar.Parse([]byte(c.machine)))
			if err != nil {
				t.Fatal(err)
			}
			rows, err := collectNetwork(t.Context(), h)
			if len(rows) != 1 || rows[0].DHCPDomain != c.domain {
				t.Errorf("rows %+v, %v, want %q", rows, err, c.domain)
			}
		})
	}
}
