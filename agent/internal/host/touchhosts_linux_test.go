package host

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"
)

type fakeFprint struct{ paths []dbus.ObjectPath }

func (f fakeFprint) GetDevices() ([]dbus.ObjectPath, *dbus.Error) { return f.paths, nil }

type fakeReader struct{}

func (fakeReader) Get(string, string) (dbus.Variant, *dbus.Error) {
	return dbus.MakeVariant("Goodix sensor"), nil
}

const readerPath = dbus.ObjectPath("/net/reactivated/Fprint/Device/0")

func serveFprint(t *testing.T, path string, devices ...dbus.ObjectPath) *dbus.Conn {
	t.Helper()
	conn, err := dialSystemBus(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	err = errors.Join(conn.Export(fakeFprint{devices}, fprintPath, fprint+".Manager"), conn.Export(fakeReader{}, readerPath, "org.freedesktop.DBus.Properties"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.RequestName(fprint, 0); err != nil {
		t.Fatal(err)
	}
	return conn
}

// TestFingers: a match counts, a finger that is not known and a stranger on the bus do not.
func TestFingers(t *testing.T) {
	path := startBus(t, usersFolder(t), os.Geteuid())
	service := serveFprint(t, path, readerPath)
	ctx, cancel := context.WithCancel(t.Context())
	fingers, err := listenForFingers(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := dialSystemBus(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	say := func(from *dbus.Conn, word string) {
		if err := from.Emit(readerPath, fprintDevice+".VerifyStatus", word, true); err != nil {
			t.Fatal(err)
		}
	}
	say(stranger, "verify-match")
	say(service, "verify-no-match")
	say(service, "verify-match")
	if got := wait(t, fingers); got != "Goodix sensor" {
		t.Errorf("recognised by %q", got)
	}
	select {
	case got := <-fingers:
		t.Errorf("recognised a second time, by %q", got)
	case <-time.After(50 * time.Millisecond):
	}
	cancel()
	if _, open := <-fingers; open {
		t.Error("goes on after its end")
	}
}

func TestFingersSayWhyNot(t *testing.T) {
	users := usersFolder(t)
	if _, err := listenForFingers(t.Context(), users+"/no-bus"); !errors.Is(err, ErrAbsent) {
		t.Errorf("without a bus: %v", err)
	}
	path := startBus(t, users, os.Geteuid())
	if _, err := listenForFingers(t.Context(), path); !errors.Is(err, ErrAbsent) {
		t.Errorf("without fprintd: %v", err)
	}
	serveFprint(t, path)
	if _, err := listenForFingers(t.Context(), path); !errors.Is(err, ErrAbsent) {
		t.Errorf("without a reader: %v", err)
	}
}

func TestSecurityKeysOfProgramsAreVirtual(t *testing.T) {
	device := func(raw, place string, descriptor string) string {
		return "-- files/sys/class/hidraw/" + raw + " -> ../../" + place + "/hidraw/" + raw + " --\n" +
			"-- files/sys/" + place + "/hidraw/" + raw + "/device -> ../.. --\n" +
			"-- files/sys/" + place + "/report_descriptor [hex] --\n" + descriptor + "\n" +
			"-- files/sys/" + place + "/uevent --\nHID_NAME=Key " + raw + "\n"
	}
	const fido = "06d0f10901a101"
	files := loggedIn(t, device("hidraw0", "devices/pci0000:00/0000:00:14.0/usb1/1-3/1-3:1.1/0003:1050:0407.0002", fido)+
		device("hidraw1", "devices/virtual/misc/uhid/0003:1050:0407.0003", fido)+
		device("hidraw2", "devices/platform/dummy_hcd.0/usb2/2-1/2-1:1.0/0003:1050:0407.0004", fido)+
		device("hidraw3", "devices/platform/vhci_hcd.0/usb3/3-1/3-1:1.0/0003:1050:0407.0005", fido)+
		device("hidraw4", "devices/pci0000:00/0000:00:14.0/usb1/1-4/1-4:1.0/0003:046D:C31C.0001", "05010906a101"))
	keys, err := sysfsSecurityKeys(files)
	want := []SecurityKey{{"hidraw0", "Key hidraw0", false}, {"hidraw1", "Key hidraw1", true}, {"hidraw2", "Key hidraw2", true}, {"hidraw3", "Key hidraw3", true}}
	if diff := cmp.Diff(want, keys); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	h := &LiveHost{files: files}
	for _, k := range append(want[1:], SecurityKey{ID: "../../etc/passwd"}, SecurityKey{ID: "hidraw4", Name: "Key hidraw4"}) {
		if _, err := h.OpenSecurityKey(t.Context(), k); !errors.Is(err, ErrAbsent) {
			t.Errorf("%+v: %v, want it refused", k, err)
		}
	}
}
