package host

import (
	"context"
	"errors"
	"fmt"
	"unsafe"
)

// An ioObject is an entry of macOS' registry of devices, or a list of some, as a
// port to the kernel; 0 is none.
type ioObject uint32

const (
	ioNameLength = 128 // of io_name_t
	ioNotAllowed = -536870174
	servicePlane = "IOService"
)

func (o ioObject) release() {
	if o != 0 {
		_, _ = ioKit.call("IOObjectRelease", uintptr(o)) // it came from the same library
	}
}

// next is the next of a list; 0 at its end.
func (o ioObject) next() ioObject {
	entry, err := ioKit.call("IOIteratorNext", uintptr(o))
	if err != nil {
		return 0
	}
	return ioObject(entry)
}

// ioFailed turns what a function of IOKit gives back into words; nil for success.
func ioFailed(doing string, status uintptr, err error) error {
	switch code := int32(status); {
	case err != nil:
		return fmt.Errorf("%s: %w", doing, err)
	case code == ioNotAllowed:
		return fmt.Errorf("%s: %w: run as root, as the service does", doing, ErrDenied)
	case code != 0:
		return fmt.Errorf("%s: IOKit says %#x", doing, uint32(code))
	}
	return nil
}

// ioServices is the list of the entries of a class.
func ioServices(class string) (ioObject, error) {
	c := cText(class)
	matching, err := ioKit.call("IOServiceMatching", uintptr(unsafe.Pointer(&c[0])))
	if err != nil {
		return 0, err
	}
	if matching == 0 {
		return 0, fmt.Errorf("look for %s: %w", class, ErrAbsent)
	}
	var list uint32
	status, err := ioKit.call("IOServiceGetMatchingServices", 0, matching, uintptr(unsafe.Pointer(&list))) // which releases matching
	return ioObject(list), ioFailed("look for "+class, status, err)
}

// ioFirst is the first entry of a class, 0 where there is none.
func ioFirst(class string) (ioObject, error) {
	list, err := ioServices(class)
	if err != nil {
		return 0, err
	}
	defer list.release()
	return list.next(), nil
}

// name, location and class of an entry are given by functions of one form.
func (o ioObject) word(function string) string {
	var word [ioNameLength]byte
	status, err := ioKit.call(function, uintptr(o), uintptr(unsafe.Pointer(&word[0])))
	if ioFailed(function, status, err) != nil {
		return ""
	}
	return cString(word[:])
}

func (o ioObject) location() string {
	var word [ioNameLength]byte
	plane := cText(servicePlane)
	status, err := ioKit.call("IORegistryEntryGetLocationInPlane", uintptr(o), uintptr(unsafe.Pointer(&plane[0])), uintptr(unsafe.Pointer(&word[0])))
	if ioFailed("location", status, err) != nil {
		return "" // most have none
	}
	return cString(word[:])
}

// isOf says whether an entry is of a class or of one that comes from it.
func (o ioObject) isOf(class string) bool {
	c := cText(class)
	is, err := ioKit.call("IOObjectConformsTo", uintptr(o), uintptr(unsafe.Pointer(&c[0])))
	return err == nil && int32(is) != 0
}

// parent is what an entry hangs on; 0 at the root.
func (o ioObject) parent() ioObject {
	plane, above := cText(servicePlane), uint32(0)
	status, err := ioKit.call("IORegistryEntryGetParentEntry", uintptr(o), uintptr(unsafe.Pointer(&plane[0])), uintptr(unsafe.Pointer(&above)))
	if ioFailed("parent", status, err) != nil {
		return 0
	}
	return ioObject(above)
}

// list is an entry's properties as an XML property list, without what such a list
// cannot hold.
func (o ioObject) list() ([]byte, error) {
	var made uintptr
	status, err := ioKit.call("IORegistryEntryCreateCFProperties", uintptr(o), uintptr(unsafe.Pointer(&made)), 0, 0)
	if err := ioFailed("read an entry of the registry", status, err); err != nil {
		return nil, err
	}
	dictionary := cfObject(made)
	defer dictionary.release()
	if list, err := dictionary.propertyList(); err == nil {
		return list, nil
	}
	dictionary.dropUnlisted()
	return dictionary.propertyList()
}

// dropUnlisted takes out of a dictionary that can be changed what no property
// list can hold: sets, and lists with them.
func (o cfObject) dropUnlisted() {
	count, err := coreFoundation.call("CFDictionaryGetCount", uintptr(o))
	if err != nil || count == 0 || count > maxCFLength {
		return
	}
	keys, values := make([]uintptr, count), make([]uintptr, count)
	if _, err := coreFoundation.call("CFDictionaryGetKeysAndValues", uintptr(o), uintptr(unsafe.Pointer(&keys[0])), uintptr(unsafe.Pointer(&values[0]))); err != nil {
		return
	}
	for i, key := range keys {
		if fits, err := coreFoundation.call("CFPropertyListIsValid", values[i], cfXML); err == nil && byte(fits) == 0 {
			_, _ = coreFoundation.call("CFDictionaryRemoveValue", uintptr(o), key) // the same library as above
		}
	}
}

// ioProperties are the properties of the first entry of a class; ErrAbsent where
// there is none.
func ioProperties(class string) (properties, error) {
	entry, err := ioFirst(class)
	if err != nil {
		return nil, err
	}
	if entry == 0 {
		return nil, fmt.Errorf("no %s: %w", class, ErrAbsent)
	}
	defer entry.release()
	list, err := entry.list()
	if err != nil {
		return nil, err
	}
	return readProperties(list)
}

// A registryWalk reads entries of one class with what is below them.
type registryWalk struct {
	class string
	left  int // how many entries may still be read
}

// entry reads one entry and what hangs on it, as far as that is not of the class
// itself: such an entry is listed for its own sake.
func (w *registryWalk) entry(o ioObject, depth int) (ioEntry, error) {
	w.left--
	e := ioEntry{class: o.word("IOObjectGetClass"), name: o.word("IORegistryEntryGetName"), location: o.location()}
	var err error
	if e.list, err = o.list(); err != nil || depth <= 1 {
		return e, err
	}
	plane, list := cText(servicePlane), uint32(0)
	status, err := ioKit.call("IORegistryEntryGetChildIterator", uintptr(o), uintptr(unsafe.Pointer(&plane[0])), uintptr(unsafe.Pointer(&list)))
	if err := ioFailed("look below an entry of the registry", status, err); err != nil {
		return e, err
	}
	children := ioObject(list)
	defer children.release()
	for child := children.next(); child != 0; child = children.next() {
		if w.left > 0 && !child.isOf(w.class) {
			if below, err := w.entry(child, depth-1); err == nil { // or it went meanwhile
				e.children = append(e.children, below)
			}
		}
		child.release()
	}
	return e, nil
}

// standIn answers what ioreg would be run for by asking the registry in this
// process. Where that fails the tool is run, once a minute at most.
func (h *LiveHost) standIn(ctx context.Context, t Tool) ([]byte, error) {
	class, depth, ok := ioQuestion(t)
	if !ok {
		return nil, errNoStandIn
	}
	output, err := ioList(ctx, class, depth)
	if err == nil || ctx.Err() != nil {
		return output, err
	}
	return h.tools.run(h.options.Now(), t, func() ([]byte, error) { return runTool(ctx, t) })
}

// ioList are the entries of a class, as `ioreg -a` prints them.
func ioList(ctx context.Context, class string, depth int) ([]byte, error) {
	list, err := ioServices(class)
	if err != nil {
		return nil, err
	}
	defer list.release()
	walk := registryWalk{class: class, left: maxIOEntries}
	var found []ioEntry
	var problems []error
	for entry := list.next(); entry != 0; entry = list.next() {
		if ctx.Err() == nil && walk.left > 0 {
			if e, err := walk.entry(entry, depth); err != nil {
				problems = append(problems, err) // it went meanwhile, or may not be read
			} else {
				found = append(found, e)
			}
		}
		entry.release()
	}
	if failed := errors.Join(problems...); failed != nil && len(found) == 0 {
		return nil, failed
	}
	return writeIORegistry(found), ctx.Err()
}
