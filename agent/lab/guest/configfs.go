//go:build linux

package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const configfs = "/sys/kernel/config"

// A tree is a gadget's folder in configfs while it is built. The first error
// stays, so that whoever builds asks once.
type tree struct {
	root    string
	folders []string // in the order in which they were made
	links   []string
	err     error
}

func (t *tree) write(name, value string) {
	t.folder(filepath.Dir(name))
	if t.err == nil {
		t.err = os.WriteFile(filepath.Join(t.root, name), []byte(value), 0)
	}
}

func (t *tree) folder(name string) {
	path := filepath.Join(t.root, name)
	if t.err != nil || exists(path) {
		return
	}
	if parent := filepath.Dir(path); !exists(parent) {
		t.folder(filepath.Dir(name))
	}
	if t.err = os.Mkdir(path, 0o755); t.err == nil {
		t.folders = append(t.folders, path)
	}
}

// link makes a function part of the configuration.
func (t *tree) link(function string) {
	t.folder("functions/" + function)
	t.folder("configs/c.1")
	link := filepath.Join(t.root, "configs/c.1", function)
	if t.err == nil {
		t.err = os.Symlink(filepath.Join(t.root, "functions", function), link)
		t.links = append(t.links, link)
	}
}

func (t *tree) hid(name string, f function) {
	in := "functions/" + name
	t.folder(in)
	if !f.leds && exists(filepath.Join(t.root, in, "no_out_endpoint")) { // kernels before 5.17 always have one
		t.write(in+"/no_out_endpoint", "1")
	}
	t.write(in+"/subclass", strconv.Itoa(f.subclass))
	t.write(in+"/protocol", strconv.Itoa(f.protocol))
	t.write(in+"/report_length", strconv.Itoa(f.length))
	t.write(in+"/report_desc", string(f.report))
	t.link(name)
}

func (t *tree) drive(g gadget) {
	const in = "functions/mass_storage.usb0"
	t.folder(in)
	lun := in + "/lun.0"
	if g.cdrom {
		t.write(lun+"/cdrom", "1")
		t.write(lun+"/ro", "1")
	}
	t.write(lun+"/removable", "1")
	t.write(lun+"/inquiry_string", g.disk)
	if cdrom := lun + "/inquiry_string_cdrom"; exists(filepath.Join(t.root, cdrom)) { // kernels from 6.9
		t.write(cdrom, g.disk)
	}
	t.link("mass_storage.usb0")
}

// fell pulls the gadget out and takes its folder away, in the order the kernel asks for.
func (t *tree) fell() error {
	var problems []error
	if strings.TrimSpace(text(t.root+"/UDC")) != "" {
		problems = append(problems, os.WriteFile(t.root+"/UDC", []byte("\n"), 0))
	}
	for _, path := range slices.Concat(t.links, reversed(t.folders)) {
		problems = append(problems, os.Remove(path))
	}
	return errors.Join(problems...)
}

func reversed(paths []string) []string {
	paths = slices.Clone(paths)
	slices.Reverse(paths)
	return paths
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
