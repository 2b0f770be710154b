package host

import (
	"fmt"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/windows"
)

// replacing are the rights by which somebody puts another file in a file's place,
// or gives himself such a right.
const replacing = windows.FILE_WRITE_DATA | windows.FILE_APPEND_DATA | deleteChild | windows.DELETE |
	windows.WRITE_DAC | windows.WRITE_OWNER | windows.GENERIC_WRITE | windows.GENERIC_ALL

// deleteChild is the right to remove from a folder (FILE_DELETE_CHILD), for which x/sys has no name.
const deleteChild = 0x40

// installer is the account as which Windows itself is put on the disk.
const installer = "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464"

// GuardProgram refuses a program that others than administrators can replace, as
// one in a person's own folder or in one at the top of the drive: what a service
// runs, whoever can write it is the system.
func GuardProgram(path string) error {
	if underWine() {
		return nil // it keeps no access lists
	}
	owners, err := masters()
	if err != nil {
		return fmt.Errorf("look who may change %s: %w", path, err)
	}
	for _, at := range []string{path, filepath.Dir(path)} {
		about, err := windows.GetNamedSecurityInfo(at, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION|windows.DACL_SECURITY_INFORMATION)
		if err != nil {
			return fmt.Errorf("look who may change %s: %w", at, err)
		}
		who, err := whoMay(about, replacing, owners)
		if err != nil {
			return fmt.Errorf("look who may change %s: %w", at, err)
		}
		if who != nil {
			return fmt.Errorf("%s may change %s, and with it what the service would run as the system: %w: put the program below C:\\Program Files and install it from there", nameOf(who), at, ErrExposed)
		}
	}
	return nil
}

// masters are those to whom the machine belongs.
func masters() ([]*windows.SID, error) {
	var who []*windows.SID
	for _, kind := range []windows.WELL_KNOWN_SID_TYPE{windows.WinLocalSystemSid, windows.WinBuiltinAdministratorsSid} {
		sid, err := windows.CreateWellKnownSid(kind)
		if err != nil {
			return nil, err
		}
		who = append(who, sid)
	}
	sid, err := windows.StringToSid(installer)
	return append(who, sid), err
}

// whoMay is the first account beside those named that owns what a description is
// of, or has one of some rights to it; nil where nobody has. A right that only
// what lies below will have is none.
func whoMay(about *windows.SECURITY_DESCRIPTOR, mask windows.ACCESS_MASK, but []*windows.SID) (*windows.SID, error) {
	owner, _, err := about.Owner()
	if err != nil {
		return nil, err
	}
	if !among(owner, but) {
		return owner, nil
	}
	list, _, err := about.DACL()
	if err != nil {
		return nil, err
	}
	if list == nil {
		return windows.CreateWellKnownSid(windows.WinWorldSid)
	}
	for n := range uint32(list.AceCount) {
		var entry *windows.ACCESS_ALLOWED_ACE
		if err := windows.GetAce(list, n, &entry); err != nil {
			return nil, err
		}
		if entry.Header.AceType != windows.ACCESS_ALLOWED_ACE_TYPE || entry.Header.AceFlags&windows.INHERIT_ONLY_ACE != 0 || entry.Mask&mask == 0 {
			continue
		}
		if sid := (*windows.SID)(unsafe.Pointer(&entry.SidStart)); !among(sid, but) {
			return sid.Copy()
		}
	}
	return nil, nil //nolint:nilnil // nobody is the answer
}
