package host

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	catAdminAcquire  = wintrust("CryptCATAdminAcquireContext2")
	catAdminHash     = wintrust("CryptCATAdminCalcHashFromFileHandle2")
	catAdminFind     = wintrust("CryptCATAdminEnumCatalogFromHash")
	catAdminDescribe = wintrust("CryptCATCatalogInfoFromContext")
	catAdminForget   = wintrust("CryptCATAdminReleaseCatalogContext")
	catAdminRelease  = wintrust("CryptCATAdminReleaseContext")
)

// catalogueMember is WINTRUST_CATALOG_INFO: which file stands in which catalogue.
type catalogueMember struct {
	size, version              uint32
	catalogue, tag, memberPath *uint16
	member                     windows.Handle
	hash                       *byte
	hashSize                   uint32
	context, admin             uintptr
}

// judgeByCatalogue looks a file up by its hash. Catalogues of drivers that are
// older know no other hash than SHA-1.
func judgeByCatalogue(path string, name *uint16, file windows.Handle) (Program, error) {
	for _, f := range []call{catAdminAcquire, catAdminHash, catAdminFind, catAdminDescribe, catAdminForget, catAdminRelease} {
		if err := f.there(); err != nil {
			return Program{}, err
		}
	}
	for _, algorithm := range []string{"SHA256", "SHA1"} {
		p, found, err := judgeInCatalogues(path, name, file, algorithm)
		if found || err != nil {
			return p, err
		}
	}
	return Program{Path: path, Signature: "unsigned"}, nil
}

func judgeInCatalogues(path string, name *uint16, file windows.Handle, algorithm string) (p Program, found bool, err error) {
	const doing = "look a program up in Windows' catalogues"
	how, err := windows.UTF16PtrFromString(algorithm)
	if err != nil {
		return p, false, fmt.Errorf("%s: %w", doing, err)
	}
	var admin uintptr
	if ok, last, _ := catAdminAcquire.do(uintptr(unsafe.Pointer(&admin)), 0, uintptr(unsafe.Pointer(how)), 0, 0); ok == 0 {
		return p, false, failed(doing, last)
	}
	defer func() { _, _, _ = catAdminRelease.do(admin, 0) }() // it was only read
	hash := room(64)
	size := uint32(len(hash))
	if ok, last, _ := catAdminHash.do(admin, uintptr(file), uintptr(unsafe.Pointer(&size)), uintptr(unsafe.Pointer(&hash[0])), 0); ok == 0 || size > uint32(len(hash)) {
		return p, false, failed(doing, last)
	}
	catalogue, _, _ := catAdminFind.do(admin, uintptr(unsafe.Pointer(&hash[0])), uintptr(size), 0, 0)
	if catalogue == 0 {
		return p, false, nil
	}
	defer func() { _, _, _ = catAdminForget.do(admin, catalogue, 0) }() // it was only read
	// CATALOG_INFO is its size and the path of the catalogue.
	var where struct {
		size uint32
		path [windows.MAX_PATH]uint16
	}
	where.size = uint32(unsafe.Sizeof(where))
	if ok, last, _ := catAdminDescribe.do(catalogue, uintptr(unsafe.Pointer(&where)), 0); ok == 0 {
		return p, false, failed(doing, last)
	}
	tag, err := windows.UTF16PtrFromString(memberTag(hash[:size]))
	if err != nil {
		return p, false, fmt.Errorf("%s: %w", doing, err)
	}
	member := catalogueMember{
		catalogue: &where.path[0], tag: tag, memberPath: name, member: file, hash: &hash[0], hashSize: size, admin: admin,
	}
	member.size = uint32(unsafe.Sizeof(member))
	p, err = verify(path, windows.WTD_CHOICE_CATALOG, unsafe.Pointer(&member))
	return p, err == nil, err
}
