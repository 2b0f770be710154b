package sensor

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"sort"
	"strconv"
	"strings"

	"github.com/farmwatch/farmwatch/agent/internal/host"
	"github.com/farmwatch/farmwatch/agent/internal/parse"
)

// usbFunction is one interface of a device: what it is by its descriptors, and
// what the kernel made of it.
type usbFunction struct {
	number                    int
	class, subclass, protocol byte
	name                      string
	driver                    string
	release                   uint16 // bcdHID; zero when it is no input function
	packet                    int    // length of the packets to the laptop, of the first such pipe
	reportLength              int
	report                    *parse.HIDDescriptor // nil where no driver has fetched it
	partial                   bool                 // whether some of its reports are missing
	maker                     string               // of the device, where only its input devices say it
	inquiries                 []string
}

func (f usbFunction) triplet() string {
	return fmt.Sprintf("%02x/%02x/%02x", f.class, f.subclass, f.protocol)
}

const (
	descriptorsLimit = 64 << 10 // far more than any device sends
	functionLimit    = 256      // interface numbers are one byte
)

// readFunctions reads a device's interfaces. The raw descriptors say what the
// device is whoever drives it; the kernel's folders add names, drivers, input
// reports and disks, and stand in where there are no descriptors.
func readFunctions(fsys host.FS, dir, port string) ([]usbFunction, error) {
	folders := functionFolders(fsys, dir, port)
	functions, err := describedFunctions(fsys, dir)
	if len(functions) == 0 {
		functions = folderFunctions(fsys, folders)
	}
	problems := []error{err}
	for i := range functions {
		if folder, ok := folders[functions[i].number]; ok {
			problems = append(problems, functions[i].complete(fsys, folder))
		}
		if functions[i].driver == "" {
			functions[i].driver = "-"
		}
	}
	return functions, errors.Join(problems...)
}

// functionFolders finds the kernel's folder of each interface by its number,
// e.g. 1-2.1:1.0 below 1-2.1. Only the configuration in use has folders.
func functionFolders(fsys host.FS, dir, port string) map[int]string {
	if bus, isRoot := strings.CutPrefix(port, "usb"); isRoot { // a root hub's interface is named after its bus
		port = bus + "-0"
	}
	folders := map[int]string{}
	entries, _ := fs.ReadDir(fsys, dir)
	for _, entry := range entries {
		place, ok := strings.CutPrefix(entry.Name(), port+":")
		_, number, dotted := strings.Cut(place, ".")
		if !ok || !dotted {
			continue
		}
		if n, err := strconv.ParseUint(number, 10, 8); err == nil {
			folders[int(n)] = path.Join(dir, entry.Name())
		}
	}
	return folders
}

// describedFunctions reads the functions from the descriptors that the device
// itself sent, which are there even when no driver took them.
func describedFunctions(fsys host.FS, dir string) ([]usbFunction, error) {
	raw, err := binary(fsys, path.Join(dir, "descriptors"), descriptorsLimit)
	if err != nil || raw == nil {
		return nil, err
	}
	device, err := parse.ParseUSB(raw)
	value, _ := strconv.Atoi(attribute(fsys, path.Join(dir, "bConfigurationValue")))
	configuration, _ := device.Configuration(value)
	return configured(configuration), err
}

// configured are the functions of a configuration, each in its first setting.
// Of one number only the first counts, as for the kernel: a device may name one
// seven thousand times, and each would be looked at.
func configured(configuration parse.USBConfiguration) []usbFunction {
	var functions []usbFunction
	var known [functionLimit]bool
	for _, i := range configuration.Interfaces {
		if i.Alternate != 0 || known[i.Number] {
			continue
		}
		known[i.Number] = true
		f := usbFunction{number: int(i.Number), class: i.Class, subclass: i.SubClass, protocol: i.Protocol}
		if i.HID != nil {
			f.release, f.reportLength = i.HID.Release, i.HID.ReportLength
		}
		for _, e := range i.Endpoints {
			if e.Address&0x80 != 0 {
				f.packet = e.MaxPacket
				break
			}
		}
		functions = append(functions, f)
	}
	return functions
}

func folderFunctions(fsys host.FS, folders map[int]string) []usbFunction {
	var functions []usbFunction
	for number, folder := range folders {
		number16 := func(name string) byte {
			n, _ := strconv.ParseUint(attribute(fsys, path.Join(folder, name)), 16, 8)
			return byte(n)
		}
		functions = append(functions, usbFunction{
			number: number, class: number16("bInterfaceClass"),
			subclass: number16("bInterfaceSubClass"), protocol: number16("bInterfaceProtocol"),
		})
	}
	sort.Slice(functions, func(i, j int) bool { return functions[i].number < functions[j].number })
	return functions
}

// complete adds what the kernel knows of an interface.
func (f *usbFunction) complete(fsys host.FS, folder string) error {
	f.name = attribute(fsys, path.Join(folder, "interface"))
	f.driver = linkBase(fsys, path.Join(folder, "driver"))
	entries, err := fs.ReadDir(fsys, folder)
	if err != nil {
		return unlessGone(err)
	}
	var problems []error
	for _, entry := range entries {
		name := path.Join(folder, entry.Name())
		switch {
		case isHID(entry.Name()) && f.report == nil:
			problems = append(problems, f.readReport(fsys, name))
		case strings.HasPrefix(entry.Name(), "host"):
			f.inquiries = append(f.inquiries, inquiries(fsys, name)...)
		}
	}
	return errors.Join(problems...)
}

// isHID knows the kernel's names of input devices: bus, vendor and product in
// hexadecimal, and a number, e.g. 0003:046D:C31C.0001.
func isHID(name string) bool {
	return len(name) > 15 && name[4] == ':' && name[9] == ':' && name[14] == '.'
}

func (f *usbFunction) readReport(fsys host.FS, folder string) error {
	raw, err := binary(fsys, path.Join(folder, "report_descriptor"), descriptorsLimit)
	if err != nil || len(raw) == 0 {
		return err
	}
	report, err := parse.ParseHID(raw)
	f.report, f.reportLength = &report, report.Length
	return err
}

// inquiry writes what a disk calls itself as SCSI does: the vendor in eight
// columns, then the product.
func inquiry(vendor, product string) string {
	return strings.TrimSpace(fmt.Sprintf("%-8s%s", strings.TrimSpace(vendor), strings.TrimSpace(product)))
}

// inquiries are what the disks below a SCSI host call themselves.
func inquiries(fsys host.FS, hostFolder string) []string {
	var found []string
	targets, _ := fs.ReadDir(fsys, hostFolder)
	for _, target := range targets {
		if !strings.HasPrefix(target.Name(), "target") {
			continue
		}
		units, _ := fs.ReadDir(fsys, path.Join(hostFolder, target.Name()))
		for _, unit := range units[:min(len(units), functionLimit)] {
			folder := path.Join(hostFolder, target.Name(), unit.Name())
			vendor, model := attribute(fsys, path.Join(folder, "vendor")), attribute(fsys, path.Join(folder, "model"))
			if vendor != "" || model != "" {
				found = append(found, inquiry(vendor, model))
			}
		}
	}
	return found
}

// binary reads a small file as it is; nil when it is not there.
func binary(fsys fs.FS, name string, limit int64) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, unlessGone(err)
	}
	defer func() { _ = f.Close() }()
	content, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, unlessGone(fmt.Errorf("read %s: %w", name, err))
	}
	return content, nil
}

// unlessGone forgives a file that is not there: devices are unplugged while one looks.
func unlessGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
