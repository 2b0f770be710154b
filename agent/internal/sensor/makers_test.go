package sensor

import "testing"

// TestMakerOf holds the table to figures that are known from elsewhere
// (signals.md 2.3, and what is printed on devices).
func TestMakerOf(t *testing.T) {
	if len(makerTable) > 64<<10 {
		t.Errorf("the table of makers is %d bytes long, want at most 64 KB", len(makerTable))
	}
	for text, want := range map[string]makerClass{
		"04:c9:8b:1a:00:01": kvmClass,     // TinyPilot has a sixteenth of that range
		"04:c9:8b:2a:00:01": unknownClass, // and somebody else this one
		"30:52:53:00:00:01": kvmClass,     // JetKVM
		"48:da:35:6e:00:01": kvmClass,     // NanoKVM
		"48:da:35:7e:00:01": unknownClass,
		"00:10:74:00:00:01": kvmClass, // ATEN
		"b8:27:eb:00:00:01": boardClass,
		"28:cd:c1:00:00:01": boardClass,
		"d8:3a:dd:00:00:01": boardClass,
		"dc:a6:32:00:00:01": boardClass,
		"e4:5f:01:00:00:01": boardClass,
		"2c:cf:67:00:00:01": boardClass,
		"88:a2:9e:00:00:01": boardClass,
		"94:83:c4:00:00:01": routerClass, // GL.iNet: travel routers before KVMs
		"00:1b:21:00:00:01": laptopClass, // Intel
		"3c:22:fb:00:00:01": laptopClass, // Apple
		"54:bf:64:00:00:01": laptopClass, // Dell
		"8c:16:45:00:00:01": laptopClass, // LCFC
		"00:e0:4c:00:00:01": laptopClass, // Realtek, of docks
		"24:0a:c4:00:00:01": iotClass,    // Espressif
		"00:80:77:00:00:01": printerClass,
		"52:54:00:00:00:01": unknownClass, // made up by QEMU
		"00:15:5d:00:00:01": unknownClass, // made up by Hyper-V
		"3a:35:41:00:00:01": unknownClass, // made up, whoever uses it
		"ff:ff:ff:ff:ff:ff": unknownClass,
		"00:00:00:00:00:00": printerClass, // Xerox has the first of all; nobody asks for it
		"01:00:5e:00:00:fb": unknownClass,
	} {
		mac, ok := hardwareAddress(text)
		if got := makerOf(mac); !ok || got != want {
			t.Errorf("%s is of class %d, want %d", text, got, want)
		}
	}
}

func TestRedundant(t *testing.T) {
	for text, want := range map[string]bool{
		"00:00:5e:00:01:07": true, "00:00:5e:00:02:07": true, "00:00:5e:00:53:07": false, "00:00:0c:07:ac:01": true,
		"00:00:0c:9f:f0:01": true, "00:00:0c:12:34:56": false, "00:07:b4:00:01:01": true, "00:05:73:a0:00:01": true,
	} {
		mac, _ := hardwareAddress(text)
		if redundant(mac) != want {
			t.Errorf("%s: redundant %t, want %t", text, !want, want)
		}
	}
}
