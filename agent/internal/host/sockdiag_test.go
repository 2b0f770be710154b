package host

import (
	"encoding/binary"
	"errors"
	"strings"
	"syscall"
	"testing"
)

func TestDiagMessage(t *testing.T) {
	q := diagQuestion{familyIPv4, protocolTCP, statesTCP}
	rows, last, err := parseDiag(diagDatagram(7), q, 7, nil)
	if err != nil || !last || len(rows) != 1 {
		t.Fatalf("%v, %t, %v", rows, last, err)
	}
	if r := rows[0]; r.State != stateEstablished || r.Local.String() != "127.0.0.1:22" || r.Remote.String() != "10.0.0.9:40000" || r.UID != 1000 || r.inode != 9001 || r.cookie != 5 {
		t.Errorf("%+v", r)
	}
	if rows, last, err := parseDiag(diagDatagram(6), q, 7, nil); err != nil || last || len(rows) != 0 {
		t.Errorf("an answer to an earlier question: %v, %t, %v", rows, last, err)
	}
	refused := make([]byte, 20)
	binary.NativeEndian.PutUint32(refused, 20)
	binary.NativeEndian.PutUint16(refused[4:], netlinkError)
	code := -int32(syscall.EPERM)
	binary.NativeEndian.PutUint32(refused[16:], uint32(code))
	if _, _, err := parseDiag(refused, q, 0, nil); !errors.Is(err, syscall.EPERM) {
		t.Errorf("a refusal: %v", err)
	}
}

// diagDatagram is one socket and the end.
func diagDatagram(sequence uint32) []byte {
	m := make([]byte, netlinkHeader+inetDiagAnswer+20)
	order := binary.NativeEndian
	order.PutUint32(m, netlinkHeader+inetDiagAnswer)
	order.PutUint16(m[4:], sockDiagByFamily)
	order.PutUint32(m[8:], sequence)
	body := m[netlinkHeader:]
	body[0], body[1] = familyIPv4, tcpEstablished
	binary.BigEndian.PutUint16(body[4:], 22)
	binary.BigEndian.PutUint16(body[6:], 40000)
	copy(body[8:], []byte{127, 0, 0, 1})
	copy(body[24:], []byte{10, 0, 0, 9})
	order.PutUint32(body[44:], 5)
	order.PutUint32(body[64:], 1000)
	order.PutUint32(body[68:], 9001)
	done := m[netlinkHeader+inetDiagAnswer:]
	order.PutUint32(done, 20)
	order.PutUint16(done[4:], netlinkDone)
	order.PutUint32(done[8:], sequence)
	return m
}

func FuzzParseDiag(f *testing.F) {
	f.Add(diagDatagram(7), byte(protocolTCP))
	f.Fuzz(func(t *testing.T, datagram []byte, protocol byte) {
		rows, _, _ := parseDiag(datagram, diagQuestion{familyIPv4, protocol, statesTCP}, 7, nil)
		for _, row := range rows {
			if !row.Local.IsValid() {
				t.Error("a row without an address")
			}
		}
	})
}

func TestUevent(t *testing.T) {
	for message, want := range map[string]string{
		"add@/devices/pci0000:00/usb1/1-1\x00ACTION=add\x00SUBSYSTEM=usb\x00":    "usb_devices",
		"change@/devices/pci0000:00/drm/card0\x00SUBSYSTEM=drm\x00HOTPLUG=1\x00": "connected_displays",
		"add@/devices/virtual/bdi/8:0\x00SUBSYSTEM=bdi\x00":                      "",
		"libudev\x00\xfe\xed\xca\xfeSUBSYSTEM=usb\x00":                           "",
		"":         "",
		"no zero":  "",
		"a@/b\x00": "",
	} {
		if got := ueventClass([]byte(message)); got != want {
			t.Errorf("%q wakes %q, want %q", message, got, want)
		}
	}
}

func TestWokenBy(t *testing.T) {
	for class, want := range map[string]string{"": "", "usb_devices": "usb_devices arrivals", "connected_displays": "connected_displays arrivals", "power": "power"} {
		if got := strings.Join(wokenBy(class), " "); got != want {
			t.Errorf("%q wakes %q, want %q", class, got, want)
		}
	}
}

func FuzzUevent(f *testing.F) {
	f.Add([]byte("add@/devices/x\x00SUBSYSTEM=usb\x00"))
	f.Fuzz(func(_ *testing.T, message []byte) { ueventClass(message) })
}
