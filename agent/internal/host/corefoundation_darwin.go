package host

import (
	"errors"
	"fmt"
	"unsafe"
)

// A cfObject is an object of Core Foundation; 0 is none. Whoever was given one by
// a function with Create or Copy in its name owns it and ends with release.
type cfObject uintptr

const (
	cfUTF8      = 0x08000100 // kCFStringEncodingUTF8
	cfXML       = 100        // kCFPropertyListXMLFormat_v1_0
	maxCFText   = 64 << 10
	maxCFBytes  = 16 << 20
	maxCFLength = 4096
)

// release gives an object back.
func (o cfObject) release() {
	if o != 0 {
		_, _ = coreFoundation.call("CFRelease", uintptr(o)) // it was made by the same library
	}
}

// cfString makes a text of Core Foundation.
func cfString(text string) (cfObject, error) {
	c := cText(text)
	made, err := coreFoundation.call("CFStringCreateWithCString", 0, uintptr(unsafe.Pointer(&c[0])), cfUTF8)
	if err == nil && made == 0 {
		err = errors.New("macOS made no text")
	}
	return cfObject(made), err
}

// text is the text of a CFString, "" of any other object.
func (o cfObject) text() string {
	if !o.is("CFString") {
		return ""
	}
	buffer := make([]byte, maxCFText)
	ok, err := coreFoundation.call("CFStringGetCString", uintptr(o), uintptr(unsafe.Pointer(&buffer[0])), uintptr(len(buffer)), cfUTF8)
	if err != nil || byte(ok) == 0 {
		return ""
	}
	return cString(buffer)
}

// number is the value of a CFNumber, 0 of any other object.
func (o cfObject) number() int {
	const sixtyFour = 4 // kCFNumberSInt64Type
	if !o.is("CFNumber") {
		return 0
	}
	var value int64
	ok, err := coreFoundation.call("CFNumberGetValue", uintptr(o), sixtyFour, uintptr(unsafe.Pointer(&value)))
	if err != nil || byte(ok) == 0 {
		return 0
	}
	return int(value)
}

// is says whether an object is of a type: "CFString", "CFDictionary", "CFArray".
func (o cfObject) is(kind string) bool {
	if o == 0 {
		return false
	}
	is, err := coreFoundation.call("CFGetTypeID", uintptr(o))
	wanted, missing := coreFoundation.call(kind + "GetTypeID")
	return err == nil && missing == nil && is == wanted
}

// value is what a dictionary has under a name. It belongs to the dictionary.
func (o cfObject) value(name string) cfObject {
	if !o.is("CFDictionary") {
		return 0
	}
	key, err := cfString(name)
	if err != nil {
		return 0
	}
	defer key.release()
	value, err := coreFoundation.call("CFDictionaryGetValue", uintptr(o), uintptr(key))
	if err != nil {
		return 0
	}
	return cfObject(value)
}

// elements are those of an array. They belong to it.
func (o cfObject) elements() []cfObject {
	if !o.is("CFArray") {
		return nil
	}
	count, err := coreFoundation.call("CFArrayGetCount", uintptr(o))
	if err != nil {
		return nil
	}
	found := make([]cfObject, 0, min(count, maxCFLength))
	for i := range min(count, maxCFLength) {
		element, err := coreFoundation.call("CFArrayGetValueAtIndex", uintptr(o), i)
		if err != nil || element == 0 {
			break
		}
		found = append(found, cfObject(element))
	}
	return found
}

// propertyList is an object as an XML property list: what `ioreg -a` prints.
func (o cfObject) propertyList() ([]byte, error) {
	if o == 0 {
		return nil, ErrAbsent
	}
	made, err := coreFoundation.call("CFPropertyListCreateData", 0, uintptr(o), cfXML, 0, 0)
	if err != nil {
		return nil, err
	}
	if made == 0 {
		return nil, errors.New("macOS makes no property list of it")
	}
	list := cfObject(made)
	defer list.release()
	return list.bytes()
}

// bytes are those of a CFData.
func (o cfObject) bytes() ([]byte, error) {
	length, err := coreFoundation.call("CFDataGetLength", uintptr(o))
	if err != nil {
		return nil, err
	}
	if length == 0 || length > maxCFBytes {
		return nil, fmt.Errorf("%d bytes, want at most %d", length, maxCFBytes)
	}
	b := make([]byte, length)
	if _, err := coreFoundation.call("CFDataGetBytes", uintptr(o), 0, length, uintptr(unsafe.Pointer(&b[0]))); err != nil {
		return nil, err
	}
	return b, nil
}
